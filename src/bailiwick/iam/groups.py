"""Groups: the record, its queries, its target, and the operations on groups themselves.

Who is in a group is in `memberships`. A group is no principal, and has neither tags nor a permissions boundary.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.access.quotas import add_held, held
from bailiwick.iam import memberships, names, remains
from bailiwick.iam.errors import DeleteConflict, EntityAlreadyExists, LimitExceeded, NoSuchEntity
from bailiwick.iam.registry import iam
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import Target, acts_on, operation
from bailiwick.store.transaction import Row, Transaction

SELECT = "SELECT account_id, group_id, name, path, created_at FROM groups"
"""How every query of groups begins; its rows are read by `Group.of_row`."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group. `group_id` (`AGPA…`) is never used again, and kept when the group is renamed.

    `path` is `/`, or begins and ends with `/`; `created_at` is in milliseconds since 1970 UTC.
    """

    account: str
    group_id: str
    name: str
    path: str
    created_at: int

    @classmethod
    def of_row(cls, row: Row) -> "Group":
        """From a row of `SELECT`."""
        account, group_id, name, path, created_at = row
        return cls(str(account), str(group_id), str(name), str(path), int(created_at or 0))

    @property
    def arn(self) -> str:
        """Its ARN, with its path."""
        return names.arn_of(self.account, "group", self.path, self.name)

    def as_output(self) -> dict[str, object]:
        """The model's Group."""
        return {
            "Path": self.path,
            "GroupName": self.name,
            "GroupId": self.group_id,
            "Arn": self.arn,
            "CreateDate": from_milliseconds(self.created_at),
        }


async def find(tx: Transaction, account: str, name: str) -> Group | None:
    """The group of that name, in any case, or None."""
    row = await tx.one(SELECT + " WHERE account_id = ? AND name_key = ?", account, names.folded(name))
    return None if row is None else Group.of_row(row)


async def require(tx: Transaction, account: str, name: str) -> Group:
    """The group of that name, in any case.

    Raises:
        NoSuchEntity: the account has none.
    """
    group = await find(tx, account, name)
    if group is None:
        raise NoSuchEntity.group(name)
    return group


@acts_on("group*")
async def group_target(call: Call, tx: Transaction) -> Target:
    """The group that the call's GroupName names; one that does not exist is judged at the path `/`.

    A denial names it as the caller did, so that it tells neither the group's path nor its spelling.
    """
    name = call["GroupName"]
    group = await find(tx, call.account, name)
    arn = names.arn_of(call.account, "group", "/", name) if group is None else group.arn
    return Target(arn=arn, shown=f"group {name}")


@acts_on("group*")
async def _new_group_target(call: Call, tx: Transaction) -> Target:
    return Target(arn=names.arn_of(call.account, "group", call.get("Path") or "/", call["GroupName"]))


async def _group_list_target(call: Call, tx: Transaction) -> Target:
    return Target(arn="*", shown=f"arn:aws:iam::{call.account}:group/")


@acts_on("group*")
async def _both_names_target(call: Call, tx: Transaction) -> Sequence[Target]:
    """The group as it is and as it is to become: whoever renames one must be allowed on both."""
    name = call["GroupName"]
    now = await group_target(call, tx)
    group = await find(tx, call.account, name)
    path, stored_name = ("/", name) if group is None else (group.path, group.name)
    new_name = call.get("NewGroupName")
    new_arn = names.arn_of(call.account, "group", call.get("NewPath") or path, new_name or stored_name)
    return [now] if new_arn == now.arn else [now, Target(arn=new_arn, shown=f"group {new_name or name}")]


@operation(iam, "CreateGroup", resource=_new_group_target)
async def create_group(call: Call, tx: Transaction) -> dict[str, object]:
    """Make a group without members or policies.

    Raises:
        EntityAlreadyExists: a group has that name, in any case.
        LimitExceeded: the account holds its quota of groups.

    Source: IAM API Reference, CreateGroup.
    """
    name = call["GroupName"]
    if await find(tx, call.account, name):
        raise EntityAlreadyExists.group(name)
    limit = await call.access.quota(tx, call.account, "GroupsPerAccount")
    if await held(tx, call.account, "groups") >= limit:
        raise LimitExceeded.quota("GroupsPerAccount", limit)
    group = Group(call.account, call.new_id("AGPA"), name, call.get("Path") or "/", call.now_ms)
    await tx.run(
        "INSERT INTO groups (account_id, group_id, name, name_key, path, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        group.account,
        group.group_id,
        group.name,
        names.folded(group.name),
        group.path,
        group.created_at,
    )
    await add_held(tx, call.account, "groups", 1)
    tx.changed("group", group.account, group.group_id)
    return {"Group": group.as_output()}


@operation(iam, "GetGroup", resource=group_target, reads=True)
async def get_group(call: Call, tx: Transaction) -> dict[str, object]:
    """A group, and one page of its members in the order of their names.

    Raises:
        NoSuchEntity: no such group.

    Source: IAM API Reference, GetGroup.
    """
    group = await require(tx, call.account, call["GroupName"])
    members = await memberships.members(tx, call, group.group_id)
    return {"Group": group.as_output(), "Users": [user.as_output() for user in members.items], **members.output}


@operation(iam, "ListGroups", resource=_group_list_target, reads=True)
async def list_groups(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the account's groups, in the order of their names; with a PathPrefix, of paths and then names.

    Source: IAM API Reference, ListGroups.
    """
    prefix = call.get("PathPrefix")

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[Group]:
        rows = await names.rows_in_order(tx, SELECT, call.account, prefix, after, limit)
        return [Group.of_row(row) for row in rows]

    found = await page(call, fetch, lambda group: names.place(prefix, group), filter_by=[prefix])
    return {"Groups": [group.as_output() for group in found.items], **found.output}


@operation(iam, "UpdateGroup", resource=_both_names_target)
async def update_group(call: Call, tx: Transaction) -> None:
    """Give a group another name, another path, or both; its id, members and policies stay.

    Raises:
        NoSuchEntity: no such group.
        EntityAlreadyExists: another group has the new name, in any case.

    Source: IAM API Reference, UpdateGroup.
    """
    group = await require(tx, call.account, call["GroupName"])
    name = call.get("NewGroupName") or group.name
    namesake = await find(tx, call.account, name)
    if namesake is not None and namesake.group_id != group.group_id:
        raise EntityAlreadyExists.group(name)
    await tx.run(
        "UPDATE groups SET name = ?, name_key = ?, path = ? WHERE group_id = ?",
        name,
        names.folded(name),
        call.get("NewPath") or group.path,
        group.group_id,
    )
    tx.changed("group", group.account, group.group_id)


@operation(iam, "DeleteGroup", resource=group_target)
async def delete_group(call: Call, tx: Transaction) -> None:
    """Delete a group that has neither members nor policies.

    Raises:
        NoSuchEntity: no such group.
        DeleteConflict: it still has inline policies, attached policies or members.

    Source: IAM API Reference, DeleteGroup.
    """
    group = await require(tx, call.account, call["GroupName"])
    await remains.require_no_policies(tx, group.group_id)
    if await memberships.has_members(tx, group.group_id):
        raise DeleteConflict.first("remove users from group")
    await tx.run("DELETE FROM groups WHERE group_id = ?", group.group_id)
    await add_held(tx, call.account, "groups", -1)
    tx.changed("group", group.account, group.group_id)
