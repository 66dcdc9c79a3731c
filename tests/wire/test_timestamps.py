"""Times as replies write them: the quick ways say what the plain ones do."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bailiwick.wire.timestamps import format_seconds

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(timezones=st.just(UTC) | ZONES).filter(lambda moment: 1 < moment.year < 9999)


@given(MOMENTS)
def test_whole_seconds_are_written_in_utc_as_iso_8601_has_them(moment: datetime) -> None:
    in_utc = moment.astimezone(UTC).replace(microsecond=0, tzinfo=None)

    assert format_seconds(moment) == in_utc.isoformat() + "Z"


def test_fractions_of_a_second_are_dropped_and_years_have_four_digits() -> None:
    assert format_seconds(datetime(2026, 11, 24, 20, 0, 9, 999_999, tzinfo=UTC)) == "2026-11-24T20:00:09Z"
    assert format_seconds(datetime(33, 4, 3, 15, 0, 0, tzinfo=UTC)) == "0033-04-03T15:00:00Z"
