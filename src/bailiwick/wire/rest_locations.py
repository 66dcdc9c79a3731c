"""Reading the members of a REST request that are not in its body: labels, query string, headers."""

import re
from base64 import b64decode
from collections.abc import Callable
from typing import Any

from bailiwick.errors import InvalidParameterValue
from bailiwick.wire.codec import Raw
from bailiwick.wire.errors import SerializationException
from bailiwick.wire.json_values import is_clean, parse_json
from bailiwick.wire.scalars import Unreadable, text_reader
from bailiwick.wire.shapes import Shapes, Use

Located = Callable[[Raw], Any]
"""Takes the request, gives the member's value, None when it is absent."""

# A quoted element of a header's list, with backslash escapes (RFC 9110, section 5.6).
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


def located_reader(name: str, use: Use, shapes: Shapes) -> Located:
    """The reader of a member by its location. Readers raise SerializationException and InvalidParameterValue."""
    location, wire_name = use.reference.location, use.location_name or name
    if location == "uri":
        read_label = _text(use, wire_name, "iso8601")
        return lambda raw: read_label(raw.labels[wire_name]) if wire_name in raw.labels else None
    if location == "querystring":
        return _query_reader(wire_name, use, shapes)
    if location == "headers":
        return _prefix_reader(wire_name.lower().encode())
    if location == "header":
        return _header_reader(wire_name, use, shapes)
    # A status code is a reply's; a request's member with another location cannot be given.
    return lambda raw: None


def _text(use: Use, wire_name: str, timestamp_format: str) -> Callable[[str], Any]:
    read = text_reader(use, timestamp_format)

    def read_text(text: str) -> Any:
        if not is_clean(text):
            raise SerializationException(f"{wire_name}: a string must be Unicode text without NUL.")
        try:
            return read(text)
        except Unreadable as error:
            raise SerializationException(f"{wire_name}: {error.violation.constraint}") from error

    return read_text


def _query_reader(wire_name: str, use: Use, shapes: Shapes) -> Located:
    if use.type == "map":
        of_lists = shapes.key_value(use)[1].type == "list"

        def read_map(raw: Raw) -> dict[str, Any] | None:
            if not raw.repeated:
                return None
            return {key: values if of_lists else _once(key, values) for key, values in raw.repeated.items()}

        return read_map
    if use.type == "list":
        read_item = _text(shapes.member(use), wire_name, "iso8601")
        return lambda raw: [read_item(text) for text in raw.repeated[wire_name]] if wire_name in raw.repeated else None
    read = _text(use, wire_name, "iso8601")
    return lambda raw: read(_once(wire_name, raw.repeated[wire_name])) if wire_name in raw.repeated else None


def _once(name: str, values: list[str]) -> str:
    if len(values) != 1:
        raise InvalidParameterValue(f"The parameter {name[:128]} is given more than once.")
    return values[0]


def _prefix_reader(prefix: bytes) -> Located:
    def read(raw: Raw) -> dict[str, str] | None:
        found: dict[str, str] = {}
        for key, value in raw.request.headers:
            if key.startswith(prefix):
                name = _decoded(key[len(prefix) :])
                text = _decoded(value)
                found[name] = f"{found[name]},{text}" if name in found else text
        return found or None

    return read


def _header_reader(wire_name: str, use: Use, shapes: Shapes) -> Located:
    header = wire_name.lower().encode()
    if use.type == "list":
        member = shapes.member(use)
        read_item = _text(member, wire_name, "rfc822")
        is_dates = member.type == "timestamp" and (member.timestamp_format or "rfc822") == "rfc822"

        def read_list(raw: Raw) -> list[Any] | None:
            values = raw.request.headers_named(header)
            if not values:
                return None
            return [read_item(text) for text in _elements(_decoded(b",".join(values)), is_dates)]

        return read_list
    read = _json_value if use.reference.jsonvalue else _text(use, wire_name, "rfc822")

    def read_one(raw: Raw) -> Any:
        values = raw.request.headers_named(header)
        if not values:
            return None
        if len(values) > 1:
            raise InvalidParameterValue(f"The header {wire_name} is given more than once.")
        return read(_decoded(values[0]))

    return read_one


def _json_value(text: str) -> Any:
    try:
        decoded = b64decode(text, validate=True)
    except ValueError as error:
        raise SerializationException("A JSON header must be base64-encoded.") from error
    return parse_json(decoded)


def _elements(text: str, is_dates: bool) -> list[str]:
    """The elements of a header's list, in one pass whatever the text."""
    parts = text.split(",")
    if is_dates:
        # An HTTP date has a comma of its own.
        if len(parts) % 2:
            raise SerializationException("A header's list of dates cannot be read.")
        return [f"{day},{rest}".strip() for day, rest in zip(parts[::2], parts[1::2], strict=True)]
    if '"' not in text:
        return [part.strip() for part in parts]
    found: list[str] = []
    at = 0
    while at <= len(text):
        start = at
        while text.startswith((" ", "\t"), start):
            start += 1
        quoted = _QUOTED.match(text, start)
        if quoted is None and text.startswith('"', start):
            raise SerializationException("A header's list has a quotation mark without its pair.")
        end = text.find(",", at if quoted is None else quoted.end())
        end = len(text) if end < 0 else end
        found.append(text[at:end].strip() if quoted is None else re.sub(r"\\(.)", r"\1", quoted[1]))
        at = end + 1
    return found


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise SerializationException("A header is not UTF-8.") from error
