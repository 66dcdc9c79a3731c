"""JSON bodies by the model: reading values strictly, and making what a reply holds.

Source: Smithy, "AWS JSON 1.1 protocol", shape serialization.
"""

import json
import math
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from bailiwick.wire.errors import SerializationException
from bailiwick.wire.scalars import Unreadable, require_range, text_reader
from bailiwick.wire.shapes import FLOATS, INTEGERS, STRINGS, Recursion, Shapes, Use
from bailiwick.wire.timestamps import format_epoch, format_http_date, format_seconds, parse_epoch
from bailiwick.wire.xml_output import format_float

_DEEPEST = 100
# A string without its end reaches to the end of the body, so that nothing is looked at twice.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_SURROGATE = re.compile("[\ud800-\udfff]")

Reader = Callable[[Any], Any]
Writer = Callable[[Any], Any]


def parse_json(body: bytes) -> Any:
    """The value of a JSON text in UTF-8.

    Raises:
        SerializationException: not JSON (RFC 8259), a name twice in one object, or nested too deeply.
    """
    if body.count(b"[") + body.count(b"{") > _DEEPEST and _depth(body) > _DEEPEST:
        raise SerializationException(f"The request body is nested more than {_DEEPEST} deep.")
    try:
        return json.loads(body.decode(), object_pairs_hook=_without_repeats, parse_constant=_refuse_constant)
    except ValueError as error:
        raise SerializationException("The request body is not valid JSON, or repeats a name.") from error


def _depth(body: bytes) -> int:
    """How deep brackets are nested, in one pass; what stands in strings does not count."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def is_clean(text: str) -> bool:
    """Whether a text can be stored and encoded anywhere: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and (text.isascii() or _SURROGATE.search(text) is None)


class JsonReaderCompiler:
    """Makes the reader of each shape: from a parsed JSON value to a typed one. Readers raise SerializationException."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._recursion: Recursion[Reader] = Recursion()

    def reader(self, use: Use) -> Reader:
        """The reader of a use of a shape; never called with None."""
        make: Callable[[Use], Reader]
        if use.shape.document:
            return lambda value: value
        if use.type == "structure":
            make = self._structure
        elif use.type == "list":
            make = self._list
        elif use.type == "map":
            make = self._map
        else:
            return _scalar_reader(use)
        return self._recursion.compile(use.name, lambda: make(use), _later)

    def members(self, members: list[tuple[str, Use]]) -> Reader:
        """The reader of an object that holds some members; others in it are ignored."""
        readers = [(member.location_name or name, name, self.reader(member)) for name, member in members]

        def read_structure(value: Any) -> dict[str, Any]:
            if not isinstance(value, dict):
                raise SerializationException(f"{_token(value)} found where a structure was expected.")
            found: dict[str, Any] = {}
            for wire_name, name, read in readers:
                item = value.get(wire_name)
                if item is not None:
                    found[name] = read(item)
            return found

        return read_structure

    def _structure(self, use: Use) -> Reader:
        return self.members(self._shapes.members(use))

    def _list(self, use: Use) -> Reader:
        read = self.reader(self._shapes.member(use))

        def read_list(value: Any) -> list[Any]:
            if not isinstance(value, list):
                raise SerializationException(f"{_token(value)} found where a list was expected.")
            if None in value:
                raise SerializationException("A list must not hold null.")
            return [read(item) for item in value]

        return read_list

    def _map(self, use: Use) -> Reader:
        key, value_use = self._shapes.key_value(use)
        read_key, read_value = self.reader(key), self.reader(value_use)

        def read_map(value: Any) -> dict[str, Any]:
            if not isinstance(value, dict):
                raise SerializationException(f"{_token(value)} found where a map was expected.")
            if any(item is None for item in value.values()):
                raise SerializationException("A map must not hold null.")
            return {read_key(name): read_value(item) for name, item in value.items()}

        return read_map


class JsonWriterCompiler:
    """Makes the writer of each shape: from a typed value to what a JSON encoder takes. Unknown names: KeyError."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._recursion: Recursion[Writer] = Recursion()

    def writer(self, use: Use) -> Writer:
        """The writer of a use of a shape; never called with None."""
        make: Callable[[Use], Writer]
        if use.shape.document:
            return lambda value: value
        if use.type == "structure":
            make = self._structure
        elif use.type == "list":
            make = self._list
        elif use.type == "map":
            make = self._map
        else:
            return self._scalar(use)
        return self._recursion.compile(use.name, lambda: make(use), _later)

    def members(self, members: list[tuple[str, Use]]) -> Writer:
        """The writer of an object of some members."""
        writers = {name: (member.location_name or name, self.writer(member)) for name, member in members}

        def write_structure(value: Mapping[str, Any]) -> dict[str, Any]:
            found = {}
            for name, item in value.items():
                if item is not None:
                    wire_name, write = writers[name]
                    found[wire_name] = write(item)
            return found

        return write_structure

    def _structure(self, use: Use) -> Writer:
        return self.members(self._shapes.members(use))

    def _list(self, use: Use) -> Writer:
        write = self.writer(self._shapes.member(use))
        return lambda value: [write(item) for item in value]

    def _map(self, use: Use) -> Writer:
        write = self.writer(self._shapes.key_value(use)[1])
        return lambda value: {name: write(item) for name, item in value.items()}

    def _scalar(self, use: Use) -> Writer:
        if use.type in STRINGS:
            return str
        if use.type == "blob":
            return lambda value: b64encode(value).decode()
        if use.type == "timestamp":
            forms: dict[str, Writer] = {"iso8601": format_seconds, "rfc822": format_http_date}
            return forms.get(use.timestamp_format or "unixTimestamp", format_epoch)
        if use.type in FLOATS:
            return lambda value: value if math.isfinite(value) else format_float(value)
        return lambda value: value


def _later(finished: Callable[[], Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def convert_later(value: Any) -> Any:
        return finished()(value)

    return convert_later


def _scalar_reader(use: Use) -> Reader:
    expected = {"boolean": "a Boolean", "blob": "a Blob", "timestamp": "a Timestamp"}
    if use.type in STRINGS:
        return _read_string
    if use.type == "boolean":
        return _read_boolean
    if use.type in INTEGERS:
        return lambda value: _read_integer(value, use)
    if use.type in FLOATS:
        return _read_float
    if use.type == "timestamp" and use.timestamp_format in {None, "unixTimestamp"}:
        return _read_epoch
    read_text = text_reader(use)

    def read(value: Any) -> Any:
        try:
            return read_text(_text(value, expected[use.type]))
        except Unreadable as error:
            raise SerializationException(error.violation.constraint) from error

    return read


def _token(value: Any) -> str:
    """The kind of a JSON value, by the names AWS's answers use."""
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    if isinstance(value, str):
        return "STRING_VALUE"
    if isinstance(value, int | float):
        return "NUMBER_VALUE"
    return "Start of list" if isinstance(value, list) else "Start of structure or map"


def _text(value: Any, expected: str) -> str:
    if not isinstance(value, str):
        raise SerializationException(f"{_token(value)} can not be converted to {expected}")
    if not is_clean(value):
        raise SerializationException("A string must be Unicode text without NUL.")
    return value


def _read_string(value: Any) -> str:
    return _text(value, "a String")


def _read_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise SerializationException(f"{_token(value)} can not be converted to a Boolean")


def _read_integer(value: Any, use: Use) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise SerializationException(f"{_token(value)} can not be converted to an Integer")
    try:
        return require_range(value, use)
    except Unreadable as error:
        raise SerializationException(error.violation.constraint) from error


def _read_float(value: Any) -> float:
    if value in ("NaN", "Infinity", "-Infinity"):
        return float(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise SerializationException(f"{_token(value)} can not be converted to a Float")
    try:
        number = float(value)
    except OverflowError as error:
        raise SerializationException("NUMBER_VALUE can not be converted to a Float") from error
    if not math.isfinite(number):
        raise SerializationException("NUMBER_VALUE can not be converted to a Float")
    return number


def _read_epoch(value: Any) -> Any:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise SerializationException(f"{_token(value)} can not be converted to a Timestamp")
    try:
        return parse_epoch(value)
    except ValueError as error:
        raise SerializationException("NUMBER_VALUE can not be converted to a Timestamp") from error
