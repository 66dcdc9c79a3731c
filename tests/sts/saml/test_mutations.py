"""Signed responses changed by chance: each is refused, or says what was signed, whatever was done to it."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from bailiwick.sts.errors import ExpiredIdentityToken, InvalidIdentityToken
from bailiwick.sts.saml.facts import Assertion
from tests.certificates import rsa_key
from tests.saml_responses import (
    AUDIENCE,
    DS,
    EXCLUSIVE,
    METHODS,
    RECIPIENT,
    SAML,
    SAMLP,
    Told,
    encrypted,
    response_xml,
    signed,
)
from tests.sts.saml.parts import IDP, read, text, tree, trusting

Node = etree._Element

NOW: Final = datetime.now(UTC).replace(microsecond=0)
SAYS: Final = Told({"role": ["reader"], "mail": ["jo@example.com"]}, issued_at=NOW)
ENCRYPTION_KEY: Final = rsa_key(number=3)
TRUSTED: Final = trusting(keys=[ENCRYPTION_KEY])

SIGNED: Final = [
    IDP.response(SAYS),
    IDP.signed_response(SAYS),
    IDP.twice_signed(SAYS),
    response_xml(encrypted(signed(SAYS.xml(), IDP.signer), ENCRYPTION_KEY.public_key())).encode(),
]

TAGS: Final = [
    *(
        f"{{{SAML}}}{name}"
        for name in ("Assertion", "Issuer", "Subject", "NameID", "Advice", "Attribute", "AttributeValue")
    ),
    *(f"{{{SAMLP}}}{name}" for name in ("Response", "Extensions", "Status")),
    *(
        f"{{{DS}}}{name}"
        for name in ("Signature", "SignedInfo", "Reference", "Transforms", "Transform", "Object", "KeyInfo")
    ),
]
VALUES: Final = [
    "admin@corp",
    "",
    RECIPIENT,
    AUDIENCE,
    SAYS.assertion_id,
    f"#{SAYS.assertion_id}",
    IDP.issuer,
    EXCLUSIVE,
    EXCLUSIVE + "WithComments",
    DS + "enveloped-signature",
    DS + "base64",
    "http://www.w3.org/TR/1999/REC-xslt-19991116",
    *METHODS.values(),
]
NAMES: Final = [
    "ID",
    "Id",
    "URI",
    "Algorithm",
    "Recipient",
    "Name",
    "Format",
    "Value",
    "{http://www.w3.org/XML/1998/namespace}id",
]

numbers = st.integers(0, 400)
Change = Callable[[Node], None]


def _at(root: Node, number: int) -> Node:
    nodes = [node for node in root.iter(etree.Element) if node is not root]
    return nodes[number % len(nodes)] if nodes else root


def _is_under(node: Node, ancestor: Node) -> bool:
    return any(each is ancestor for each in (node, *node.iterancestors()))


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """One change of a document."""
    one, other, where = draw(numbers), draw(numbers), draw(st.integers(0, 6))
    tag, value, name = draw(st.sampled_from(TAGS)), draw(st.sampled_from(VALUES)), draw(st.sampled_from(NAMES))
    kind = draw(
        st.sampled_from(["move", "copy", "evil", "wrap", "remove", "rename", "text", "attribute", "comment", "tail"])
    )

    def apply(root: Node) -> None:
        node, target = _at(root, one), _at(root, other)
        parent = node.getparent()
        if parent is None:
            return
        match kind:
            case "move" if not _is_under(target, node):
                target.insert(where, node)
            case "copy":
                target.insert(where, copy.deepcopy(node))
            case "evil":
                made = copy.deepcopy(node)
                for each in made.iter(f"{{{SAML}}}NameID", f"{{{SAML}}}AttributeValue"):
                    each.text = "admin@corp"
                target.insert(where, made)
            case "wrap":
                wrapper = etree.Element(tag)
                parent.replace(node, wrapper)
                wrapper.append(node)
            case "remove":
                parent.remove(node)
            case "rename":
                node.tag = tag
            case "text":
                node.text = value
            case "attribute":
                node.set(name, value)
            case "comment":
                made = etree.Comment("c") if where % 2 else etree.PI("p", "i")
                made.tail, node.text = node.text, (node.text or "")[:where]
                node.insert(0, made)
            case _:
                node.tail = value

    return apply


def outcome(content: bytes) -> Assertion | str:
    """What is read, or that it is refused; anything else is a fault of ours."""
    try:
        return read(content, TRUSTED, now=NOW)
    except (InvalidIdentityToken, ExpiredIdentityToken) as error:
        return error.code


EXPECTED: Final = {content: outcome(content) for content in SIGNED}


def test_what_is_not_changed_is_taken() -> None:
    assert [found.subject if isinstance(found, Assertion) else found for found in EXPECTED.values()] == ["jo@corp"] * 4


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SIGNED), st.lists(changes(), min_size=1, max_size=5))
def test_a_changed_response_is_refused_or_says_what_was_signed(content: bytes, made: list[Change]) -> None:
    root = tree(content)
    for change in made:
        change(root)

    assert outcome(text(root)) in (EXPECTED[content], "InvalidIdentityToken", "ExpiredTokenException")


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(SIGNED), st.data())
def test_changed_bytes_are_refused_or_say_what_was_signed(content: bytes, data: st.DataObject) -> None:
    changed: Any = bytearray(content)
    for _ in range(data.draw(st.integers(1, 3))):
        begin = data.draw(st.integers(0, len(changed)))
        length = data.draw(st.integers(0, 40))
        changed[begin : begin + length] = data.draw(st.binary(max_size=40))

    assert outcome(bytes(changed)) in (EXPECTED[content], "InvalidIdentityToken", "ExpiredTokenException")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300) | st.text(alphabet="<>/&;:=\"'ab ![]-?", max_size=200).map(str.encode))
@example(b"<a:b/>")
@example(b"\x00")
def test_whatever_is_sent_is_answered(content: bytes) -> None:
    assert outcome(content) == "InvalidIdentityToken"
