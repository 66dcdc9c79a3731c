"""Signed responses that an attacker changes round what was signed: each is refused.

The forms are those of "On Breaking SAML: Be Whoever You Want to Be" (USENIX Security 2012), and what was found since:
identifiers that occur twice, references that see nothing, canonicalisation of nothing, text that is cut.
"""

import base64
import copy
import hashlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from tests.saml_responses import (
    DS,
    ENVELOPED,
    EXCLUSIVE,
    Signing,
    canonical,
    response_xml,
    signed,
)
from tests.sts.saml.parts import IDP, OTHER, SIGNATURE, read, refused, text, the, told, tree
from tests.sts.saml.wrapping import EVIL, FORMS, Node, evil_copy, within


@pytest.mark.parametrize("new_id", [None, "_evil", ""])
@pytest.mark.parametrize("make", [IDP.response, IDP.signed_response, IDP.twice_signed])
@pytest.mark.parametrize("form", FORMS)
def test_a_wrapped_assertion_is_refused(
    form: Callable[[Node, str | None], None], make: object, new_id: str | None
) -> None:
    assert callable(make)
    root = tree(make(told()))
    form(root, new_id)

    with refused(""):
        read(text(root))


@pytest.mark.parametrize("new_id", [None, "_evil"])
@pytest.mark.parametrize("place", ["inside", "beside", "in the signature", "in an object"])
@pytest.mark.parametrize("make", [IDP.signed_response, IDP.twice_signed])
def test_a_wrapped_response_is_refused(make: Callable[..., bytes], place: str, new_id: str | None) -> None:
    original = tree(make(told()))
    evil = evil_copy(original, new_id=new_id)
    signature = the(original, "ds:Signature")
    match place:
        case "inside":
            evil.append(original)
        case "beside":
            evil.insert(1, signature)
            evil.append(original)
        case "in the signature":
            evil.insert(1, signature)
            signature.append(original)
        case _:
            evil.insert(1, signature)
            within(signature, f"{{{DS}}}Object", original)

    with refused(""):
        read(text(evil))


def without_reference(root: Node) -> None:
    the(root, "ds:SignedInfo").remove(the(root, "ds:Reference"))


def with_two_references(root: Node) -> None:
    reference = the(root, "ds:Reference")
    reference.addnext(copy.deepcopy(reference))


def with_two_digests(root: Node) -> None:
    value = the(root, "ds:DigestValue")
    value.addprevious(copy.deepcopy(value))


def with_a_comment_in_the_digest(root: Node) -> None:
    value = the(root, "ds:DigestValue")
    value.append(etree.Comment("x"))


def with_a_comment_in_the_signature(root: Node) -> None:
    value = the(root, "ds:SignatureValue")
    value.append(etree.Comment("x"))


def with_two_signatures(root: Node) -> None:
    signature = the(root, "ds:Signature")
    signature.addnext(copy.deepcopy(signature))


def with_an_object(root: Node) -> None:
    within(the(root, "ds:Signature"), f"{{{DS}}}Object")


def with_an_empty_signature(root: Node) -> None:
    the(root, "ds:SignatureValue").text = ""


def with_an_empty_digest(root: Node) -> None:
    the(root, "ds:DigestValue").text = None


def with_another_signer(root: Node) -> None:
    the(root, "ds:X509Certificate").text = "".join(OTHER.signer.pem.splitlines()[1:-1])
    the(root, "saml:Assertion").remove(the(root, "ds:Signature"))


def of_another_namespace(root: Node) -> None:
    the(root, "ds:Signature").tag = "{http://www.w3.org/2000/09/xmldsig}Signature"


@pytest.mark.parametrize(
    "change",
    [
        without_reference,
        with_two_references,
        with_two_digests,
        with_a_comment_in_the_digest,
        with_a_comment_in_the_signature,
        with_two_signatures,
        with_an_object,
        with_an_empty_signature,
        with_an_empty_digest,
        with_another_signer,
        of_another_namespace,
    ],
)
def test_a_signature_of_another_form_is_refused(change: Callable[[Node], None]) -> None:
    root = tree(IDP.response(told()))
    change(root)

    with refused(""):
        read(text(root))


INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"


@pytest.mark.parametrize(
    "how",
    [
        Signing(transforms=(ENVELOPED,)),
        Signing(transforms=(EXCLUSIVE,)),
        Signing(transforms=()),
        Signing(transforms=(EXCLUSIVE, ENVELOPED)),
        Signing(transforms=(ENVELOPED, EXCLUSIVE, EXCLUSIVE)),
        Signing(transforms=(ENVELOPED, EXCLUSIVE + "WithComments")),
        Signing(transforms=(ENVELOPED, INCLUSIVE)),
        Signing(transforms=(ENVELOPED, XPATH)),
        Signing(transforms=(ENVELOPED, XSLT)),
        Signing(transforms=(ENVELOPED, "http://www.w3.org/2000/09/xmldsig#base64")),
        Signing(canonical=INCLUSIVE),
        Signing(canonical=EXCLUSIVE + "WithComments"),
        Signing(reference=""),
        Signing(reference="#_other"),
        Signing(reference="#xpointer(/)"),
        Signing(reference="https://evil.example/assertion.xml"),
        Signing(reference="file:///etc/passwd"),
        Signing(more_references=1),
    ],
)
def test_even_the_identity_provider_signs_in_one_way_only(how: Signing) -> None:
    with refused(SIGNATURE):
        read(IDP.response(told(), how=how))
    with refused(SIGNATURE):
        read(IDP.signed_response(told(), how=how))


def test_its_public_key_is_no_secret_to_sign_with() -> None:
    root = tree(IDP.response(told()))
    the(root, "ds:SignatureMethod").set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
    certificate = IDP.signer.certificate.public_bytes(serialization.Encoding.PEM)
    mac = hmac.HMAC(certificate, hashes.SHA256())
    mac.update(canonical(the(root, "ds:SignedInfo")))
    the(root, "ds:SignatureValue").text = etree.CDATA(mac.finalize().hex())

    with refused(SIGNATURE):
        read(text(root))


def test_the_key_that_a_message_brings_is_not_looked_at() -> None:
    with refused(SIGNATURE):
        read(response_xml(signed(told().xml(), OTHER.signer)))
    assert read(IDP.response(told(), how=Signing(key_info=False))).subject == "jo@corp"


@pytest.mark.parametrize("prefix", ["", "../up", "relative", "#here", "1:2", "http://example.com/\N{SNOWMAN}"])
def test_a_canonicalisation_that_fails_proves_nothing(prefix: str) -> None:
    """A namespace that is no absolute URI cannot be canonicalised; there are libraries that then digest nothing."""
    nothing = IDP.response(told()).decode().replace("jo@corp", EVIL)
    namespace = f'<saml:Assertion xmlns:void="{prefix}" void:a="" ' if prefix else '<saml:Assertion xmlns:void="x:y" '
    content = nothing.replace("<saml:Assertion ", namespace)

    with refused(""):
        read(content)


@pytest.mark.parametrize("inserted", ["<!---->", "<!-- c -->", "<?p i?>", "<![CDATA[]]>"])
def test_text_is_not_cut(inserted: str) -> None:
    content = IDP.response(told("jo@corp.evil.example")).decode().replace("jo@corp.evil", f"jo@corp{inserted}.evil")

    if inserted.startswith("<?"):
        with refused(SIGNATURE):
            read(content)
    else:
        assert read(content).subject == "jo@corp.evil.example"


def test_an_identity_provider_cannot_cut_it_either() -> None:
    marked = told().xml().replace("jo@corp", "jo@corp<?p i?>.evil.example")

    with refused("Your request included an invalid SAML response. There is something in NameID"):
        read(response_xml(signed(marked, IDP.signer)))


@pytest.mark.parametrize(
    "prolog",
    [
        "<!DOCTYPE a>",
        '<!DOCTYPE a [<!ENTITY e "admin">]>',
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">',
        "<!DOCTYPE a [<!ATTLIST saml:Assertion ID ID #IMPLIED>]>",
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;&a;">]>',
    ],
)
def test_document_types_are_refused(prolog: str) -> None:
    with refused("Your request included an invalid SAML response. It must not have a document type"):
        read(prolog + IDP.response(told()).decode())


def test_entities_and_other_encodings_are_refused() -> None:
    content = IDP.response(told()).decode()

    with refused():
        read(content.replace("jo@corp", "&e;"))
    for encoding in ("utf-16", "utf-32", "utf-7"):
        with refused(""):
            read(content.encode(encoding))


@pytest.mark.parametrize("name", ["ID", "Id", "id", "xml:id"])
def test_an_id_that_occurs_twice_is_refused(name: str) -> None:
    says = told()
    content = IDP.response(says).decode().replace("<samlp:Status>", f'<samlp:Status {name}="{says.assertion_id}">')

    with refused("Your request included an invalid SAML response. An ID occurs in it twice."):
        read(content)


def test_deep_and_wide_documents_are_refused_quickly() -> None:
    with refused():
        read("<a>" * 5000 + "</a>" * 5000)
    with refused():
        read("<a>" + "<b/>" * 15_000 + "</a>")
    with refused():
        read("<a " + " ".join(f'b{number}=""' for number in range(8000)) + "/>")


@pytest.mark.parametrize("place", ["ds:SignedInfo", "ds:Signature", "saml:Assertion"])
def test_a_signature_of_nothing_proves_nothing(place: str) -> None:
    """Where both canonicalisations gave nothing, a signature of nothing would fit every assertion."""
    root = tree(IDP.response(told()))
    the(root, "saml:NameID").text = EVIL
    assert isinstance(IDP.signer.key, rsa.RSAPrivateKey)
    nothing = IDP.signer.key.sign(b"", padding.PKCS1v15(), hashes.SHA256())
    the(root, "ds:SignatureValue").text = base64.b64encode(nothing).decode()
    the(root, "ds:DigestValue").text = base64.b64encode(hashlib.sha256(b"").digest()).decode()
    opening = f"<{place} "
    content = (
        text(root).decode().replace(f"<{place}>", f"{opening}>").replace(opening, f'{opening}xmlns:v="./v" v:v="" ')
    )
    assert 'xmlns:v="./v"' in content

    with refused(SIGNATURE):
        read(content)
