"""What one node did, another hears of, however long it slept and whatever its clock says."""

import asyncio
from collections.abc import Sequence

from bailiwick.store import Change, Store, Transaction, open_store

_FAR_AHEAD_MS = 10**15


def test_a_node_that_missed_changes_removed_meanwhile_forgets_all_it_holds(store_url: str) -> None:
    """Changes are removed after an hour, or at once by a node whose clock is far ahead."""

    async def heard() -> list[Sequence[Change] | None]:
        sleeper, other = await open_store(store_url, lambda: 0), await open_store(store_url, lambda: 0)
        try:
            await sleeper.freshen()
            told: list[Sequence[Change] | None] = []
            sleeper.listen(told.append)
            await change(other, "ana")
            await other.forget_old_changes(_FAR_AHEAD_MS)

            await sleeper.freshen()
            return told
        finally:
            await sleeper.close()
            await other.close()

    told = asyncio.run(heard())

    assert None in told or [change.subject for changes in told for change in changes or ()] == ["ana"]


def test_a_node_that_missed_nothing_keeps_what_it_holds(store_url: str) -> None:
    async def heard() -> list[Sequence[Change] | None]:
        awake, other = await open_store(store_url, lambda: 0), await open_store(store_url, lambda: 0)
        try:
            await change(other, "ana")
            await awake.freshen()
            await other.forget_old_changes(_FAR_AHEAD_MS)
            told: list[Sequence[Change] | None] = []
            awake.listen(told.append)

            await awake.freshen()
            return told
        finally:
            await awake.close()
            await other.close()

    assert asyncio.run(heard()) == []


async def change(store: Store, subject: str) -> None:
    async def announce(tx: Transaction) -> None:
        tx.changed("user", "111122223333", subject)

    await store.write(announce)
