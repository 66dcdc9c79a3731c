"""An account's signing keys over months: published before they sign, kept until nothing that they signed lives."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bailiwick.auth import BoundedThreads
from bailiwick.store import Store, Vault, open_store, open_vault, read_master_key
from bailiwick.sts.web_identity_token import renew, signing_keys
from bailiwick.sts.web_identity_token.signing_keys import KEPT, PUBLISHED_AHEAD, SIGNS, Algorithm

ACCOUNT = "111122223333"
LONGEST_TOKEN = timedelta(hours=1)
LONGEST_CACHE = timedelta(days=1)


def ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


class Issuer:
    """The keys of one account on a real store, at a time that the test sets."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self.store = store
        self.vault = vault
        self.now = timedelta(0)
        self.threads = BoundedThreads()

    async def begin(self) -> None:
        made = [signing_keys.make(algorithm) for algorithm in Algorithm]
        sealed = [(key, self.seal(key.key_id, key.private.reveal())) for key in made]
        await self.store.write(lambda tx: signing_keys.add_first(tx, ACCOUNT, sealed, ms(self.now)))

    async def turn(self) -> None:
        await renew(self.store, self.vault, self.threads, lambda: ms(self.now))

    def seal(self, key_id: str, private: bytes) -> bytes:
        return self.vault.seal(signing_keys.TABLE, key_id, signing_keys.PRIVATE_KEY, private)

    async def signs(self, algorithm: Algorithm = Algorithm.ES384) -> str:
        found = await self.store.read(lambda tx: signing_keys.signing(tx, ACCOUNT, algorithm, ms(self.now)))
        assert found is not None
        return found.key_id

    async def published(self) -> set[str]:
        texts = await self.store.read(lambda tx: signing_keys.published(tx, ACCOUNT, ms(self.now)))
        return {text.split('"kid": "')[1].split('"')[0] for text in texts}

    async def kept(self) -> int:
        rows = await self.store.read(lambda tx: tx.all("SELECT key_id FROM web_identity_keys"))
        return len(rows)


def with_issuer(folder: Path, test: Callable[[Issuer], Awaitable[None]]) -> None:
    async def run() -> None:
        store = await open_store(f"sqlite:{folder / 'bailiwick.db'}", lambda: 0)
        try:
            vault = await open_vault(store, read_master_key(f"file:{folder / 'master.key'}", may_create=True), 0)
            issuer = Issuer(store, vault)
            await issuer.begin()
            await test(issuer)
            issuer.threads.close()
        finally:
            await store.close()

    asyncio.run(run())


def test_over_months_no_verifier_meets_a_key_that_it_could_not_know(tmp_path: Path) -> None:
    async def test(issuer: Issuer) -> None:
        seen: list[tuple[timedelta, set[str]]] = []
        signed: dict[str, timedelta] = {}
        for hour in range(0, 24 * 100, 6):
            issuer.now = timedelta(hours=hour)
            await issuer.turn()
            seen.append((issuer.now, await issuer.published()))
            key = await issuer.signs()
            signed[key] = issuer.now
            fetched_long_ago = [keys for at, keys in seen if timedelta(0) < issuer.now - at <= LONGEST_CACHE]
            assert all(key in keys for keys in fetched_long_ago)
            # Whatever was signed within the life of a token can still be verified.
            assert {old for old, at in signed.items() if issuer.now - at <= LONGEST_TOKEN} <= seen[-1][1]
        assert len(signed) == 4
        assert await issuer.kept() <= 4

    with_issuer(tmp_path, test)


def test_a_successor_is_published_a_day_before_it_signs_and_the_old_key_a_day_longer(tmp_path: Path) -> None:
    async def test(issuer: Issuer) -> None:
        first = await issuer.signs()
        issuer.now = SIGNS - timedelta(milliseconds=1)
        await issuer.turn()
        assert len(await issuer.published()) == 2

        issuer.now = SIGNS
        await issuer.turn()
        both = await issuer.published()
        assert len(both) == 4
        issuer.now = SIGNS + PUBLISHED_AHEAD - timedelta(milliseconds=1)
        assert await issuer.signs() == first
        issuer.now = SIGNS + PUBLISHED_AHEAD
        second = await issuer.signs()
        assert second != first
        assert second in both
        issuer.now = SIGNS + PUBLISHED_AHEAD + KEPT - timedelta(milliseconds=1)
        await issuer.turn()
        assert first in await issuer.published()
        issuer.now = SIGNS + PUBLISHED_AHEAD + KEPT
        assert first not in await issuer.published()
        await issuer.turn()
        assert await issuer.kept() == 2

    with_issuer(tmp_path, test)


def test_a_key_gets_one_successor_whoever_makes_it(tmp_path: Path) -> None:
    async def test(issuer: Issuer) -> None:
        issuer.now = SIGNS

        await asyncio.gather(issuer.turn(), issuer.turn())
        await issuer.turn()

        assert len(await issuer.published()) == 4

    with_issuer(tmp_path, test)


def test_keys_that_nobody_renewed_in_time_go_on(tmp_path: Path) -> None:
    """As when every server was stopped for half a year: the old key signs until its late successor may."""

    async def test(issuer: Issuer) -> None:
        first = await issuer.signs()
        issuer.now = 6 * SIGNS
        assert await issuer.signs() == first

        await issuer.turn()

        assert await issuer.signs() == first
        assert len(await issuer.published()) == 4
        issuer.now += PUBLISHED_AHEAD
        assert await issuer.signs() != first
        assert first in await issuer.published()

    with_issuer(tmp_path, test)


def test_private_keys_are_sealed_to_their_row(tmp_path: Path) -> None:
    async def test(issuer: Issuer) -> None:
        rows = await issuer.store.read(lambda tx: tx.all("SELECT key_id, private_key FROM web_identity_keys"))
        (one, sealed), (other, _) = rows
        assert isinstance(sealed, bytes)

        opened = issuer.vault.open(signing_keys.TABLE, str(one), signing_keys.PRIVATE_KEY, sealed).reveal()

        assert opened not in sealed
        with pytest.raises(Exception, match="does not open"):
            issuer.vault.open(signing_keys.TABLE, str(other), signing_keys.PRIVATE_KEY, sealed)

    with_issuer(tmp_path, test)
