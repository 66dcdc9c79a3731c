"""Ways to wrap a signed assertion, so that what was verified is not what is read.

The forms are those of "On Breaking SAML: Be Whoever You Want to Be" (USENIX Security 2012).
"""

import copy
from collections.abc import Callable

from lxml import etree

from tests.saml_responses import DS, SAML, SAMLP
from tests.sts.saml.parts import the

Node = etree._Element
EVIL = "admin@corp"


def evil_copy(element: Node, *, new_id: str | None = None) -> Node:
    """A copy of an assertion or response that names somebody else, with no signature; its id stays, or is another."""
    made = copy.deepcopy(element)
    made.tail = None
    for name in made.iter(f"{{{SAML}}}NameID"):
        name.text = EVIL
    for signature in list(made.iter(f"{{{DS}}}Signature")):
        signature.getparent().remove(signature)  # type: ignore[union-attr]
    if new_id is not None:
        made.set("ID", new_id)
    return made


def within(parent: Node, tag: str, *inside: Node) -> Node:
    """A new element at the end of another."""
    made = etree.SubElement(parent, tag)
    made.extend(inside)
    return made


def evil_in_front(root: Node, new_id: str | None) -> None:
    original = the(root, "saml:Assertion")
    original.addprevious(evil_copy(original, new_id=new_id))


def evil_behind(root: Node, new_id: str | None) -> None:
    original = the(root, "saml:Assertion")
    original.addnext(evil_copy(original, new_id=new_id))


def original_in_the_evil_one(root: Node, new_id: str | None) -> None:
    original = the(root, "saml:Assertion")
    evil = evil_copy(original, new_id=new_id)
    root.replace(original, evil)
    evil.append(original)


def original_in_advice_of_the_evil_one(root: Node, new_id: str | None) -> None:
    original = the(root, "saml:Assertion")
    evil = evil_copy(original, new_id=new_id)
    root.replace(original, evil)
    within(evil, f"{{{SAML}}}Advice", original)


def evil_one_with_the_signature(root: Node, new_id: str | None) -> tuple[Node, Node]:
    """Put an evil copy, with the signature in it, where the original was; the original, and the signature."""
    original, signature = the(root, "saml:Assertion"), the(root, "ds:Signature")
    evil = evil_copy(original, new_id=new_id)
    root.replace(original, evil)
    evil.insert(1, signature)
    return original, signature


def signature_moved_to_the_evil_one(root: Node, new_id: str | None) -> None:
    original, _ = evil_one_with_the_signature(root, new_id)
    root.append(original)


def original_in_the_signature_of_the_evil_one(root: Node, new_id: str | None) -> None:
    original, signature = evil_one_with_the_signature(root, new_id)
    signature.append(original)


def original_in_an_object_of_the_signature(root: Node, new_id: str | None) -> None:
    original, signature = evil_one_with_the_signature(root, new_id)
    within(signature, f"{{{DS}}}Object", original)


def original_in_the_key_information(root: Node, new_id: str | None) -> None:
    original, signature = the(root, "saml:Assertion"), the(root, "ds:Signature")
    evil = evil_copy(original, new_id=new_id)
    root.replace(original, evil)
    evil.insert(1, signature)
    the(signature, "ds:KeyInfo").append(original)


def evil_in_extensions(root: Node, new_id: str | None) -> None:
    original = the(root, "saml:Assertion")
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    extensions.append(evil_copy(original, new_id=new_id))
    root.insert(1, extensions)


def original_in_extensions(root: Node, new_id: str | None) -> None:
    original = the(root, "saml:Assertion")
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    root.replace(original, evil_copy(original, new_id=new_id))
    root.insert(1, extensions)
    extensions.append(original)


def original_in_status_detail(root: Node, new_id: str | None) -> None:
    original = the(root, "saml:Assertion")
    root.replace(original, evil_copy(original, new_id=new_id))
    within(the(root, "samlp:Status"), f"{{{SAMLP}}}StatusDetail", original)


def evil_in_the_original(root: Node, new_id: str | None) -> None:
    original = the(root, "saml:Assertion")
    original.append(evil_copy(original, new_id=new_id))


FORMS: list[Callable[[Node, str | None], None]] = [
    evil_in_front,
    evil_behind,
    original_in_the_evil_one,
    original_in_advice_of_the_evil_one,
    signature_moved_to_the_evil_one,
    original_in_the_signature_of_the_evil_one,
    original_in_an_object_of_the_signature,
    original_in_the_key_information,
    evil_in_extensions,
    original_in_extensions,
    original_in_status_detail,
    evil_in_the_original,
]
