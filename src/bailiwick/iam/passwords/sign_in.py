"""Whether a password is right, for whoever signs in with one: the same work and the same answer for every refusal.

An account or user that does not exist, a user without a password, a wrong password, and one that is not looked at: each
is compared with a hash, makes one write, and is refused alike. A wrong password is counted, in the same count as that
of ChangePassword, and in its own commit.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bailiwick.auth import BoundedThreads, passwords
from bailiwick.auth.passwords import SALT_BYTES
from bailiwick.iam import users
from bailiwick.iam.passwords import policy, record
from bailiwick.iam.passwords.record import LoginProfile
from bailiwick.iam.passwords.rules import expires_at
from bailiwick.secret import Secret
from bailiwick.store import Store, Transaction, Vault

_USED_AGAIN_MS = 300_000
"""Of uses of a password within five minutes, the first is noted (IAM User Guide, "Generate credential reports")."""


class WrongPassword(Exception):
    """The sign-in is refused. Why is not told: not to the caller, nor here."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose password it was, and what it is good for.

    Attributes:
        user: the user.
        must_change: whether it must choose another password before anything else: that was asked for when it was
            set, or it is expired.
        may_change: whether it may do so here; not when it is expired and only an administrator may replace it.
        session_seconds: how long its session may last; None when that was not set.
    """

    user: users.User
    must_change: bool
    may_change: bool
    session_seconds: int | None


@dataclass(frozen=True, slots=True)
class _Known:
    user: users.User
    profile: LoginProfile


class SignIns:
    """Checks passwords; one for a process."""

    def __init__(
        self, store: Store, vault: Vault, hashing: BoundedThreads, random_bytes: Callable[[int], bytes]
    ) -> None:
        self._store = store
        self._vault = vault
        self._hashing = hashing
        self._random_bytes = random_bytes

    async def verify(self, account: str, user_name: str, password: str, now_ms: int) -> SignedIn:
        """The user of that name, in any case, whose password this is.

        `now_ms` is in milliseconds since 1970. The use is noted by `note_use` once the sign-in is complete.

        Raises:
            WrongPassword: in every other case.
            Throttling: too many passwords are being compared already.
        """
        known = await self._store.read(lambda tx: self._find(tx, account, user_name))
        hashed = passwords.UNKNOWN if known is None else self._opened(known.profile)
        is_right, anew = await self._hashing.run(lambda: self._compare(password, hashed))

        async def settle(tx: Transaction) -> SignedIn | None:
            if known is None:
                await _refuse(tx, account)
                return None
            return await self._settle(tx, known, is_right, anew, now_ms)

        signed_in = await self._store.write(settle, lock=account)
        if signed_in is None:
            raise WrongPassword
        return signed_in

    async def _find(self, tx: Transaction, account: str, user_name: str) -> _Known | None:
        user = await users.find(tx, account, user_name)
        profile = None if user is None else await record.find(tx, user.user_id)
        return None if user is None or profile is None else _Known(user, profile)

    def _opened(self, profile: LoginProfile) -> Secret:
        place = record.place(profile.user_id, profile.newest)
        return self._vault.open("user_passwords", place, "hash", profile.sealed)

    def _compare(self, password: str, hashed: Secret) -> tuple[bool, Secret | None]:
        """Whether it is right, and another hash of it when this one was made by other parameters than today's."""
        is_right = passwords.is_password(password, hashed)
        if not is_right or not passwords.is_outdated(hashed):
            return is_right, None
        return True, passwords.hash_password(password, self._random_bytes(SALT_BYTES))

    async def _settle(
        self, tx: Transaction, known: _Known, is_right: bool, anew: Secret | None, now_ms: int
    ) -> SignedIn | None:
        profile = await record.find(tx, known.profile.user_id)
        if profile is None or profile.sealed != known.profile.sealed or not profile.is_looked_at(now_ms):
            await _refuse(tx, known.user.account)
            return None
        if not is_right:
            await record.count_failure(tx, profile, now_ms)
            return None
        if anew is not None:
            await record.hash_anew(tx, self._vault, profile, anew)
        await record.update(tx, profile.user_id, failures=0, paused_until=0)
        set_policy = await policy.find(tx, known.user.account)
        expiry = expires_at(profile.changed_at, set_policy)
        is_expired = expiry is not None and expiry <= now_ms
        is_hard = set_policy is not None and set_policy.is_expiry_hard
        return SignedIn(
            known.user,
            must_change=profile.must_change or is_expired,
            may_change=not (is_expired and is_hard),
            session_seconds=profile.session_seconds,
        )


async def note_use(tx: Transaction, user_id: str, now_ms: int) -> None:
    """Note that the user has signed in with its password now."""
    await tx.run(
        "UPDATE users SET password_last_used_at = ? WHERE user_id = ?"
        " AND (password_last_used_at IS NULL OR password_last_used_at <= ?)",
        now_ms,
        user_id,
        now_ms - _USED_AGAIN_MS,
    )


async def _refuse(tx: Transaction, account: str) -> None:
    """One write, as for a wrong password; of accounts that do not exist all share one row."""
    exists = await tx.one("SELECT 1 FROM accounts WHERE account_id = ?", account)
    await tx.run(
        "INSERT INTO refused_sign_ins (account_id, refused) VALUES (?, 1)"
        " ON CONFLICT (account_id) DO UPDATE SET refused = refused_sign_ins.refused + 1",
        account if exists else "",
    )
