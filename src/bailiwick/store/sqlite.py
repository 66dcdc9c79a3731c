"""The embedded store: one SQLite file in WAL mode, one writer at a time, one commit for all who wait.

Reads and the statements of writes run on the event loop, a few microseconds each; only COMMIT, which waits for the
disk, runs on a thread. Writers that came while a commit was under way form the next group: each in a savepoint of its
own, all made durable by one fsync. If that commit fails, all of the group fail. A long write lets reads go on between
its steps (`Transaction.pause`); other writes wait for it, those of other locks no longer than for one.
"""

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from bailiwick.store.changes import Change, Listener
from bailiwick.store.engine import StoreRefused, StoreUnavailable, TransactionTooLong
from bailiwick.store.migrations import all_migrations
from bailiwick.store.transaction import Row, Transaction, Value
from bailiwick.store.turns import Turns

T = TypeVar("T")

_GROUP = 128
"""How many writers share one commit at most, so that the event loop is never held for long."""

_GROUP_SECONDS = 0.02
"""How long writers go on joining a group, so that a long one does not make those before it wait for their commit."""

_SLICE_SECONDS = 0.01
"""How long a write of many steps holds the event loop at a time."""

_LONGEST_SECONDS = 8.0
"""How long a write that pauses may take. All other writes wait for it."""

_LOCK_PATIENCE_SECONDS = 5.0
"""How long to wait for another process that is writing."""

_OPEN_PATIENCE_SECONDS = 10.0
"""How long to wait, before there is anything to hold up, for another process that opens the file too."""

_UNSEEN = "SELECT position, kind, account_id, subject FROM changes WHERE position > ? ORDER BY position"


class SqliteStore:
    """See `Store`. Opened by `open_sqlite`."""

    def __init__(self, path: Path, now_ms: Callable[[], int]) -> None:
        self.description = f"SQLite, {path}"
        self._path = path
        self._now_ms = now_ms
        self._reader = _connect(path, patience_seconds=_OPEN_PATIENCE_SECONDS)
        self._writer = _connect(path, patience_seconds=_OPEN_PATIENCE_SECONDS)
        self._committer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite-commit")
        self._waiting: Turns[_Job] = Turns()
        self._pump: asyncio.Task[None] | None = None
        self._listeners: list[Listener] = []
        self._data_version = self._reader_data_version()
        self._seen = self._newest_change(self._reader)
        self._has_looked = False
        for connection in (self._reader, self._writer):
            connection.execute("PRAGMA busy_timeout = 0")  # from now on, waiting would hold the event loop

    async def read(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """See `Store.read`."""
        self._require_no_read()
        try:
            try:
                return _run_now(work(_SqliteSnapshot(self._reader)))
            finally:
                if self._reader.in_transaction:
                    self._reader.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            if not _is_of_the_file(error):
                raise
            raise StoreUnavailable("The service cannot read its data now. Please retry.") from error

    async def write(self, work: Callable[[Transaction], Awaitable[T]], *, lock: str | None = None) -> T:
        """See `Store.write`."""
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._waiting.add(job, lock)
        if self._pump is None:
            self._pump = asyncio.get_running_loop().create_task(self._write_groups())
        result: T = await job.done
        return result

    async def freshen(self) -> None:
        """See `Store.freshen`. A file is always in reach: this never waits."""
        if self._has_looked:
            return
        try:
            version = self._reader_data_version()
            if version != self._data_version:
                self._tell_unseen(self._reader)
                # Only now: a look that failed is no look, and whoever comes next must look again.
                self._data_version = version
        except sqlite3.DatabaseError as error:
            raise StoreUnavailable("The service cannot read its data now. Please retry.") from error
        # All that the event loop has ready now came before this look, and shares it: what comes later runs later.
        self._has_looked = True
        asyncio.get_running_loop().call_soon(self._look_again)

    def listen(self, listener: Listener) -> None:
        """See `Store.listen`."""
        self._listeners.append(listener)

    async def forget_old_changes(self, before_ms: int) -> None:
        """See `Store.forget_old_changes`. The newest row stays, so that positions never start again."""

        async def forget(tx: Transaction) -> None:
            await tx.run(
                "DELETE FROM changes WHERE changed_at < ? AND position < (SELECT max(position) FROM changes)", before_ms
            )

        await self.write(forget)

    async def close(self) -> None:
        """See `Store.close`."""
        while self._pump is not None:
            await asyncio.shield(self._pump)
        self._committer.shutdown()
        self._reader.close()
        self._writer.close()

    def _require_no_read(self) -> None:
        if self._reader.in_transaction:
            raise RuntimeError("a read within a read: pass the transaction on instead")

    def _look_again(self) -> None:
        self._has_looked = False

    async def _write_groups(self) -> None:
        try:
            while self._waiting:
                group: list[_Job] = []
                try:
                    await self._write_group(group)
                except sqlite3.Error as error:
                    self._abandon(group, error)
                except BaseException as error:  # raised on; but nobody of the group may wait for ever
                    self._abandon(group, error)
                    raise
        finally:
            self._pump = None
            if self._waiting:
                self._pump = asyncio.get_running_loop().create_task(self._write_groups())

    async def _write_group(self, group: "list[_Job]") -> None:
        """Run and commit writers that wait; `group` is filled with those that were taken, whatever happens."""
        try:
            await self._begin()
        except BaseException:
            group += self._waiting.take(_GROUP)  # raised on: whoever waited for this fails with it
            raise
        self._tell_unseen(self._writer)
        changed: set[Change] = set()
        full = time.monotonic() + _GROUP_SECONDS
        while self._waiting and len(group) < _GROUP and (not group or time.monotonic() < full):
            group += self._waiting.take(1)
            await self._run_in_savepoint(group[-1], changed)
        if changed:
            now = self._now_ms()
            self._writer.executemany(
                "INSERT INTO changes (changed_at, kind, account_id, subject) VALUES (?, ?, ?, ?)",
                [(now, *change) for change in changed],
            )
        newest = self._newest_change(self._writer) if changed else self._seen
        await asyncio.get_running_loop().run_in_executor(self._committer, self._writer.execute, "COMMIT")
        if changed:
            self._seen = newest
            self._tell(list(changed))
        for job in group:
            job.deliver()

    async def _run_in_savepoint(self, job: "_Job", changed: set[Change]) -> None:
        writer = self._writer
        writer.execute("SAVEPOINT writer")
        own: Counter[Change] = Counter()
        try:
            job.result = await _run_with_pauses(job.work(_SqliteTransaction(writer, own, changed)))
        except Exception as error:  # noqa: BLE001  whatever the work raises undoes it and is its caller's to see
            writer.execute("ROLLBACK TO writer")
            job.error = error
            if _is_of_the_file(error):
                job.error = StoreUnavailable("The service cannot write its data now. Please retry.")
                job.error.__cause__ = error
        else:
            changed.update(own)
        writer.execute("RELEASE writer")

    async def _begin(self) -> None:
        patience = time.monotonic() + _LOCK_PATIENCE_SECONDS
        while True:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                    raise
                await asyncio.sleep(0.001)
            else:
                return

    def _abandon(self, group: "list[_Job]", error: BaseException) -> None:
        """Nothing of the group is there. After a failed commit the connection's state cannot be relied on."""
        for job in group:
            failure = StoreUnavailable("The service cannot write its data now. Please retry.")
            failure.__cause__ = error
            job.result, job.error = None, failure
            job.deliver()
        self._writer.close()
        self._writer = _connect(self._path)

    def _reader_data_version(self) -> int:
        row = self._reader.execute("PRAGMA data_version").fetchone()
        return int(row[0])

    def _newest_change(self, connection: sqlite3.Connection) -> int:
        return int(connection.execute("SELECT coalesce(max(position), 0) FROM changes").fetchone()[0])

    def _tell_unseen(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute(_UNSEEN, (self._seen,)).fetchall()
        if not rows:
            return
        has_gap = rows[0][0] != self._seen + 1
        self._seen = rows[-1][0]
        self._tell(None if has_gap else [Change(*row[1:]) for row in rows])

    def _tell(self, changes: Sequence[Change] | None) -> None:
        for listener in self._listeners:
            listener(changes)


class _SqliteTransaction:
    """A transaction on one connection; its coroutines never suspend, but for `pause`."""

    __slots__ = ("_changed", "_connection", "_deadline", "_group_changed", "_slice_ends")

    def __init__(
        self, connection: sqlite3.Connection, changed: Counter[Change], group_changed: set[Change] | None = None
    ) -> None:
        self._connection = connection
        self._changed = changed
        self._group_changed = group_changed
        now = time.monotonic()
        self._deadline = now + _LONGEST_SECONDS
        self._slice_ends = now + _SLICE_SECONDS

    async def one(self, sql: str, *parameters: Value) -> Row | None:
        row: Row | None = self._connection.execute(sql, parameters).fetchone()
        return row

    async def all(self, sql: str, *parameters: Value) -> list[Row]:
        return self._connection.execute(sql, parameters).fetchall()

    async def run(self, sql: str, *parameters: Value) -> int:
        return self._connection.execute(sql, parameters).rowcount

    async def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        self._connection.executemany(sql, rows)

    def changed(self, kind: str, account: str, subject: str) -> None:
        self._changed[Change(kind, account, subject)] += 1

    def was_changed(self, kind: str, account: str, subject: str) -> bool:
        change = Change(kind, account, subject)
        return change in self._changed or (self._group_changed is not None and change in self._group_changed)

    def times_changed(self, kind: str, account: str, subject: str) -> int:
        return self._changed[Change(kind, account, subject)]

    async def pause(self) -> None:
        now = time.monotonic()
        if now > self._deadline:
            raise TransactionTooLong(_LONGEST_SECONDS)
        if now > self._slice_ends:
            await _Pause()
            self._slice_ends = time.monotonic() + _SLICE_SECONDS


class _SqliteSnapshot(_SqliteTransaction):
    """A read, which begins with its first statement: a handler that asks nothing costs nothing.

    What was asked once is not asked again, since a snapshot does not change.
    """

    __slots__ = ("_answers",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection, Counter())
        self._answers: dict[tuple[str, tuple[Value, ...]], list[Row]] = {}

    async def one(self, sql: str, *parameters: Value) -> Row | None:
        rows = self._answer(sql, parameters)
        return rows[0] if rows else None

    async def all(self, sql: str, *parameters: Value) -> list[Row]:
        return self._answer(sql, parameters)

    async def run(self, sql: str, *parameters: Value) -> int:
        raise RuntimeError("a read writes nothing")

    async def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        raise RuntimeError("a read writes nothing")

    def changed(self, kind: str, account: str, subject: str) -> None:
        raise RuntimeError("a read writes nothing")

    def was_changed(self, kind: str, account: str, subject: str) -> bool:
        return False

    async def pause(self) -> None:
        raise RuntimeError("a read is done in one go")

    def _answer(self, sql: str, parameters: tuple[Value, ...]) -> list[Row]:
        rows = self._answers.get((sql, parameters))
        if rows is None:
            if not self._answers:
                self._connection.execute("BEGIN")
            rows = self._answers[sql, parameters] = self._connection.execute(sql, parameters).fetchall()
        return rows


@dataclass(slots=True)
class _Job:
    work: Callable[[Transaction], Awaitable[Any]]
    done: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None

    def deliver(self) -> None:
        if self.done.done():  # the request went away while its write was committed
            return
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self.result)


def open_sqlite(path: Path, now_ms: Callable[[], int]) -> SqliteStore:
    """Open the file, making it (0600) or bringing its schema up to date first.

    Raises:
        StoreRefused: the file is no database of ours, or was written by a newer version.
    """
    try:
        if not path.exists():
            path.touch(mode=0o600)
        connection = _connect(path, patience_seconds=_OPEN_PATIENCE_SECONDS)
        try:
            _use_write_ahead_log(connection)
            _migrate(connection, now_ms)
            return SqliteStore(path, now_ms)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StoreRefused(f"The database {path} cannot be opened: {error}.") from error


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Several nodes may do this at once on a new file: then SQLite lets one of them, and tells the others at once."""
    patience = time.monotonic() + _OPEN_PATIENCE_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
            time.sleep(0.01)
        else:
            return


def _migrate(connection: sqlite3.Connection, now_ms: Callable[[], int]) -> None:
    connection.execute("BEGIN EXCLUSIVE")
    try:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)"
        )
        have = int(connection.execute("SELECT coalesce(max(version), 0) FROM schema_versions").fetchone()[0])
        steps = all_migrations()
        if have > steps[-1].version:
            raise StoreRefused(
                f"The database has schema {have}, newer than this version of Bailiwick knows ({steps[-1].version}). "
                "Start the newer version."
            )
        for step in steps:
            if step.version > have:
                for statement in step.statements("sqlite"):
                    connection.execute(statement)
                connection.execute("INSERT INTO schema_versions VALUES (?, ?)", (step.version, now_ms()))
        connection.execute("COMMIT")
    except BaseException:  # raised on: an interrupted step of the schema is undone
        connection.execute("ROLLBACK")
        raise


def _connect(path: Path, *, patience_seconds: float = 0) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=1024, timeout=patience_seconds
    )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -8000")
    return connection


def _is_of_the_file(error: Exception) -> bool:
    """Whether the file or its disk is at fault, and not the statement: out of reach, full, or damaged."""
    return isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError


class _Pause:
    """Awaited by a write, gives way to whatever else is ready to run."""

    def __await__(self) -> Generator[Self, None, None]:
        yield self


def _run_now(work: Awaitable[T]) -> T:
    """Run a coroutine that awaits nothing but its transaction, which here never waits."""
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration as stop:
        result: T = stop.value
        return result
    raise _awaited_something_else(work)


async def _run_with_pauses(work: Awaitable[T]) -> T:
    """Run a coroutine that awaits nothing but its transaction, which may pause."""
    steps = work.__await__()
    while True:
        try:
            awaited = next(steps)
        except StopIteration as stop:
            result: T = stop.value
            return result
        if not isinstance(awaited, _Pause):
            raise _awaited_something_else(work)
        await asyncio.sleep(0)


def _awaited_something_else(work: Awaitable[object]) -> RuntimeError:
    if isinstance(work, Coroutine):
        work.close()
    return RuntimeError("a handler awaited something other than its transaction")
