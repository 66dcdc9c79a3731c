"""Whether a password is right, on both stores, with the time moved: for the sign-in page, which asks this."""

import asyncio
import functools
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import argon2
import pytest

from bailiwick.account import accounts
from bailiwick.account.accounts import Account
from bailiwick.iam.passwords import SignedIn, SignIns, WrongPassword, note_use, record
from bailiwick.secret import Secret
from bailiwick.store import Transaction
from tests.sts.parts import ACCOUNT, NOW, NOW_MS, Parts, opened

PASSWORD, ANOTHER, WRONG = "correct-Horse-1", "battery-Staple-2", "wrong"
SECOND_MS, DAY_MS = 1000, 86_400_000


@dataclass
class Door:
    """The sign-in page of an account whose user `ana` has `PASSWORD`, and the time."""

    parts: Parts
    sign_ins: SignIns
    now_ms: int = NOW_MS

    async def verify(self, password: str, user: str = "ana", account: str = ACCOUNT) -> SignedIn | None:
        try:
            return await self.sign_ins.verify(account, user, password, self.now_ms)
        except WrongPassword:
            return None

    async def is_right(self, password: str, user: str = "ana", account: str = ACCOUNT) -> bool:
        return await self.verify(password, user, account) is not None

    async def value(self, sql: str, *parameters: str) -> object:
        row = await self.parts.store.read(lambda tx: tx.one(sql, *parameters))
        return None if row is None else row[0]

    async def refused(self, account: str = ACCOUNT) -> object:
        return await self.value("SELECT refused FROM refused_sign_ins WHERE account_id = ?", account)

    async def failures(self) -> object:
        return await self.value("SELECT failures FROM login_profiles")


def at_door(url: str, folder: Path, work: Callable[[Door], Awaitable[None]]) -> None:
    async def run() -> None:
        async with door(folder, url) as opened_door:
            await work(opened_door)

    asyncio.run(run())


@asynccontextmanager
async def door(folder: Path, url: str) -> AsyncIterator[Door]:
    async with opened(folder, url) as parts:
        account = Account(ACCOUNT, "acme", "root@example.com", None, NOW_MS)
        await parts.store.write(lambda tx: accounts.add(tx, account))
        for name in ("ana", "ben"):
            await parts.call("CreateUser", {"UserName": name})
        await parts.call("CreateLoginProfile", {"UserName": "ana", "Password": PASSWORD})
        installation = parts.installation
        yield Door(parts, SignIns(parts.store, installation.vault, installation.hashing, os.urandom))


def test_the_right_password_is_told_with_whose_it_is(store_url: str, tmp_path: Path) -> None:
    async def work(door: Door) -> None:
        signed_in = await door.verify(PASSWORD, "ANA")

        assert signed_in is not None
        assert signed_in.user.name == "ana"
        assert (signed_in.must_change, signed_in.may_change, signed_in.session_seconds) == (False, True, None)
        assert not await door.is_right(WRONG)

    at_door(store_url, tmp_path, work)


def test_whoever_has_no_password_is_refused_with_one_write_like_a_wrong_one(store_url: str, tmp_path: Path) -> None:
    async def work(door: Door) -> None:
        for user, account in (("nobody", ACCOUNT), ("ben", ACCOUNT), ("ana", "999999999999")):
            for password in ("", PASSWORD):
                assert not await door.is_right(password, user, account)

        assert await door.refused() == 4
        assert await door.refused("") == 2
        assert await door.failures() == 0

    at_door(store_url, tmp_path, work)


def test_wrong_passwords_pause_the_door_for_a_while_and_a_right_one_ends_their_count(
    store_url: str, tmp_path: Path
) -> None:
    async def work(door: Door) -> None:
        for _ in range(5):
            assert not await door.is_right(WRONG)
        assert await door.failures() == 5

        door.now_ms += 29 * SECOND_MS
        assert not await door.is_right(PASSWORD)
        assert (await door.failures(), await door.refused()) == (5, 1)

        door.now_ms += 1 * SECOND_MS
        assert await door.is_right(PASSWORD)
        assert await door.failures() == 0

    at_door(store_url, tmp_path, work)


def test_after_a_hundred_wrong_ones_none_is_looked_at_until_a_new_one_is_given(store_url: str, tmp_path: Path) -> None:
    async def work(door: Door) -> None:
        await door.parts.store.write(lambda tx: tx.run("UPDATE login_profiles SET failures = 99"))
        assert not await door.is_right(WRONG)

        door.now_ms += 365 * DAY_MS
        assert not await door.is_right(PASSWORD)

        await door.parts.call("UpdateLoginProfile", {"UserName": "ana", "Password": PASSWORD})
        assert await door.is_right(PASSWORD)

    at_door(store_url, tmp_path, work)


def test_of_many_guesses_at_once_no_more_are_looked_at_than_one_after_another(store_url: str, tmp_path: Path) -> None:
    async def work(door: Door) -> None:
        guesses = [door.is_right(WRONG) for _ in range(8)]

        assert not any(await asyncio.gather(*guesses))

        assert (await door.failures(), await door.refused()) == (5, 3)
        assert not await door.is_right(PASSWORD)

    at_door(store_url, tmp_path, work)


def test_a_password_that_was_replaced_while_it_was_compared_is_refused(store_url: str, tmp_path: Path) -> None:
    async def work(door: Door) -> None:
        hashing = door.parts.installation.hashing
        run = hashing.run

        class Slow:
            """Hashing during which an administrator gives another password."""

            async def run(self, work: Callable[[], tuple[bool, Secret | None]]) -> tuple[bool, Secret | None]:
                await door.parts.call("UpdateLoginProfile", {"UserName": "ana", "Password": ANOTHER})
                return await run(work)

        vault = door.parts.installation.vault
        overtaken = SignIns(door.parts.store, vault, Slow(), os.urandom)  # type: ignore[arg-type]  # its one method
        with pytest.raises(WrongPassword):
            await overtaken.verify(ACCOUNT, "ana", PASSWORD, NOW_MS)
        assert await door.is_right(ANOTHER)

    at_door(store_url, tmp_path, work)


def test_a_password_that_must_be_changed_says_so(store_url: str, tmp_path: Path) -> None:
    async def work(door: Door) -> None:
        changes = {"UserName": "ana", "PasswordResetRequired": True, "MaxSigninSessionDuration": 3600}
        await door.parts.call("UpdateLoginProfile", changes)

        signed_in = await door.verify(PASSWORD)

        assert signed_in is not None
        assert (signed_in.must_change, signed_in.may_change, signed_in.session_seconds) == (True, True, 3600)

    at_door(store_url, tmp_path, work)


@pytest.mark.parametrize("hard", [False, True])
def test_a_policy_that_comes_later_expires_passwords_that_are_there(store_url: str, tmp_path: Path, hard: bool) -> None:
    async def work(door: Door) -> None:
        await door.parts.call("UpdateAccountPasswordPolicy", {"MaxPasswordAge": 1, "HardExpiry": hard})
        for later, expired in ((DAY_MS - 1, False), (DAY_MS, True)):
            door.now_ms = round(NOW.timestamp() * 1000) + later
            signed_in = await door.verify(PASSWORD)
            assert signed_in is not None
            assert signed_in.must_change is expired
            assert signed_in.may_change is not (expired and hard)

        await door.parts.call("DeleteAccountPasswordPolicy", {})
        signed_in = await door.verify(PASSWORD)
        assert signed_in is not None
        assert not signed_in.must_change

    at_door(store_url, tmp_path, work)


def test_a_hash_of_an_earlier_version_is_made_anew_when_it_is_used(store_url: str, tmp_path: Path) -> None:
    async def work(door: Door) -> None:
        weak = argon2.PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
        vault = door.parts.installation.vault

        async def weaken(tx: Transaction) -> None:
            row = await tx.one("SELECT user_id FROM login_profiles")
            assert row is not None
            profile = await record.find(tx, str(row[0]))
            assert profile is not None
            await record.hash_anew(tx, vault, profile, Secret(weak.encode()))

        async def kept(tx: Transaction) -> bytes:
            row = await tx.one("SELECT user_id, hash FROM user_passwords")
            assert row is not None
            assert isinstance(row[1], bytes)
            return vault.open("user_passwords", record.place(str(row[0]), 1), "hash", row[1]).reveal()

        await door.parts.store.write(weaken)
        assert not await door.is_right(WRONG)
        assert await door.parts.store.read(kept) == weak.encode()

        assert await door.is_right(PASSWORD)

        assert b"$m=19456,t=2,p=1$" in await door.parts.store.read(kept)
        assert await door.is_right(PASSWORD)

    at_door(store_url, tmp_path, work)


def test_uses_are_noted_once_in_five_minutes_and_forgotten_with_the_password(store_url: str, tmp_path: Path) -> None:
    async def work(door: Door) -> None:
        signed_in = await door.verify(PASSWORD)
        assert signed_in is not None
        user_id = signed_in.user.user_id
        for later, noted in ((0, 0), (299_999, 0), (300_000, 300_000)):
            await door.parts.store.write(functools.partial(note_use, user_id=user_id, now_ms=NOW_MS + later))
            used = await door.value("SELECT password_last_used_at FROM users WHERE user_id = ?", user_id)
            assert used == NOW_MS + noted

        await door.parts.call("DeleteLoginProfile", {"UserName": "ana"})
        assert await door.value("SELECT password_last_used_at FROM users WHERE user_id = ?", user_id) is None

    at_door(store_url, tmp_path, work)


def test_no_more_than_the_last_passwords_are_kept(store_url: str, tmp_path: Path) -> None:
    async def work(door: Door) -> None:
        async def change(tx: Transaction) -> None:
            row = await tx.one("SELECT user_id FROM login_profiles")
            assert row is not None
            for number in range(30):
                profile = await record.find(tx, str(row[0]))
                assert profile is not None
                hashed = Secret(b"hash %d" % number)
                await record.set_password(tx, door.parts.installation.vault, profile, hashed, NOW_MS)

        await door.parts.store.write(change)

        assert await door.value("SELECT COUNT(*) FROM user_passwords") == 24
        assert await door.value("SELECT MIN(number) FROM user_passwords") == 8
        assert await door.value("SELECT newest FROM login_profiles") == 31

    at_door(store_url, tmp_path, work)
