"""Passkeys and security keys: what is kept of them, and how one is added. People register them where they sign in.

Source: Web Authentication Level 2 (W3C), sections 4 and 7.1; IAM API Reference, GetMFADevice.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bailiwick.access.call import Call
from bailiwick.errors import ValidationError
from bailiwick.iam.errors import EntityAlreadyExists
from bailiwick.iam.mfa.record import MFADevice, Owner, forget, insert, require_room
from bailiwick.store.transaction import Transaction

_NAME: Final = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class SecurityKey:
    """What the registration of a key gave, once it was verified.

    Attributes:
        credential_id: what the authenticator knows its key by.
        public_key: as a COSE key (RFC 9052).
        sign_count: how often it signed, as far as it counts.
        certifications: the level that its model has, by the kind of certification: `{"FIDO": "L1"}`.
    """

    credential_id: bytes
    public_key: bytes
    sign_count: int
    certifications: Mapping[str, str]


async def add_security_key(call: Call, tx: Transaction, owner: Owner, name: str, key: SecurityKey) -> MFADevice:
    """Enable a security key for a user or root; `name` is what its owner calls it.

    Raises:
        ValidationError: the name is not 1 to 64 letters, digits and characters of `_+=,.@-`.
        LimitExceeded: the owner has its quota of MFA devices.
        EntityAlreadyExists: the key is registered already, by whomever (WebAuthn, section 7.1, step 22).
    """
    if not _NAME.fullmatch(name):
        raise ValidationError(
            "The specified value for name is invalid. It must contain only alphanumeric characters and/or the "
            "following: +=,.@_-, and at most 64 of them."
        )
    await require_room(call, tx, owner)
    if await tx.one("SELECT 1 FROM mfa_security_keys WHERE credential_id = ?", key.credential_id):
        raise EntityAlreadyExists.mfa_device_in_use()
    device = MFADevice(
        account=owner.account,
        device_id=call.new_id("AMFA"),
        kind="fido",
        serial_number=_serial_number(owner, name, call.random_bytes(_ID_BYTES)),
        owner_id=owner.owner_id,
        enabled_at=call.now_ms,
        drift=0,
        last_step=0,
        failures=0,
        paused_until=0,
    )
    await insert(tx, device, None)
    await tx.run(
        "INSERT INTO mfa_security_keys (device_id, credential_id, public_key, sign_count, certifications)"
        " VALUES (?, ?, ?, ?, ?)",
        device.device_id,
        key.credential_id,
        key.public_key,
        key.sign_count,
        json.dumps(dict(key.certifications), sort_keys=True),
    )
    return device


async def certifications_of(tx: Transaction, device_id: str) -> dict[str, str]:
    """What a security key's model is certified for: the level by the kind of certification."""
    row = await tx.one("SELECT certifications FROM mfa_security_keys WHERE device_id = ?", device_id)
    assert row is not None, "a device of this kind has its key"
    certifications: dict[str, str] = json.loads(str(row[0]))
    return certifications


async def remove(tx: Transaction, device: MFADevice) -> None:
    """Forget a security key: it is registered by being enabled, and so is not there when it is not."""
    await tx.run("DELETE FROM mfa_security_keys WHERE device_id = ?", device.device_id)
    await forget(tx, device)


def _serial_number(owner: Owner, name: str, entropy: bytes) -> str:
    """`arn:aws:iam::ACCOUNT:u2f/user/USER/NAME-ID`, and `…:u2f/root-account/NAME-ID` of root."""
    whose = "root-account" if owner.name is None else f"user/{owner.name}"
    unique = base64.b32encode(entropy).decode("ascii").rstrip("=")
    return f"arn:aws:iam::{owner.account}:u2f/{whose}/{name}-{unique}"
