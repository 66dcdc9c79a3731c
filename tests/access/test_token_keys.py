"""The ring in force: looked up again for a stranger's token, it stays what it is until its keys change."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bailiwick.access import token_keys
from bailiwick.access.token_keys import ROTATION, TokenKeys, open_token_keys
from bailiwick.store import Store, Vault, open_store, open_vault, read_master_key

NOW = datetime(2026, 11, 24, 20, tzinfo=UTC)


@asynccontextmanager
async def installed(folder: Path) -> AsyncIterator[tuple[Store, Vault]]:
    store = await open_store(f"sqlite:{folder / 'bailiwick.db'}", lambda: 0)
    try:
        yield store, await open_vault(store, read_master_key(f"file:{folder / 'master.key'}", may_create=True), 0)
    finally:
        await store.close()


@pytest.fixture(autouse=True)
def looks_as_often_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_keys, "_LOOKS_PER_SECOND", float("inf"))


def test_looking_at_unchanged_keys_keeps_the_ring_and_the_tokens_it_opened(tmp_path: Path) -> None:
    async def test() -> None:
        async with installed(tmp_path) as (store, vault):
            keys = await open_token_keys(store, vault, lambda: NOW)
            ring = keys.current()

            assert await keys.refreshed() is ring

    asyncio.run(test())


def test_a_key_that_another_node_added_is_found_and_seals_from_then_on(tmp_path: Path) -> None:
    async def test() -> None:
        async with installed(tmp_path) as (store, vault):
            one: TokenKeys = await open_token_keys(store, vault, lambda: NOW)
            other: TokenKeys = await open_token_keys(store, vault, lambda: NOW)

            await one.rotate(NOW + ROTATION)

            assert one.current().key_ids == {1, 2}
            assert other.current().key_ids == {1}
            assert (await other.refreshed()).key_ids == {1, 2}
            assert other.current().key_ids == {1, 2}

    asyncio.run(test())
