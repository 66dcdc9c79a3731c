"""Whoever had to wait for its transaction is asked again whether it may still call."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bailiwick.access.callers import Callers
from bailiwick.access.principals import Principals
from bailiwick.access.sessions import Sessions
from bailiwick.auth import Authenticated, InvalidClientTokenId, Origin, PrincipalKind, SessionClaims
from bailiwick.store import Store, Transaction, open_store, open_vault, read_master_key

ACCOUNT = "111111111111"
KEY = "AKIAABCDEFGHIJKLMNOP"

BY_KEY = Authenticated(PrincipalKind.USER, ACCOUNT, "AIDAANA", KEY)
SESSION = SessionClaims(
    session_id="s1",
    account=ACCOUNT,
    principal_kind=PrincipalKind.ROLE,
    principal_id="AROADEPLOY",
    principal_name="deploy",
    session_name="x",
    issued_at_ms=1_795_000_000_000,
    expires_at_ms=1_795_003_600_000,
    operation="AssumeRole",
    origin=Origin(KEY, ACCOUNT, "AIDAANA"),
)
BY_SESSION = Authenticated(PrincipalKind.ROLE, ACCOUNT, "AROADEPLOY", "ASIAX", SESSION)


async def given_a_key_and_a_session(store: Store) -> None:
    async def write(tx: Transaction) -> None:
        await tx.run(
            "INSERT INTO users (account_id, user_id, name, name_key, path, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            *(ACCOUNT, "AIDAANA", "ana", "ana", "/", 0),
        )
        await tx.run("INSERT INTO access_keys VALUES (?, ?, ?, ?, ?, ?, NULL)", KEY, ACCOUNT, "AIDAANA", b"", 1, 0)
        await tx.run(
            "INSERT INTO sessions (account_id, session_id, access_key_id, operation, principal_kind, principal_id,"
            " principal_arn, origin, issued_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(ACCOUNT, "s1", "ASIAX", "AssumeRole", "AssumedRole", "AROADEPLOY", "arn", KEY),
            *(SESSION.issued_at_ms, SESSION.expires_at_ms),
        )

    await store.write(write)


async def deactivate(tx: Transaction) -> None:
    await tx.run("UPDATE access_keys SET is_active = 0")
    tx.changed("access_key", ACCOUNT, KEY)


async def delete_key(tx: Transaction) -> None:
    await tx.run("DELETE FROM access_keys")
    tx.changed("access_key", ACCOUNT, KEY)


async def end_session(tx: Transaction) -> None:
    await tx.run("UPDATE sessions SET ended_at = ?", SESSION.issued_at_ms + 1)
    tx.changed("session", ACCOUNT, "s1")


@pytest.mark.parametrize(
    ("caller", "meanwhile"),
    [
        (BY_KEY, deactivate),
        (BY_KEY, delete_key),
        (BY_SESSION, deactivate),
        (BY_SESSION, delete_key),
        (BY_SESSION, end_session),
    ],
)
def test_what_was_taken_away_meanwhile_counts(
    store_url: str, tmp_path: Path, caller: Authenticated, meanwhile: Callable[[Transaction], Awaitable[None]]
) -> None:
    async def test() -> None:
        store = await open_store(store_url, lambda: SESSION.issued_at_ms)
        master_key = read_master_key(f"file:{tmp_path}/key", may_create=True)
        principals = Principals(store, await open_vault(store, master_key, 0))
        sessions = Sessions(store, principals, lambda: datetime.fromtimestamp(SESSION.issued_at_ms / 1000, UTC))
        store.listen(principals.forget)
        store.listen(sessions.forget)
        callers = Callers(principals, sessions)
        await given_a_key_and_a_session(store)
        await store.write(lambda tx: callers.require_standing(caller, tx))

        await store.write(meanwhile)

        with pytest.raises(InvalidClientTokenId):
            await store.write(lambda tx: callers.require_standing(caller, tx))
        await store.close()

    asyncio.run(test())
