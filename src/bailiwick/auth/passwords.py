"""Passwords as they are kept: hashed with argon2id, each hash with its own salt and parameters beside it.

A password is compared as Unicode in its composed form (NFC), in full however long it is. Hashing takes tens of
milliseconds and 19 MiB, so it is done on threads of its own (`BoundedThreads`), and never in a transaction.

Source: RFC 9106 (argon2); OWASP Password Storage Cheat Sheet for the parameters; NIST SP 800-63B, section 5.1.1.2.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import argon2
from argon2.exceptions import VerifyMismatchError

from bailiwick.errors import Throttling
from bailiwick.secret import Secret

T = TypeVar("T")

SALT_BYTES: Final = 16

_HASHER: Final = argon2.PasswordHasher(
    time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, salt_len=SALT_BYTES, type=argon2.Type.ID
)

UNKNOWN: Final = Secret(
    b"$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
"""A hash that no known password has. What is compared with it takes as long as any other, and is wrong."""


def hash_password(password: str, salt: bytes) -> Secret:
    """The hash of a password, in argon2's encoded form, which names its parameters.

    `salt` is `SALT_BYTES` random bytes.
    """
    return Secret(_HASHER.hash(_bytes_of(password), salt=salt).encode("ascii"))


def is_password(password: str, hashed: Secret) -> bool:
    """Whether the hash is that of the password, by whatever parameters it was made."""
    try:
        return _HASHER.verify(hashed.reveal().decode("ascii"), _bytes_of(password))
    except VerifyMismatchError:
        return False


def is_outdated(hashed: Secret) -> bool:
    """Whether a hash was made with other parameters than those of today, and should be made anew."""
    return _HASHER.check_needs_rehash(hashed.reveal().decode("ascii"))


def _bytes_of(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


class BoundedThreads:
    """Where passwords are hashed, and other slow work done: a few threads, and a bound on the callers that wait."""

    def __init__(self, *, threads: int = 2, most_at_once: int = 32) -> None:
        """`most_at_once` counts those being worked on as well as those that wait."""
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="slow-work")
        self._most_at_once = most_at_once
        self._at_once = 0

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` gives, done on one of the threads.

        Raises:
            Throttling: too many wait already.
        """
        if self._at_once >= self._most_at_once:
            raise Throttling("Rate exceeded")
        self._at_once += 1
        done = asyncio.get_running_loop().run_in_executor(self._pool, work)
        done.add_done_callback(self._note_done)
        # Shielded, because a thread goes on with its work though nobody waits for it any more, and must go on counting.
        return await asyncio.shield(done)

    def close(self) -> None:
        """Begin nothing more; what is under way comes to its end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _note_done(self, done: "asyncio.Future[T]") -> None:
        self._at_once -= 1
