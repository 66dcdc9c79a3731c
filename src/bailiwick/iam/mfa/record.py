"""The record of an MFA device, its owner, and its queries."""

from dataclasses import dataclass
from typing import Final, Literal

from bailiwick.access.call import Call
from bailiwick.access.quotas import add_held, held
from bailiwick.iam import users
from bailiwick.iam.errors import LimitExceeded
from bailiwick.iam.times import from_milliseconds
from bailiwick.store.transaction import Row, Transaction

HELD: Final = "mfa_devices"
HELD_IN_USE: Final = "mfa_devices_in_use"
"""As which kinds devices are counted: all of them, and those that have an owner, root included."""

Kind = Literal["virtual", "fido"]

SELECT: Final = (
    "SELECT account_id, device_id, kind, serial_number, owner_id, enabled_at, drift, last_step, failures, paused_until"
    " FROM mfa_devices"
)
"""How queries of MFA devices begin; their rows are read by `MFADevice.of_row`."""


@dataclass(frozen=True, slots=True)
class MFADevice:
    """One MFA device, without its seed or key. Times are milliseconds since 1970 UTC.

    Attributes:
        account: the account that owns it.
        device_id: unique; another device under the same serial number has another.
        kind: `virtual`, which has a seed, or `fido`, which has a key.
        serial_number: its ARN.
        owner_id: the user's unique id, or the account's id for the root user; None while it is not enabled.
        enabled_at: since when it has its owner.
        drift: how many steps of 30 seconds its clock is off.
        last_step: the latest step whose code was used; it and all before are good no more.
        failures: how many wrong codes in a row were tried.
        paused_until: before when no code is looked at.
    """

    account: str
    device_id: str
    kind: Kind
    serial_number: str
    owner_id: str | None
    enabled_at: int | None
    drift: int
    last_step: int
    failures: int
    paused_until: int

    @classmethod
    def of_row(cls, row: Row) -> "MFADevice":
        """From a row of `SELECT`."""
        account, device_id, kind, serial_number, owner_id, enabled_at, *numbers = row
        drift, last_step, failures, paused_until = (int(number or 0) for number in numbers)
        return cls(
            account=str(account),
            device_id=str(device_id),
            kind="fido" if kind == "fido" else "virtual",
            serial_number=str(serial_number),
            owner_id=None if owner_id is None else str(owner_id),
            enabled_at=None if enabled_at is None else int(enabled_at),
            drift=drift,
            last_step=last_step,
            failures=failures,
            paused_until=paused_until,
        )

    def as_output(self, owner: "Owner") -> dict[str, object]:
        """The model's MFADevice; of root, which has no name, without one."""
        output: dict[str, object] = {"SerialNumber": self.serial_number}
        if self.enabled_at is not None:
            output["EnableDate"] = from_milliseconds(self.enabled_at)
        return output if owner.name is None else {"UserName": owner.name, **output}


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose devices are meant: a user, or root, whose id is the account's and whose name is None."""

    account: str
    owner_id: str
    name: str | None

    @classmethod
    def of(cls, account: str, user: users.User | None) -> "Owner":
        """A user, or for None the account's root user."""
        return cls(account, account, None) if user is None else cls(account, user.user_id, user.name)


@dataclass(frozen=True, slots=True)
class DeviceCounts:
    """How many MFA devices an account has: all of them, those enabled for users, and those enabled for root."""

    all: int
    of_users: int
    of_root: int


async def named_or_signer(call: Call, tx: Transaction) -> Owner:
    """The user that UserName names or, without it, the caller.

    Raises:
        NoSuchEntity: no such user.
        ValidationError: no UserName, and the caller is neither a user nor root.
    """
    return Owner.of(call.account, await users.named_or_signer(call, tx))


async def find(tx: Transaction, account: str, serial_number: str) -> MFADevice | None:
    """The account's device of exactly that serial number, or None."""
    row = await tx.one(SELECT + " WHERE account_id = ? AND serial_number = ?", account, serial_number)
    return None if row is None else MFADevice.of_row(row)


async def find_of_owner(
    tx: Transaction, account: str, owner_id: str, serial_number: str, kind: Kind
) -> MFADevice | None:
    """The device of that serial number and kind, if it is enabled for that user or root."""
    device = await find(tx, account, serial_number)
    return device if device is not None and device.owner_id == owner_id and device.kind == kind else None


async def require_room(call: Call, tx: Transaction, owner: Owner) -> None:
    """Pass if one more device can be enabled for a user or root, of whichever kind.

    Raises:
        LimitExceeded: it has its quota of them.
    """
    limit = await call.access.quota(tx, owner.account, "MFADevicesPerUser")
    row = await tx.one("SELECT COUNT(*) FROM mfa_devices WHERE owner_id = ?", owner.owner_id)
    if row is not None and int(row[0] or 0) >= limit:
        raise LimitExceeded.quota("MFADevicesPerUser", limit)


async def count_all(tx: Transaction, account: str) -> DeviceCounts:
    """What the account's summary tells."""
    row = await tx.one("SELECT COUNT(*) FROM mfa_devices WHERE owner_id = ?", account)
    of_root = 0 if row is None else int(row[0] or 0)
    return DeviceCounts(await held(tx, account, HELD), await held(tx, account, HELD_IN_USE) - of_root, of_root)


async def insert(tx: Transaction, device: MFADevice, seed: bytes | None) -> None:
    """Keep a new device; `seed` is sealed, None for one that has none."""
    await tx.run(
        "INSERT INTO mfa_devices (account_id, device_id, kind, serial_number, owner_id, enabled_at, seed, drift,"
        " last_step, failures, paused_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        device.account,
        device.device_id,
        device.kind,
        device.serial_number,
        device.owner_id,
        device.enabled_at,
        seed,
        device.drift,
        device.last_step,
        device.failures,
        device.paused_until,
    )
    await add_held(tx, device.account, HELD, 1)
    if device.owner_id is not None:
        await add_held(tx, device.account, HELD_IN_USE, 1)


async def assign(tx: Transaction, device: MFADevice, owner_id: str, now_ms: int) -> None:
    """Give a device that is nobody's to its owner."""
    await tx.run(
        "UPDATE mfa_devices SET owner_id = ?, enabled_at = ? WHERE device_id = ? AND owner_id IS NULL",
        owner_id,
        now_ms,
        device.device_id,
    )
    await add_held(tx, device.account, HELD_IN_USE, 1)


async def take_away(tx: Transaction, device: MFADevice) -> None:
    """Take a device from its owner."""
    await tx.run("UPDATE mfa_devices SET owner_id = NULL, enabled_at = NULL WHERE device_id = ?", device.device_id)
    await add_held(tx, device.account, HELD_IN_USE, -1)


async def forget(tx: Transaction, device: MFADevice) -> None:
    """Delete a device."""
    await tx.run("DELETE FROM mfa_devices WHERE device_id = ?", device.device_id)
    await add_held(tx, device.account, HELD, -1)
    if device.owner_id is not None:
        await add_held(tx, device.account, HELD_IN_USE, -1)
