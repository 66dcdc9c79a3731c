"""Makes accounts as `bailiwick account create` does, without a process for each: on the store, beside the server."""

import asyncio
import secrets
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from bailiwick.access.quotas import DEFAULT_QUOTAS
from bailiwick.service import Service
from bailiwick.settings import load

T = TypeVar("T")


class Accounts:
    """Accounts of one store. It has an event loop of its own, in a thread of its own."""

    def __init__(self, data: Path, database_url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        flags: dict[str, str | list[str]] = {"data": str(data), "database_url": database_url}
        settings = load(flags=flags, environment={}, config=None, quota_names=DEFAULT_QUOTAS).settings
        self._service = self._run(Service.open(settings))

    def create(self) -> tuple[str, str, str]:
        """A new account: its id, its administrator's access key id and secret."""
        made = self._run(self._service.create_account("test", f"root-{secrets.token_hex(8)}@example.com"))
        return made.account_id, made.access_key_id, made.secret_access_key.reveal().decode()

    def close(self) -> None:
        """Let go of the store and end the thread."""
        self._run(self._service.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)
