"""Reading scalar values from text, strictly: one form each, and everything else refused."""

import binascii
import re
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime

from bailiwick.wire.constraints import Violation, shown
from bailiwick.wire.shapes import FLOATS, INTEGERS, STRINGS, Use
from bailiwick.wire.timestamps import parse_epoch, parse_http_date, parse_iso8601

Scalar = str | int | float | bool | bytes | datetime

_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_FLOAT = re.compile(r"[+-]?[0-9]{1,400}(?:\.[0-9]{0,400})?(?:[eE][+-]?[0-9]{1,4})?|[+-]?Infinity|NaN")
_RANGES = {"byte": 8, "short": 16, "integer": 32, "long": 64}


class Unreadable(Exception):
    """A value cannot be read as the model's type. Each protocol turns it into its own error."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(violation.constraint)
        self.violation = violation

    def within(self, *prefix: str) -> "Unreadable":
        """The same, seen from the value that holds it."""
        return Unreadable(self.violation.within(*prefix))


def unreadable(value: object, constraint: str, *, sensitive: bool = False) -> Unreadable:
    """The error for one value at the place where it stands."""
    return Unreadable(Violation((), shown(value, sensitive=sensitive), constraint))


def text_reader(use: Use, timestamp_format: str = "iso8601") -> Callable[[str], Scalar]:
    """A function from the text of a scalar to its value; it raises Unreadable.

    `timestamp_format` is the protocol's own, used where the model names none.
    """
    sensitive = use.shape.sensitive
    if use.type in STRINGS:
        return str
    if use.type in INTEGERS:
        return _integer_reader(use)
    if use.type == "boolean":
        return lambda text: _boolean(text, sensitive)
    if use.type == "blob":
        return lambda text: _blob(text, sensitive)
    if use.type == "timestamp":
        return _timestamp_reader(use.timestamp_format or timestamp_format, sensitive)
    if use.type in FLOATS:
        return lambda text: _float(text, sensitive)
    raise ValueError(f"the shape {use.name} of type {use.type} is not a scalar")


def require_range(value: int, use: Use) -> int:
    """The integer, if the model's type can hold it."""
    bits = _RANGES.get(use.type)
    if bits is not None and not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise unreadable(value, f"Member must be a {bits}-bit integer", sensitive=use.shape.sensitive)
    return value


def _integer_reader(use: Use) -> Callable[[str], int]:
    bits = _RANGES.get(use.type, 64)

    def read(text: str) -> int:
        if len(text) < 10 and text.isascii() and text.isdigit() and bits >= 32:
            return int(text)
        if _INTEGER.fullmatch(text) is None:
            raise unreadable(text, "Member must be an integer", sensitive=use.shape.sensitive)
        return require_range(int(text), use)

    return read


def _boolean(text: str, sensitive: bool) -> bool:
    if text == "true":
        return True
    if text == "false":
        return False
    raise unreadable(text, "Member must be true or false", sensitive=sensitive)


def _blob(text: str, sensitive: bool) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise unreadable(text, "Member must be base64-encoded", sensitive=sensitive) from error


def _float(text: str, sensitive: bool) -> float:
    if _FLOAT.fullmatch(text) is None:
        raise unreadable(text, "Member must be a number", sensitive=sensitive)
    return float(text)


def _timestamp_reader(form: str, sensitive: bool) -> Callable[[str], datetime]:
    parse: Callable[[str], datetime]
    if form == "iso8601":
        parse, expected = parse_iso8601, "an ISO 8601 timestamp"
    elif form == "rfc822":
        parse, expected = parse_http_date, "an RFC 9110 date"
    elif form == "unixTimestamp":
        parse, expected = _epoch_text, "a number of seconds since 1970"
    else:
        raise ValueError(f"unknown timestamp format {form}")

    def read(text: str) -> datetime:
        try:
            return parse(text)
        except ValueError as error:
            raise unreadable(text, f"Member must be {expected}", sensitive=sensitive) from error

    return read


def _epoch_text(text: str) -> datetime:
    if _FLOAT.fullmatch(text) is None:
        raise ValueError("not a number of seconds")
    return parse_epoch(float(text))
