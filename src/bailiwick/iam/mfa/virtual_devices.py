"""Making, listing, tagging and deleting virtual MFA devices. Whose they are is in `mfa.assignment`."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.access.quotas import add_held, held
from bailiwick.errors import ValidationError
from bailiwick.iam import names, tags, users
from bailiwick.iam.errors import DeleteConflict, EntityAlreadyExists, LimitExceeded, NoSuchEntity
from bailiwick.iam.mfa.record import MFADevice, find, forget, insert
from bailiwick.iam.mfa.seeds import SEED_BYTES, NewSeed, new_seed
from bailiwick.iam.registry import iam
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import TAG_KEYS_PASSED, TAGS_PASSED, Target, acts_on, operation
from bailiwick.store.transaction import Row, Transaction

_KIND: Final = "mfa"
_HELD: Final = "virtual_mfa_devices"

_SERIAL_NUMBER: Final = re.compile(r"[\w+=/:,.@-]{9,256}", re.ASCII)
"""What a serial number can be, by the model: one that a path or a name makes longer could never be asked for."""

_ASSIGNED: Final[Mapping[str, str]] = {
    "Assigned": " AND d.owner_id IS NOT NULL",
    "Unassigned": " AND d.owner_id IS NULL",
    "Any": "",
}


@acts_on("mfa*")
async def _new_device_target(call: Call, tx: Transaction) -> Sequence[Target]:
    """The device that CreateVirtualMFADevice would make; tags on it are a right of their own."""
    new = Target(arn=_new_arn(call), tags=tags.passed(call))
    return [new, replace(new, action="iam:TagMFADevice")] if new.tags else [new]


@acts_on("mfa*")
async def _device_target(call: Call, tx: Transaction) -> Target:
    """The virtual device that the call's SerialNumber names; one that is not there is judged without tags."""
    serial_number = call["SerialNumber"]
    device = await _find(tx, call.account, serial_number)
    # Hardware devices have no ARN in their serial number, and none of them is kept.
    arn = serial_number if serial_number.startswith("arn:") else f"arn:aws:iam::{call.account}:mfa/{serial_number}"
    if device is None:
        return Target(arn=arn)
    return Target(arn=arn, tags=await tags.of(tx, device.account, device.device_id))


@acts_on("mfa", "sms-mfa")
async def _device_to_delete_target(call: Call, tx: Transaction) -> Target:
    return await _device_target(call, tx)


async def _list_target(call: Call, tx: Transaction) -> Target:
    return Target(arn="*", shown=f"arn:aws:iam::{call.account}:mfa/")


async def _draw_seed(call: Call) -> NewSeed:
    entropy = call.random_bytes(SEED_BYTES)
    return await asyncio.to_thread(new_seed, entropy, call["VirtualMFADeviceName"], call.account)


@operation(
    iam,
    "CreateVirtualMFADevice",
    resource=_new_device_target,
    keys=TAGS_PASSED,
    further_actions=["iam:TagMFADevice"],
    prepare=_draw_seed,
    secrets=["VirtualMFADevice.Base32StringSeed", "VirtualMFADevice.QRCodePNG"],
)
async def create_virtual_mfa_device(call: Call, tx: Transaction) -> dict[str, object]:
    """Make a virtual MFA device that is nobody's yet. Its seed is shown now and never again.

    Raises:
        ValidationError: path and name together do not make a serial number.
        EntityAlreadyExists: the account has a virtual device of that path and name.
        InvalidInput: a tag is reserved or given twice.
        LimitExceeded: the account has as many virtual devices as it may have users, or too many tags are given.

    Source: IAM API Reference, CreateVirtualMFADevice; IAM User Guide, "IAM and AWS STS quotas".
    """
    seed = call.prepared
    assert isinstance(seed, NewSeed), "the seed was drawn"
    serial_number = _new_arn(call)
    if not _SERIAL_NUMBER.fullmatch(serial_number):
        raise ValidationError(
            "The specified values for path and virtualMFADeviceName are invalid. The serial number that they make must "
            "have at most 256 characters, and contain only alphanumeric characters and/or the following: +=/:,.@_-"
        )
    if await find(tx, call.account, serial_number):
        raise EntityAlreadyExists.virtual_mfa_device()
    limit = await call.access.quota(tx, call.account, "UsersPerAccount")
    if await held(tx, call.account, _HELD) >= limit:
        raise LimitExceeded.quota("VirtualMFADevicesPerAccount", limit)
    device = MFADevice(
        account=call.account,
        device_id=call.new_id("AMFA"),
        kind="virtual",
        serial_number=serial_number,
        owner_id=None,
        enabled_at=None,
        drift=0,
        last_step=0,
        failures=0,
        paused_until=0,
    )
    await insert(tx, device, call.access.seal("mfa_devices", device.device_id, "seed", seed.base32.reveal()))
    await tags.put(tx, call, device.device_id, call.tags(), case_sensitive=True)
    await add_held(tx, call.account, _HELD, 1)
    shown: dict[str, object] = {
        "SerialNumber": serial_number,
        "Base32StringSeed": seed.base32.reveal(),
        "QRCodePNG": seed.picture.reveal(),
    }
    if call.tags():
        shown["Tags"] = tags.as_output(await tags.of(tx, call.account, device.device_id))
    return {"VirtualMFADevice": shown}


@operation(iam, "DeleteVirtualMFADevice", resource=_device_to_delete_target)
async def delete_virtual_mfa_device(call: Call, tx: Transaction) -> None:
    """Delete a virtual MFA device that is nobody's, with its seed and its tags.

    Raises:
        NoSuchEntity: no such virtual device.
        DeleteConflict: it is enabled for a user, or for root.

    Source: IAM API Reference, DeleteVirtualMFADevice.
    """
    device = await _require(call, tx)
    if device.owner_id is not None:
        raise DeleteConflict.mfa_device_in_use()
    await tags.clear(tx, call.account, device.device_id)
    await forget(tx, device)
    await add_held(tx, call.account, _HELD, -1)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A virtual device with its user, if it has one."""

    serial_number: str
    owner_id: str | None
    enabled_at: int | None
    user: users.User | None

    @classmethod
    def of_row(cls, row: Row) -> "_Listed":
        serial_number, owner_id, enabled_at, *user = row
        return cls(
            serial_number=str(serial_number),
            owner_id=None if owner_id is None else str(owner_id),
            enabled_at=None if enabled_at is None else int(enabled_at),
            user=None if user[1] is None else users.User.of_row(tuple(user)),
        )


_LIST: Final = (
    "SELECT d.serial_number, d.owner_id, d.enabled_at, u.account_id, u.user_id, u.name, u.path, u.boundary_arn,"
    " u.created_at, u.password_last_used_at FROM mfa_devices d LEFT JOIN users u ON u.user_id = d.owner_id"
    " WHERE d.account_id = ? AND d.kind = 'virtual' AND d.serial_number > ?"
)


@operation(iam, "ListVirtualMFADevices", resource=_list_target, reads=True)
async def list_virtual_mfa_devices(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the account's virtual MFA devices, in the order of their serial numbers; without seeds and tags.

    Source: IAM API Reference, ListVirtualMFADevices.
    """
    status = call.get("AssignmentStatus") or "Any"

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[_Listed]:
        rows = await tx.all(
            _LIST + _ASSIGNED[status] + " ORDER BY d.serial_number LIMIT ?",
            call.account,
            after[0] if after else "",
            limit,
        )
        return [_Listed.of_row(row) for row in rows]

    found = await page(call, fetch, lambda device: (device.serial_number,), filter_by=[status])
    return {"VirtualMFADevices": [await _shown(call, tx, device) for device in found.items], **found.output}


async def _shown(call: Call, tx: Transaction, device: _Listed) -> dict[str, object]:
    shown: dict[str, object] = {"SerialNumber": device.serial_number}
    if device.enabled_at is not None:
        shown["EnableDate"] = from_milliseconds(device.enabled_at)
    if device.user is not None:
        shown["User"] = device.user.as_output()
    elif device.owner_id == call.account:
        shown["User"] = await users.root_details(tx, call.account)
    return shown


@operation(iam, "TagMFADevice", resource=_device_target, keys=TAGS_PASSED)
async def tag_mfa_device(call: Call, tx: Transaction) -> None:
    """Add tags to a virtual MFA device, or change their values; keys are told apart by case.

    Raises:
        NoSuchEntity: no such virtual device.
        InvalidInput: a tag is reserved or given twice.
        LimitExceeded: the device would hold more than the quota of tags.

    Source: IAM API Reference, TagMFADevice.
    """
    device = await _require(call, tx)
    await tags.put(tx, call, device.device_id, call.tags(), case_sensitive=True)


@operation(iam, "UntagMFADevice", resource=_device_target, keys=TAG_KEYS_PASSED)
async def untag_mfa_device(call: Call, tx: Transaction) -> None:
    """Take tags from a virtual MFA device; keys that it does not have are passed over.

    Raises:
        NoSuchEntity: no such virtual device.

    Source: IAM API Reference, UntagMFADevice.
    """
    device = await _require(call, tx)
    await tags.remove(tx, call, device.device_id, call.texts("TagKeys"), case_sensitive=True)


@operation(iam, "ListMFADeviceTags", resource=_device_target, reads=True)
async def list_mfa_device_tags(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of a virtual MFA device's tags, in the order of their keys.

    Raises:
        NoSuchEntity: no such virtual device.

    Source: IAM API Reference, ListMFADeviceTags.
    """
    device = await _require(call, tx)
    return await tags.listed(tx, call, device.device_id)


def _new_arn(call: Call) -> str:
    return names.arn_of(call.account, _KIND, call.get("Path") or "/", call["VirtualMFADeviceName"])


async def _find(tx: Transaction, account: str, serial_number: str) -> MFADevice | None:
    device = await find(tx, account, serial_number)
    return device if device is not None and device.kind == "virtual" else None


async def _require(call: Call, tx: Transaction) -> MFADevice:
    serial_number = call["SerialNumber"]
    device = await _find(tx, call.account, serial_number)
    if device is None:
        raise NoSuchEntity.virtual_mfa_device(serial_number)
    return device
