"""Adding a role to the store and removing it, with what is counted and kept beside it."""

from bailiwick.access import session_marks
from bailiwick.access.quotas import add_held
from bailiwick.access.session_marks import MarkKind
from bailiwick.iam import boundaries, names, tags
from bailiwick.iam.roles.record import Role
from bailiwick.store.transaction import Transaction


async def add(tx: Transaction, role: Role) -> None:
    """Keep a new role, and announce it. Its name is free, and there is room for it, or it needs none."""
    await tx.run(
        "INSERT INTO roles (account_id, role_id, name, name_key, path, trust_policy, description, max_session_seconds,"
        " max_signin_session_seconds, boundary_arn, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        role.account,
        role.role_id,
        role.name,
        names.folded(role.name),
        role.path,
        role.trust_policy,
        role.description,
        role.max_session_seconds,
        role.max_signin_session_seconds,
        role.boundary_arn,
        role.created_at,
    )
    if role.boundary_arn is not None:
        await boundaries.count_use(tx, role.account, role.boundary_arn, 1)
    await add_held(tx, role.account, "roles", 1)
    tx.changed("role", role.account, role.role_id)


async def remove(tx: Transaction, role: Role, now_ms: int) -> None:
    """Remove a role that holds no policies and is in no instance profile, and announce it.

    Its sessions end, and those of other roles that they have assumed.
    """
    await session_marks.put(tx, role.account, MarkKind.PRINCIPAL, role.role_id, now_ms)
    await tx.run("DELETE FROM last_used WHERE subject_id = ?", role.role_id)
    await tx.run("DELETE FROM last_accessed WHERE principal_id = ?", role.role_id)
    await tx.run("DELETE FROM roles WHERE role_id = ?", role.role_id)
    if role.boundary_arn is not None:
        await boundaries.count_use(tx, role.account, role.boundary_arn, -1)
    await tags.clear(tx, role.account, role.role_id)
    await add_held(tx, role.account, "roles", -1)
    tx.changed("role", role.account, role.role_id)
