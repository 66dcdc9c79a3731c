"""Reads the audit events of a server's store, as they are kept."""

import asyncio
import json
import time
from typing import Any

from bailiwick.store import Store, Transaction, open_store


class Events:
    """The events of one store."""

    def __init__(self, database_url: str) -> None:
        self._runner = asyncio.Runner()
        self._store: Store = self._runner.run(open_store(database_url, lambda: round(time.time() * 1000)))

    def text_of(self, request_id: str) -> str:
        """The JSON of a call's event, once it is there: those of reads and refusals follow within a second."""
        deadline = time.monotonic() + 20
        while not (found := self._runner.run(self._find(request_id))):
            assert time.monotonic() < deadline, f"no event of {request_id}"
        (text,) = found
        return text

    def of(self, request_id: str) -> dict[str, Any]:
        """A call's event."""
        event: dict[str, Any] = json.loads(self.text_of(request_id))
        return event

    def named(self, account: str, operation: str) -> list[dict[str, Any]]:
        """The events of an account's writes of one name, as they are now."""

        async def find(tx: Transaction) -> list[dict[str, Any]]:
            rows = await tx.all("SELECT body FROM events WHERE account_id = ? ORDER BY position", account)
            return [json.loads(str(body)) for (body,) in rows]

        found = self._runner.run(self._store.read(find))
        return [event for event in found if event["eventName"] == operation]

    def close(self) -> None:
        """Let go of the store."""
        self._runner.run(self._store.close())
        self._runner.close()

    async def _find(self, request_id: str) -> list[str]:
        async def find(tx: Transaction) -> list[str]:
            rows = await tx.all("SELECT body FROM events WHERE request_id = ?", request_id)
            return [str(body) for (body,) in rows]

        return await self._store.read(find)
