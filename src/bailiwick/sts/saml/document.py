"""The XML of a response, read strictly: UTF-8, no document type, no entities, no network, every id once.

Whatever is read from an element here is its whole text or nothing: an element with anything else in it than text has
none, so that neither comments nor processing instructions cut a value.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from bailiwick.sts.saml.errors import InvalidResponse

Element = etree._Element

SAML: Final = "{urn:oasis:names:tc:SAML:2.0:assertion}"
SAMLP: Final = "{urn:oasis:names:tc:SAML:2.0:protocol}"
DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"
XENC: Final = "{http://www.w3.org/2001/04/xmlenc#}"

_IDS: Final = frozenset({"ID", "Id", "id", "{http://www.w3.org/XML/1998/namespace}id"})
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)
_BLANK: Final = " \t\r\n"


def parser() -> etree.XMLParser:
    """A parser that fetches nothing and expands nothing, and reads UTF-8 whatever the document says it is."""
    return etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, collect_ids=False
    )


def parse(content: bytes) -> Element:
    """The root of a document.

    Raises:
        InvalidResponse: it is not well-formed, has a document type, or an id occurs twice in it.
    """
    if b"<!DOCTYPE" in content:
        raise InvalidResponse.because("It must not have a document type declaration.")
    try:
        content.decode("utf-8")
        root = etree.fromstring(content, parser())
    except (etree.XMLSyntaxError, UnicodeDecodeError) as error:
        raise InvalidResponse.because("It is not well-formed XML in UTF-8.") from error
    require_unique_ids(root)
    return root


def require_unique_ids(root: Element) -> None:
    """Make sure that an id names one element, under whichever of the usual names for the attribute.

    Raises:
        InvalidResponse: one occurs twice.
    """
    seen: set[str] = set()
    for element in root.iter(etree.Element):
        for name in _IDS & set(element.keys()):
            if element.attrib[name] in seen:
                raise InvalidResponse.because("An ID occurs in it twice.")
            seen.add(element.attrib[name])


def children(element: Element) -> Iterator[Element]:
    """The elements directly in an element.

    Raises:
        InvalidResponse: there is other content between them than white space, comments or processing instructions.
    """
    if (element.text or "").strip(_BLANK):
        raise _unexpected(element)
    for child in element:
        if (child.tail or "").strip(_BLANK):
            raise _unexpected(element)
        if isinstance(child.tag, str):
            yield child


def named(element: Element, tag: str) -> list[Element]:
    """The children of that name."""
    return [child for child in children(element) if child.tag == tag]


def only(element: Element, tag: str) -> Element:
    """The one child of that name.

    Raises:
        InvalidResponse: there is none, or more than one.
    """
    found = named(element, tag)
    if len(found) != 1:
        raise InvalidResponse.because(f"There must be exactly one {local(tag)} in {local(element.tag)}.")
    return found[0]


def at_most_one(element: Element, tag: str) -> Element | None:
    """The child of that name, if there is one.

    Raises:
        InvalidResponse: there is more than one.
    """
    return only(element, tag) if named(element, tag) else None


def text(element: Element) -> str:
    """The text of an element that holds nothing else.

    Raises:
        InvalidResponse: there is something else in it: an element, a comment, a processing instruction.
    """
    if len(element):
        raise _unexpected(element)
    return element.text or ""


def attribute(element: Element, name: str) -> str:
    """An attribute that must be there.

    Raises:
        InvalidResponse: it is not.
    """
    value = element.get(name)
    if value is None:
        raise InvalidResponse.because(f"{local(element.tag)} must have the attribute {name}.")
    return value


def time(element: Element, name: str) -> datetime | None:
    """A time that an attribute tells, aware UTC; None when the attribute is not there.

    Raises:
        InvalidResponse: it is not a time in UTC. Source: SAML 2.0 Core, section 1.3.3.
    """
    value = element.get(name)
    if value is None:
        return None
    match = _TIME.fullmatch(value)
    try:
        if match is not None:
            fraction = (match[2] or "").ljust(6, "0")[:6]
            return datetime.fromisoformat(f"{match[1]}.{fraction}").replace(tzinfo=UTC)
    except ValueError:
        pass  # a month 13, and the like
    raise InvalidResponse.because(f"{name} of {local(element.tag)} is not a time in UTC.")


def local(tag: object) -> str:
    """An element's name without its namespace, for messages."""
    return str(tag).rpartition("}")[2]


def _unexpected(element: Element) -> InvalidResponse:
    return InvalidResponse.because(f"There is something in {local(element.tag)} that cannot be there.")
