"""Reading XML bodies by the model (Smithy, "AWS restXml protocol", "XML binding traits").

The parser takes no document type, and with it no entities; depth and number of elements are bounded.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from bailiwick.wire.errors import MalformedXML
from bailiwick.wire.scalars import Unreadable, text_reader
from bailiwick.wire.shapes import Recursion, Shapes, Use

_DEEPEST = 64
_MOST_ELEMENTS = 100_000
_MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"


@dataclass(slots=True)
class Element:
    """An element, its namespace prefix dropped; attributes keep theirs."""

    name: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.pieces)


class _Refused(Exception):
    """The document is not taken."""


def parse_xml(body: bytes) -> Element:
    """The root element of a document in UTF-8 or UTF-16.

    Raises:
        MalformedXML: not well-formed, with a document type, or larger than the bounds.
    """
    roots: list[Element] = []
    open_elements: list[Element] = []
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > _MOST_ELEMENTS or len(open_elements) >= _DEEPEST:
            raise _Refused
        element = Element(name.rpartition(":")[2], attributes)
        (open_elements[-1].children if open_elements else roots).append(element)
        open_elements.append(element)

    def end(_: str) -> None:
        open_elements.pop()

    def text(data: str) -> None:
        if open_elements:
            open_elements[-1].pieces.append(data)

    def refuse(*_: object) -> None:
        raise _Refused

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, _Refused, UnicodeError, LookupError, ValueError) as error:
        raise MalformedXML(_MALFORMED) from error
    return roots[0]


Reader = Callable[[list[Element]], Any]
"""Takes the elements that make a member: one, or several for a flattened list or map."""


class XmlReaderCompiler:
    """Makes the reader of each shape of a model. Readers raise MalformedXML."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._recursion: Recursion[Reader] = Recursion()

    def reader(self, use: Use) -> Reader:
        """The reader of a use of a shape."""
        make: Callable[[Use], Reader]
        if use.type == "structure":
            make = self._structure
        elif use.type == "list":
            make = self._list
        elif use.type == "map":
            make = self._map
        else:
            return self._scalar(use)
        return self._recursion.compile((use.name, use.is_flattened), lambda: make(use), _later)

    def members(self, members: list[tuple[str, Use]]) -> Reader:
        """The reader of an element that holds some members; others in it are ignored."""
        readers = [
            (self._wire_name(name, member), name, member.reference.xml_attribute, self.reader(member))
            for name, member in members
        ]

        def read_structure(elements: list[Element]) -> dict[str, Any]:
            element = _only(elements)
            children: dict[str, list[Element]] = {}
            for child in element.children:
                children.setdefault(child.name, []).append(child)
            values: dict[str, Any] = {}
            for wire_name, name, is_attribute, read in readers:
                if is_attribute:
                    if wire_name in element.attributes:
                        values[name] = read([Element(wire_name, {}, pieces=[element.attributes[wire_name]])])
                elif wire_name in children:
                    values[name] = read(children[wire_name])
            return values

        return read_structure

    def _wire_name(self, name: str, use: Use) -> str:
        if use.type == "list" and use.is_flattened:
            # botocore sends a flattened list under the member's own name; the element's wins where the model has both.
            return use.location_name or self._shapes.member(use).location_name or name
        return use.location_name or name

    def _structure(self, use: Use) -> Reader:
        return self.members(self._shapes.members(use))

    def _list(self, use: Use) -> Reader:
        member = self._shapes.member(use)
        read = self.reader(member)
        if use.is_flattened:
            return lambda elements: [read([element]) for element in elements]
        name = member.location_name or "member"
        return lambda elements: [read([child]) for child in _only(elements).children if child.name == name]

    def _map(self, use: Use) -> Reader:
        key, value = self._shapes.key_value(use)
        read_entry = self.members([("key", key), ("value", value)])
        is_flattened = use.is_flattened

        def read_map(elements: list[Element]) -> dict[str, Any]:
            entries = elements if is_flattened else [e for e in _only(elements).children if e.name == "entry"]
            values: dict[str, Any] = {}
            for entry in entries:
                pair = read_entry([entry])
                if len(pair) != 2 or pair["key"] in values:
                    raise MalformedXML(_MALFORMED)
                values[pair["key"]] = pair["value"]
            return values

        return read_map

    def _scalar(self, use: Use) -> Reader:
        read = text_reader(use)

        def read_scalar(elements: list[Element]) -> Any:
            element = _only(elements)
            if element.children:
                raise MalformedXML(_MALFORMED)
            try:
                return read(element.text)
            except Unreadable as error:
                raise MalformedXML(_MALFORMED) from error

        return read_scalar


def _only(elements: list[Element]) -> Element:
    if len(elements) != 1:
        raise MalformedXML(_MALFORMED)
    return elements[0]


def _later(finished: Callable[[], Reader]) -> Reader:
    def read_later(elements: list[Element]) -> Any:
        return finished()(elements)

    return read_later
