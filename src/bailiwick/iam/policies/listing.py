"""ListPolicies: the account's own managed policies and AWS's, in one order, narrowed by use and by path."""

import heapq
from collections.abc import Sequence

from bailiwick.access import managed_policies
from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.iam import names
from bailiwick.iam.policies import usage
from bailiwick.iam.policies.record import AWS, Policy
from bailiwick.iam.registry import iam
from bailiwick.operations import Target, operation
from bailiwick.store.transaction import Transaction

_COLUMNS = (
    "SELECT p.account_id, p.policy_id, p.arn, p.name, p.path, p.description, p.default_version, p.newest_version,"
    " p.created_at, p.updated_at FROM "
)

# Of two policies of one name, the account's own comes before AWS's.
_OWN, _AWS = "0", "1"

# The column of `policy_usage` that must be above nothing, by what the call asks for.
_ATTACHMENTS = "attachments > 0"
_BOUNDARIES = "boundaries > 0"


async def _policy_list_target(call: Call, tx: Transaction) -> Target:
    return Target(arn="*", shown=f"policy path {call.get('PathPrefix') or '/'}")


@operation(iam, "ListPolicies", resource=_policy_list_target, reads=True)
async def list_policies(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the managed policies that the account may use, in the order of their names.

    With a PathPrefix the order is that of paths and then names. OnlyAttached, and PolicyUsageFilter
    (PermissionsPolicy for what is attached, PermissionsBoundary for what is a boundary), narrow it to those in use.

    Source: IAM API Reference, ListPolicies.
    """
    prefix = call.get("PathPrefix")
    scope = call.get("Scope") or "All"
    conditions = _usage_conditions(call)

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[Policy]:
        own = await _own(tx, call.account, prefix, conditions, after, limit) if scope != "AWS" else []
        aws = await _of_aws(tx, call.account, prefix, conditions, after) if scope != "Local" else []
        return list(heapq.merge(own, aws, key=lambda policy: _place(prefix, policy)))[:limit]

    found = await page(
        call, fetch, lambda policy: _place(prefix, policy), filter_by=[scope, prefix, " ".join(conditions)]
    )
    counts = await usage.of_many(tx, call.account, [policy.arn for policy in found.items])
    return {
        "Policies": [policy.as_output(counts.get(policy.arn, usage.UNUSED)) for policy in found.items],
        **found.output,
    }


def _place(prefix: str | None, policy: Policy) -> tuple[str, ...]:
    return (*names.place(prefix, policy), _AWS if policy.owner == AWS else _OWN)


def _usage_conditions(call: Call) -> list[str]:
    conditions = [_ATTACHMENTS] if call.flag("OnlyAttached") else []
    match call.get("PolicyUsageFilter"):
        case "PermissionsPolicy":
            conditions.append(_ATTACHMENTS)
        case "PermissionsBoundary":
            conditions.append(_BOUNDARIES)
    return sorted(set(conditions))


async def _own(
    tx: Transaction,
    account: str,
    prefix: str | None,
    conditions: Sequence[str],
    after: tuple[str, ...] | None,
    limit: int,
) -> list[Policy]:
    # Those in use are walked by the rows of `policy_usage`, so that a page does not pass over all that are not.
    if conditions:
        ordered = "policy_usage u JOIN policies p ON p.arn = u.policy_arn"
        walked = "u"
    else:
        ordered, walked = "policies p", "p"
    used = "".join(f" AND u.{condition}" for condition in conditions)
    # At the same place, AWS's policy comes after the account's own: what follows either begins behind the place.
    place = after[:-1] if after else None
    if prefix is None or names.is_whole_list(prefix):
        rows = await tx.all(
            f"{_COLUMNS}{ordered} WHERE {walked}.account_id = ? AND {walked}.name_key > ?{used}"
            f" ORDER BY {walked}.name_key LIMIT ?",
            account,
            *(place or ("",)),
            limit,
        )
    else:
        rows = await tx.all(
            f"{_COLUMNS}{ordered} WHERE {walked}.account_id = ?"
            f" AND ({walked}.path, {walked}.name_key) > (?, ?) AND {walked}.path < ?{used}"
            f" ORDER BY {walked}.path, {walked}.name_key LIMIT ?",
            account,
            *(place or (prefix, "")),
            names.after_prefix(prefix),
            limit,
        )
    return [Policy.of_row(row) for row in rows]


async def _of_aws(
    tx: Transaction, account: str, prefix: str | None, conditions: Sequence[str], after: tuple[str, ...] | None
) -> list[Policy]:
    all_of_aws = [Policy.of_aws(managed) for managed in managed_policies.all_sorted()]
    shown = [
        policy
        for policy in all_of_aws
        if policy.path.startswith(prefix or "/") and (after is None or _place(prefix, policy) > after)
    ]
    if conditions:
        counts = await usage.of_many(tx, account, [policy.arn for policy in shown])
        shown = [policy for policy in shown if _is_used(counts.get(policy.arn, usage.UNUSED), conditions)]
    return sorted(shown, key=lambda policy: _place(prefix, policy))


def _is_used(held: usage.Usage, conditions: Sequence[str]) -> bool:
    return (held.attachments > 0 or _ATTACHMENTS not in conditions) and (
        held.boundaries > 0 or _BOUNDARIES not in conditions
    )
