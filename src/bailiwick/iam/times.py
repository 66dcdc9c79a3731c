"""Times as the store keeps them, turned into what replies hold."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_EXACT_AS_FLOAT = 4_000_000_000_000
"""Until 2096 a float of seconds is exact to the microsecond, and the faster way is as good."""


def from_milliseconds(milliseconds: int) -> datetime:
    """The aware UTC time of a number of milliseconds since 1970 UTC, exact."""
    if 0 <= milliseconds < _EXACT_AS_FLOAT:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    return _EPOCH + timedelta(milliseconds=milliseconds)
