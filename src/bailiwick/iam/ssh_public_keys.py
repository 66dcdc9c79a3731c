"""SSH public keys of users, which AWS takes for CodeCommit: the record and the operations. Root has none."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.iam import ssh_keys, users
from bailiwick.iam.errors import DuplicateSSHPublicKey, InvalidInput, LimitExceeded, NoSuchEntity
from bailiwick.iam.registry import iam
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import operation
from bailiwick.store.transaction import Row, Transaction

SELECT = "SELECT key_id, material, is_active, uploaded_at FROM ssh_public_keys"
"""How every query of SSH public keys begins; its rows are read by `SSHPublicKey.of_row`."""


@dataclass(frozen=True, slots=True)
class SSHPublicKey:
    """One SSH public key. `material` is its binary form, `uploaded_at` in milliseconds since 1970 UTC."""

    key_id: str
    material: bytes
    is_active: bool
    uploaded_at: int

    @classmethod
    def of_row(cls, row: Row) -> "SSHPublicKey":
        """From a row of `SELECT`."""
        key_id, material, is_active, uploaded_at = row
        assert isinstance(material, bytes), "a key is bytes"
        return cls(str(key_id), material, bool(is_active), int(uploaded_at or 0))

    def as_listed(self, user: users.User) -> dict[str, object]:
        """The model's SSHPublicKeyMetadata."""
        return {
            "UserName": user.name,
            "SSHPublicKeyId": self.key_id,
            "Status": "Active" if self.is_active else "Inactive",
            "UploadDate": from_milliseconds(self.uploaded_at),
        }

    def as_output(self, user: users.User, encoding: ssh_keys.Encoding) -> dict[str, object]:
        """The model's SSHPublicKey."""
        return {
            **self.as_listed(user),
            "Fingerprint": ssh_keys.fingerprint(self.material),
            "SSHPublicKeyBody": ssh_keys.encoded(self.material, encoding),
        }


async def require(tx: Transaction, user: users.User, key_id: str) -> SSHPublicKey:
    """The user's SSH public key of that id.

    Raises:
        NoSuchEntity: the user has no such key, whoever else has.
    """
    row = await tx.one(SELECT + " WHERE key_id = ? AND user_id = ?", key_id, user.user_id)
    if row is None:
        raise NoSuchEntity.ssh_public_key(key_id)
    return SSHPublicKey.of_row(row)


@operation(iam, "UploadSSHPublicKey", resource=users.user_target)
async def upload_ssh_public_key(call: Call, tx: Transaction) -> dict[str, object]:
    """Give a user another SSH public key, active from now on.

    Raises:
        NoSuchEntity: no such user.
        UnrecognizedPublicKeyEncoding: the key is neither `ssh-rsa` nor in PEM.
        InvalidPublicKey: it is not an RSA key, is malformed, or has fewer than 2048 bits.
        DuplicateSSHPublicKey: the user has it already.
        LimitExceeded: the user has its quota of keys, active or not.

    Source: IAM API Reference, UploadSSHPublicKey.
    """
    material, encoding = ssh_keys.read(call["SSHPublicKeyBody"])
    user = await users.require(tx, call.account, call["UserName"])
    held = await tx.all("SELECT material FROM ssh_public_keys WHERE user_id = ?", user.user_id)
    if (material,) in held:
        raise DuplicateSSHPublicKey.of_user(user.name)
    limit = await call.access.quota(tx, call.account, "SSHPublicKeysPerUser")
    if len(held) >= limit:
        raise LimitExceeded.quota("SSHPublicKeysPerUser", limit)
    key = SSHPublicKey(_new_key_id(call.random_bytes(10)), material, True, call.now_ms)
    await tx.run(
        "INSERT INTO ssh_public_keys (account_id, key_id, user_id, material, is_active, uploaded_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        user.account,
        key.key_id,
        user.user_id,
        key.material,
        1,
        key.uploaded_at,
    )
    return {"SSHPublicKey": key.as_output(user, encoding)}


@operation(iam, "GetSSHPublicKey", resource=users.user_target, reads=True)
async def get_ssh_public_key(call: Call, tx: Transaction) -> dict[str, object]:
    """A user's SSH public key in the encoding asked for, whichever it was uploaded in.

    Raises:
        NoSuchEntity: no such user, or the user has no such key.

    Source: IAM API Reference, GetSSHPublicKey.
    """
    user = await users.require(tx, call.account, call["UserName"])
    key = await require(tx, user, call["SSHPublicKeyId"])
    return {"SSHPublicKey": key.as_output(user, "PEM" if call["Encoding"] == "PEM" else "SSH")}


@operation(iam, "ListSSHPublicKeys", resource=users.named_or_signer_target, reads=True)
async def list_ssh_public_keys(call: Call, tx: Transaction) -> dict[str, object]:
    """The SSH public keys of a user, or without a name of the caller, oldest first and without the keys themselves.

    Raises:
        NoSuchEntity: no such user.
        ValidationError: no name, and the caller is neither a user nor root.

    Source: IAM API Reference, ListSSHPublicKeys.
    """
    user = await users.named_or_signer(call, tx)
    if user is None:
        return {"SSHPublicKeys": [], "IsTruncated": False}
    user_id = user.user_id

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[SSHPublicKey]:
        # Sorted after the look-up: a user's quota bounds how many there are.
        uploaded_at, key_id = (int(after[0]), after[1]) if after else (-1, "")
        rows = await tx.all(
            SELECT + " WHERE user_id = ? AND (uploaded_at, key_id) > (?, ?) ORDER BY uploaded_at, key_id LIMIT ?",
            user_id,
            uploaded_at,
            key_id,
            limit,
        )
        return [SSHPublicKey.of_row(row) for row in rows]

    found = await page(call, fetch, lambda key: (str(key.uploaded_at), key.key_id), filter_by=[user_id])
    return {"SSHPublicKeys": [key.as_listed(user) for key in found.items], **found.output}


@operation(iam, "UpdateSSHPublicKey", resource=users.user_target)
async def update_ssh_public_key(call: Call, tx: Transaction) -> None:
    """Make an SSH public key active or inactive.

    Raises:
        NoSuchEntity: no such user, or the user has no such key.
        InvalidInput: the status is Expired, which only AWS's services set.

    Source: IAM API Reference, UpdateSSHPublicKey.
    """
    user = await users.require(tx, call.account, call["UserName"])
    key = await require(tx, user, call["SSHPublicKeyId"])
    status = call["Status"]
    if status not in ("Active", "Inactive"):
        raise InvalidInput.unsettable_status(status)
    await tx.run("UPDATE ssh_public_keys SET is_active = ? WHERE key_id = ?", int(status == "Active"), key.key_id)


@operation(iam, "DeleteSSHPublicKey", resource=users.user_target)
async def delete_ssh_public_key(call: Call, tx: Transaction) -> None:
    """Delete an SSH public key.

    Raises:
        NoSuchEntity: no such user, or the user has no such key.

    Source: IAM API Reference, DeleteSSHPublicKey.
    """
    user = await users.require(tx, call.account, call["UserName"])
    key = await require(tx, user, call["SSHPublicKeyId"])
    await tx.run("DELETE FROM ssh_public_keys WHERE key_id = ?", key.key_id)


def _new_key_id(entropy: bytes) -> str:
    """`APKA` and 16 characters of base32, from 10 random bytes."""
    return "APKA" + base64.b32encode(entropy).decode("ascii")
