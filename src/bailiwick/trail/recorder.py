"""Writes the events, when credentials were last used, and when which principal last tried which action.

`write` puts a write's event into the write's own transaction. `record` takes the events of reads and refusals, which
are written together within a second. What cannot be written is kept and tried again, up to a bound; past it, calls are
refused, because a call without its event must not be.
"""

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Sequence

from bailiwick.auth import PrincipalKind
from bailiwick.errors import ServiceUnavailable
from bailiwick.store import Store, StoreUnavailable, Transaction, Value
from bailiwick.trail.event import Event

_log = logging.getLogger(__name__)

_BATCH = 100
"""How many events are made into JSON and written at a time: the event loop is held for a few milliseconds at most."""

_AT_MOST_BEHIND_SECONDS = 0.25
_AGAIN_SECONDS = 1.0
_MOST_WAITING = 50_000
_MOST_UNPROVEN_A_SECOND = 100

_INSERT_EVENT = "INSERT INTO events (account_id, happened_at, request_id, body) VALUES (?, ?, ?, ?)"
_UPSERT_LAST_USED = (
    "INSERT INTO last_used (subject_id, account_id, used_at, service, region) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (subject_id) DO UPDATE SET used_at = excluded.used_at, service = excluded.service,"
    " region = excluded.region WHERE last_used.used_at < excluded.used_at"
)
_UPSERT_LAST_ACCESSED = (
    "INSERT INTO last_accessed (principal_id, service, action, used_at, region) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (principal_id, service, action) DO UPDATE SET used_at = excluded.used_at, region = excluded.region"
    " WHERE last_accessed.used_at < excluded.used_at"
)

_UPSERT_SESSION_USE = (
    "INSERT INTO session_uses (account_id, session_id, used_at) VALUES (?, ?, ?)"
    " ON CONFLICT (account_id, session_id) DO UPDATE SET used_at = excluded.used_at"
    " WHERE session_uses.used_at < excluded.used_at"
)

_AccessKey = tuple[str, str, str]
"""A principal's unique id, a service and an action of it."""

_SAME_ACCESS_MS = 60_000
"""Of one action's tries by one principal within a minute, the first is written."""

_MOST_ACCESSES_KNOWN = 20_000
_MOST_SESSIONS_KNOWN = 20_000


class Recorder:
    """One for a process. `start` and `close` begin and end the writing in the background."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[Event] = []
        self._last_used: dict[str, tuple[Value, ...]] = {}
        self._last_accessed: dict[_AccessKey, tuple[int, str]] = {}
        self._accesses_known: OrderedDict[_AccessKey, int] = OrderedDict()
        self._session_uses: dict[tuple[str, str], int] = {}
        self._sessions_known: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._unproven_second = 0
        self._unproven_count = 0
        self._is_behind = False

    def start(self) -> None:
        """Begin to write in the background."""
        self._task = asyncio.get_running_loop().create_task(self._write_waiting())

    async def close(self) -> None:
        """Write what is waiting, and stop."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task

    def require_room(self) -> None:
        """Refuse a call whose event could not be kept.

        Raises:
            ServiceUnavailable: the store has been away for so long that too many events wait.
        """
        if len(self._waiting) >= _MOST_WAITING:
            raise ServiceUnavailable("The service cannot record calls now. Please retry.")

    async def write(self, tx: Transaction, event: Event) -> None:
        """Write an event in the transaction of what it tells of."""
        await tx.run(_INSERT_EVENT, *_event_row(event))

    def record(self, event: Event) -> None:
        """Take an event to be written soon.

        Of callers who could not prove who they are only so many events a second are kept, and none when too many
        wait, so that strangers can fill neither the disk nor memory.
        """
        if not event.is_proven:
            if len(self._waiting) >= _MOST_WAITING or self._is_too_many_unproven(event):
                return
        else:
            self.used(event)
        self._waiting.append(event)
        if len(self._waiting) >= _BATCH:
            self._wake.set()

    def used(self, event: Event) -> None:
        """Note that the caller's credential and principal were used, whatever came of it."""
        caller = event.caller
        if caller is not None and caller.session is not None:
            self._session_used((caller.session.account, caller.session.session_id), event)
        # Federated users are of any name, and as many as somebody likes: nobody asks when one was last there.
        if caller is None or caller.access_key_id is None or caller.kind is PrincipalKind.FEDERATED_USER:
            return
        now = round(event.happened_at.timestamp() * 1000)
        subject = caller.access_key_id if caller.session is None else caller.principal_id
        self._last_used[subject] = (subject, caller.account, now, event.service, event.region)
        if caller.principal_id != caller.account:
            self._accessed((caller.principal_id, event.service, event.operation), now, event.region)

    def _session_used(self, session: tuple[str, str], event: Event) -> None:
        """Of one session's uses within a minute, the first is written."""
        now, known = round(event.happened_at.timestamp() * 1000), self._sessions_known
        last = known.get(session)
        if last is not None and abs(now - last) < _SAME_ACCESS_MS:
            return
        known[session] = now
        known.move_to_end(session)
        if len(known) > _MOST_SESSIONS_KNOWN:
            known.popitem(last=False)
        self._session_uses[session] = now

    def _accessed(self, access: _AccessKey, now: int, region: str) -> None:
        known = self._accesses_known
        last = known.get(access)
        if last is not None and abs(now - last) < _SAME_ACCESS_MS:
            return
        known[access] = now
        known.move_to_end(access)
        if len(known) > _MOST_ACCESSES_KNOWN:
            known.popitem(last=False)
        self._last_accessed[access] = now, region

    async def _write_waiting(self) -> None:
        while not self._closing:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), _AT_MOST_BEHIND_SECONDS)
            self._wake.clear()
            if not await self._flush():
                await asyncio.sleep(_AGAIN_SECONDS)
        await self._flush(everything=True)

    async def _flush(self, *, everything: bool = False) -> bool:
        """Write what waits; False when that could not be done, and all of it goes on waiting.

        What comes meanwhile is written with it when it fills a batch; else it waits for its own turn, since a commit
        for each few events costs more than the events.
        """
        is_due = True
        try:
            while is_due or everything or len(self._waiting) >= _BATCH:
                if not (self._waiting or self._last_used or self._last_accessed or self._session_uses):
                    break
                await self._write_batch()
                is_due = False
        except StoreUnavailable as error:
            # Once for the whole time that the store is away: this is tried again each second.
            if not self._is_behind:
                _log.warning(
                    "events wait: the store cannot write", extra={"waiting": len(self._waiting)}, exc_info=error
                )
            self._is_behind = True
            return False
        except Exception:  # noqa: BLE001  an edge: nobody awaits this task, and a bug that ended it would not be seen
            _log.exception("events wait: a fault of ours", extra={"waiting": len(self._waiting)})
            return False
        if self._is_behind:
            _log.info("events are written again")
        self._is_behind = False
        return True

    async def _write_batch(self) -> None:
        batch = self._waiting[:_BATCH]
        used, self._last_used = self._last_used, {}
        accessed, self._last_accessed = self._last_accessed, {}
        sessions, self._session_uses = self._session_uses, {}
        rows = [(*access, *when) for access, when in sorted(accessed.items())]
        try:
            uses = [(*session, when) for session, when in sorted(sessions.items())]
            await self._store.write(_BatchWriter(batch, sorted(used.values(), key=_subject), rows, uses))
        except BaseException:  # raised on: what was not written, for whatever reason, waits again
            self._last_used = {**used, **self._last_used}
            self._last_accessed = {**accessed, **self._last_accessed}
            self._session_uses = {**sessions, **self._session_uses}
            raise
        del self._waiting[: len(batch)]

    def _is_too_many_unproven(self, event: Event) -> bool:
        second = int(event.happened_at.timestamp())
        if second != self._unproven_second:
            self._unproven_second, self._unproven_count = second, 0
        self._unproven_count += 1
        return self._unproven_count > _MOST_UNPROVEN_A_SECOND


class _BatchWriter:
    """The work of one batch; the rows of last use in one order at every node, so that they do not deadlock."""

    def __init__(
        self,
        events: Sequence[Event],
        used: Sequence[tuple[Value, ...]],
        accessed: Sequence[tuple[Value, ...]],
        sessions: Sequence[tuple[Value, ...]],
    ) -> None:
        self._events = events
        self._used = used
        self._accessed = accessed
        self._sessions = sessions

    async def __call__(self, tx: Transaction) -> None:
        if self._events:
            await tx.run_many(_INSERT_EVENT, [_event_row(event) for event in self._events])
        if self._used:
            await tx.run_many(_UPSERT_LAST_USED, self._used)
        if self._accessed:
            await tx.run_many(_UPSERT_LAST_ACCESSED, self._accessed)
        if self._sessions:
            await tx.run_many(_UPSERT_SESSION_USE, self._sessions)


def _subject(row: tuple[Value, ...]) -> str:
    return str(row[0])


def _event_row(event: Event) -> tuple[Value, ...]:
    return event.account, round(event.happened_at.timestamp() * 1000), event.request_id, event.body()
