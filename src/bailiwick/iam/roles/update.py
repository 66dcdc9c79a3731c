"""Changing a role: its description, how long its sessions last, and whom it trusts."""

from bailiwick.access.call import Call
from bailiwick.iam import boundaries
from bailiwick.iam.errors import InvalidInput, UnmodifiableEntity
from bailiwick.iam.registry import iam
from bailiwick.iam.roles import trust
from bailiwick.iam.roles.operations import DEFAULT_MAX_SESSION_SECONDS
from bailiwick.iam.roles.record import Role, require, require_changeable, role_target
from bailiwick.operations import operation
from bailiwick.store.transaction import Transaction


@operation(iam, "UpdateRole", resource=role_target, target_keys=boundaries.HELD)
async def update_role(call: Call, tx: Transaction) -> dict[str, object]:
    """Change a role's description and how long its sessions may last.

    A MaxSessionDuration left out becomes the default of one hour, as the API Reference says; a Description or
    MaxSigninSessionDuration left out stays.

    Raises:
        NoSuchEntity: no such role.
        UnmodifiableEntity: only AWS's services may change the role, or these parts of it.
        InvalidInput: MaxSigninSessionDuration is given and reset at once.

    Source: IAM API Reference, UpdateRole.
    """
    role = await _require_describable(call, tx)
    signin_seconds, is_reset = (
        call.integer("MaxSigninSessionDuration"),
        bool(call.flag("ResetMaxSigninSessionDuration")),
    )
    if signin_seconds is not None and is_reset:
        raise InvalidInput("MaxSigninSessionDuration and ResetMaxSigninSessionDuration cannot be used together.")
    if role.is_service_linked and ("MaxSessionDuration" in call or signin_seconds is not None or is_reset):
        raise UnmodifiableEntity.protected_role(role.name)
    seconds = call.integer("MaxSessionDuration") or DEFAULT_MAX_SESSION_SECONDS
    await tx.run(
        "UPDATE roles SET description = ?, max_session_seconds = ?, max_signin_session_seconds = ? WHERE role_id = ?",
        call.get("Description") if "Description" in call else role.description,
        role.max_session_seconds if role.is_service_linked else seconds,
        None if is_reset else signin_seconds or role.max_signin_session_seconds,
        role.role_id,
    )
    tx.changed("role", role.account, role.role_id)
    return {}


@operation(iam, "UpdateRoleDescription", resource=role_target, target_keys=boundaries.HELD)
async def update_role_description(call: Call, tx: Transaction) -> dict[str, object]:
    """Change a role's description; the older form of UpdateRole.

    Raises:
        NoSuchEntity: no such role.
        UnmodifiableEntity: only AWS's services may change the role.

    Source: IAM API Reference, UpdateRoleDescription.
    """
    role = await _require_describable(call, tx)
    await tx.run("UPDATE roles SET description = ? WHERE role_id = ?", call["Description"], role.role_id)
    tx.changed("role", role.account, role.role_id)
    updated = await require(tx, call.account, role.name)
    return {"Role": updated.as_output(await trust.shown(tx, updated.trust_policy))}


@operation(iam, "UpdateAssumeRolePolicy", resource=role_target, target_keys=boundaries.HELD)
async def update_assume_role_policy(call: Call, tx: Transaction) -> None:
    """Give a role another trust policy.

    Raises:
        NoSuchEntity: no such role.
        UnmodifiableEntity: only AWS's services may change the role.
        MalformedPolicyDocument: the document is not a trust policy, or a principal in it does not exist.
        LimitExceeded: the document is too large.

    Source: IAM API Reference, UpdateAssumeRolePolicy.
    """
    role = await require_changeable(tx, call.account, call["RoleName"])
    text = await trust.checked(call, tx, call["PolicyDocument"])
    await tx.run("UPDATE roles SET trust_policy = ? WHERE role_id = ?", text, role.role_id)
    tx.changed("role", role.account, role.role_id)


async def _require_describable(call: Call, tx: Transaction) -> Role:
    """The role that the call names; a service-linked one may be described, another protected one may not."""
    role = await require(tx, call.account, call["RoleName"])
    if not role.is_service_linked:
        role.require_changeable()
    return role
