"""Delegation requests: another account asks for a while's access, and somebody here grants it, or does not.

The operations are in `delegation_requests.operations` and `.lifecycle`; what is exported here is what housekeeping
does, and what STS trades for credentials.
"""

from bailiwick.iam.delegation_requests.exchange import Delegation, find_by_token
from bailiwick.iam.delegation_requests.lifecycle import Approver
from bailiwick.iam.delegation_requests.record import forget

__all__ = ["Approver", "Delegation", "find_by_token", "forget"]
