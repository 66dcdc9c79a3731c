"""Whose MFA devices are: enabling them for a user, synchronising, showing and deactivating them."""

from collections.abc import Sequence

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.iam import users
from bailiwick.iam.errors import EntityAlreadyExists, InvalidAuthenticationCode, NoSuchEntity
from bailiwick.iam.mfa import security_keys
from bailiwick.iam.mfa.checking import use_consecutive_codes
from bailiwick.iam.mfa.record import (
    SELECT,
    MFADevice,
    Owner,
    assign,
    find,
    find_of_owner,
    named_or_signer,
    require_room,
    take_away,
)
from bailiwick.iam.registry import iam
from bailiwick.operations import Target, acts_on, operation
from bailiwick.store.transaction import Transaction

_CODES = ("AuthenticationCode1", "AuthenticationCode2")

_OF_SECURITY_KEYS = (
    "iam:RegisterSecurityKey",
    "iam:FIDO-certification",
    "iam:FIDO-FIPS-140-2-certification",
    "iam:FIDO-FIPS-140-3-certification",
)
"""What policies see of a security key that is registered; of a virtual device, which is what the API enables, nothing.

Source: IAM User Guide, "IAM and AWS STS condition context keys".
"""


@acts_on("user")
async def _listed_user_target(call: Call, tx: Transaction) -> Target:
    return await users.named_or_signer_target(call, tx)


@operation(iam, "EnableMFADevice", resource=users.user_target, target_keys=_OF_SECURITY_KEYS, secrets=_CODES)
async def enable_mfa_device(call: Call, tx: Transaction) -> None:
    """Make a virtual MFA device a user's, by two consecutive codes of it.

    The codes may be up to ten minutes old: the device is then taken for one whose clock is so much behind, and is to
    be synchronised again (IAM API Reference, EnableMFADevice, AuthenticationCode1).

    Raises:
        NoSuchEntity: no such user, or no such virtual device.
        EntityAlreadyExists: the device is enabled already, be it for the same user.
        LimitExceeded: the user has its quota of MFA devices.
        KeptRefusal: InvalidAuthenticationCode; the codes are not two consecutive ones of the device, were used
            before, or too many wrong ones were tried.

    Source: IAM API Reference, EnableMFADevice.
    """
    owner = await _named(call, tx)
    serial_number = call["SerialNumber"]
    device = await find(tx, call.account, serial_number)
    if device is None:
        raise NoSuchEntity.virtual_mfa_device(serial_number)
    if device.owner_id is not None:
        raise EntityAlreadyExists.mfa_device_in_use()
    await require_room(call, tx, owner)
    await _use_codes(call, tx, device)
    await assign(tx, device, owner.owner_id, call.now_ms)


@operation(iam, "ResyncMFADevice", resource=users.user_target, secrets=_CODES)
async def resync_mfa_device(call: Call, tx: Transaction) -> None:
    """Learn by two consecutive codes of a user's virtual device how far its clock is off, ten minutes at most.

    Raises:
        NoSuchEntity: no such user, or it has no such virtual device.
        KeptRefusal: InvalidAuthenticationCode; as for EnableMFADevice.

    Source: IAM API Reference, ResyncMFADevice.
    """
    owner = await _named(call, tx)
    device = await find_of_owner(tx, call.account, owner.owner_id, call["SerialNumber"], "virtual")
    if device is None:
        raise NoSuchEntity.mfa_device_of_user()
    await _use_codes(call, tx, device)


@operation(iam, "DeactivateMFADevice", resource=users.named_or_signer_target)
async def deactivate_mfa_device(call: Call, tx: Transaction) -> None:
    """Take an MFA device from a user, or without a name from the caller. A security key is forgotten with it.

    A virtual device stays, and so do the codes of it that were used.

    Raises:
        NoSuchEntity: no such user, or it has no such device.
        ValidationError: no name, and the caller is neither a user nor root.

    Source: IAM API Reference, DeactivateMFADevice.
    """
    owner = await named_or_signer(call, tx)
    device = await find(tx, call.account, call["SerialNumber"])
    if device is None or device.owner_id != owner.owner_id:
        raise NoSuchEntity.mfa_device_of_user()
    if device.kind == "fido":
        await security_keys.remove(tx, device)
    else:
        await take_away(tx, device)


@operation(iam, "ListMFADevices", resource=_listed_user_target, reads=True)
async def list_mfa_devices(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of a user's MFA devices of all kinds, or without a name of the caller's, longest enabled first.

    Raises:
        NoSuchEntity: no such user.
        ValidationError: no name, and the caller is neither a user nor root.

    Source: IAM API Reference, ListMFADevices.
    """
    owner = await named_or_signer(call, tx)

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[MFADevice]:
        enabled_at, serial_number = (int(after[0]), after[1]) if after else (-1, "")
        rows = await tx.all(
            SELECT + " WHERE owner_id = ? AND (enabled_at, serial_number) > (?, ?)"
            " ORDER BY enabled_at, serial_number LIMIT ?",
            owner.owner_id,
            enabled_at,
            serial_number,
            limit,
        )
        return [MFADevice.of_row(row) for row in rows]

    found = await page(
        call, fetch, lambda device: (str(device.enabled_at), device.serial_number), filter_by=[owner.owner_id]
    )
    return {"MFADevices": [device.as_output(owner) for device in found.items], **found.output}


@operation(iam, "GetMFADevice", resource=users.named_or_signer_target, reads=True)
async def get_mfa_device(call: Call, tx: Transaction) -> dict[str, object]:
    """A security key of a user, or without a name of the caller, with what its model is certified for.

    Raises:
        NoSuchEntity: no such user, or it has no such security key; only the ARNs of these are accepted.
        ValidationError: no name, and the caller is neither a user nor root.

    Source: IAM API Reference, GetMFADevice.
    """
    owner = await named_or_signer(call, tx)
    device = await find_of_owner(tx, call.account, owner.owner_id, call["SerialNumber"], "fido")
    if device is None:
        raise NoSuchEntity.mfa_device_of_user()
    certifications = await security_keys.certifications_of(tx, device.device_id)
    return {**device.as_output(owner), "Certifications": certifications}


async def _named(call: Call, tx: Transaction) -> Owner:
    return Owner.of(call.account, await users.require(tx, call.account, call["UserName"]))


async def _use_codes(call: Call, tx: Transaction, device: MFADevice) -> None:
    await use_consecutive_codes(
        call,
        tx,
        device,
        call["AuthenticationCode1"],
        call["AuthenticationCode2"],
        otherwise=InvalidAuthenticationCode.of_device(),
    )
