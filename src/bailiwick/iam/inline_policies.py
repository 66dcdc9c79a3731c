"""Inline policies: documents that belong to one user, group or role, and go with it.

Their sum is bounded for each owner, white space not counted; their number is not (IAM User Guide, "IAM and AWS STS
quotas").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bailiwick import policy as language
from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.iam import boundaries, documents, groups, owners, roles, users
from bailiwick.iam.errors import LimitExceeded, NoSuchEntity
from bailiwick.iam.owners import Owner, OwnerKind
from bailiwick.iam.registry import iam
from bailiwick.operations import operation
from bailiwick.store.transaction import Transaction

_SIZE_QUOTAS: Mapping[OwnerKind, str] = {
    "user": "UserPolicySize",
    "group": "GroupPolicySize",
    "role": "RolePolicySize",
}


@dataclass(frozen=True, slots=True)
class InlinePolicy:
    """One inline policy: its name, unique for its owner, and its document as it was given."""

    name: str
    document: str

    def as_output(self) -> dict[str, object]:
        """The model's PolicyDetail."""
        return {"PolicyName": self.name, "PolicyDocument": documents.encoded(self.document)}


async def of_many(tx: Transaction, owner_ids: Sequence[str]) -> Mapping[str, list[InlinePolicy]]:
    """The inline policies of many owners (a page of them), in the order of their names, by the owner's unique id."""
    if not owner_ids:
        return {}
    select = "SELECT owner_id, name, document FROM inline_policies WHERE owner_id IN ("
    rows = await tx.all(select + ", ".join("?" * len(owner_ids)) + ") ORDER BY owner_id, name", *owner_ids)
    found: dict[str, list[InlinePolicy]] = {}
    for owner_id, name, document in rows:
        found.setdefault(str(owner_id), []).append(InlinePolicy(str(name), str(document)))
    return found


async def characters_of_many(tx: Transaction, owner_ids: Sequence[str]) -> Mapping[str, int]:
    """How many characters the documents of each owner (of a page) have together, by the owner's unique id."""
    if not owner_ids:
        return {}
    select = "SELECT owner_id, CAST(SUM(LENGTH(document)) AS BIGINT) FROM inline_policies WHERE owner_id IN ("
    rows = await tx.all(select + ", ".join("?" * len(owner_ids)) + ") GROUP BY owner_id", *owner_ids)
    return {str(owner_id): int(characters or 0) for owner_id, characters in rows}


@operation(iam, "PutUserPolicy", resource=users.user_target, target_keys=boundaries.HELD)
async def put_user_policy(call: Call, tx: Transaction) -> None:
    """Give a user an inline policy, or another document to the one of that name.

    Raises:
        NoSuchEntity: no such user.
        MalformedPolicyDocument: the document is not a permissions policy.
        LimitExceeded: the user's inline policies would be too large together.

    Source: IAM API Reference, PutUserPolicy.
    """
    await _put(call, tx, await owners.user(call, tx))


@operation(iam, "PutGroupPolicy", resource=groups.group_target)
async def put_group_policy(call: Call, tx: Transaction) -> None:
    """Give a group an inline policy, or another document to the one of that name.

    Raises:
        NoSuchEntity: no such group.
        MalformedPolicyDocument: the document is not a permissions policy.
        LimitExceeded: the group's inline policies would be too large together.

    Source: IAM API Reference, PutGroupPolicy.
    """
    await _put(call, tx, await owners.group(call, tx))


@operation(iam, "PutRolePolicy", resource=roles.role_target, target_keys=boundaries.HELD)
async def put_role_policy(call: Call, tx: Transaction) -> None:
    """Give a role an inline policy, or another document to the one of that name.

    Raises:
        NoSuchEntity: no such role.
        UnmodifiableEntity: only AWS's services may change the role.
        MalformedPolicyDocument: the document is not a permissions policy.
        LimitExceeded: the role's inline policies would be too large together.

    Source: IAM API Reference, PutRolePolicy; `AWSRevokeOlderSessions` of the User Guide is such a policy.
    """
    await _put(call, tx, await owners.changeable_role(call, tx))


@operation(iam, "GetUserPolicy", resource=users.user_target, reads=True)
async def get_user_policy(call: Call, tx: Transaction) -> dict[str, object]:
    """One inline policy of a user.

    Raises:
        NoSuchEntity: no such user, or no such policy of it.

    Source: IAM API Reference, GetUserPolicy.
    """
    return await _get(call, tx, await owners.user(call, tx))


@operation(iam, "GetGroupPolicy", resource=groups.group_target, reads=True)
async def get_group_policy(call: Call, tx: Transaction) -> dict[str, object]:
    """One inline policy of a group.

    Raises:
        NoSuchEntity: no such group, or no such policy of it.

    Source: IAM API Reference, GetGroupPolicy.
    """
    return await _get(call, tx, await owners.group(call, tx))


@operation(iam, "GetRolePolicy", resource=roles.role_target, reads=True)
async def get_role_policy(call: Call, tx: Transaction) -> dict[str, object]:
    """One inline policy of a role.

    Raises:
        NoSuchEntity: no such role, or no such policy of it.

    Source: IAM API Reference, GetRolePolicy.
    """
    return await _get(call, tx, await owners.role(call, tx))


@operation(iam, "ListUserPolicies", resource=users.user_target, reads=True)
async def list_user_policies(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the names of a user's inline policies.

    Raises:
        NoSuchEntity: no such user.

    Source: IAM API Reference, ListUserPolicies.
    """
    return await _list(call, tx, await owners.user(call, tx))


@operation(iam, "ListGroupPolicies", resource=groups.group_target, reads=True)
async def list_group_policies(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the names of a group's inline policies.

    Raises:
        NoSuchEntity: no such group.

    Source: IAM API Reference, ListGroupPolicies.
    """
    return await _list(call, tx, await owners.group(call, tx))


@operation(iam, "ListRolePolicies", resource=roles.role_target, reads=True)
async def list_role_policies(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the names of a role's inline policies.

    Raises:
        NoSuchEntity: no such role.

    Source: IAM API Reference, ListRolePolicies.
    """
    return await _list(call, tx, await owners.role(call, tx))


@operation(iam, "DeleteUserPolicy", resource=users.user_target, target_keys=boundaries.HELD)
async def delete_user_policy(call: Call, tx: Transaction) -> None:
    """Take an inline policy from a user.

    Raises:
        NoSuchEntity: no such user, or no such policy of it.

    Source: IAM API Reference, DeleteUserPolicy.
    """
    await _delete(call, tx, await owners.user(call, tx))


@operation(iam, "DeleteGroupPolicy", resource=groups.group_target)
async def delete_group_policy(call: Call, tx: Transaction) -> None:
    """Take an inline policy from a group.

    Raises:
        NoSuchEntity: no such group, or no such policy of it.

    Source: IAM API Reference, DeleteGroupPolicy.
    """
    await _delete(call, tx, await owners.group(call, tx))


@operation(iam, "DeleteRolePolicy", resource=roles.role_target, target_keys=boundaries.HELD)
async def delete_role_policy(call: Call, tx: Transaction) -> None:
    """Take an inline policy from a role.

    Raises:
        NoSuchEntity: no such role, or no such policy of it.
        UnmodifiableEntity: only AWS's services may change the role.

    Source: IAM API Reference, DeleteRolePolicy.
    """
    await _delete(call, tx, await owners.changeable_role(call, tx))


async def _put(call: Call, tx: Transaction, owner: Owner) -> None:
    name, text = call["PolicyName"], call["PolicyDocument"]
    documents.check(text, language.PolicyType.INLINE)
    size = language.size(text)
    row = await tx.one(
        "SELECT CAST(SUM(size) AS BIGINT) FROM inline_policies WHERE owner_id = ? AND name <> ?", owner.unique_id, name
    )
    others = 0 if row is None else int(row[0] or 0)
    limit = await call.access.quota(tx, call.account, _SIZE_QUOTAS[owner.kind])
    if others + size > limit:
        raise LimitExceeded.inline_policy_size(owner.kind, owner.name, limit)
    await tx.run(
        "INSERT INTO inline_policies (account_id, owner_kind, owner_id, name, document, size) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (owner_id, name) DO UPDATE SET document = excluded.document, size = excluded.size",
        owner.account,
        owner.kind,
        owner.unique_id,
        name,
        text,
        size,
    )
    owner.announce(tx)


async def _get(call: Call, tx: Transaction, owner: Owner) -> dict[str, object]:
    name = call["PolicyName"]
    row = await tx.one("SELECT document FROM inline_policies WHERE owner_id = ? AND name = ?", owner.unique_id, name)
    if row is None:
        raise NoSuchEntity.inline_policy(owner.kind, name)
    return {owner.name_member: owner.name, **InlinePolicy(name, str(row[0])).as_output()}


async def _list(call: Call, tx: Transaction, owner: Owner) -> dict[str, object]:
    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[str]:
        rows = await tx.all(
            "SELECT name FROM inline_policies WHERE owner_id = ? AND name > ? ORDER BY name LIMIT ?",
            owner.unique_id,
            *(after or ("",)),
            limit,
        )
        return [str(row[0]) for row in rows]

    found = await page(call, fetch, lambda name: (name,), filter_by=[owner.unique_id])
    return {"PolicyNames": found.items, **found.output}


async def _delete(call: Call, tx: Transaction, owner: Owner) -> None:
    name = call["PolicyName"]
    if not await tx.run("DELETE FROM inline_policies WHERE owner_id = ? AND name = ?", owner.unique_id, name):
        raise NoSuchEntity.inline_policy(owner.kind, name)
    owner.announce(tx)
