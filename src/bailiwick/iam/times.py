"""Times as the store keeps them, turned into what replies hold."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_milliseconds(milliseconds: int) -> datetime:
    """The aware UTC time of a number of milliseconds since 1970 UTC, exact."""
    return _EPOCH + timedelta(milliseconds=milliseconds)
