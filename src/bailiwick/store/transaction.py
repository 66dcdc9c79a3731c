"""What a handler may ask of the store: reads and writes of one transaction, in portable SQL."""

from collections.abc import Iterable, Sequence
from typing import Protocol

Value = str | int | bytes | None
"""What a column holds. Times are integers: milliseconds since 1970-01-01T00:00:00Z. Booleans are 0 and 1."""

Row = tuple[Value, ...]


class Transaction(Protocol):
    """One serializable transaction (or, for reads, one snapshot).

    SQL is written with `?` for parameters and only in what SQLite (3.35 and later) and PostgreSQL (13 and later)
    share. A handler may be run again from its start, so it has no side effect but through its transaction.
    """

    async def one(self, sql: str, *parameters: Value) -> Row | None:
        """The first row, or None."""

    async def all(self, sql: str, *parameters: Value) -> list[Row]:
        """Every row. Callers bound the number by LIMIT."""

    async def run(self, sql: str, *parameters: Value) -> int:
        """Execute a write; returns how many rows it touched."""

    async def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Execute one write for each row of parameters."""

    def changed(self, kind: str, account: str, subject: str) -> None:
        """Announce that what memory may hold of a thing is no longer so; takes effect with the commit.

        `kind` is one of user, group, role, policy, access_key, account, password_policy, quotas, session,
        session-mark; `subject` is the thing's unique id (the ARN for a policy, the access key id for an access key, the
        account's for its password policy and its quotas, what `access.session_marks` says for a mark).
        """

    def was_changed(self, kind: str, account: str, subject: str) -> bool:
        """Whether a not yet committed write of this transaction, or of the commit group it is in, changed it."""

    def times_changed(self, kind: str, account: str, subject: str) -> int:
        """How often this transaction changed it so far: what was read of it is right until this is more."""

    async def pause(self) -> None:
        """Let other requests go on; for a write of many steps, before each of them.

        Raises:
            TransactionTooLong: the transaction has taken longer than one may.
        """
