"""The audit events of a store, read beside the server."""

import asyncio
import json
from typing import Any

from bailiwick.store import Transaction, open_store


def events(database_url: str) -> list[dict[str, Any]]:
    """Every event, in the order in which they were written."""

    async def read() -> list[str]:
        store = await open_store(database_url, lambda: 0)
        try:
            return await store.read(_bodies)
        finally:
            await store.close()

    return [json.loads(body) for body in asyncio.run(read())]


async def _bodies(tx: Transaction) -> list[str]:
    return [str(body) for (body,) in await tx.all("SELECT body FROM events ORDER BY position")]
