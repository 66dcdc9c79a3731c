"""The token ring in force: its keys in the store, sealed; made, rotated and removed there, seen by every node."""

import os
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bailiwick.auth import RingKey, TokenRing
from bailiwick.store import Store, Transaction, Vault

ROTATION = timedelta(days=30)
"""How long one key seals new tokens."""

_LONGEST_SESSION = timedelta(hours=36)
_LOOKS_PER_SECOND = 4.0


class TokenKeys:
    """See `auth.TokenRings`. Opened by `open_token_keys`."""

    def __init__(self, store: Store, vault: Vault, installation_id: str, ring: TokenRing, newest_at: datetime) -> None:
        self._store = store
        self._vault = vault
        self._installation_id = installation_id
        self._ring = ring
        self._newest_at = newest_at
        self._looked_at = time.monotonic()

    def current(self) -> TokenRing:
        """The ring in memory."""
        return self._ring

    async def refreshed(self) -> TokenRing:
        """The ring, looked up again; strangers can ask for this, so at most a few times a second."""
        if time.monotonic() - self._looked_at >= 1 / _LOOKS_PER_SECOND:
            self._looked_at = time.monotonic()
            keys = await self._store.read(lambda tx: _read_keys(tx, self._vault))
            # The same keys are the same ring: a new one would have forgotten every token that it opened.
            if {key.key_id for key in keys} != self._ring.key_ids:
                self._ring = TokenRing(keys, self._installation_id)
                self._newest_at = max(key.created_at for key in keys)
        return self._ring

    async def rotate(self, now: datetime) -> None:
        """Add a key when the newest is old enough, and remove those that no live session can name."""
        if now - self._newest_at < ROTATION:
            return
        await self._store.write(lambda tx: _rotate(tx, self._vault, now))
        self._looked_at = 0.0
        await self.refreshed()


async def open_token_keys(store: Store, vault: Vault, clock: Callable[[], datetime]) -> TokenKeys:
    """The ring of this installation, making the installation's id and its first key on an empty store."""
    now = clock()

    async def make(tx: Transaction) -> str:
        row = await tx.one("SELECT value FROM meta WHERE name = ?", "installation_id")
        installation_id = secrets.token_hex(16) if row is None else str(row[0])
        if row is None:
            await tx.run("INSERT INTO meta (name, value) VALUES (?, ?)", "installation_id", installation_id)
        if not await _read_keys(tx, vault):
            await _add_key(tx, vault, 1, now)
        return installation_id

    async def read(tx: Transaction) -> tuple[str | None, list[RingKey]]:
        row = await tx.one("SELECT value FROM meta WHERE name = ?", "installation_id")
        return None if row is None else str(row[0]), await _read_keys(tx, vault)

    installation_id, keys = await store.read(read)
    if installation_id is None or not keys:
        await store.write(make)
        installation_id, keys = await store.read(read)
    assert installation_id is not None, "it was just made"
    newest_at = max(key.created_at for key in keys)
    return TokenKeys(store, vault, installation_id, TokenRing(keys, installation_id), newest_at)


async def _rotate(tx: Transaction, vault: Vault, now: datetime) -> None:
    keys = await _read_keys(tx, vault)
    newest = max(keys, key=lambda key: (key.created_at, key.key_id))
    if now - newest.created_at < ROTATION:  # another node was first
        return
    await _add_key(tx, vault, newest.key_id + 1, now)
    retired = newest.created_at  # when the keys before the newest stopped sealing
    if now - retired > _LONGEST_SESSION:
        for key in keys:
            if key.key_id != newest.key_id:
                await tx.run("DELETE FROM token_keys WHERE key_id = ?", key.key_id)


async def _add_key(tx: Transaction, vault: Vault, key_id: int, now: datetime) -> None:
    sealed = vault.seal("token_keys", str(key_id), "sealed", os.urandom(32))
    await tx.run(
        "INSERT INTO token_keys (key_id, sealed, created_at) VALUES (?, ?, ?)",
        key_id,
        sealed,
        round(now.timestamp() * 1000),
    )


async def _read_keys(tx: Transaction, vault: Vault) -> list[RingKey]:
    keys = []
    for key_id, sealed, created_at in await tx.all("SELECT key_id, sealed, created_at FROM token_keys"):
        assert isinstance(sealed, bytes), "a ring key is sealed bytes"
        opened = vault.open("token_keys", str(key_id), "sealed", sealed)
        keys.append(RingKey(int(key_id or 0), opened, datetime.fromtimestamp(int(created_at or 0) / 1000, UTC)))
    return keys
