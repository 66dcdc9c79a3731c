"""What only the embedded store can meet with: a disk that fails while it is looked at for changes."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any, cast

import pytest

from bailiwick.store import Change, StoreUnavailable, Transaction
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


def _fail_at_will(store: SqliteStore) -> FailingDisk:
    disk = FailingDisk(store._reader)
    store._reader = cast("sqlite3.Connection", disk)
    return disk
