"""Stores to measure on: made by `bailiwick init`, and filled straight through `bailiwick.store`, for speed.

Each user that is put in has an access key and an inline policy of its own, so that 100,000 users are 100,000 policies.
"""

import asyncio
import hashlib
import json
import os
import subprocess
import time
from base64 import b32encode, b64encode
from collections.abc import Iterator
from pathlib import Path

from bailiwick.access.quotas import add_held
from bailiwick.store import Transaction, Value, Vault, open_store, open_vault, read_master_key
from benchmarks.processes import PROGRAM
from benchmarks.signing import Keys

SIZES = (100, 1_000, 10_000, 100_000)
_AT_A_TIME = 10_000

_USER = (
    "INSERT INTO users (account_id, user_id, name, name_key, path, boundary_arn, created_at)"
    " VALUES (?, ?, ?, ?, '/', NULL, ?)"
)
_KEY = (
    "INSERT INTO access_keys (access_key_id, account_id, user_id, secret, is_active, created_at)"
    " VALUES (?, ?, ?, ?, 1, ?)"
)
_POLICY = (
    "INSERT INTO inline_policies (account_id, owner_kind, owner_id, name, document, size)"
    " VALUES (?, 'user', ?, 'own', ?, ?)"
)


class Stores:
    """The stores of one run, each made when it is first asked for, in one folder that its maker removes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: dict[int, Path] = {}

    def with_users(self, count: int) -> Path:
        """The data folder of a store with so many users beside the administrator. Leave the users as they are."""
        if count not in self._made:
            self._made[count] = self.new(f"users-{count}", count)
        return self._made[count]

    def new(self, name: str, users: int = 0) -> Path:
        """A data folder of the caller's own, with so many users."""
        data = self.folder / name
        subprocess.run([PROGRAM, "init", "--data", data], check=True, capture_output=True)
        if users:
            asyncio.run(_fill(data, users))
        return data


def name_of(number: int) -> str:
    """The name of one of the users put in; numbers begin at 0."""
    return f"user-{number:07d}"


def keys_of(number: int) -> Keys:
    """That user's access key."""
    digest = hashlib.sha512(b"%d" % number).digest()
    return Keys("AKIA" + b32encode(digest[:10]).decode(), b64encode(digest[10:40]).decode())


async def _fill(data: Path, users: int) -> None:
    now_ms = round(time.time() * 1000)
    store = await open_store(f"sqlite:{data / 'bailiwick.db'}", lambda: now_ms)
    vault = await open_vault(store, read_master_key(f"file:{data / 'master.key'}", may_create=False), now_ms)
    for start in range(0, users, _AT_A_TIME):
        numbers = range(start, min(start + _AT_A_TIME, users))

        async def put(tx: Transaction, numbers: range = numbers) -> None:
            row = await tx.one("SELECT account_id FROM accounts")
            assert row is not None, "init made an account"
            account = str(row[0])
            await tx.run_many(_USER, _users(account, numbers, now_ms))
            await tx.run_many(_KEY, _access_keys(account, numbers, now_ms, vault))
            await tx.run_many(_POLICY, _policies(account, numbers))
            await add_held(tx, account, "users", len(numbers))

        await store.write(put)
    await store.close()


def _users(account: str, numbers: range, now_ms: int) -> Iterator[tuple[Value, ...]]:
    for number in numbers:
        yield account, _id_of(number), name_of(number), name_of(number), now_ms


def _access_keys(account: str, numbers: range, now_ms: int, vault: Vault) -> Iterator[tuple[Value, ...]]:
    for number in numbers:
        keys = keys_of(number)
        sealed = vault.seal("access_keys", keys.access_key_id, "secret", keys.secret_access_key.encode())
        yield keys.access_key_id, account, _id_of(number), sealed, now_ms


def _policies(account: str, numbers: range) -> Iterator[tuple[Value, ...]]:
    for number in numbers:
        statement = {
            "Sid": f"Own{number}",
            "Effect": "Allow",
            "Action": ["iam:GetUser", "iam:ListAccessKeys"],
            "Resource": f"arn:aws:iam::{account}:user/${{aws:username}}",
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        yield account, _id_of(number), document, len("".join(document.split()))


def _id_of(number: int) -> str:
    return "AIDA" + b32encode(hashlib.sha256(b"%d" % number).digest()[:10]).decode() + "A"


def fdatasync_us(folder: Path, *, samples: int) -> float:
    """The median time to append 300 bytes and have them on the disk, in microseconds."""
    file = folder / "fdatasync"
    descriptor = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    taken = []
    try:
        for _ in range(samples):
            start = time.perf_counter()
            os.write(descriptor, b"x" * 300)
            os.fdatasync(descriptor)
            taken.append((time.perf_counter() - start) * 1e6)
    finally:
        os.close(descriptor)
        file.unlink()
    return sorted(taken)[samples // 2]
