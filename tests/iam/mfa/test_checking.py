"""What is kept of codes that were tried: on both stores, by the handlers themselves, with the time moved."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bailiwick.access.quotas import add_held
from bailiwick.errors import AwsError
from bailiwick.iam.mfa import SecurityKey, add_security_key
from bailiwick.iam.mfa.record import HELD_IN_USE, MFADevice, Owner, find
from bailiwick.store import Tampered, Transaction
from tests.authenticators import code_at
from tests.sts.parts import ACCOUNT, NOW, Parts, opened

SERIAL = f"arn:aws:iam::{ACCOUNT}:mfa/phone"
GOOD, WRONG = "good", "MultiFactorAuthentication failed with invalid MFA one time pass code."


@dataclass
class Phone:
    """A virtual device of root, and the time, which it shares with the installation."""

    parts: Parts
    seed: str
    now: datetime = NOW

    @property
    def step(self) -> int:
        return int(self.now.timestamp()) // 30

    def code(self, later: int = 0) -> str:
        return code_at(self.seed, self.step + later)

    def wrong(self) -> str:
        near = {self.code(later) for later in range(-30, 31)}
        return next(code for code in map("{:06}".format, range(100)) if code not in near)

    async def sign_in(self, code: str) -> str:
        """GetSessionToken with a code."""
        return await self.outcome("GetSessionToken", {"SerialNumber": SERIAL, "TokenCode": code})

    async def resync(self, first: str, second: str) -> str:
        """The codes as ResyncMFADevice takes them; root has no name to call it with, so by its own function."""
        return await self.outcome("ResyncMFADevice", codes(first, second))

    async def outcome(self, operation: str, parameters: dict[str, object]) -> str:
        try:
            await self.parts.call(operation, parameters, self.now)
        except AwsError as error:
            return error.message
        return GOOD

    async def record(self) -> MFADevice:
        device = await self.parts.store.read(lambda tx: find(tx, ACCOUNT, SERIAL))
        assert device is not None
        return device


def codes(first: str, second: str) -> dict[str, object]:
    return {
        "UserName": "ana",
        "SerialNumber": SERIAL,
        "AuthenticationCode1": first,
        "AuthenticationCode2": second,
    }


@asynccontextmanager
async def phone(folder: Path, url: str) -> AsyncIterator[Phone]:
    """A device made by the operation and given to root, who calls."""
    async with opened(folder, url) as parts:
        made = await parts.call("CreateVirtualMFADevice", {"VirtualMFADeviceName": "phone"})
        await parts.call("CreateUser", {"UserName": "ana"})
        device = made["VirtualMFADevice"]
        assert isinstance(device, dict)
        yield Phone(parts, device["Base32StringSeed"].decode("ascii"))


async def give_to_root(tx: Transaction) -> None:
    await tx.run("UPDATE mfa_devices SET owner_id = ?, enabled_at = 1 WHERE serial_number = ?", ACCOUNT, SERIAL)
    await add_held(tx, ACCOUNT, HELD_IN_USE, 1)


async def give_to_ana(tx: Transaction) -> None:
    await tx.run(
        "UPDATE mfa_devices SET owner_id = (SELECT user_id FROM users WHERE name = 'ana'), enabled_at = 1"
        " WHERE serial_number = ?",
        SERIAL,
    )


def with_phone(url: str, folder: Path, work: Callable[[Phone], Awaitable[None]]) -> None:
    """Do the work with a device that is root's."""

    async def run() -> None:
        async with phone(folder, url) as device:
            await device.parts.store.write(give_to_root)
            await work(device)

    asyncio.run(run())


def test_a_code_is_good_once_and_so_is_none_before_it(store_url: str, tmp_path: Path) -> None:
    async def work(device: Phone) -> None:
        assert await device.sign_in(device.code()) == GOOD

        for code in (device.code(), device.code(-1)):
            assert await device.sign_in(code) == WRONG
        assert await device.sign_in(device.code(1)) == GOOD
        device.now += timedelta(seconds=30)
        assert await device.sign_in(device.code()) == WRONG
        assert (await device.record()).failures == 0  # to send a used code again is no guess

    with_phone(store_url, tmp_path, work)


def test_a_clock_set_back_makes_no_used_code_good(store_url: str, tmp_path: Path) -> None:
    async def work(device: Phone) -> None:
        code = device.code()
        assert await device.sign_in(code) == GOOD

        device.now -= timedelta(seconds=30)

        assert await device.sign_in(code) == WRONG

    with_phone(store_url, tmp_path, work)


def test_after_five_wrong_codes_no_code_is_looked_at_for_half_a_minute(store_url: str, tmp_path: Path) -> None:
    async def work(device: Phone) -> None:
        for _ in range(5):
            assert await device.sign_in(device.wrong()) == WRONG

        device.now += timedelta(seconds=29)
        assert await device.sign_in(device.code()) == WRONG
        device.now += timedelta(seconds=1)
        assert await device.sign_in(device.code()) == GOOD
        assert (await device.record()).failures == 0

    with_phone(store_url, tmp_path, work)


def test_what_is_not_looked_at_is_not_counted(store_url: str, tmp_path: Path) -> None:
    async def work(device: Phone) -> None:
        for _ in range(50):
            assert await device.sign_in(device.wrong()) == WRONG

        record = await device.record()
        assert record.failures == 5
        assert record.paused_until == round(device.now.timestamp() * 1000) + 30_000

    with_phone(store_url, tmp_path, work)


def test_after_a_hundred_wrong_codes_in_a_row_only_two_consecutive_ones_help(store_url: str, tmp_path: Path) -> None:
    async def work(device: Phone) -> None:
        await device.parts.store.write(give_to_ana)
        for _ in range(100):
            assert await device.resync(device.wrong(), device.code()) != GOOD
            device.now += timedelta(minutes=15)
        await device.parts.store.write(give_to_root)
        assert (await device.record()).failures == 100

        assert await device.sign_in(device.code()) == WRONG
        device.now += timedelta(days=30)
        assert await device.sign_in(device.code()) == WRONG

        await device.parts.store.write(give_to_ana)
        assert await device.resync(device.code(-1), device.code()) == GOOD
        await device.parts.store.write(give_to_root)
        assert await device.sign_in(device.code(1)) == GOOD

    with_phone(store_url, tmp_path, work)


def test_wrong_codes_count_against_the_device_whichever_operation_they_come_to(store_url: str, tmp_path: Path) -> None:
    async def work(device: Phone) -> None:
        for _ in range(2):
            await device.sign_in(device.wrong())
        await device.parts.store.write(give_to_ana)
        for _ in range(3):
            await device.resync(device.wrong(), device.code())

        words = "Authentication code for device is not valid."
        assert await device.resync(device.code(-1), device.code()) == words
        await device.parts.store.write(give_to_root)
        assert await device.sign_in(device.code()) == WRONG
        device.now += timedelta(seconds=30)
        assert await device.sign_in(device.code()) == GOOD

    with_phone(store_url, tmp_path, work)


@pytest.mark.parametrize("off", [-15, -3, 3, 15])
def test_a_device_whose_clock_is_off_is_good_again_once_it_is_synchronised(
    store_url: str, tmp_path: Path, off: int
) -> None:
    async def work(device: Phone) -> None:
        assert await device.sign_in(device.code(off)) == WRONG
        await device.parts.store.write(give_to_ana)

        assert await device.resync(device.code(off), device.code(off + 1)) == GOOD

        await device.parts.store.write(give_to_root)
        assert await device.sign_in(device.code(off + 1)) == WRONG  # that one was used
        device.now += timedelta(minutes=2)
        assert await device.sign_in(device.code()) == WRONG
        assert await device.sign_in(device.code(off + 1)) == GOOD

    with_phone(store_url, tmp_path, work)


def test_codes_that_are_minutes_old_enable_a_device_that_must_then_be_synchronised(
    store_url: str, tmp_path: Path
) -> None:
    async def work(device: Phone) -> None:
        old = codes(device.code(-1), device.code())
        await device.parts.store.write(give_to_nobody)
        device.now += timedelta(minutes=5)

        assert await device.outcome("EnableMFADevice", old) == GOOD

        await device.parts.store.write(give_to_root)
        assert await device.sign_in(device.code()) == WRONG
        await device.parts.store.write(give_to_ana)
        assert await device.resync(device.code(-1), device.code()) == GOOD
        await device.parts.store.write(give_to_root)
        assert await device.sign_in(device.code(1)) == GOOD

    with_phone(store_url, tmp_path, work)


async def give_to_nobody(tx: Transaction) -> None:
    await tx.run("UPDATE mfa_devices SET owner_id = NULL, enabled_at = NULL WHERE serial_number = ?", SERIAL)


def test_codes_used_before_a_device_was_deactivated_do_not_enable_it_again(store_url: str, tmp_path: Path) -> None:
    async def work(device: Phone) -> None:
        assert await device.sign_in(device.code()) == GOOD
        assert await device.outcome("DeactivateMFADevice", {"SerialNumber": SERIAL}) == GOOD

        words = "Authentication code for device is not valid."
        for earlier in (-5, -1, 0):
            used = codes(device.code(earlier), device.code(earlier + 1))
            assert await device.outcome("EnableMFADevice", used) == words
        assert await device.outcome("EnableMFADevice", codes(device.code(1), device.code(2))) == GOOD

    with_phone(store_url, tmp_path, work)


def test_at_rest_a_seed_is_sealed_and_opens_for_its_own_device_only(store_url: str, tmp_path: Path) -> None:
    async def work(device: Phone) -> None:
        await device.parts.call("CreateVirtualMFADevice", {"VirtualMFADeviceName": "other"})
        rows = await device.parts.store.read(lambda tx: tx.all("SELECT seed FROM mfa_devices"))
        assert all(isinstance(seed, bytes) and device.seed.encode() not in seed for (seed,) in rows)

        await device.parts.store.write(
            lambda tx: tx.run(
                "UPDATE mfa_devices SET seed = (SELECT seed FROM mfa_devices WHERE serial_number <> ?)"
                " WHERE serial_number = ?",
                SERIAL,
                SERIAL,
            )
        )

        with pytest.raises(Tampered):
            await device.sign_in(device.code())

    with_phone(store_url, tmp_path, work)


def test_an_account_has_as_many_virtual_devices_as_it_may_have_users(store_url: str, tmp_path: Path) -> None:
    async def work(device: Phone) -> None:
        await device.parts.store.write(lambda tx: add_held(tx, ACCOUNT, "virtual_mfa_devices", 4999))

        outcome = await device.outcome("CreateVirtualMFADevice", {"VirtualMFADeviceName": "other"})

        assert outcome == "Cannot exceed quota for VirtualMFADevicesPerAccount: 5000"

    with_phone(store_url, tmp_path, work)


KEY = SecurityKey(b"credential", b"key", 0, {"FIDO": "L1", "FIPS-140-2": "L2"})


def test_security_keys_are_shown_counted_and_forgotten_with_root(store_url: str, tmp_path: Path) -> None:
    async def work(device: Phone) -> None:
        parts, root = device.parts, Owner.of(ACCOUNT, None)
        call = parts.call_of("EnableMFADevice", {})
        key = await parts.store.write(lambda tx: add_security_key(call, tx, root, "yubi", KEY))

        assert key.serial_number.startswith(f"arn:aws:iam::{ACCOUNT}:u2f/root-account/yubi-")
        shown = await parts.call("GetMFADevice", {"SerialNumber": key.serial_number})
        assert shown == {"SerialNumber": key.serial_number, "EnableDate": NOW.replace(microsecond=124_000)} | {
            "Certifications": {"FIDO": "L1", "FIPS-140-2": "L2"}
        }
        listed = await parts.call("ListMFADevices", {})
        assert [each["SerialNumber"] for each in listed["MFADevices"]] == [SERIAL, key.serial_number]  # type: ignore[attr-defined]
        summary = (await parts.call("GetAccountSummary", {}))["SummaryMap"]
        assert isinstance(summary, dict)
        assert (summary["MFADevices"], summary["MFADevicesInUse"], summary["AccountMFAEnabled"]) == (2, 0, 1)

        await parts.call("DeactivateMFADevice", {"SerialNumber": key.serial_number})

        assert await device.outcome("GetMFADevice", {"SerialNumber": key.serial_number}) != GOOD
        again = await parts.store.write(lambda tx: add_security_key(call, tx, root, "yubi", KEY))
        assert again.serial_number != key.serial_number

    with_phone(store_url, tmp_path, work)


def test_a_security_key_belongs_to_one_and_counts_among_the_eight(store_url: str, tmp_path: Path) -> None:
    async def work(device: Phone) -> None:
        parts, root = device.parts, Owner.of(ACCOUNT, None)
        call = parts.call_of("EnableMFADevice", {})

        async def add(owner: Owner, name: str, credential_id: bytes) -> str:
            key = SecurityKey(credential_id, b"key", 0, {})
            try:
                await parts.store.write(lambda tx: add_security_key(call, tx, owner, name, key))
            except AwsError as error:
                return f"{error.code}: {error.message}"
            return GOOD

        assert await add(root, "a key", b"0") == (
            "ValidationError: The specified value for name is invalid. It must contain only alphanumeric characters "
            "and/or the following: +=,.@_-, and at most 64 of them."
        )
        assert [await add(root, "key", bytes([number])) for number in range(7)] == [GOOD] * 7
        assert await add(root, "key", b"more") == "LimitExceeded: Cannot exceed quota for MFADevicesPerUser: 8"
        assert await add(Owner(ACCOUNT, "AIDABEN", "ben"), "key", b"\0") == (
            "EntityAlreadyExists: MFA Device already in use."
        )

    with_phone(store_url, tmp_path, work)


def test_guesses_that_came_at_once_are_all_counted_in_whatever_order_they_are_looked_at(
    store_url: str, tmp_path: Path
) -> None:
    async def work(device: Phone) -> None:
        for _ in range(5):
            await device.sign_in(device.wrong())
            device.now -= timedelta(milliseconds=5)

        assert (await device.record()).failures == 5

    with_phone(store_url, tmp_path, work)
