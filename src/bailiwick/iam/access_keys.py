"""Access keys of users: the record and the operations. Root has none, and none can be made for it.

A secret is shown once, by CreateAccessKey; the store holds it sealed, because a signature is checked with it.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.errors import AccessDenied
from bailiwick.iam import users
from bailiwick.iam.errors import InvalidInput, LimitExceeded, NoSuchEntity
from bailiwick.iam.registry import iam
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import Target, acts_on, operation
from bailiwick.store.transaction import Row, Transaction

SELECT = "SELECT access_key_id, user_id, is_active, created_at FROM access_keys"
"""How every query of access keys begins; its rows are read by `AccessKey.of_row`."""


@dataclass(frozen=True, slots=True)
class AccessKey:
    """One access key, without its secret. `created_at` is in milliseconds since 1970 UTC."""

    access_key_id: str
    user_id: str
    is_active: bool
    created_at: int

    @classmethod
    def of_row(cls, row: Row) -> "AccessKey":
        """From a row of `SELECT`."""
        access_key_id, user_id, is_active, created_at = row
        return cls(str(access_key_id), str(user_id), bool(is_active), int(created_at or 0))

    def as_output(self, user_name: str) -> dict[str, object]:
        """The model's AccessKeyMetadata."""
        return {
            "UserName": user_name,
            "AccessKeyId": self.access_key_id,
            "Status": "Active" if self.is_active else "Inactive",
            "CreateDate": from_milliseconds(self.created_at),
        }


def new_access_key_id(entropy: bytes) -> str:
    """`AKIA` and 16 characters of base32, from 10 random bytes: the 20 characters that access keys of AWS have."""
    return "AKIA" + base64.b32encode(entropy).decode("ascii")


def new_secret(entropy: bytes) -> str:
    """A secret of 40 characters of base64, from 30 random bytes."""
    return base64.b64encode(entropy).decode("ascii")


async def find(tx: Transaction, account: str, access_key_id: str) -> AccessKey | None:
    """The account's access key of that id, or None."""
    row = await tx.one(SELECT + " WHERE access_key_id = ? AND account_id = ?", access_key_id, account)
    return None if row is None else AccessKey.of_row(row)


async def require_of_user(tx: Transaction, user: users.User | None, access_key_id: str) -> AccessKey:
    """The user's access key of that id; None stands for root, which has none.

    Raises:
        NoSuchEntity: the user has no such key, whoever else has.
    """
    key = None if user is None else await find(tx, user.account, access_key_id)
    if key is None or user is None or key.user_id != user.user_id:
        raise NoSuchEntity.access_key(access_key_id)
    return key


@operation(iam, "CreateAccessKey", resource=users.named_or_signer_target, secrets=["AccessKey.SecretAccessKey"])
async def create_access_key(call: Call, tx: Transaction) -> dict[str, object]:
    """Give a user, or without a name the caller, a new active access key.

    Raises:
        NoSuchEntity: no such user.
        LimitExceeded: the user has its quota of keys, active or not.
        AccessDenied: the caller is root and named no user.
        ValidationError: no name, and the caller is neither a user nor root.

    Source: IAM API Reference, CreateAccessKey.
    """
    user = await users.named_or_signer(call, tx)
    if user is None:
        raise AccessDenied(
            "The account root user cannot have access keys. Create the key for an IAM user, named by UserName."
        )
    limit = await call.access.quota(tx, call.account, "AccessKeysPerUser")
    row = await tx.one("SELECT COUNT(*) FROM access_keys WHERE user_id = ?", user.user_id)
    if row is not None and int(row[0] or 0) >= limit:
        raise LimitExceeded.quota("AccessKeysPerUser", limit)
    key = AccessKey(new_access_key_id(call.random_bytes(10)), user.user_id, True, call.now_ms)
    secret = new_secret(call.random_bytes(30))
    await tx.run(
        "INSERT INTO access_keys (access_key_id, account_id, user_id, secret, is_active, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        key.access_key_id,
        user.account,
        user.user_id,
        call.access.seal("access_keys", key.access_key_id, "secret", secret.encode("ascii")),
        1,
        key.created_at,
    )
    tx.changed("access_key", user.account, key.access_key_id)
    return {"AccessKey": {**key.as_output(user.name), "SecretAccessKey": secret}}


@operation(iam, "ListAccessKeys", resource=users.named_or_signer_target, reads=True)
async def list_access_keys(call: Call, tx: Transaction) -> dict[str, object]:
    """The access keys of a user, or without a name of the caller, oldest first.

    Raises:
        NoSuchEntity: no such user.
        ValidationError: no name, and the caller is neither a user nor root.

    Source: IAM API Reference, ListAccessKeys.
    """
    user = await users.named_or_signer(call, tx)
    if user is None:
        return {"AccessKeyMetadata": [], "IsTruncated": False}
    user_id = user.user_id

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[AccessKey]:
        # Sorted after the look-up: a user's quota bounds how many there are.
        created_at, access_key_id = (int(after[0]), after[1]) if after else (-1, "")
        rows = await tx.all(
            SELECT + " WHERE user_id = ? AND (created_at, access_key_id) > (?, ?)"
            " ORDER BY created_at, access_key_id LIMIT ?",
            user_id,
            created_at,
            access_key_id,
            limit,
        )
        return [AccessKey.of_row(row) for row in rows]

    found = await page(call, fetch, lambda key: (str(key.created_at), key.access_key_id), filter_by=[user_id])
    return {"AccessKeyMetadata": [key.as_output(user.name) for key in found.items], **found.output}


@operation(iam, "UpdateAccessKey", resource=users.named_or_signer_target)
async def update_access_key(call: Call, tx: Transaction) -> None:
    """Make an access key active or inactive, from the next request on.

    Raises:
        NoSuchEntity: no such user, or the user has no such key.
        InvalidInput: the status is Expired, which only AWS's services set.
        ValidationError: no name, and the caller is neither a user nor root.

    Source: IAM API Reference, UpdateAccessKey.
    """
    user = await users.named_or_signer(call, tx)
    key = await require_of_user(tx, user, call["AccessKeyId"])
    status = call["Status"]
    if status not in ("Active", "Inactive"):
        raise InvalidInput.unsettable_status(status)
    is_active = int(status == "Active")
    await tx.run(
        "UPDATE access_keys SET is_active = ?, status_changed_at = ? WHERE access_key_id = ? AND is_active <> ?",
        is_active,
        call.now_ms,
        key.access_key_id,
        is_active,
    )
    tx.changed("access_key", call.account, key.access_key_id)


@operation(iam, "DeleteAccessKey", resource=users.named_or_signer_target)
async def delete_access_key(call: Call, tx: Transaction) -> None:
    """Delete an access key; nothing signed with it is accepted from the next request on.

    Raises:
        NoSuchEntity: no such user, or the user has no such key.
        ValidationError: no name, and the caller is neither a user nor root.

    Source: IAM API Reference, DeleteAccessKey.
    """
    user = await users.named_or_signer(call, tx)
    key = await require_of_user(tx, user, call["AccessKeyId"])
    await tx.run("DELETE FROM access_keys WHERE access_key_id = ?", key.access_key_id)
    await tx.run("DELETE FROM last_used WHERE subject_id = ?", key.access_key_id)
    tx.changed("access_key", call.account, key.access_key_id)


@acts_on("user*")
async def _owner_target(call: Call, tx: Transaction) -> Target:
    """The user that owns the key. A denial names the key as given, and so tells neither owner nor existence."""
    access_key_id = call["AccessKeyId"]
    shown = f"access key {access_key_id}"
    key = await find(tx, call.account, access_key_id)
    owner = None if key is None else await users.find_by_id(tx, call.account, key.user_id)
    if owner is None:
        return Target(arn=f"arn:aws:iam::{call.account}:user/", shown=shown)
    return await owner.target(tx, shown=shown)


@operation(iam, "GetAccessKeyLastUsed", resource=_owner_target, reads=True)
async def get_access_key_last_used(call: Call, tx: Transaction) -> dict[str, object]:
    """When, for which service and in which region an access key was last used; `N/A` when it never was.

    Raises:
        AccessDenied: the account has no such key; the model has no other error for it, and it must not be told from
            a key that the caller may not ask about.

    Source: IAM API Reference, GetAccessKeyLastUsed.
    """
    access_key_id = call["AccessKeyId"]
    key = await find(tx, call.account, access_key_id)
    owner = None if key is None else await users.find_by_id(tx, call.account, key.user_id)
    if owner is None:
        raise AccessDenied(
            f"User: {call.caller.arn} is not authorized to perform: iam:GetAccessKeyLastUsed"
            f" on resource: access key {access_key_id}"
        )
    row = await tx.one("SELECT used_at, service, region FROM last_used WHERE subject_id = ?", access_key_id)
    used: dict[str, str | datetime] = {"ServiceName": "N/A", "Region": "N/A"}
    if row is not None:
        used_at, service, region = row
        used = {
            "LastUsedDate": from_milliseconds(int(used_at or 0)),
            "ServiceName": str(service),
            "Region": str(region),
        }
    return {"UserName": owner.name, "AccessKeyLastUsed": used}
