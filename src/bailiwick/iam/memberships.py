"""Who is in which group: the queries that users and groups share. The operations are in `group_members`."""

from collections.abc import Sequence

from bailiwick.access.call import Call
from bailiwick.access.pagination import Page, page
from bailiwick.iam import names
from bailiwick.iam.users.record import User
from bailiwick.store.transaction import Transaction


async def exists(tx: Transaction, user_id: str, group_id: str) -> bool:
    """Whether the user is in the group."""
    row = await tx.one("SELECT 1 FROM memberships WHERE user_id = ? AND group_id = ?", user_id, group_id)
    return row is not None


async def add(tx: Transaction, user: User, group_id: str) -> None:
    """Put a user that is not in the group into it."""
    await tx.run(
        "INSERT INTO memberships (account_id, user_id, user_name_key, group_id) VALUES (?, ?, ?, ?)",
        user.account,
        user.user_id,
        names.folded(user.name),
        group_id,
    )


async def remove(tx: Transaction, user_id: str, group_id: str) -> bool:
    """Take a user out of a group; returns whether it was in it."""
    return await tx.run("DELETE FROM memberships WHERE user_id = ? AND group_id = ?", user_id, group_id) > 0


async def rename_user(tx: Transaction, user_id: str, name: str) -> None:
    """Keep the user's place in the order of its groups' members."""
    await tx.run("UPDATE memberships SET user_name_key = ? WHERE user_id = ?", names.folded(name), user_id)


async def count_of_user(tx: Transaction, user_id: str) -> int:
    """How many groups the user is in; its quota bounds them."""
    row = await tx.one("SELECT COUNT(*) FROM memberships WHERE user_id = ?", user_id)
    return 0 if row is None else int(row[0] or 0)


async def has_members(tx: Transaction, group_id: str) -> bool:
    """Whether any user is in the group."""
    return await tx.one("SELECT 1 FROM memberships WHERE group_id = ? LIMIT 1", group_id) is not None


async def members(tx: Transaction, call: Call, group_id: str) -> Page[User]:
    """One page of a group's users, in the order of their names."""

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[User]:
        rows = await tx.all(
            "SELECT u.account_id, u.user_id, u.name, u.path, u.boundary_arn, u.created_at, u.password_last_used_at"
            " FROM memberships m JOIN users u ON u.user_id = m.user_id"
            " WHERE m.group_id = ? AND m.user_name_key > ? ORDER BY m.user_name_key LIMIT ?",
            group_id,
            *(after or ("",)),
            limit,
        )
        return [User.of_row(row) for row in rows]

    return await page(call, fetch, lambda user: (names.folded(user.name),), filter_by=[group_id])
