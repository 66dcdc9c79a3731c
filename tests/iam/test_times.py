"""Times of the store and of replies."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bailiwick.iam.times import from_milliseconds


def test_milliseconds_become_an_aware_time_without_rounding() -> None:
    assert from_milliseconds(1_795_550_400_001) == datetime(2026, 11, 24, 20, 0, 0, 1000, tzinfo=UTC)
    assert from_milliseconds(0) == datetime(1970, 1, 1, tzinfo=UTC)


@given(st.integers(0, 8_000_000_000_000))
def test_every_millisecond_is_exact(milliseconds: int) -> None:
    moment = from_milliseconds(milliseconds)

    assert moment - datetime(1970, 1, 1, tzinfo=UTC) == timedelta(milliseconds=milliseconds)
