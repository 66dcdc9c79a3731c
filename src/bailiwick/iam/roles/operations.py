"""Making, showing, tagging and deleting roles. Changing one is in `roles.update`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bailiwick.access.call import Call
from bailiwick.access.pagination import fitting, page
from bailiwick.access.quotas import held
from bailiwick.iam import boundaries, instance_profiles, names, remains, tags
from bailiwick.iam.errors import EntityAlreadyExists, InvalidInput, LimitExceeded
from bailiwick.iam.registry import iam
from bailiwick.iam.roles import trust
from bailiwick.iam.roles.keeping import add, remove
from bailiwick.iam.roles.record import (
    RESERVED_PATH,
    SELECT,
    SERVICE_LINKED_PATH,
    Role,
    find,
    require,
    require_changeable,
    role_target,
)
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import TAG_KEYS_PASSED, TAGS_PASSED, Target, acts_on, operation
from bailiwick.store.transaction import Transaction

DEFAULT_MAX_SESSION_SECONDS = 3600

LAST_USED_KEPT = timedelta(days=400)
"""How long the last use of a role is shown (IAM API Reference, RoleLastUsed)."""

_NOT_TOLD_OF_A_NEW_ROLE = frozenset({"Description", "MaxSessionDuration"})
"""What CreateRole does not answer though it was given, as AWS (AWS CLI Command Reference, create-role, example 2)."""


@acts_on("role*")
async def _new_role_target(call: Call, tx: Transaction) -> Sequence[Target]:
    """The role that CreateRole would make; tags on it are a right of their own."""
    arn = names.arn_of(call.account, "role", call.get("Path") or "/", call["RoleName"])
    new = Target(arn=arn, tags=tags.passed(call), tag_keys=tags.PRINCIPAL_TAG_KEYS)
    return [new, replace(new, action="iam:TagRole")] if new.tags else [new]


async def _role_list_target(call: Call, tx: Transaction) -> Target:
    return Target(arn="*", shown=f"arn:aws:iam::{call.account}:role/")


@operation(
    iam,
    "CreateRole",
    resource=_new_role_target,
    keys={**boundaries.SET, **TAGS_PASSED},
    further_actions=["iam:TagRole"],
)
async def create_role(call: Call, tx: Transaction) -> dict[str, object]:
    """Make a role that trusts whom its trust policy names, and may do nothing yet.

    Raises:
        InvalidInput: the path is kept for roles of AWS's services; the boundary is not the ARN of a managed policy;
            a tag is reserved or given twice.
        MalformedPolicyDocument: the document is not a trust policy, or a principal in it does not exist.
        NoSuchEntity: no such boundary.
        EntityAlreadyExists: a role has that name, in any case.
        LimitExceeded: the document is too large, the account holds its quota of roles, or too many tags are given.

    Source: IAM API Reference, CreateRole.
    """
    name, path = call["RoleName"], call.get("Path") or "/"
    for kept in (SERVICE_LINKED_PATH, RESERVED_PATH):
        if path.startswith(kept):
            raise InvalidInput(f"Path prefix '{kept}' can only be used for AWS Service linked Roles")
    trust_policy = await trust.checked(call, tx, call["AssumeRolePolicyDocument"])
    boundary_arn = call.get("PermissionsBoundary")
    if boundary_arn is not None:
        await boundaries.require_usable(tx, call.account, boundary_arn)
    if await find(tx, call.account, name):
        raise EntityAlreadyExists.role(name)
    limit = await call.access.quota(tx, call.account, "RolesPerAccount")
    if await held(tx, call.account, "roles") >= limit:
        raise LimitExceeded.quota("RolesPerAccount", limit)
    role = Role(
        account=call.account,
        role_id=call.new_id("AROA"),
        name=name,
        path=path,
        trust_policy=trust_policy,
        description=call.get("Description"),
        max_session_seconds=call.integer("MaxSessionDuration") or DEFAULT_MAX_SESSION_SECONDS,
        max_signin_session_seconds=call.integer("MaxSigninSessionDuration"),
        boundary_arn=boundary_arn,
        created_at=call.now_ms,
    )
    await add(tx, role)
    await tags.put(tx, call, role.role_id, call.tags())
    described = await _described(tx, role)
    return {"Role": {member: value for member, value in described.items() if member not in _NOT_TOLD_OF_A_NEW_ROLE}}


@operation(iam, "GetRole", resource=role_target, target_keys=boundaries.HELD, reads=True)
async def get_role(call: Call, tx: Transaction) -> dict[str, object]:
    """A role, with its tags, its boundary and when it was last used.

    Raises:
        NoSuchEntity: no such role.

    Source: IAM API Reference, GetRole.
    """
    role = await require(tx, call.account, call["RoleName"])
    used = await last_used(call, tx, [role])
    return {"Role": {**await _described(tx, role), "RoleLastUsed": used.get(role.role_id, {})}}


@operation(iam, "ListRoles", resource=_role_list_target, reads=True)
async def list_roles(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the account's roles, in the order of their names; with a PathPrefix, of paths and then names.

    A page of large trust policies holds fewer than MaxItems.

    Source: IAM API Reference, ListRoles.
    """
    prefix = call.get("PathPrefix")

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[Role]:
        rows = await names.rows_in_order(tx, SELECT, call.account, prefix, after, limit)
        return [Role.of_row(row) for row in rows]

    found = await page(call, fetch, lambda role: names.place(prefix, role), filter_by=[prefix])
    shown = found.items[: fitting(len(role.trust_policy) for role in found.items)]
    trusts = await trust.shown_many(tx, [role.trust_policy for role in shown])
    return {
        "Roles": [role.as_output(text) for role, text in zip(shown, trusts, strict=True)],
        **found.output_after(len(shown)),
    }


@operation(iam, "DeleteRole", resource=role_target, target_keys=boundaries.HELD)
async def delete_role(call: Call, tx: Transaction) -> None:
    """Delete a role that holds no policies and is in no instance profile. Its sessions are denied from then on.

    Raises:
        NoSuchEntity: no such role.
        UnmodifiableEntity: only AWS's services may delete it.
        DeleteConflict: it still is in an instance profile, or has inline policies or attached policies.

    Source: IAM API Reference, DeleteRole.
    """
    role = await require_changeable(tx, call.account, call["RoleName"])
    await instance_profiles.require_in_no_profile(tx, role.role_id)
    await remains.require_no_policies(tx, role.role_id)
    await remove(tx, role, call.now_ms)


@operation(iam, "TagRole", resource=role_target, keys=TAGS_PASSED)
async def tag_role(call: Call, tx: Transaction) -> None:
    """Add tags to a role, or change their values; keys are one whatever their case.

    Raises:
        NoSuchEntity: no such role.
        InvalidInput: a tag is reserved or given twice.
        LimitExceeded: the role would hold more than the quota of tags.

    Source: IAM API Reference, TagRole.
    """
    role = await require(tx, call.account, call["RoleName"])
    await tags.put(tx, call, role.role_id, call.tags())
    tx.changed("role", role.account, role.role_id)


@operation(iam, "UntagRole", resource=role_target, keys=TAG_KEYS_PASSED)
async def untag_role(call: Call, tx: Transaction) -> None:
    """Take tags from a role; keys that it does not have are passed over.

    Raises:
        NoSuchEntity: no such role.

    Source: IAM API Reference, UntagRole.
    """
    role = await require(tx, call.account, call["RoleName"])
    await tags.remove(tx, call, role.role_id, call.texts("TagKeys"))
    tx.changed("role", role.account, role.role_id)


@operation(iam, "ListRoleTags", resource=role_target, reads=True)
async def list_role_tags(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of a role's tags, in the order of their keys.

    Raises:
        NoSuchEntity: no such role.

    Source: IAM API Reference, ListRoleTags.
    """
    role = await require(tx, call.account, call["RoleName"])
    return await tags.listed(tx, call, role.role_id)


async def last_used(call: Call, tx: Transaction, roles: Sequence[Role]) -> dict[str, dict[str, object]]:
    """When and where each role (of a page) was last used, by unique id, as the model's RoleLastUsed.

    A role that was not used for longer than is shown is left out.
    """
    if not roles:
        return {}
    select = "SELECT subject_id, used_at, region FROM last_used WHERE subject_id IN ("
    rows = await tx.all(
        select + ", ".join("?" * len(roles)) + ") AND account_id = ?", *(role.role_id for role in roles), call.account
    )
    used = ((str(role_id), from_milliseconds(int(used_at or 0)), str(region)) for role_id, used_at, region in rows)
    return {
        role_id: {"LastUsedDate": used_at, "Region": region}
        for role_id, used_at, region in used
        if call.now - used_at <= LAST_USED_KEPT
    }


async def _described(tx: Transaction, role: Role) -> dict[str, object]:
    output = role.as_output(await trust.shown(tx, role.trust_policy))
    if role.boundary_arn is not None:
        output["PermissionsBoundary"] = boundaries.as_output(role.boundary_arn)
    if held_tags := await tags.of(tx, role.account, role.role_id):
        output["Tags"] = tags.as_output(held_tags)
    return output
