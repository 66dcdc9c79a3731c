"""The role in an instance profile: putting it in, taking it out, and finding the profiles that hold one."""

from collections.abc import Sequence
from dataclasses import replace

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.iam import names, roles
from bailiwick.iam.errors import LimitExceeded, NoSuchEntity
from bailiwick.iam.instance_profiles.record import SELECT, InstanceProfile, profile_target, require, shown
from bailiwick.iam.registry import iam
from bailiwick.operations import operation
from bailiwick.store.transaction import Transaction

_MOST_ROLES = 1
"""AWS's quota, which cannot be raised (IAM User Guide, "IAM and AWS STS quotas")."""

_MACHINES = "ec2.amazonaws.com"
"""The service that the role is passed to."""


@operation(iam, "AddRoleToInstanceProfile", resource=profile_target, further_actions=["iam:PassRole"])
async def add_role_to_instance_profile(call: Call, tx: Transaction) -> None:
    """Put a role into an empty instance profile.

    Raises:
        AccessDenied: the caller may not pass the role to EC2.
        NoSuchEntity: no such instance profile, or no such role.
        UnmodifiableEntity: only AWS's services may use the role.
        LimitExceeded: the instance profile holds a role already, be it the same.

    Source: IAM API Reference, AddRoleToInstanceProfile.
    """
    passed = await roles.role_target(call, tx)
    await call.access.require_pass_role(
        call,
        tx,
        # AWS names the role by its ARN here; the one at `/` tells neither whether there is a role nor its path.
        replace(passed, shown=names.arn_of(call.account, "role", "/", call["RoleName"])),
        service=_MACHINES,
        # AWS names no single instance here, whichever the profile is for (IAM API Reference).
        associated_arn=f"arn:aws:ec2:*:{call.account}:instance/*",
    )
    profile = await require(tx, call.account, call["InstanceProfileName"])
    role = await roles.require_changeable(tx, call.account, call["RoleName"])
    if profile.role_id is not None:
        raise LimitExceeded.quota("InstanceSessionsPerInstanceProfile", _MOST_ROLES)
    await tx.run("UPDATE instance_profiles SET role_id = ? WHERE profile_id = ?", role.role_id, profile.profile_id)


@operation(iam, "RemoveRoleFromInstanceProfile", resource=profile_target)
async def remove_role_from_instance_profile(call: Call, tx: Transaction) -> None:
    """Take the role out of an instance profile.

    Raises:
        NoSuchEntity: no such instance profile, no such role, or the profile does not hold it.
        UnmodifiableEntity: only AWS's services may use the role.

    Source: IAM API Reference, RemoveRoleFromInstanceProfile.
    """
    profile = await require(tx, call.account, call["InstanceProfileName"])
    role = await roles.require_changeable(tx, call.account, call["RoleName"])
    if profile.role_id != role.role_id:
        raise NoSuchEntity.role(call["RoleName"])
    await tx.run("UPDATE instance_profiles SET role_id = NULL WHERE profile_id = ?", profile.profile_id)


@operation(iam, "ListInstanceProfilesForRole", resource=roles.role_target, reads=True)
async def list_instance_profiles_for_role(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the instance profiles that hold a role, in the order of their names.

    Raises:
        NoSuchEntity: no such role.

    Source: IAM API Reference, ListInstanceProfilesForRole.
    """
    role = await roles.require(tx, call.account, call["RoleName"])

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[InstanceProfile]:
        rows = await tx.all(
            SELECT + " WHERE role_id = ? AND name_key > ? ORDER BY name_key LIMIT ?",
            role.role_id,
            after[0] if after else "",
            limit,
        )
        return [InstanceProfile.of_row(row) for row in rows]

    found = await page(call, fetch, lambda profile: (names.folded(profile.name),), filter_by=[role.role_id])
    return {"InstanceProfiles": await shown(tx, found.items), **found.output}
