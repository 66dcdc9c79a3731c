"""The two forms in which a request says when it was signed."""

import re
from datetime import UTC, datetime

_AMZ_DATE = re.compile(rb"[0-9]{8}T(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]Z")
_HTTP_DATE = re.compile(
    rb"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) ([0-9]{4})"
    rb" ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)
_DAYS = (b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun")
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")


def parse_amz_date(value: bytes) -> datetime:
    """Read `YYYYMMDDTHHMMSSZ`, the only form of X-Amz-Date, as aware UTC.

    Raises:
        ValueError: another form, or no such day or time.

    Source: IAM User Guide, "Elements of an AWS API request signature".
    """
    if not _AMZ_DATE.fullmatch(value):
        raise ValueError("not YYYYMMDDTHHMMSSZ")
    return datetime.fromisoformat(value.decode("ascii"))


def parse_http_date(value: bytes) -> datetime:
    """Read a `Date` header, `Sun, 30 Aug 2015 12:36:00 GMT`, as aware UTC.

    Raises:
        ValueError: another form, no such day or time, or the wrong day of the week.

    Source: RFC 9110 section 5.6.7, the preferred form (that of RFC 1123).
    """
    match = _HTTP_DATE.fullmatch(value)
    if not match:
        raise ValueError("not an RFC 1123 date")
    weekday, day, month, year, hour, minute, second = match.groups()
    when = datetime(int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    if _DAYS[when.weekday()] != weekday:
        raise ValueError("not that day of the week")
    return when


def format_amz_date(when: datetime) -> str:
    """Write an aware UTC time as `YYYYMMDDTHHMMSSZ`, whatever the platform does with years before 1000."""
    return f"{when.year:04}{when.month:02}{when.day:02}T{when.hour:02}{when.minute:02}{when.second:02}Z"
