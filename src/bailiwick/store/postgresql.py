"""The store on PostgreSQL (13 and later), for several nodes.

Writes are serializable transactions, run again a bounded number of times when PostgreSQL refuses one for another.
Changes by other nodes are found by transaction snapshot: rows of `changes` whose transaction is visible now and was
not when this node last looked, so that nothing which committed late is skipped and writers share no counter.
"""

import asyncio
import itertools
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import lru_cache
from typing import Any, LiteralString, TypeVar, cast

import msgspec
import psycopg
from psycopg import AsyncConnection, AsyncRawCursor, errors, sql
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from bailiwick.store.changes import RETENTION_MS, Change, Listener
from bailiwick.store.engine import StoreRefused, StoreUnavailable, TransactionTooLong
from bailiwick.store.migrations import all_migrations
from bailiwick.store.postgresql_connection import CONNECT_SECONDS, Connection, address_for_people, connect
from bailiwick.store.transaction import Row, Transaction, Value

T = TypeVar("T")

_OLDEST_SERVER = 130000
_ATTEMPTS = 12
_POOL_SIZE = 16
_LOOK_SECONDS = 2.0
_TRANSACTION_SECONDS = 5.0
"""How long a read, or a write up to its next pause, may take. It decides by memory, which must not grow old."""

_LONGEST_SECONDS = 20.0
"""How long a write that pauses may take in all its attempts. Other writes to its account wait for it."""

_TURN_SECONDS = 10.0
"""How long a writer waits for those that named the same lock before it."""

_MIGRATION_LOCK = 0x6261696C  # "bail"

_RUN_AGAIN = (errors.SerializationFailure, errors.DeadlockDetected, errors.UniqueViolation)
"""UniqueViolation too: another writer made the same thing meanwhile; run again, the handler sees it and says so."""

# InternalError is what a server answers that may not write (a standby), or whose files are damaged.
_OUT_OF_REACH = (psycopg.OperationalError, psycopg.InternalError, PoolTimeout, OSError)

_FORGOTTEN = "changes_forgotten"
"""The name in `meta` of the newest transaction whose changes were removed from the feed."""

_FORGET = f"""
WITH gone AS (DELETE FROM changes WHERE changed_at < ? RETURNING xid)
INSERT INTO meta (name, value) SELECT '{_FORGOTTEN}', xid::text FROM gone ORDER BY xid DESC LIMIT 1
  ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE meta.value::xid8 < excluded.value::xid8
"""

_LOOK = f"""
SELECT pg_current_snapshot()::text,
  coalesce((SELECT json_agg(json_build_array(kind, account_id, subject)) FROM changes
    WHERE xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $1::pg_snapshot)), '[]')::text,
  coalesce((SELECT NOT pg_visible_in_snapshot(value::xid8, $1::pg_snapshot) FROM meta
    WHERE name = '{_FORGOTTEN}'), false)
"""

_FIRST_LOOK = "SELECT pg_current_snapshot()::text, '[]', true"

_STARTED = "SELECT pg_postmaster_start_time()::text"


class PostgresqlStore:
    """See `Store`. Opened by `open_postgresql`."""

    def __init__(
        self,
        url: str,
        pool: "AsyncConnectionPool[AsyncConnection[Row]]",
        now_ms: Callable[[], int],
        stale_limit_seconds: float,
    ) -> None:
        self.description = f"PostgreSQL, {address_for_people(url)}"
        self._pool = pool
        self._now_ms = now_ms
        self._stale_limit_seconds = stale_limit_seconds
        self._listeners: list[Listener] = []
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}  # with how many hold or wait for it
        self._looker: AsyncConnection[Row] | None = None
        self._server: str | None = None  # when the one that was looked at started
        self._url = url
        self._snapshot: str | None = None
        self._looking: asyncio.Task[None] | None = None
        self._next_look: asyncio.Task[None] | None = None
        self._last_good_look = time.monotonic()
        self._is_cut_off = False

    async def read(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """See `Store.read`."""
        try:
            async with asyncio.timeout(_TRANSACTION_SECONDS), AsyncExitStack() as stack:
                return await work(_PostgresqlSnapshot(self, stack))
        except _OUT_OF_REACH as error:
            raise StoreUnavailable("The service cannot read its data now. Please retry.") from error

    async def write(self, work: Callable[[Transaction], Awaitable[T]], *, lock: str | None = None) -> T:
        """See `Store.write`."""
        if lock is None:
            return await self._write(work)
        async with self._lock(lock):
            return await self._write(work)

    async def freshen(self) -> None:
        """See `Store.freshen`."""
        if self._looking is None:
            self._looking = asyncio.get_running_loop().create_task(self._look())
            look = self._looking
        else:  # a look that began before this call may have missed what it must see: share the next one
            if self._next_look is None:
                self._next_look = asyncio.get_running_loop().create_task(self._look_after(self._looking))
            look = self._next_look
        await asyncio.shield(look)
        if self._is_cut_off and time.monotonic() - self._last_good_look > self._stale_limit_seconds:
            raise StoreUnavailable("The service has been cut off from its data for too long. Please retry.")

    def listen(self, listener: Listener) -> None:
        """See `Store.listen`."""
        self._listeners.append(listener)

    async def forget_old_changes(self, before_ms: int) -> None:
        """See `Store.forget_old_changes`."""

        async def forget(tx: Transaction) -> None:
            await tx.run(_FORGET, before_ms)

        await self.write(forget)

    async def close(self) -> None:
        """See `Store.close`."""
        if self._next_look is not None:
            await self._next_look
        if self._looking is not None:
            await self._looking
        if self._looker is not None:
            await self._looker.close()
        await self._pool.close(timeout=1.0)

    async def _write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        deadline = time.monotonic() + _LONGEST_SECONDS
        for attempt in range(1, _ATTEMPTS + 1):
            changed: Counter[Change] = Counter()
            try:
                async with (
                    asyncio.timeout(_TRANSACTION_SECONDS) as limit,
                    self._begun("BEGIN ISOLATION LEVEL SERIALIZABLE") as connection,
                ):
                    tx = _PostgresqlTransaction(connection, changed, limit, deadline)
                    result = await self._attempt(connection, work, tx, changed)
            except _RUN_AGAIN as error:
                if attempt == _ATTEMPTS:
                    raise StoreUnavailable("Too many writes of the same data at once. Please retry.") from error
                await asyncio.sleep(random.uniform(0, 0.002 * 2 ** min(attempt, 6)))  # noqa: S311  not a secret
            except _OUT_OF_REACH as error:
                raise StoreUnavailable("The service cannot write its data now. Please retry.") from error
            else:
                if changed:
                    self._tell(list(changed))
                return result
        raise AssertionError("unreachable")

    async def _attempt(
        self,
        connection: AsyncConnection[Row],
        work: Callable[[Transaction], Awaitable[T]],
        tx: "_PostgresqlTransaction",
        changed: Counter[Change],
    ) -> T:
        try:
            result = await work(tx)
            if changed:
                now = self._now_ms()
                await tx.run_many(
                    "INSERT INTO changes (changed_at, kind, account_id, subject) VALUES (?, ?, ?, ?)",
                    [(now, *change) for change in sorted(changed)],
                )
            await connection.execute("COMMIT")
        except BaseException:  # raised on: a cancelled task too must not leave its transaction open
            if not connection.closed:
                await connection.execute("ROLLBACK")
            raise
        return result

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection[Row]]:
        """A connection in a read-only snapshot, for `_PostgresqlSnapshot`."""
        async with self._begun("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as connection:
            try:
                yield connection
            finally:
                if not connection.closed:
                    await connection.execute("COMMIT")

    @asynccontextmanager
    async def _begun(self, begin: LiteralString) -> AsyncIterator[AsyncConnection[Row]]:
        """A connection with a transaction begun; one that the server has closed since is replaced first."""
        for left in reversed(range(_POOL_SIZE + 1)):
            connection = await self._pool.getconn(timeout=CONNECT_SECONDS)
            try:
                await connection.execute(begin)
            except BaseException as error:
                await self._pool.putconn(connection)
                if left and isinstance(error, psycopg.OperationalError):
                    continue
                raise
            try:
                yield connection
            finally:
                await self._pool.putconn(connection)
            return

    @asynccontextmanager
    async def _lock(self, name: str) -> AsyncIterator[None]:
        lock, users = self._locks.get(name, (asyncio.Lock(), 0))
        self._locks[name] = (lock, users + 1)
        try:
            await self._turn(lock)
            try:
                yield
            finally:
                lock.release()
        finally:
            users = self._locks[name][1] - 1
            if users:
                self._locks[name] = (lock, users)
            else:
                del self._locks[name]

    async def _turn(self, lock: asyncio.Lock) -> None:
        try:
            async with asyncio.timeout(_TURN_SECONDS):
                await lock.acquire()
        except TimeoutError as error:
            raise StoreUnavailable("Too many writes of the same data at once. Please retry.") from error

    async def _look_after(self, earlier: "asyncio.Task[None]") -> None:
        await asyncio.wait([earlier])
        self._looking, self._next_look = self._next_look, None
        await self._look()

    async def _look(self) -> None:
        """Ask for unseen changes. Being out of reach is not an error here: `_last_good_look` tells."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                if self._looker is None or self._looker.closed:
                    await self._find_server()
                    assert self._looker is not None
                has_slept = begun - self._last_good_look > RETENTION_MS / 2000
                if self._snapshot is None:
                    cursor = await self._looker.execute(_FIRST_LOOK)
                else:
                    cursor = await self._looker.execute(_LOOK, (self._snapshot,), prepare=True)
                row = await cursor.fetchone()
        except (*_OUT_OF_REACH, TimeoutError):
            self._is_cut_off = True
            if self._looker is not None:
                await self._looker.close()
                self._looker = None
        else:
            assert row is not None
            rows = msgspec.json.decode(str(row[1]), type=list[tuple[str, str, str]])
            if row[2] or has_slept:
                self._tell(None)
            elif rows:
                self._tell([Change(*change) for change in rows])
            self._snapshot = str(row[0])
            self._last_good_look = begun
            self._is_cut_off = False
        finally:
            if self._next_look is None:
                self._looking = None

    async def _find_server(self) -> None:
        """Connect to look. Snapshots tell nothing of another server, nor of one that came back from a backup."""
        self._looker = await connect(self._url)
        row = await (await self._looker.execute(_STARTED)).fetchone()
        assert row is not None
        if row[0] != self._server:
            self._server, self._snapshot = str(row[0]), None

    def _tell(self, changes: Sequence[Change] | None) -> None:
        for listener in self._listeners:
            listener(changes)


class _PostgresqlTransaction:
    __slots__ = ("_changed", "_connection", "_deadline", "_limit")

    def __init__(
        self, connection: AsyncConnection[Row], changed: Counter[Change], limit: asyncio.Timeout, deadline: float
    ) -> None:
        self._connection = connection
        self._changed = changed
        self._limit = limit
        self._deadline = deadline

    async def one(self, sql: str, *parameters: Value) -> Row | None:
        cursor = await self._connection.execute(_numbered(sql), parameters)
        return await cursor.fetchone()

    async def all(self, sql: str, *parameters: Value) -> list[Row]:
        cursor = await self._connection.execute(_numbered(sql), parameters)
        return await cursor.fetchall()

    async def run(self, sql: str, *parameters: Value) -> int:
        cursor = await self._connection.execute(_numbered(sql), parameters)
        return cursor.rowcount

    async def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        async with self._connection.cursor() as cursor:
            await cursor.executemany(_numbered(sql), rows)

    def changed(self, kind: str, account: str, subject: str) -> None:
        self._changed[Change(kind, account, subject)] += 1

    def was_changed(self, kind: str, account: str, subject: str) -> bool:
        return Change(kind, account, subject) in self._changed

    def times_changed(self, kind: str, account: str, subject: str) -> int:
        return self._changed[Change(kind, account, subject)]

    async def pause(self) -> None:
        if time.monotonic() > self._deadline:
            raise TransactionTooLong(_LONGEST_SECONDS)
        self._limit.reschedule(asyncio.get_running_loop().time() + _TRANSACTION_SECONDS)


class _PostgresqlSnapshot:
    """A read, which begins with its first statement: a handler that asks nothing costs nothing.

    What was asked once is not asked again, since a snapshot does not change.
    """

    __slots__ = ("_answers", "_connection", "_stack", "_store")

    def __init__(self, store: PostgresqlStore, stack: AsyncExitStack) -> None:
        self._store = store
        self._stack = stack
        self._connection: AsyncConnection[Row] | None = None
        self._answers: dict[tuple[str, tuple[Value, ...]], list[Row]] = {}

    async def one(self, sql: str, *parameters: Value) -> Row | None:
        rows = await self.all(sql, *parameters)
        return rows[0] if rows else None

    async def all(self, sql: str, *parameters: Value) -> list[Row]:
        rows = self._answers.get((sql, parameters))
        if rows is None:
            if self._connection is None:
                self._connection = await self._stack.enter_async_context(self._store.snapshot())
            cursor = await self._connection.execute(_numbered(sql), parameters)
            rows = self._answers[sql, parameters] = await cursor.fetchall()
        return rows

    async def run(self, sql: str, *parameters: Value) -> int:
        raise RuntimeError("a read writes nothing")

    async def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        raise RuntimeError("a read writes nothing")

    def changed(self, kind: str, account: str, subject: str) -> None:
        raise RuntimeError("a read writes nothing")

    def was_changed(self, kind: str, account: str, subject: str) -> bool:
        return False

    def times_changed(self, kind: str, account: str, subject: str) -> int:
        return 0

    async def pause(self) -> None:
        raise RuntimeError("a read is done in one go")


async def open_postgresql(url: str, now_ms: Callable[[], int], *, stale_limit_seconds: float = 60.0) -> PostgresqlStore:
    """Open the database, bringing its schema up to date first; the database itself must exist.

    Raises:
        StoreRefused: it cannot be reached, is too old, or was written by a newer version of Bailiwick.
    """
    where = address_for_people(url)
    try:
        connection = await connect(url)
        try:
            if connection.info.server_version < _OLDEST_SERVER:
                raise StoreRefused(
                    f"PostgreSQL {connection.info.server_version // 10000} is too old: 13 or later is needed."
                )
            await _migrate(connection, now_ms)
        finally:
            await connection.close()
        pool = AsyncConnectionPool(
            url,
            connection_class=cast("type[AsyncConnection[Row]]", Connection),
            kwargs={"autocommit": True, "cursor_factory": AsyncRawCursor, "prepare_threshold": 2},
            min_size=1,
            max_size=_POOL_SIZE,
            open=False,
            timeout=CONNECT_SECONDS,
            check=None,
        )
        await pool.open(wait=True, timeout=CONNECT_SECONDS)
    except _OUT_OF_REACH as error:
        reason = str(error).strip().splitlines()[0]
        raise StoreRefused(f"The database {where} cannot be reached: {reason}.") from error
    store = PostgresqlStore(url, pool, now_ms, stale_limit_seconds)
    await store.freshen()
    return store


async def _migrate(connection: AsyncConnection[Row], now_ms: Callable[[], int]) -> None:
    await connection.execute("SELECT pg_advisory_lock($1)", (_MIGRATION_LOCK,))
    async with connection.transaction():
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)"
        )
        cursor = await connection.execute("SELECT coalesce(max(version), 0) FROM schema_versions")
        row = cast("tuple[int]", await cursor.fetchone())
        steps = all_migrations()
        if row[0] > steps[-1].version:
            raise StoreRefused(
                f"The database has schema {row[0]}, newer than this version of Bailiwick knows "
                f"({steps[-1].version}). Start the newer version."
            )
        for step in steps:
            if step.version > row[0]:
                for statement in step.statements("postgresql"):
                    await connection.execute(sql.SQL(cast("Any", statement)))
                await connection.execute("INSERT INTO schema_versions VALUES ($1, $2)", (step.version, now_ms()))
    await connection.execute("SELECT pg_advisory_unlock($1)", (_MIGRATION_LOCK,))


@lru_cache(maxsize=4096)
def _numbered(text: str) -> bytes:
    """`?` parameters as PostgreSQL's `$1`, `$2`, …; the texts are few and fixed, so each is rewritten once."""
    count = itertools.count(1)
    return re.sub(r"\?", lambda _: f"${next(count)}", text).encode()
