"""Putting users into groups and taking them out, and the groups of a user."""

from collections.abc import Sequence

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.iam import groups, memberships, names, users
from bailiwick.iam.errors import LimitExceeded
from bailiwick.iam.groups import Group
from bailiwick.iam.registry import iam
from bailiwick.operations import operation
from bailiwick.store.transaction import Transaction


@operation(iam, "AddUserToGroup", resource=groups.group_target)
async def add_user_to_group(call: Call, tx: Transaction) -> None:
    """Put a user into a group; one that is in it already stays so.

    Raises:
        NoSuchEntity: no such group, or no such user.
        LimitExceeded: the user is in its quota of groups.

    Source: IAM API Reference, AddUserToGroup.
    """
    group = await groups.require(tx, call.account, call["GroupName"])
    user = await users.require(tx, call.account, call["UserName"])
    if await memberships.exists(tx, user.user_id, group.group_id):
        return
    limit = await call.access.quota(tx, call.account, "GroupsPerUser")
    if await memberships.count_of_user(tx, user.user_id) >= limit:
        raise LimitExceeded.quota("GroupsPerUser", limit)
    await memberships.add(tx, user, group.group_id)
    tx.changed("user", user.account, user.user_id)


@operation(iam, "RemoveUserFromGroup", resource=groups.group_target)
async def remove_user_from_group(call: Call, tx: Transaction) -> None:
    """Take a user out of a group; one that is not in it stays so.

    Raises:
        NoSuchEntity: no such group, or no such user.

    Source: IAM API Reference, RemoveUserFromGroup.
    """
    group = await groups.require(tx, call.account, call["GroupName"])
    user = await users.require(tx, call.account, call["UserName"])
    if await memberships.remove(tx, user.user_id, group.group_id):
        tx.changed("user", user.account, user.user_id)


@operation(iam, "ListGroupsForUser", resource=users.user_target, reads=True)
async def list_groups_for_user(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the groups that a user is in, in the order of their names.

    Raises:
        NoSuchEntity: no such user.

    Source: IAM API Reference, ListGroupsForUser.
    """
    user = await users.require(tx, call.account, call["UserName"])

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[Group]:
        # Sorted after the join: a user's quota of groups bounds how many there are.
        rows = await tx.all(
            "SELECT g.account_id, g.group_id, g.name, g.path, g.created_at"
            " FROM memberships m JOIN groups g ON g.group_id = m.group_id"
            " WHERE m.user_id = ? AND g.name_key > ? ORDER BY g.name_key LIMIT ?",
            user.user_id,
            *(after or ("",)),
            limit,
        )
        return [Group.of_row(row) for row in rows]

    found = await page(call, fetch, lambda group: (names.folded(group.name),), filter_by=[user.user_id])
    return {"Groups": [group.as_output() for group in found.items], **found.output}
