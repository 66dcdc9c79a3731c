"""One-time codes sent along with a call for credentials.

No principal can have an MFA device yet, so no serial number is ever that of a device of the caller, and a code is
never accepted.
"""

from bailiwick.access.call import Call
from bailiwick.sts.errors import AccessDenied


def refuse_codes(call: Call) -> None:
    """Answer a call with SerialNumber or TokenCode as AWS answers one whose serial number is not the caller's.

    Raises:
        AccessDenied: either was sent.
    """
    sent = ("SerialNumber" in call, "TokenCode" in call)
    if all(sent):
        raise AccessDenied.unknown_mfa_device()
    if any(sent):
        raise AccessDenied.incomplete_mfa()
