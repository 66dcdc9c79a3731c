"""The one way out: every fetch from another system goes by `Egress`, which goes only where it was told to.

https only, to addresses that were checked and are then connected to; no private ones but those the operator lists.
"""

from bailiwick.egress.client import Egress, Reply, Unreachable, Untrusted
from bailiwick.egress.destinations import Destinations, Route

__all__ = ["Destinations", "Egress", "Reply", "Route", "Unreachable", "Untrusted"]
