"""What only the embedded store meets with: a disk that fails while it is looked at, and writers that wait for one."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from bailiwick.store import Change, StoreUnavailable, Transaction, sqlite
from bailiwick.store.sqlite import SqliteStore, open_sqlite

ANA = Change("user", "111111111111", "AIDAANA")


class FailingDisk:
    """A connection that cannot read the change feed for as long as `is_failing`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.is_failing = False

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        """As the connection does, unless the disk fails."""
        if self.is_failing and "FROM changes" in sql:
            raise sqlite3.OperationalError("disk I/O error")
        return self._connection.execute(sql, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


async def announce(tx: Transaction) -> None:
    tx.changed(*ANA)


def test_a_change_that_could_not_be_looked_up_is_heard_by_the_next_look(tmp_path: Path) -> None:
    async def test() -> None:
        path = tmp_path / "bailiwick.db"
        one, other = open_sqlite(path, lambda: 0), open_sqlite(path, lambda: 0)
        disk = _fail_at_will(other)
        heard: list[object] = []
        other.listen(heard.append)
        await one.write(announce)

        disk.is_failing = True
        for _ in range(2):  # the one that looks, and the one that would have shared its look
            with pytest.raises(StoreUnavailable):
                await other.freshen()
        assert heard == []
        disk.is_failing = False
        await other.freshen()

        assert heard == [[ANA]]
        await one.close()
        await other.close()

    asyncio.run(test())


def test_many_long_writes_of_one_lock_hold_up_no_other_for_longer_than_one(tmp_path: Path) -> None:
    async def test() -> None:
        store = open_sqlite(tmp_path / "bailiwick.db", lambda: 0)
        order: list[str] = []

        def writing(name: str) -> Callable[[Transaction], Awaitable[None]]:
            async def work(tx: Transaction) -> None:
                order.append(name)
                await tx.pause()

            return work

        locks = ["busy"] * 4 + ["other", "third", "other"]
        await asyncio.gather(*(store.write(writing(f"{lock} {n}"), lock=lock) for n, lock in enumerate(locks)))
        await store.close()

        assert order == ["busy 0", "other 4", "third 5", "busy 1", "other 6", "busy 2", "busy 3"]

    asyncio.run(test())


def test_what_was_done_before_a_long_write_does_not_wait_for_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_GROUP_SECONDS", 0.0)
    monkeypatch.setattr(sqlite, "_SLICE_SECONDS", 0.0)

    async def test() -> None:
        store = open_sqlite(tmp_path / "bailiwick.db", lambda: 0)
        happened: list[str] = []

        async def short() -> None:
            await store.write(announce)
            happened.append("short is done")

        async def work(tx: Transaction) -> None:
            await tx.pause()
            happened.append("long ends")

        await asyncio.gather(short(), store.write(work))
        await store.close()

        assert happened == ["short is done", "long ends"]

    asyncio.run(test())


def test_whoever_waits_for_a_file_that_another_process_keeps_fails_with_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_LOCK_PATIENCE_SECONDS", 0.0)

    async def test() -> None:
        path = tmp_path / "bailiwick.db"
        store = open_sqlite(path, lambda: 0)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        outcomes = await asyncio.gather(*(store.write(announce) for _ in range(3)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 3
        assert not store._waiting

        other.execute("ROLLBACK")
        other.close()
        await store.write(announce)
        await store.close()

    asyncio.run(test())


def test_a_write_awaits_nothing_but_its_transaction(tmp_path: Path) -> None:
    async def test() -> None:
        store = open_sqlite(tmp_path / "bailiwick.db", lambda: 0)

        async def idle(tx: Transaction) -> None:
            await asyncio.sleep(0)

        with pytest.raises(RuntimeError, match="other than its transaction"):
            await store.write(idle)
        await store.write(announce)
        await store.close()

    asyncio.run(test())


def _fail_at_will(store: SqliteStore) -> FailingDisk:
    disk = FailingDisk(store._reader)
    store._reader = cast("sqlite3.Connection", disk)
    return disk
