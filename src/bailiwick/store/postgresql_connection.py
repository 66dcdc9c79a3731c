"""Connections to PostgreSQL that are never waited for in vain, and its address without its secrets."""

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.conninfo import conninfo_to_dict

from bailiwick.store.engine import StoreRefused
from bailiwick.store.transaction import Row

CONNECT_SECONDS = 2.0


class Connection(AsyncConnection[Row]):
    """A connection that is given up when whoever waits for it does so no longer."""

    async def cancel_safe(self, *, timeout: float = 30.0) -> None:  # noqa: ASYNC109  psycopg's own
        """Close it. Asking the server to cancel takes an answer, which one that is paused or cut off never gives."""
        self.pgconn.finish()


async def connect(url: str) -> AsyncConnection[Row]:
    """A connection of our kind.

    Raises:
        psycopg.Error: the server cannot be reached.
    """
    return await Connection.connect(
        url, autocommit=True, cursor_factory=AsyncRawCursor, connect_timeout=int(CONNECT_SECONDS)
    )


def address_for_people(url: str) -> str:
    """The database's address without passwords, in whichever part of the URL its parts stand.

    Raises:
        StoreRefused: the URL cannot be read.
    """
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        # What is wrong is not said: it may be the password.
        raise StoreRefused(
            "The database URL cannot be read. Its form is postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with what "
            "is not a letter or digit in USER and PASSWORD percent-encoded."
        ) from error
    user, host = parts.get("user"), str(parts.get("host") or "")
    host = f"[{host}]" if ":" in host else host
    port = f":{parts['port']}" if parts.get("port") else ""
    who = f"{user}@" if user else ""
    if host.startswith("/"):  # the folder of a unix socket
        return f"postgresql://{who}/{parts.get('dbname') or ''}?host={host}"
    return f"postgresql://{who}{host}{port}/{parts.get('dbname') or ''}"
