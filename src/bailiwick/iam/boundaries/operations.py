"""Setting and removing the permissions boundaries of users and roles."""

from bailiwick.access.call import Call
from bailiwick.iam import roles, users
from bailiwick.iam.boundaries.rules import HELD, SET, count_use, require_usable
from bailiwick.iam.registry import iam
from bailiwick.operations import operation
from bailiwick.store.transaction import Transaction


@operation(iam, "PutUserPermissionsBoundary", resource=users.user_target, keys=SET)
async def put_user_permissions_boundary(call: Call, tx: Transaction) -> None:
    """Make a managed policy a user's boundary, in the place of the one it had.

    Raises:
        NoSuchEntity: no such user, or no such policy.
        InvalidInput: it is not the ARN of a managed policy.
        PolicyNotAttachable: only a service-linked role may hold the policy.

    Source: IAM API Reference, PutUserPermissionsBoundary.
    """
    user = await users.require(tx, call.account, call["UserName"])
    await require_usable(tx, call.account, call["PermissionsBoundary"])
    await _change_user(tx, user, call["PermissionsBoundary"])


@operation(iam, "DeleteUserPermissionsBoundary", resource=users.user_target, target_keys=HELD)
async def delete_user_permissions_boundary(call: Call, tx: Transaction) -> None:
    """Take a user's boundary away; one that has none stays without.

    Raises:
        NoSuchEntity: no such user.

    Source: IAM API Reference, DeleteUserPermissionsBoundary.
    """
    await _change_user(tx, await users.require(tx, call.account, call["UserName"]), None)


@operation(iam, "PutRolePermissionsBoundary", resource=roles.role_target, keys=SET)
async def put_role_permissions_boundary(call: Call, tx: Transaction) -> None:
    """Make a managed policy a role's boundary, in the place of the one it had.

    Raises:
        NoSuchEntity: no such role, or no such policy.
        UnmodifiableEntity: only AWS's services may change the role.
        InvalidInput: it is not the ARN of a managed policy.
        PolicyNotAttachable: only a service-linked role may hold the policy.

    Source: IAM API Reference, PutRolePermissionsBoundary.
    """
    role = await roles.require_changeable(tx, call.account, call["RoleName"])
    await require_usable(tx, call.account, call["PermissionsBoundary"])
    await _change_role(tx, role, call["PermissionsBoundary"])


@operation(iam, "DeleteRolePermissionsBoundary", resource=roles.role_target, target_keys=HELD)
async def delete_role_permissions_boundary(call: Call, tx: Transaction) -> None:
    """Take a role's boundary away; one that has none stays without.

    Raises:
        NoSuchEntity: no such role.
        UnmodifiableEntity: only AWS's services may change the role.

    Source: IAM API Reference, DeleteRolePermissionsBoundary.
    """
    await _change_role(tx, await roles.require_changeable(tx, call.account, call["RoleName"]), None)


async def _change_user(tx: Transaction, user: users.User, arn: str | None) -> None:
    if user.boundary_arn == arn:
        return
    await tx.run("UPDATE users SET boundary_arn = ? WHERE user_id = ?", arn, user.user_id)
    await _count_change(tx, user.account, user.boundary_arn, arn)
    tx.changed("user", user.account, user.user_id)


async def _change_role(tx: Transaction, role: roles.Role, arn: str | None) -> None:
    if role.boundary_arn == arn:
        return
    await tx.run("UPDATE roles SET boundary_arn = ? WHERE role_id = ?", arn, role.role_id)
    await _count_change(tx, role.account, role.boundary_arn, arn)
    tx.changed("role", role.account, role.role_id)


async def _count_change(tx: Transaction, account: str, before: str | None, after: str | None) -> None:
    if before is not None:
        await count_use(tx, account, before, -1)
    if after is not None:
        await count_use(tx, account, after, 1)
