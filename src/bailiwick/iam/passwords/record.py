"""A user's login profile: that it has a password, and what its last passwords were. Its record and its queries."""

from dataclasses import dataclass
from typing import Final, Protocol

from bailiwick.iam import users
from bailiwick.iam.errors import NoSuchEntity
from bailiwick.iam.guessing import MOST_FAILURES, pause_seconds
from bailiwick.iam.passwords.rules import MOST_REMEMBERED, Owner
from bailiwick.iam.times import from_milliseconds
from bailiwick.secret import Secret
from bailiwick.store.transaction import Row, Transaction, Value

_SELECT: Final = (
    "SELECT p.user_id, p.newest, w.hash, p.must_change, p.session_seconds, p.created_at, p.changed_at, p.failures,"
    " p.paused_until FROM login_profiles p JOIN user_passwords w ON w.user_id = p.user_id AND w.number = p.newest"
)


class Seals(Protocol):
    """What seals and opens secrets: a call's access, or the vault."""

    def seal(self, table: str, row: str, column: str, plaintext: bytes) -> bytes:
        """Seal a secret for its place in the store."""


@dataclass(frozen=True, slots=True)
class LoginProfile:
    """One login profile. Times are milliseconds since 1970 UTC.

    Attributes:
        user_id: whose it is.
        newest: the number of its password, which grows with each change.
        sealed: the hash of that password, sealed: sealed anew for each, so that two are never the same.
        must_change: whether the user must choose another when it signs in.
        session_seconds: how long its sign-in sessions may last; None when that was not set.
        created_at: when the user was given a password.
        changed_at: when the password was set.
        failures: how many wrong passwords in a row were tried.
        paused_until: before when none is looked at.
    """

    user_id: str
    newest: int
    sealed: bytes
    must_change: bool
    session_seconds: int | None
    created_at: int
    changed_at: int
    failures: int
    paused_until: int

    @classmethod
    def of_row(cls, row: Row) -> "LoginProfile":
        """From a row of the query that this module makes."""
        user_id, newest, sealed, must_change, session_seconds, *numbers = row
        assert isinstance(sealed, bytes), "a hash is sealed bytes"
        created_at, changed_at, failures, paused_until = (int(number or 0) for number in numbers)
        return cls(
            user_id=str(user_id),
            newest=int(newest or 0),
            sealed=sealed,
            must_change=bool(must_change),
            session_seconds=None if session_seconds is None else int(session_seconds),
            created_at=created_at,
            changed_at=changed_at,
            failures=failures,
            paused_until=paused_until,
        )

    def as_output(self, user_name: str) -> dict[str, object]:
        """The model's LoginProfile."""
        output: dict[str, object] = {
            "UserName": user_name,
            "CreateDate": from_milliseconds(self.created_at),
            "PasswordResetRequired": self.must_change,
        }
        if self.session_seconds is not None:
            output["MaxSigninSessionDuration"] = self.session_seconds
        return output

    def is_looked_at(self, now_ms: int) -> bool:
        """Whether a password is looked at now: not during a pause, nor after too many wrong ones in a row."""
        return now_ms >= self.paused_until and self.failures < MOST_FAILURES


async def find(tx: Transaction, user_id: str) -> LoginProfile | None:
    """The login profile of the user of that unique id, or None."""
    row = await tx.one(_SELECT + " WHERE p.user_id = ?", user_id)
    return None if row is None else LoginProfile.of_row(row)


async def require(tx: Transaction, user: users.User) -> LoginProfile:
    """The user's login profile.

    Raises:
        NoSuchEntity: it has no password.
    """
    profile = await find(tx, user.user_id)
    if profile is None:
        raise NoSuchEntity.login_profile(user.name)
    return profile


async def last_hashes(tx: Transaction, user_id: str, count: int) -> list[tuple[int, bytes]]:
    """The numbers and sealed hashes of the user's last passwords, its present one first."""
    rows = await tx.all(
        "SELECT number, hash FROM user_passwords WHERE user_id = ? ORDER BY number DESC LIMIT ?", user_id, count
    )
    return [(int(number or 0), sealed) for number, sealed in rows if isinstance(sealed, bytes)]


async def insert(
    tx: Transaction,
    seals: Seals,
    user: users.User,
    hashed: Secret,
    *,
    must_change: bool,
    session_seconds: int | None,
    now_ms: int,
) -> LoginProfile:
    """Give a user that has none its password."""
    await tx.run(
        "INSERT INTO login_profiles (account_id, user_id, newest, must_change, session_seconds, created_at, changed_at,"
        " failures, paused_until) VALUES (?, ?, 1, ?, ?, ?, ?, 0, 0)",
        user.account,
        user.user_id,
        int(must_change),
        session_seconds,
        now_ms,
        now_ms,
    )
    await _add_hash(tx, seals, user.user_id, 1, hashed)
    return await require(tx, user)


async def set_password(tx: Transaction, seals: Seals, profile: LoginProfile, hashed: Secret, now_ms: int) -> None:
    """Give the user another password; the wrong ones that were tried count no more."""
    number = profile.newest + 1
    await _add_hash(tx, seals, profile.user_id, number, hashed)
    await update(tx, profile.user_id, newest=number, changed_at=now_ms, failures=0, paused_until=0)
    await tx.run(
        "DELETE FROM user_passwords WHERE user_id = ? AND number <= ?", profile.user_id, number - MOST_REMEMBERED
    )


async def hash_anew(tx: Transaction, seals: Seals, profile: LoginProfile, hashed: Secret) -> None:
    """Keep another hash of the same password."""
    await tx.run(
        "UPDATE user_passwords SET hash = ? WHERE user_id = ? AND number = ?",
        seals.seal("user_passwords", place(profile.user_id, profile.newest), "hash", hashed.reveal()),
        profile.user_id,
        profile.newest,
    )


async def update(tx: Transaction, user_id: str, **columns: Value) -> None:
    """Set columns of the user's login profile; their names are the table's."""
    assignments = ", ".join(f"{column} = ?" for column in columns)
    await tx.run(f"UPDATE login_profiles SET {assignments} WHERE user_id = ?", *columns.values(), user_id)


async def count_failure(tx: Transaction, profile: LoginProfile, now_ms: int) -> None:
    """Note one more wrong password in a row."""
    pause = pause_seconds(profile.failures + 1)
    # No pause at all, rather than one until now: calls that came a little earlier may be looked at later.
    paused_until = now_ms + pause * 1000 if pause else 0
    await update(tx, profile.user_id, failures=profile.failures + 1, paused_until=paused_until)


async def delete(tx: Transaction, user_id: str) -> None:
    """Forget the user's password, those before it, and when it was last used."""
    await tx.run("DELETE FROM user_passwords WHERE user_id = ?", user_id)
    await tx.run("DELETE FROM login_profiles WHERE user_id = ?", user_id)
    await tx.run("UPDATE users SET password_last_used_at = NULL WHERE user_id = ?", user_id)


async def owner_of(tx: Transaction, user: users.User) -> Owner:
    """What a password of the user must not be."""
    row = await tx.one("SELECT name, root_email FROM accounts WHERE account_id = ?", user.account)
    assert row is not None, "a user's account exists"
    return Owner(user.name, str(row[0]), str(row[1]))


def place(user_id: str, number: int) -> str:
    """The row that a hash is sealed to."""
    return f"{user_id}/{number}"


async def _add_hash(tx: Transaction, seals: Seals, user_id: str, number: int, hashed: Secret) -> None:
    await tx.run(
        "INSERT INTO user_passwords (user_id, number, hash) VALUES (?, ?, ?)",
        user_id,
        number,
        seals.seal("user_passwords", place(user_id, number), "hash", hashed.reveal()),
    )
