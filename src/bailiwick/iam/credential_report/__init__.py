"""The credential report of an account: its users and the state of their passwords, keys, MFA devices and certificates.

What others use is what goes on with a report that was begun: `unfinished` and `make_page`.
"""

from bailiwick.iam.credential_report.making import make_page, unfinished

__all__ = ["make_page", "unfinished"]
