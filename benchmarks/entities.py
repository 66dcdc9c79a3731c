"""Stores with many of every kind: groups, roles, managed policies and instance profiles beside the users of `stores`.

Of the groups one, `everybody`, has all users in it; of the policies one, `popular`, is attached to all of them.
"""

import asyncio
import json
import time
from pathlib import Path
from typing import Final

from bailiwick.store import Transaction, open_store

_AT_A_TIME: Final = 10_000
_DOCUMENT: Final = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
_TRUST: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
EVERYBODY: Final = "everybody"
POPULAR: Final = "popular"


def name_of(kind: str, number: int) -> str:
    """The name of one of the things put in; numbers begin at 0."""
    return f"{kind}-{number:07d}"


def add(data: Path, count: int) -> str:
    """Put so many of each kind into a store that has as many users; the account's id."""
    return asyncio.run(_add(data, count))


async def _add(data: Path, count: int) -> str:
    now_ms = round(time.time() * 1000)
    store = await open_store(f"sqlite:{data / 'bailiwick.db'}", lambda: now_ms)
    try:
        account = await store.read(_account)
        for start in range(0, count, _AT_A_TIME):
            numbers = range(start, min(start + _AT_A_TIME, count))
            await store.write(lambda tx, numbers=numbers: _put(tx, account, numbers, now_ms))  # type: ignore[misc]
        await store.write(lambda tx: _put_everybody(tx, account, count, now_ms))
    finally:
        await store.close()
    return account


async def _account(tx: Transaction) -> str:
    row = await tx.one("SELECT account_id FROM accounts")
    assert row is not None, "init made an account"
    return str(row[0])


async def _put(tx: Transaction, account: str, numbers: range, now_ms: int) -> None:
    names = {kind: [(each, name_of(kind, each)) for each in numbers] for kind in ("group", "role", "policy", "profile")}
    await tx.run_many(
        "INSERT INTO groups (account_id, group_id, name, name_key, path, created_at) VALUES (?, ?, ?, ?, '/', ?)",
        [(account, f"AGPA{each:017d}", name, name, now_ms) for each, name in names["group"]],
    )
    await tx.run_many(
        "INSERT INTO roles (account_id, role_id, name, name_key, path, trust_policy, max_session_seconds, created_at)"
        " VALUES (?, ?, ?, ?, '/', ?, 3600, ?)",
        [(account, f"AROA{each:017d}", name, name, _TRUST, now_ms) for each, name in names["role"]],
    )
    await tx.run_many(
        "INSERT INTO instance_profiles (account_id, profile_id, name, name_key, path, role_id, created_at)"
        " VALUES (?, ?, ?, ?, '/', ?, ?)",
        [(account, f"AIPA{each:017d}", name, name, f"AROA{each:017d}", now_ms) for each, name in names["profile"]],
    )
    await _put_policies(tx, account, names["policy"], now_ms)


async def _put_policies(tx: Transaction, account: str, named: list[tuple[int, str]], now_ms: int) -> None:
    await tx.run_many(
        "INSERT INTO policies (account_id, policy_id, arn, name, name_key, path, default_version, newest_version,"
        " created_at, updated_at) VALUES (?, ?, ?, ?, ?, '/', 1, 1, ?, ?)",
        [
            (account, f"ANPA{each:017d}", f"arn:aws:iam::{account}:policy/{name}", name, name, now_ms, now_ms)
            for each, name in named
        ],
    )
    await tx.run_many(
        "INSERT INTO policy_versions (policy_id, version, document, created_at) VALUES (?, 1, ?, ?)",
        [(f"ANPA{each:017d}", _DOCUMENT, now_ms) for each, _ in named],
    )


async def _put_everybody(tx: Transaction, account: str, count: int, now_ms: int) -> None:
    arn = f"arn:aws:iam::{account}:policy/{POPULAR}"
    await tx.run(
        "INSERT INTO groups (account_id, group_id, name, name_key, path, created_at)"
        " VALUES (?, 'AGPAALL', ?, ?, '/', ?)",
        account,
        EVERYBODY,
        EVERYBODY,
        now_ms,
    )
    await _put_policies(tx, account, [(10**9, POPULAR)], now_ms)
    await tx.run(
        "INSERT INTO memberships (account_id, user_id, user_name_key, group_id)"
        " SELECT account_id, user_id, name_key, 'AGPAALL' FROM users WHERE name LIKE 'user-%'"
    )
    await tx.run(
        "INSERT INTO attachments (account_id, owner_kind, owner_id, policy_arn)"
        " SELECT account_id, 'user', user_id, ? FROM users WHERE name LIKE 'user-%'",
        arn,
    )
    await tx.run(
        "INSERT INTO policy_usage (account_id, policy_arn, name_key, path, attachments, boundaries)"
        " VALUES (?, ?, ?, '/', ?, 0)",
        account,
        arn,
        POPULAR,
        count,
    )
