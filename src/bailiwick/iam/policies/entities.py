"""ListEntitiesForPolicy: the groups, roles and users that hold a managed policy, attached or as a boundary."""

from collections.abc import Sequence
from dataclasses import dataclass

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.iam import names
from bailiwick.iam.policies.record import policy_target, require
from bailiwick.iam.registry import iam
from bailiwick.operations import operation
from bailiwick.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of holder: its table, and how the model names it."""

    name: str
    table: str
    model_name: str
    has_boundary: bool


# In the order in which they are listed.
_KINDS = (
    _Kind("group", "groups", "Group", has_boundary=False),
    _Kind("role", "roles", "Role", has_boundary=True),
    _Kind("user", "users", "User", has_boundary=True),
)


@dataclass(frozen=True, slots=True)
class _Holder:
    kind: str
    unique_id: str
    name: str


@operation(iam, "ListEntitiesForPolicy", resource=policy_target, reads=True)
async def list_entities_for_policy(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of what holds a managed policy; one marker runs over groups, roles and users.

    Raises:
        InvalidInput: it is not the ARN of a managed policy.
        NoSuchEntity: no such policy.

    Source: IAM API Reference, ListEntitiesForPolicy.
    """
    policy = await require(tx, call.account, call["PolicyArn"])
    kind_filter, usage_filter = call.get("EntityFilter"), call.get("PolicyUsageFilter")
    prefix = call.get("PathPrefix")
    kinds = [kind for kind in _KINDS if kind_filter in (None, kind.model_name)]

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[_Holder]:
        found: list[_Holder] = []
        for kind in kinds:
            if (after is not None and kind.name < after[0]) or len(found) >= limit:
                continue
            first = after[1] if after is not None and kind.name == after[0] else ""
            found += await _holders(tx, call.account, policy.arn, kind, usage_filter, prefix, first, limit)
        return found[:limit]

    found = await page(
        call,
        fetch,
        lambda holder: (holder.kind, holder.unique_id),
        filter_by=[policy.policy_id, kind_filter, usage_filter, prefix],
    )
    output: dict[str, object] = {
        f"Policy{kind.model_name}s": [
            {f"{kind.model_name}Name": holder.name, f"{kind.model_name}Id": holder.unique_id}
            for holder in found.items
            if holder.kind == kind.name
        ]
        for kind in _KINDS
    }
    return {**output, **found.output}


async def _holders(
    tx: Transaction,
    account: str,
    arn: str,
    kind: _Kind,
    usage_filter: str | None,
    prefix: str | None,
    after: str,
    limit: int,
) -> list[_Holder]:
    """At most `limit` holders of one kind, by unique id, after the given one; one that holds it twice comes once."""
    unique_id = f"{kind.name}_id"
    within = ""
    bounds: tuple[str, ...] = ()
    if prefix is not None and not names.is_whole_list(prefix):
        within, bounds = " AND o.path >= ? AND o.path < ?", (prefix, names.after_prefix(prefix))
    held: dict[str, str] = {}
    if usage_filter != "PermissionsBoundary":
        rows = await tx.all(
            f"SELECT o.{unique_id}, o.name FROM attachments a JOIN {kind.table} o ON o.{unique_id} = a.owner_id"
            f" WHERE a.account_id = ? AND a.policy_arn = ? AND a.owner_kind = ? AND a.owner_id > ?{within}"
            " ORDER BY a.owner_id LIMIT ?",
            account,
            arn,
            kind.name,
            after,
            *bounds,
            limit,
        )
        held |= {str(row[0]): str(row[1]) for row in rows}
    if usage_filter != "PermissionsPolicy" and kind.has_boundary:
        rows = await tx.all(
            f"SELECT o.{unique_id}, o.name FROM {kind.table} o"
            f" WHERE o.account_id = ? AND o.boundary_arn = ? AND o.{unique_id} > ?{within}"
            f" ORDER BY o.{unique_id} LIMIT ?",
            account,
            arn,
            after,
            *bounds,
            limit,
        )
        held |= {str(row[0]): str(row[1]) for row in rows}
    return [_Holder(kind.name, each, held[each]) for each in sorted(held)][:limit]
