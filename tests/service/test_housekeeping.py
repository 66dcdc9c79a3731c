"""Housekeeping goes on after a fault of its own, as after a store that was away."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bailiwick.access.principals import Principals
from bailiwick.access.sessions import Sessions
from bailiwick.access.token_keys import ROTATION, open_token_keys
from bailiwick.account import accounts
from bailiwick.account.accounts import Account
from bailiwick.auth import BoundedThreads
from bailiwick.iam import credential_report
from bailiwick.iam.credential_report.making import begin
from bailiwick.service import housekeeping
from bailiwick.service.clock import Clock
from bailiwick.service.housekeeping import Housekeeping
from bailiwick.store import Transaction, open_store, open_vault, read_master_key

START = datetime(2026, 11, 24, 20, tzinfo=UTC)


def test_a_ring_key_that_does_not_open_stops_nothing_but_that_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(housekeeping, "_EVERY_SECONDS", 0.0)
    time = [START]
    clock = Clock(lambda: time[0])
    sealed: list[bytes] = []

    async def flip(tx: Transaction) -> None:
        row = await tx.one("SELECT sealed FROM token_keys")
        assert row is not None
        assert isinstance(row[0], bytes)
        sealed.append(row[0])
        await tx.run("UPDATE token_keys SET sealed = ?", row[0][:-1] + bytes([row[0][-1] ^ 1]))

    async def mend(tx: Transaction) -> None:
        await tx.run("UPDATE token_keys SET sealed = ?", sealed[0])

    async def ring_keys(tx: Transaction) -> int:
        return len(await tx.all("SELECT key_id FROM token_keys"))

    async def test() -> None:
        store = await open_store(f"sqlite:{tmp_path / 'bailiwick.db'}", clock.now_ms)
        vault = await open_vault(store, read_master_key(f"file:{tmp_path / 'master.key'}", may_create=True), 0)
        token_keys = await open_token_keys(store, vault, clock.now)
        tested = Housekeeping(
            store, vault, clock, token_keys, Sessions(store, Principals(store, vault), clock.now), BoundedThreads()
        )
        await store.write(flip)
        time[0] = START + ROTATION
        tested.start()
        while "a fault of ours" not in caplog.text:  # noqa: ASYNC110  nothing announces it
            await asyncio.sleep(0)
        await store.write(mend)
        while await store.read(ring_keys) < 2:  # noqa: ASYNC110  nothing announces it
            await asyncio.sleep(0)
        await tested.close()
        await store.close()

    asyncio.run(test())


def test_credential_reports_of_large_accounts_are_finished_in_turn(tmp_path: Path) -> None:
    clock = Clock(lambda: START)
    large = ["111111111111", "222222222222"]

    async def fill(tx: Transaction) -> None:
        for account in large:
            await accounts.add(tx, Account(account, "acme", f"{account}@example.com", None, 0))
            await tx.run_many(
                "INSERT INTO users (account_id, user_id, name, name_key, path, created_at) VALUES (?, ?, ?, ?, '/', 0)",
                [(account, f"{account}{each}", f"u{each}", f"u{each}") for each in range(1200)],
            )
            await begin(tx, account, 0)

    async def test() -> None:
        store = await open_store(f"sqlite:{tmp_path / 'bailiwick.db'}", clock.now_ms)
        vault = await open_vault(store, read_master_key(f"file:{tmp_path / 'master.key'}", may_create=True), 0)
        token_keys = await open_token_keys(store, vault, clock.now)
        tested = Housekeeping(
            store, vault, clock, token_keys, Sessions(store, Principals(store, vault), clock.now), BoundedThreads()
        )
        await store.write(fill)
        assert await store.read(lambda tx: credential_report.unfinished(tx, 10)) == large

        await tested.turn()

        assert await store.read(lambda tx: credential_report.unfinished(tx, 10)) == []
        parts = await store.read(
            lambda tx: tx.all("SELECT account_id, COUNT(*) FROM credential_report_parts GROUP BY account_id ORDER BY 1")
        )
        assert parts == [(account, 4) for account in large]
        await store.close()

    asyncio.run(test())
