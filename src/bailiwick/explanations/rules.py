"""What is settled before any policy: operations that need no permission, and credentials that may not call at all.

Source: IAM User Guide, "Compare AWS STS credentials"; the operations themselves refuse so, or are declared so.
"""

from typing import Final, NamedTuple

from bailiwick.auth import PrincipalKind
from bailiwick.iam import iam
from bailiwick.operations import Authorization
from bailiwick.policy import Effect
from bailiwick.sts import bailiwick, sts


class Settled(NamedTuple):
    """What policies have no say in, and why, in plain words."""

    effect: Effect
    why: str


_FEDERATED_USERS_CAN: Final = frozenset(
    {"sts:getcalleridentity", "sts:getdelegatedaccesstoken", "sts:getscopedcredentials"}
)
_ROLES_CANNOT: Final = frozenset({"sts:getfederationtoken", "sts:getsessiontoken"})


def settled(kind: PrincipalKind, action: str) -> Settled | None:
    """What holds for a kind of caller and an action whatever policies say, or None."""
    folded = action.lower()
    if kind is PrincipalKind.FEDERATED_USER and folded.startswith("iam:"):
        return Settled(Effect.DENY, "Credentials of a federated user cannot call IAM.")
    if kind is PrincipalKind.FEDERATED_USER and folded.startswith("sts:") and folded not in _FEDERATED_USERS_CAN:
        return Settled(Effect.DENY, "Credentials of a federated user cannot call this operation.")
    if kind is PrincipalKind.ROLE and folded in _ROLES_CANNOT:
        return Settled(Effect.DENY, "Credentials of a role's session cannot call this operation.")
    if folded in _without_permission():
        return Settled(Effect.ALLOW, "This operation needs no permission, and no policy can deny it.")
    return None


def _without_permission() -> frozenset[str]:
    return frozenset(
        declared.action.lower()
        for service in (iam, sts, bailiwick)
        for declared in map(service.find, service.names())
        if declared is not None and declared.authorization is Authorization.NONE
    )
