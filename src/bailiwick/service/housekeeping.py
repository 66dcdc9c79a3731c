"""What is done in the background: time shared between nodes, keys rotated, and what is no longer needed removed."""

import asyncio
import functools
import logging
from datetime import timedelta

from bailiwick.access import session_marks
from bailiwick.access.sessions import Sessions
from bailiwick.access.token_keys import TokenKeys
from bailiwick.account import accounts
from bailiwick.auth import BoundedThreads
from bailiwick.errors import AwsError
from bailiwick.iam import credential_report, delegation_requests, last_accessed, service_linked_roles
from bailiwick.service.clock import Clock
from bailiwick.store import RETENTION_MS, Store, Vault
from bailiwick.sts import sessions, web_identity_token

_log = logging.getLogger(__name__)

_EVERY_SECONDS = 5.0
_SESSIONS_KEPT_MS = timedelta(days=7) // timedelta(milliseconds=1)
"""How long a session's record outlives it; ending a session looks through expired ones for what came from it."""

_ENDED_KEPT_MS = timedelta(days=30) // timedelta(milliseconds=1)
"""How long deletion tasks and ended delegation requests can be asked for."""

_ACCESS_REPORTS_KEPT_MS = timedelta(days=7) // timedelta(milliseconds=1)
"""How long a report of what was last accessed can be read."""

_DELETIONS_AT_ONCE = 100
_REQUESTS_AT_ONCE = 1000
_MARKS_AT_ONCE = 10_000
_REPORTS_AT_ONCE = 100
_REPORT_PAGES_AT_ONCE = 100
_ACCOUNTS_AT_ONCE = 20
_SESSIONS_AT_ONCE = 250
_SESSION_BATCHES_AT_MOST = 100
_BETWEEN_BATCHES_SECONDS = 0.005
_TURNS_AN_HOUR = 720


class Housekeeping:
    """One for a process. Each turn is small, so that it is in nobody's way."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Clock,
        token_keys: TokenKeys,
        ended: Sessions,
        threads: BoundedThreads,
    ) -> None:
        """`threads` is where slow work is done."""
        self._store = store
        self._vault = vault
        self._threads = threads
        self._clock = clock
        self._token_keys = token_keys
        self._ended = ended
        self._account = ""
        self._turns = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stop; what was begun is finished by the store or not at all."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            try:
                await self.turn()
            except AwsError as error:
                _log.warning("Housekeeping waits: %s", error.message)
            except Exception:  # noqa: BLE001  an edge: nobody awaits this task, and a bug that ended it would not be seen
                _log.exception("Housekeeping met a fault of ours")

    async def turn(self) -> None:
        """One turn.

        Raises:
            StoreUnavailable: the store cannot be written now; the next turn tries again.
        """
        await self._clock.meet(self._store)
        await self._token_keys.rotate(self._clock.now())
        await self._store.forget_old_changes(self._clock.now_ms() - RETENTION_MS)
        await self._forget_sessions()
        await self._delete_service_linked_roles()
        await self._make_credential_reports()
        self._turns += 1
        if self._turns % _TURNS_AN_HOUR == 0:
            await self._store.write(lambda tx: session_marks.forget(tx, self._clock.now_ms(), _MARKS_AT_ONCE))
            await self._ended.read_ended()
            await self._forget_ended()
        # Last, since it waits its turn for a thread and may be sent away.
        await web_identity_token.renew(self._store, self._vault, self._threads, self._clock.now_ms)

    async def _delete_service_linked_roles(self) -> None:
        """Take the deletions that were asked for two steps further: from asked for to done, each in its transaction."""
        waiting = await self._store.read(lambda tx: service_linked_roles.unfinished(tx, _DELETIONS_AT_ONCE))
        for task_id in [*waiting, *waiting]:
            await self._store.write(
                functools.partial(service_linked_roles.settle, task_id=task_id, now_ms=self._clock.now_ms())
            )

    async def _make_credential_reports(self) -> None:
        """Go on with the credential reports that were begun: page by page, each in its transaction, in turn."""
        waiting = await self._store.read(lambda tx: credential_report.unfinished(tx, _REPORTS_AT_ONCE))
        for _ in range(_REPORT_PAGES_AT_ONCE):
            if not waiting:
                return
            account = waiting.pop(0)
            page = functools.partial(credential_report.make_page, account=account, now_ms=self._clock.now_ms())
            if not await self._store.write(page, lock=account):
                waiting.append(account)

    async def _forget_ended(self) -> None:
        """Remove deletion tasks and delegation requests that ended long ago, and old reports."""
        before_ms = self._clock.now_ms() - _ENDED_KEPT_MS
        await self._store.write(lambda tx: service_linked_roles.forget(tx, before_ms, _DELETIONS_AT_ONCE))
        await self._store.write(lambda tx: delegation_requests.forget(tx, before_ms, _REQUESTS_AT_ONCE))
        old_ms = self._clock.now_ms() - _ACCESS_REPORTS_KEPT_MS
        await self._store.write(lambda tx: last_accessed.forget(tx, old_ms, _REQUESTS_AT_ONCE))

    async def _forget_sessions(self) -> None:
        """Remove old records of the next accounts that have their turn, batch by batch, each in its transaction.

        What is not done in one turn is gone on with in the next.
        """
        page = await self._store.read(lambda tx: accounts.page_after(tx, self._account, _ACCOUNTS_AT_ONCE))
        before_ms = self._clock.now_ms() - _SESSIONS_KEPT_MS
        batches = 0
        for account in page:
            is_any_old = functools.partial(sessions.is_any_old, account=account.account_id, before_ms=before_ms)
            forget = functools.partial(
                sessions.forget, account=account.account_id, before_ms=before_ms, limit=_SESSIONS_AT_ONCE
            )
            while await self._store.read(is_any_old):
                if batches == _SESSION_BATCHES_AT_MOST:
                    return
                await self._store.write(forget)
                await asyncio.sleep(_BETWEEN_BATCHES_SECONDS)
                batches += 1
            self._account = account.account_id
        if len(page) < _ACCOUNTS_AT_ONCE:
            self._account = ""
