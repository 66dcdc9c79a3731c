"""Who is meant by a Principal or a NotPrincipal (guide: "Principal", "NotPrincipal")."""

from typing import Any

from tests.specification.world import Caller

Named = dict[str, list[str]]

STRENGTH = ("account", "parent", "direct")
"""What an Allow is worth within one account, by the identity that it reached, the weakest first."""


def identities(caller: Caller) -> dict[str, str]:
    """Every text that names a caller among "AWS" principals, and what an Allow through it is."""
    kind, account = caller["kind"], caller["account"]
    if kind in ("anonymous", "service", "federated"):
        return {}
    found = {str(account): "account", f"arn:aws:iam::{account}:root": "account"}
    if kind == "root":
        return found
    if caller["parent_arn"] and caller["parent_arn"] not in found:
        found[caller["parent_arn"]] = "parent"
    if caller["id"]:
        found[caller["id"]] = "direct" if kind == "user" else "parent"
        if kind == "role session":
            found[f"{caller['id']}:{session_name(caller)}"] = "direct"
    found[str(caller["arn"])] = "direct"
    return found


def session_name(caller: Caller) -> str:
    return str(caller["arn"]).rpartition("/")[2]


def reach(named: Named, caller: Caller) -> str | None:
    """The strongest way in which a Principal reaches a caller; None if it does not."""
    if "*" in named:
        return "direct"
    if caller["kind"] == "service":
        return "direct" if {caller["arn"], *caller["names"]} & set(named.get("Service", [])) else None
    if caller["kind"] == "federated":
        return "direct" if caller["arn"] in named.get("Federated", []) else None
    listed = named.get("AWS", [])
    if "*" in listed:
        return "direct"
    found = {identities(caller).get(each) for each in listed}
    return next((strength for strength in reversed(STRENGTH) if strength in found), None)


def spares(named: Named, caller: Caller, *, bounded: bool) -> bool:
    """Whether a NotPrincipal with Deny leaves a caller alone: never one with a boundary, else one that is listed whole.

    Whole means every identity that has an ARN: a user's own, a session's own and its role's, a federated user's own;
    and the account.
    """
    if bounded:
        return False
    listed: list[Any] = named.get("AWS", [])
    if "*" in named:
        return True
    if caller["kind"] in ("service", "federated"):
        return reach(named, caller) is not None
    if "*" in listed:
        return True
    if caller["kind"] == "anonymous":
        return False
    needed = [[caller["account"], f"arn:aws:iam::{caller['account']}:root"]]
    if caller["kind"] == "user":
        needed.append([caller["arn"], caller["id"]])
    if caller["kind"] == "role session":
        needed.append([caller["arn"], f"{caller['id']}:{session_name(caller)}"])
        needed.append([caller["parent_arn"], caller["id"]])
    if caller["kind"] == "federated user":
        needed.append([caller["arn"]])
    return all(any(each is not None and each in listed for each in forms) for forms in needed)
