"""Writing XML by the model: one function per shape, made once, that joins strings.

Serves query, ec2 and rest-xml. Source: Smithy, "XML binding traits", "AWS query protocol".
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bailiwick.wire.shapes import FLOATS, INTEGERS, STRINGS, Recursion, Shapes, Use
from bailiwick.wire.timestamps import format_epoch, format_http_date, format_milliseconds
from bailiwick.wire.xml_text import escape_attribute, escape_text

Writer = Callable[[Any], str]
"""Takes a value that is not None, gives its element or elements."""


class XmlWriterCompiler:
    """Makes the writer of each shape of a model. Unknown member names in an output are a bug: KeyError."""

    def __init__(self, shapes: Shapes, format_timestamp: Callable[[datetime], str]) -> None:
        self._shapes = shapes
        self._format_timestamp = format_timestamp
        self._recursion: Recursion[Writer] = Recursion()

    def element(self, use: Use, name: str) -> Writer:
        """The writer of a value as an element of this name (or, if flattened, as several)."""
        make: Callable[[Use, str], Writer]
        if use.type == "structure":
            make = self._structure
        elif use.type == "list":
            make = self._list
        elif use.type == "map":
            make = self._map
        else:
            return self._scalar(use, name)
        key = (use.name, name, use.is_flattened, _namespace(use))
        return self._recursion.compile(key, lambda: make(use, name), _later)

    def content(self, use: Use) -> Writer:
        """The writer of a structure's members, without an element round them. Attributes are left to `element`."""
        writers = {name: self._member(name, member) for name, member in self._body_members(use)}

        def write_members(value: Mapping[str, Any]) -> str:
            return "".join([writers[name](item) for name, item in value.items() if item is not None])

        return write_members

    def _body_members(self, use: Use) -> list[tuple[str, Use]]:
        return [
            (name, member)
            for name, member in self._shapes.members(use)
            if member.reference.location not in {"header", "headers", "statusCode"}
            and not member.reference.xml_attribute
        ]

    def _member(self, name: str, use: Use) -> Writer:
        if use.type == "list" and use.is_flattened:
            return self.element(use, self._shapes.member(use).location_name or use.location_name or name)
        return self.element(use, use.location_name or name)

    def _structure(self, use: Use, name: str) -> Writer:
        attributes = {
            member_name: member.location_name or member_name
            for member_name, member in self._shapes.members(use)
            if member.reference.xml_attribute
        }
        write_content = self.content(use)
        start, close = f"<{name}{_namespace(use)}", f"</{name}>"
        if attributes:
            return _structure_with_attributes(start, close, attributes, write_content)
        open_, empty = f"{start}>", f"{start}/>"

        def write_structure(value: Mapping[str, Any]) -> str:
            content = write_content(value)
            return f"{open_}{content}{close}" if content else empty

        return write_structure

    def _list(self, use: Use, name: str) -> Writer:
        member = self._shapes.member(use)
        if use.is_flattened:
            write = self.element(member, name)
            return lambda value: "".join([write(item) for item in value])
        write = self.element(member, member.location_name or "member")
        open_, close, empty = f"<{name}{_namespace(use)}>", f"</{name}>", f"<{name}{_namespace(use)}/>"

        def write_list(value: list[Any]) -> str:
            return f"{open_}{''.join([write(item) for item in value])}{close}" if value else empty

        return write_list

    def _map(self, use: Use, name: str) -> Writer:
        key, value_use = self._shapes.key_value(use)
        write_key = self.element(key, key.location_name or "key")
        write_value = self.element(value_use, value_use.location_name or "value")
        entry = name if use.is_flattened else "entry"
        open_, close, empty = f"<{name}{_namespace(use)}>", f"</{name}>", f"<{name}{_namespace(use)}/>"

        def write_entries(value: Mapping[str, Any]) -> str:
            return "".join([f"<{entry}>{write_key(name)}{write_value(item)}</{entry}>" for name, item in value.items()])

        if use.is_flattened:
            return write_entries
        return lambda value: f"{open_}{write_entries(value)}{close}" if value else empty

    def _scalar(self, use: Use, name: str) -> Writer:
        open_, close = f"<{name}{_namespace(use)}>", f"</{name}>"
        if use.type in STRINGS:

            def write_string(value: str) -> str:
                # What `escape_text` asks first, without the call: most of what is written is such text.
                if value.isprintable() and "&" not in value and "<" not in value and ">" not in value:
                    return f"{open_}{value}{close}"
                return f"{open_}{escape_text(value)}{close}"

            return write_string
        to_text = scalar_writer(use, self._format_timestamp)
        return lambda value: f"{open_}{to_text(value)}{close}"


def _later(finished: Callable[[], Writer]) -> Writer:
    def write_later(value: Any) -> str:
        return finished()(value)

    return write_later


def scalar_writer(use: Use, format_timestamp: Callable[[datetime], str]) -> Callable[[Any], str]:
    """A function from a scalar to its text, for XML, headers and URIs. `format_timestamp` is the protocol's default."""
    if use.type in STRINGS:
        return str
    if use.type == "boolean":
        return lambda value: "true" if value else "false"
    if use.type in INTEGERS:
        return str
    if use.type in FLOATS:
        return format_float
    if use.type == "blob":
        return lambda value: b64encode(value).decode()
    if use.type == "timestamp":
        form = use.timestamp_format
        if form is None:
            return format_timestamp
        return {
            "iso8601": format_milliseconds,
            "rfc822": format_http_date,
            "unixTimestamp": lambda moment: str(format_epoch(moment)),
        }[form]
    raise ValueError(f"the shape {use.name} of type {use.type} is not a scalar")


def format_float(value: float) -> str:
    """A number as Smithy writes it: `NaN`, `Infinity`, `-Infinity`, or decimal."""
    if value != value:
        return "NaN"
    if value in {float("inf"), float("-inf")}:
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _structure_with_attributes(
    start: str, close: str, attributes: Mapping[str, str], write_content: Writer
) -> Callable[[Mapping[str, Any]], str]:
    def write(value: Mapping[str, Any]) -> str:
        rest = dict(value)
        given = {name: rest.pop(name, None) for name in attributes}
        written = "".join(
            f' {attributes[name]}="{escape_attribute(text)}"' for name, text in given.items() if text is not None
        )
        return f"{start}{written}>{write_content(rest)}{close}"

    return write


def _namespace(use: Use) -> str:
    namespace = use.xml_namespace
    if namespace is None:
        return ""
    prefix = f":{namespace.prefix}" if namespace.prefix else ""
    return f' xmlns{prefix}="{escape_attribute(namespace.uri)}"'
