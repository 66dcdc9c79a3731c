"""Delegation requests: another account asks for a while's access, and somebody here grants it, or does not.

The operations are in `delegation_requests.operations` and `.lifecycle`; what is exported here is what housekeeping
does.
"""

from bailiwick.iam.delegation_requests.record import forget

__all__ = ["forget"]
