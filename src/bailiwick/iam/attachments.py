"""Attaching managed policies to users, groups and roles, and taking them off."""

from collections.abc import Mapping, Sequence

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.iam import boundaries, groups, names, owners, policies, roles, users
from bailiwick.iam.errors import LimitExceeded, NoSuchEntity
from bailiwick.iam.owners import Owner, OwnerKind
from bailiwick.iam.policies.record import names_of, path_and_name_of
from bailiwick.iam.registry import iam
from bailiwick.operations import operation
from bailiwick.store.transaction import Transaction

_POLICY_ARN = {"iam:PolicyARN": "PolicyArn"}

_QUOTAS: Mapping[OwnerKind, str] = {"user": "PoliciesPerUser", "group": "PoliciesPerGroup", "role": "PoliciesPerRole"}


async def of_many(tx: Transaction, account: str, owner_ids: Sequence[str]) -> Mapping[str, list[dict[str, object]]]:
    """What is attached to many owners (a page of them), by the owner's unique id, as the model's AttachedPolicy."""
    if not owner_ids:
        return {}
    select = "SELECT owner_id, policy_arn FROM attachments WHERE owner_id IN ("
    rows = await tx.all(select + ", ".join("?" * len(owner_ids)) + ") ORDER BY owner_id, policy_arn", *owner_ids)
    spelled = await names_of(tx, account, list({str(row[1]) for row in rows}))
    found: dict[str, list[dict[str, object]]] = {}
    for owner_id, arn in ((str(owner), str(policy)) for owner, policy in rows):
        name = spelled.get(arn) or arn.rpartition("/")[2]  # of a policy of AWS that is no longer shipped
        found.setdefault(owner_id, []).append({"PolicyName": name, "PolicyArn": arn})
    return found


@operation(iam, "AttachUserPolicy", resource=users.user_target, keys=_POLICY_ARN, target_keys=boundaries.HELD)
async def attach_user_policy(call: Call, tx: Transaction) -> None:
    """Attach a managed policy to a user; attaching it twice changes nothing.

    Raises:
        NoSuchEntity: no such user, or no such policy.
        InvalidInput: it is not the ARN of a managed policy.
        PolicyNotAttachable: only a service-linked role may hold the policy.
        LimitExceeded: the user holds its quota of attached policies.

    Source: IAM API Reference, AttachUserPolicy.
    """
    await _attach(call, tx, await owners.user(call, tx))


@operation(iam, "AttachGroupPolicy", resource=groups.group_target, keys=_POLICY_ARN)
async def attach_group_policy(call: Call, tx: Transaction) -> None:
    """Attach a managed policy to a group; attaching it twice changes nothing.

    Raises:
        NoSuchEntity: no such group, or no such policy.
        InvalidInput: it is not the ARN of a managed policy.
        PolicyNotAttachable: only a service-linked role may hold the policy.
        LimitExceeded: the group holds its quota of attached policies.

    Source: IAM API Reference, AttachGroupPolicy.
    """
    await _attach(call, tx, await owners.group(call, tx))


@operation(iam, "AttachRolePolicy", resource=roles.role_target, keys=_POLICY_ARN, target_keys=boundaries.HELD)
async def attach_role_policy(call: Call, tx: Transaction) -> None:
    """Attach a managed policy to a role; attaching it twice changes nothing.

    Raises:
        NoSuchEntity: no such role, or no such policy.
        UnmodifiableEntity: only AWS's services may change the role.
        InvalidInput: it is not the ARN of a managed policy.
        PolicyNotAttachable: only a service-linked role may hold the policy.
        LimitExceeded: the role holds its quota of attached policies.

    Source: IAM API Reference, AttachRolePolicy.
    """
    await _attach(call, tx, await owners.changeable_role(call, tx))


@operation(iam, "DetachUserPolicy", resource=users.user_target, keys=_POLICY_ARN, target_keys=boundaries.HELD)
async def detach_user_policy(call: Call, tx: Transaction) -> None:
    """Take a managed policy off a user.

    Raises:
        NoSuchEntity: no such user, or the policy is not attached to it.
        InvalidInput: it is not the ARN of a managed policy.

    Source: IAM API Reference, DetachUserPolicy.
    """
    await _detach(call, tx, await owners.user(call, tx))


@operation(iam, "DetachGroupPolicy", resource=groups.group_target, keys=_POLICY_ARN)
async def detach_group_policy(call: Call, tx: Transaction) -> None:
    """Take a managed policy off a group.

    Raises:
        NoSuchEntity: no such group, or the policy is not attached to it.
        InvalidInput: it is not the ARN of a managed policy.

    Source: IAM API Reference, DetachGroupPolicy.
    """
    await _detach(call, tx, await owners.group(call, tx))


@operation(iam, "DetachRolePolicy", resource=roles.role_target, keys=_POLICY_ARN, target_keys=boundaries.HELD)
async def detach_role_policy(call: Call, tx: Transaction) -> None:
    """Take a managed policy off a role.

    Raises:
        NoSuchEntity: no such role, or the policy is not attached to it.
        UnmodifiableEntity: only AWS's services may change the role.
        InvalidInput: it is not the ARN of a managed policy.

    Source: IAM API Reference, DetachRolePolicy.
    """
    await _detach(call, tx, await owners.changeable_role(call, tx))


@operation(iam, "ListAttachedUserPolicies", resource=users.user_target, reads=True)
async def list_attached_user_policies(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the managed policies attached to a user.

    Raises:
        NoSuchEntity: no such user.

    Source: IAM API Reference, ListAttachedUserPolicies.
    """
    return await _list(call, tx, await owners.user(call, tx))


@operation(iam, "ListAttachedGroupPolicies", resource=groups.group_target, reads=True)
async def list_attached_group_policies(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the managed policies attached to a group.

    Raises:
        NoSuchEntity: no such group.

    Source: IAM API Reference, ListAttachedGroupPolicies.
    """
    return await _list(call, tx, await owners.group(call, tx))


@operation(iam, "ListAttachedRolePolicies", resource=roles.role_target, reads=True)
async def list_attached_role_policies(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the managed policies attached to a role.

    Raises:
        NoSuchEntity: no such role.

    Source: IAM API Reference, ListAttachedRolePolicies.
    """
    return await _list(call, tx, await owners.role(call, tx))


async def _attach(call: Call, tx: Transaction, owner: Owner) -> None:
    policy = await policies.require_attachable(tx, owner.account, call["PolicyArn"])
    held = await tx.all("SELECT policy_arn FROM attachments WHERE owner_id = ?", owner.unique_id)
    if any(row[0] == policy.arn for row in held):
        return
    quota = _QUOTAS[owner.kind]
    limit = await call.access.quota(tx, owner.account, quota)
    if len(held) >= limit:
        raise LimitExceeded.quota(quota, limit)
    await tx.run(
        "INSERT INTO attachments (account_id, owner_kind, owner_id, policy_arn) VALUES (?, ?, ?, ?)",
        owner.account,
        owner.kind,
        owner.unique_id,
        policy.arn,
    )
    await policies.count(tx, owner.account, policy.arn, attachments=1)
    owner.announce(tx)


async def _detach(call: Call, tx: Transaction, owner: Owner) -> None:
    policy = await policies.require(tx, owner.account, call["PolicyArn"])
    taken = await tx.run("DELETE FROM attachments WHERE owner_id = ? AND policy_arn = ?", owner.unique_id, policy.arn)
    if not taken:
        raise NoSuchEntity.policy(policy.arn)
    await policies.count(tx, owner.account, policy.arn, attachments=-1)
    owner.announce(tx)


async def _list(call: Call, tx: Transaction, owner: Owner) -> dict[str, object]:
    prefix = call.get("PathPrefix") or "/"

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[dict[str, object]]:
        # The owner's quota bounds how many are attached, so they are read whole and ordered here.
        attached = (await of_many(tx, owner.account, [owner.unique_id])).get(owner.unique_id, [])
        within = [each for each in attached if path_and_name_of(str(each["PolicyArn"]))[0].startswith(prefix)]
        within.sort(key=_place)
        return [each for each in within if after is None or _place(each) > after][:limit]

    found = await page(call, fetch, _place, filter_by=[owner.unique_id, prefix])
    return {"AttachedPolicies": found.items, **found.output}


def _place(attached: Mapping[str, object]) -> tuple[str, ...]:
    return names.folded(str(attached["PolicyName"])), str(attached["PolicyArn"])
