"""The time that decides. It never runs backwards: not in this process, and not behind what the store has seen."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bailiwick.errors import ServiceUnavailable
from bailiwick.store import Store, Transaction

SKEW = timedelta(minutes=15)
"""How far a clock may lag before the node refuses to decide."""

_NAME = "time_high_water"


def system_time() -> datetime:
    """The host's time, aware UTC."""
    return datetime.now(UTC)


class Clock:
    """A source of time that stands still rather than go back, and says when it lags too far to be believed."""

    def __init__(self, source: Callable[[], datetime]) -> None:
        self._source = source
        self._latest = source()
        self._lag = timedelta(0)

    def now(self) -> datetime:
        """The time, never earlier than any it gave or heard of before."""
        now = self._source()
        if now >= self._latest:
            self._latest = now
            self._lag = timedelta(0)
        else:
            self._lag = self._latest - now
        return self._latest

    def now_ms(self) -> int:
        """`now` in milliseconds since 1970 UTC."""
        return round(self.now().timestamp() * 1000)

    @property
    def lag(self) -> timedelta:
        """How far the host's clock was behind when last looked at."""
        return self._lag

    def require_plausible(self) -> None:
        """Refuse to decide by a clock that was set back.

        Raises:
            ServiceUnavailable: the host's clock is behind the latest time known by more than the skew.
        """
        if self._lag > SKEW:
            raise ServiceUnavailable("The service's clock is behind the time of its data. Its operator must set it.")

    async def meet(self, store: Store) -> None:
        """Learn the latest time that any node has written, and write this node's."""
        mine = self.now_ms()

        async def exchange(tx: Transaction) -> int:
            row = await tx.one("SELECT value FROM meta WHERE name = ?", _NAME)
            theirs = 0 if row is None else int(row[0] or 0)
            if mine > theirs:
                await tx.run(
                    "INSERT INTO meta (name, value) VALUES (?, ?)"
                    " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    _NAME,
                    str(mine),
                )
            return theirs

        theirs = datetime.fromtimestamp(await store.write(exchange) / 1000, UTC)
        if theirs > self._latest:
            self._latest = theirs
            self.now()
