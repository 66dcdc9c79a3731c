from datetime import UTC, datetime

import pytest

from bailiwick.auth.dates import format_amz_date, parse_amz_date, parse_http_date

MOMENT = datetime(2015, 8, 30, 12, 36, 0, tzinfo=UTC)


def test_reads_the_basic_format_as_utc() -> None:
    assert parse_amz_date(b"20150830T123600Z") == MOMENT
    assert parse_amz_date(b"20150830T123600Z").tzinfo is not None


def test_reads_a_date_header_as_utc() -> None:
    assert parse_http_date(b"Sun, 30 Aug 2015 12:36:00 GMT") == MOMENT


@pytest.mark.parametrize("month", range(1, 13))
def test_reads_every_month_of_a_date_header(month: int) -> None:
    moment = datetime(2026, month, 5, 1, 2, 3, tzinfo=UTC)

    assert parse_http_date(moment.strftime("%a, %d %b %Y %H:%M:%S GMT").encode()) == moment


def test_writes_what_it_reads() -> None:
    assert format_amz_date(MOMENT) == "20150830T123600Z"
    assert format_amz_date(datetime(7, 1, 2, 3, 4, 5, tzinfo=UTC)) == "00070102T030405Z"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"2015-08-30T12:36:00Z",
        b"20150830T123600",
        b"20150830T123600.000Z",
        b"20150830T123600z",
        b"20150830 123600Z",
        b"20150830T123600Z ",
        b"20150830T123600Z\n",
        b"20150230T123600Z",
        b"00000830T123600Z",
        b"20150830T240000Z",
        b"20150830T126000Z",
        b"20150830T123660Z",
        "٢٠١٥٠٨٣٠T123600Z".encode(),
    ],
)
def test_refuses_any_other_amz_date(value: bytes) -> None:
    with pytest.raises(ValueError):
        parse_amz_date(value)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"20150830T123600Z",
        b"Sunday, 30-Aug-15 12:36:00 GMT",
        b"Sun Aug 30 12:36:00 2015",
        b"Sun, 30 Aug 2015 12:36:00 +0000",
        b"Sun, 30 Aug 2015 12:36:00 UTC",
        b"Sun, 30 aug 2015 12:36:00 GMT",
        b"Sun, 31 Feb 2016 12:36:00 GMT",
        b"Mon, 30 Aug 2015 12:36:00 GMT",
        b"Sun, 30 Aug 2015 24:36:00 GMT",
        b"Sun, 30 Aug 2015 12:36:00 GMT ",
    ],
)
def test_refuses_any_other_date_header(value: bytes) -> None:
    with pytest.raises(ValueError):
        parse_http_date(value)
