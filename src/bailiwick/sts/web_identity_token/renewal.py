"""The background part: successors are published in time, and keys that have ended are removed."""

import functools
from collections.abc import Callable
from typing import Final

from bailiwick.auth import BoundedThreads
from bailiwick.store import Store, Vault
from bailiwick.sts.web_identity_token import signing_keys

_AT_ONCE: Final = 2
"""How many successors are made in one turn; each takes a tenth of a second of a thread."""

_FORGOTTEN_AT_ONCE: Final = 100


async def renew(store: Store, vault: Vault, threads: BoundedThreads, now_ms: Callable[[], int]) -> None:
    """One turn. Nodes may do it at the same time: a key gets one successor.

    Raises:
        StoreUnavailable: the store cannot be written now.
    """
    due = await store.read(lambda tx: signing_keys.to_renew(tx, now_ms(), _AT_ONCE))
    for key_id, algorithm in due:
        made = await threads.run(functools.partial(signing_keys.make, algorithm))
        sealed = vault.seal(signing_keys.TABLE, made.key_id, signing_keys.PRIVATE_KEY, made.private.reveal())
        await store.write(
            functools.partial(signing_keys.succeed, key_id=key_id, successor=made, sealed=sealed, now_ms=now_ms())
        )
    ended = await store.read(lambda tx: signing_keys.ended(tx, now_ms(), _FORGOTTEN_AT_ONCE))
    if ended:
        await store.write(lambda tx: signing_keys.remove(tx, ended))
