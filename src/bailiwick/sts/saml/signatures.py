"""XML signatures, of the one form that SAML allows, checked by certificates that are known beforehand.

What is used of a signed document is what comes back from here, and nothing else: the element whose digest was checked,
read anew from the very bytes that were digested.

Sources: SAML 2.0 Core, section 5.4 (enveloped signatures, one reference, exclusive canonicalisation); XML Signature.
"""

import re
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from bailiwick.sts.saml.document import DS, Element, parser
from bailiwick.sts.saml.errors import InvalidResponse

_METHODS: Final = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
    }
)
_DIGESTS: Final = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})

_EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_PREFIXES: Final = f"{{{_EXCLUSIVE}}}InclusiveNamespaces"
_BASE64: Final = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*", re.ASCII)


def is_signed(element: Element) -> bool:
    """Whether the element has a signature of its own, good or not."""
    return element.find(f"{DS}Signature") is not None


def verified(element: Element, certificates: Sequence[bytes]) -> tuple[Element, bytes]:
    """An element as it was signed, without its signature, and the certificate that its signature is of.

    The element is looked at alone, so that nothing outside it can be what the signature refers to.

    Args:
        element: has a signature of its own, as a child.
        certificates: DER; of whom the signature must be.

    Raises:
        InvalidResponse: the signature is of another form than SAML's or by another algorithm than those of today,
            is not of that element, or none of the certificates is its signer's.
    """
    alone = etree.fromstring(etree.tostring(element, with_tail=False), parser())
    signed_id = alone.get("ID")
    if not signed_id:
        raise InvalidResponse.signature()
    _require_form(alone, signed_id)
    for certificate in certificates:
        found = _checked(alone, certificate)
        if found is not None:
            if found.tag != element.tag or found.get("ID") != signed_id:
                break
            return found, certificate
    raise InvalidResponse.signature()


def _checked(element: Element, certificate: bytes) -> Element | None:
    """What the certificate's key signed; None if it did not sign it.

    A certificate stands for its key: when it expires is of no consequence (SAML V2.0 Metadata Interoperability
    Profile, section 2.6.1), so that it is looked at as of its first day.
    """
    known = x509.load_der_x509_certificate(certificate)
    configuration = SignatureConfiguration(
        location="./",
        expect_references=1,
        signature_methods=_METHODS,
        digest_algorithms=_DIGESTS,
        verification_time=known.not_valid_before_utc,
    )
    try:
        found = XMLVerifier().verify(
            element, x509_cert=known, parser=parser(), id_attribute="ID", expect_config=configuration
        )
    except (SignXMLException, etree.LxmlError, ValueError):
        return None
    assert not isinstance(found, list), "one reference was expected"
    return found.signed_xml


def _require_form(element: Element, signed_id: str) -> None:
    """Make sure that an element's signature is of SAML's form, and take from it the keys that it brings."""
    signature = _one(element, f"{DS}Signature")
    key_info = signature.find(f"{DS}KeyInfo")
    if key_info is not None:
        signature.remove(key_info)
    info, value = _exactly(signature, f"{DS}SignedInfo", f"{DS}SignatureValue")
    canonical, _, reference = _exactly(info, f"{DS}CanonicalizationMethod", f"{DS}SignatureMethod", f"{DS}Reference")
    transforms, _, digest = _exactly(reference, f"{DS}Transforms", f"{DS}DigestMethod", f"{DS}DigestValue")
    first, second = _exactly(transforms, f"{DS}Transform", f"{DS}Transform")
    _exactly(first)
    is_of_form = (
        reference.get("URI") == f"#{signed_id}"
        and first.get("Algorithm") == _ENVELOPED
        and all(_is_exclusive(each) for each in (second, canonical))
        and all(len(each) == 0 and _BASE64.fullmatch(each.text or "") for each in (value, digest))
    )
    if not is_of_form:
        raise InvalidResponse.signature()


def _is_exclusive(method: Element) -> bool:
    return method.get("Algorithm") == _EXCLUSIVE and all(child.tag == _PREFIXES for child in method)


def _one(element: Element, tag: str) -> Element:
    found = element.findall(tag)
    if len(found) != 1:
        raise InvalidResponse.signature()
    return found[0]


def _exactly(element: Element, *tags: str) -> list[Element]:
    """The nodes in an element, which must be elements of these names in this order; comments are nodes, too."""
    found = list(element)
    if [child.tag for child in found] != list(tags):
        raise InvalidResponse.signature()
    return found
