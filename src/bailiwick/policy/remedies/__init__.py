"""What would have to change for a denied request to be allowed: the smallest changes, each proven by evaluating it."""

from bailiwick.policy.remedies.changes import Change, ChangeKind, Remedy, remedies_as_json
from bailiwick.policy.remedies.finding import remedies

__all__ = ["Change", "ChangeKind", "Remedy", "remedies", "remedies_as_json"]
