"""The store: one schema and serializable transactions on SQLite and PostgreSQL, the change feed, secrets at rest.

Others use `open_store`, `Store`, `Transaction` and `Vault`; which engine is behind them is decided once, here.
"""

from collections.abc import Callable
from pathlib import Path

from bailiwick.store.changes import RETENTION_MS, Change, Listener
from bailiwick.store.engine import Store, StoreRefused, StoreUnavailable, TransactionTooLong
from bailiwick.store.sealing import Tampered, Vault, open_vault, read_master_key
from bailiwick.store.sqlite import open_sqlite
from bailiwick.store.transaction import Row, Transaction, Value

__all__ = [
    "RETENTION_MS",
    "Change",
    "Listener",
    "Row",
    "Store",
    "StoreRefused",
    "StoreUnavailable",
    "Tampered",
    "Transaction",
    "TransactionTooLong",
    "Value",
    "Vault",
    "open_store",
    "open_vault",
    "read_master_key",
]


async def open_store(url: str, now_ms: Callable[[], int], *, stale_limit_seconds: float = 60.0) -> Store:
    """Open `sqlite:PATH` or `postgresql://…`, bringing the schema up to date.

    Raises:
        StoreRefused: it cannot be opened; the message is for the operator.
    """
    if url.startswith("sqlite:"):
        return open_sqlite(Path(url.removeprefix("sqlite:")), now_ms)
    if url.startswith(("postgresql://", "postgres://")):
        try:
            from bailiwick.store.postgresql import open_postgresql
        except ImportError as error:
            raise StoreRefused("PostgreSQL needs the extra bailiwick[postgres].") from error
        return await open_postgresql(url, now_ms, stale_limit_seconds=stale_limit_seconds)
    raise StoreRefused("The database must be postgresql://… or, by default, a file in the data directory.")
