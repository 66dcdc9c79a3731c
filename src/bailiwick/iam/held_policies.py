"""The users, groups and roles of an account by ARN, and the permissions policies that each holds, with their texts."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias

from bailiwick.access import managed_policies
from bailiwick.analyzer import HeldPolicy, SourceType
from bailiwick.iam import groups, inline_policies, roles, users
from bailiwick.iam.identities import Identity
from bailiwick.store.transaction import Transaction

Holder: TypeAlias = users.User | groups.Group | roles.Role

_SOURCE_TYPES: Final[Mapping[type[Holder], SourceType]] = MappingProxyType(
    {users.User: SourceType.USER, groups.Group: SourceType.GROUP, roles.Role: SourceType.ROLE}
)


async def find(tx: Transaction, account: str, identity: Identity) -> Holder | None:
    """The account's user, group or role with exactly this ARN."""
    if identity.account != account:
        return None
    found: Holder | None
    match identity.kind:
        case "user":
            found = await users.find(tx, account, identity.name)
        case "group":
            found = await groups.find(tx, account, identity.name)
        case "role":
            found = await roles.find(tx, account, identity.name)
    return found if found is not None and found.arn == identity.arn else None


def id_of(holder: Holder) -> str:
    """The holder's unique id."""
    match holder:
        case users.User():
            return holder.user_id
        case groups.Group():
            return holder.group_id
        case roles.Role():
            return holder.role_id


async def policies_of(tx: Transaction, holder: Holder) -> list[HeldPolicy]:
    """The holder's own policies and, for a user, those of its groups: inline ones, then managed ones."""
    owners = {id_of(holder): (_SOURCE_TYPES[type(holder)], holder.name)}
    if isinstance(holder, users.User):
        owners |= {group_id: (SourceType.GROUP, name) for group_id, name in await _groups_of(tx, holder)}
    inline = await inline_policies.of_many(tx, list(owners))
    policies = [
        HeldPolicy(policy.name, source_type, policy.document, owner_name=name)
        for owner_id, (source_type, name) in owners.items()
        for policy in inline.get(owner_id, ())
    ]
    return policies + await _attached(tx, holder.account, list(owners))


async def managed(tx: Transaction, account: str, arns: Sequence[str]) -> list[HeldPolicy]:
    """The managed policies with their default versions; those that are gone are left out."""
    texts = await _texts(tx, account, arns)
    return [
        HeldPolicy(
            name=arn.rpartition("/")[2],
            source_type=SourceType.AWS_MANAGED if managed_policies.find(arn) else SourceType.USER_MANAGED,
            text=texts[arn],
            arn=arn,
        )
        for arn in arns
        if arn in texts
    ]


async def _groups_of(tx: Transaction, user: users.User) -> list[tuple[str, str]]:
    rows = await tx.all(
        "SELECT g.group_id, g.name FROM memberships m JOIN groups g ON g.group_id = m.group_id"
        " WHERE m.user_id = ? ORDER BY g.name_key",
        user.user_id,
    )
    return [(str(group_id), str(name)) for group_id, name in rows]


async def _attached(tx: Transaction, account: str, owner_ids: Sequence[str]) -> list[HeldPolicy]:
    select = "SELECT DISTINCT policy_arn FROM attachments WHERE owner_id IN ("
    rows = await tx.all(select + ", ".join("?" * len(owner_ids)) + ") ORDER BY policy_arn", *owner_ids)
    return await managed(tx, account, [str(row[0]) for row in rows])


async def _texts(tx: Transaction, account: str, arns: Sequence[str]) -> Mapping[str, str]:
    """The default versions of managed policies, by ARN."""
    texts = {arn: found.document() for arn in arns if (found := managed_policies.find(arn)) is not None}
    own = [arn for arn in arns if arn.startswith(f"arn:aws:iam::{account}:policy/")]
    if own:
        # Not by account as well, which the ARNs hold: SQLite would look through all the policies of the account.
        rows = await tx.all(
            "SELECT p.arn, v.document FROM policies p JOIN policy_versions v"
            " ON v.policy_id = p.policy_id AND v.version = p.default_version"
            " WHERE p.arn IN (" + ", ".join("?" * len(own)) + ")",
            *own,
        )
        texts |= {str(arn): str(document) for arn, document in rows}
    return texts
