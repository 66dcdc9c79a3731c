"""What every storage engine promises. The contract tests in tests/contract hold each engine to it."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from bailiwick.errors import AwsError, ServiceUnavailable
from bailiwick.store.changes import Listener
from bailiwick.store.transaction import Transaction

T = TypeVar("T")


class StoreUnavailable(ServiceUnavailable):
    """The store cannot be reached or cannot write; nothing was acknowledged and the client may retry."""


class TransactionTooLong(AwsError):
    """The work of a transaction has taken as long as it may, and is undone: trying again would take as long."""

    code = "InvalidInput"
    status = 400

    def __init__(self, limit_seconds: float) -> None:
        super().__init__(
            f"This takes longer than {limit_seconds:g} seconds, which is as long as the service gives to one write. "
            "Nothing was changed. Send fewer changes at once."
        )


class StoreRefused(Exception):
    """The store cannot be opened as it is; the message tells the operator why and what to do."""


class Store(Protocol):
    """One installation's data, on one engine."""

    description: str
    """For people: which engine, where. Holds no password."""

    async def read(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in one snapshot that holds everything acknowledged before.

        Raises:
            StoreUnavailable: the store cannot be reached.
        """

    async def write(self, work: Callable[[Transaction], Awaitable[T]], *, lock: str | None = None) -> T:
        """Run `work` in one serializable transaction; returns once it is durable.

        `work` may be run again and awaits nothing but its transaction. What it raises undoes all it did. Writers that
        name the same `lock` may be run one after another, which spares them conflicts; correctness never needs it.

        Raises:
            StoreUnavailable: it could not be committed; nothing of it is there (or, when the connection was lost in
                the very commit, the whole of it may be).
        """

    async def freshen(self) -> None:
        """Tell the listeners of every change committed before this was called, by whichever node.

        Requests that wait at the same time share one look. While the store is out of reach this goes on returning
        for `stale_limit` after the last good look, then raises.

        Raises:
            StoreUnavailable: the store has been out of reach for longer than the stale limit.
        """

    def listen(self, listener: Listener) -> None:
        """Add a listener for changes."""

    async def forget_old_changes(self, before_ms: int) -> None:
        """Remove rows of the change feed from before that time."""

    async def close(self) -> None:
        """Finish the writes that were begun and let go of the store."""
