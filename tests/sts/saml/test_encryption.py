"""Encrypted assertions: those that are opened, and the one answer to all that are not."""

import base64
from collections.abc import Callable
from dataclasses import replace

import pytest
from lxml import etree

from tests.certificates import Key, rsa_key
from tests.saml_responses import DS, SAML, XENC, Encrypting, encrypted, response_xml, signed
from tests.sts.saml.parts import IDP, OTHER, SIGNATURE, read, refused, text, the, told, tree, trusting

KEY = rsa_key(number=3)
NEW_KEY = rsa_key(number=4)

Node = etree._Element


def sealed_response(how: Encrypting | None = None, *, assertion: str | None = None) -> str:
    """A response with an encrypted assertion, by default a signed one."""
    return response_xml(encrypted(assertion or signed(told().xml(), IDP.signer), KEY.public_key(), how), IDP.issuer)


@pytest.mark.parametrize("content", ["aes128-gcm", "aes256-gcm", "aes128-cbc", "aes256-cbc"])
@pytest.mark.parametrize(
    "how",
    [
        Encrypting(),
        Encrypting(digest="sha256"),
        Encrypting(transport="rsa-oaep", digest="sha256", mask="sha256"),
        Encrypting(transport="rsa-oaep", digest="sha512", mask="sha1"),
        Encrypting(is_key_beside=True),
    ],
)
def test_what_aws_names_is_opened(how: Encrypting, content: str) -> None:
    assert read(sealed_response(replace(how, content=content)), trusting(keys=[KEY])).subject == "jo@corp"


def test_every_private_key_is_tried() -> None:
    assert read(sealed_response(), trusting(keys=[NEW_KEY, KEY])).subject == "jo@corp"


def test_a_signed_response_vouches_for_the_encrypted_assertion_in_it() -> None:
    content = signed(sealed_response(assertion=told().xml()), IDP.signer)

    assert read(content, trusting(keys=[KEY])).subject == "jo@corp"


def test_encryption_proves_nothing() -> None:
    with refused(SIGNATURE):
        read(sealed_response(assertion=told().xml()), trusting(keys=[KEY]))
    with refused(SIGNATURE):
        read(sealed_response(assertion=signed(told().xml(), OTHER.signer)), trusting(keys=[KEY]))


def test_what_must_be_encrypted_is_not_taken_in_the_clear() -> None:
    required = trusting(keys=[KEY], must_be_encrypted=True)

    assert read(sealed_response(), required).subject == "jo@corp"
    with refused("Your request included an invalid SAML response. Its assertion must be encrypted."):
        read(IDP.response(told()), required)


def test_two_assertions_are_refused_whether_sealed_or_not() -> None:
    one = encrypted(signed(told().xml(), IDP.signer), KEY.public_key())
    plain = signed(told().xml(), IDP.signer)

    for assertions in (one + one, one + plain, plain + one):
        with refused("Your request included an invalid SAML response. There must be exactly one assertion"):
            read(response_xml(assertions, IDP.issuer), trusting(keys=[KEY]))


def nested(element: str) -> str:
    """An assertion that holds another element in its advice."""
    return told().xml().replace("<saml:Conditions ", f"<saml:Advice>{element}</saml:Advice><saml:Conditions ")


@pytest.mark.parametrize(
    "assertion",
    [
        "not xml",
        "<a/>",
        '<!DOCTYPE a [<!ENTITY e "x">]><a/>',
        signed(told().xml(), IDP.signer).replace("jo@corp", "admin@corp"),
        signed(nested(told().xml()), IDP.signer),
        signed(replace(told(), issuer="https://unknown.example.com").xml(), IDP.signer),
        signed(told().xml(), IDP.signer) + signed(told().xml(), IDP.signer),
        encrypted(signed(told().xml(), IDP.signer), KEY.public_key()),
    ],
)
def test_whatever_is_inside_has_the_answer_of_a_bad_signature(assertion: str) -> None:
    with refused(SIGNATURE):
        read(sealed_response(assertion=assertion), trusting(keys=[KEY]))


def no_key(root: Node) -> None:
    the(root, "ds:KeyInfo").clear()


def two_keys(root: Node) -> None:
    the(root, "saml:EncryptedAssertion").append(tree(text(the(root, "xenc:EncryptedKey"))))


def no_content(root: Node) -> None:
    the(root, "xenc:EncryptedData").remove(root.findall(f".//{{{XENC}}}CipherData")[-1])


def wrapped_by_pkcs1(root: Node) -> None:
    method = the(root, "xenc:EncryptedKey").find(f"{{{XENC}}}EncryptionMethod")
    assert method is not None
    method.set("Algorithm", f"{XENC}rsa-1_5")


def by_triple_des(root: Node) -> None:
    the(root, "xenc:EncryptionMethod").set("Algorithm", f"{XENC}tripledes-cbc")


def by_a_key_of_another_size(root: Node) -> None:
    the(root, "xenc:EncryptionMethod").set("Algorithm", f"{XENC}aes128-cbc")


def of_another_hash(root: Node) -> None:
    the(root, "ds:DigestMethod").set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#md5")


def of_two_hashes(root: Node) -> None:
    method = the(root, "ds:DigestMethod")
    method.addnext(tree(text(method)))


def with_parameters(root: Node) -> None:
    the(root, "ds:DigestMethod").addnext(etree.Element(f"{{{XENC}}}OAEPparams"))


def of_a_reference(root: Node) -> None:
    value = root.findall(f".//{{{XENC}}}CipherValue")[-1]
    parent = value.getparent()
    assert parent is not None
    parent.replace(value, etree.Element(f"{{{XENC}}}CipherReference", URI="https://evil.example/"))


def of_content_only(root: Node) -> None:
    the(root, "xenc:EncryptedData").set("Type", f"{XENC}Content")


def with_a_comment(root: Node) -> None:
    root.findall(f".//{{{XENC}}}CipherValue")[-1].append(etree.Comment("c"))


def not_base64(root: Node) -> None:
    root.findall(f".//{{{XENC}}}CipherValue")[-1].text = "%%%"


def too_short(root: Node) -> None:
    root.findall(f".//{{{XENC}}}CipherValue")[-1].text = "AAAA"


@pytest.mark.parametrize(
    "change",
    [
        no_key,
        two_keys,
        no_content,
        wrapped_by_pkcs1,
        by_triple_des,
        by_a_key_of_another_size,
        of_another_hash,
        of_two_hashes,
        with_parameters,
        of_a_reference,
        of_content_only,
        with_a_comment,
        not_base64,
        too_short,
    ],
)
@pytest.mark.parametrize("content", ["aes256-gcm", "aes256-cbc"])
def test_any_other_form_has_the_answer_of_a_bad_signature(change: Callable[[Node], None], content: str) -> None:
    root = tree(sealed_response(Encrypting(content)))
    change(root)

    with refused(SIGNATURE):
        read(text(root), trusting(keys=[KEY]))


@pytest.mark.parametrize("content", ["aes256-gcm", "aes256-cbc"])
@pytest.mark.parametrize("position", [0, 15, 16, 40, -1, -17])
def test_changed_content_has_the_answer_of_a_bad_signature(position: int, content: str) -> None:
    root = tree(sealed_response(Encrypting(content)))
    value = root.findall(f".//{{{XENC}}}CipherValue")[-1]
    changed = bytearray(base64.b64decode(value.text or ""))
    changed[position] ^= 1
    value.text = base64.b64encode(changed).decode()

    with refused(SIGNATURE):
        read(text(root), trusting(keys=[KEY]))


@pytest.mark.parametrize("keys", [[], [NEW_KEY]])
def test_without_the_key_it_has_the_answer_of_a_bad_signature(keys: list[Key]) -> None:
    with refused(SIGNATURE):
        read(sealed_response(), trusting(keys=keys))


def test_a_namespace_of_the_document_round_it_is_not_the_assertions() -> None:
    """What was encrypted is a document of its own, so that nothing outside can change what it says."""
    inside = signed(told().xml(), IDP.signer).replace(f' xmlns:saml="{SAML}"', "", 1)

    with refused(SIGNATURE):
        read(sealed_response(assertion=inside), trusting(keys=[KEY]))
    assert DS in inside
