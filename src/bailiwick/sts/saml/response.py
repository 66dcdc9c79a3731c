"""A response of an identity provider, from its bytes to what its one assertion says: verified, timely, and for here.

Each step uses only what the step before gives: of a signed response the signed response, of an encrypted assertion the
opened one, of a signed assertion the signed assertion. What is outside a signature can refuse a response, and no more.

Sources: SAML 2.0 Core; Profiles, section 4.1.4.2 and 4.1.4.3; IAM User Guide, "Configure SAML assertions for the
authentication response".
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from bailiwick.sts.saml import document, encryption, signatures, statements
from bailiwick.sts.saml.addresses import Addresses
from bailiwick.sts.saml.document import DS, SAML, SAMLP, Element
from bailiwick.sts.saml.errors import InvalidResponse
from bailiwick.sts.saml.facts import Assertion, Trusted

_SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
_ENTITY: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"

_IN_RESPONSE: Final = frozenset(
    {f"{SAML}Issuer", f"{DS}Signature", f"{SAMLP}Extensions", f"{SAMLP}Status"}
    | {f"{SAML}Assertion", f"{SAML}EncryptedAssertion"}
)


def read(content: bytes, trusted: Trusted, addresses: Addresses, now: datetime) -> Assertion:
    """What a response says.

    Args:
        content: the response's XML.
        trusted: whose assertions are believed.
        addresses: where a response may have been sent to.
        now: aware UTC.

    Raises:
        InvalidResponse: it is not a response with exactly one assertion, not signed by whom it says and who is
            trusted, not for here, or not yet to be used.
        ExpiredResponse: it is too old, or has expired.
    """
    root = document.parse(content)
    _require_response(root)
    destination = root.get("Destination")
    if destination is not None and not addresses.is_recipient(destination):
        raise InvalidResponse.because("Its Destination is another.")
    assertion, proof = _verified(root, trusted)
    return statements.read(assertion, proof.certificate, addresses, now)


def _require_response(root: Element) -> None:
    """Make sure of the shape: one assertion, and signatures only where they can be."""
    if root.tag != f"{SAMLP}Response" or root.get("Version") != "2.0":
        raise InvalidResponse.because("It is not a Response of SAML 2.0.")
    if any(child.tag not in _IN_RESPONSE for child in document.children(root)):
        raise InvalidResponse.because("There is something in it that cannot be there.")
    plain, sealed = root.findall(f"{SAML}Assertion"), root.findall(f"{SAML}EncryptedAssertion")
    if len(plain) + len(sealed) != 1:
        raise InvalidResponse.because("There must be exactly one assertion in it.")
    _require_nothing_hidden(root, [root, *plain])
    status = document.only(document.only(root, f"{SAMLP}Status"), f"{SAMLP}StatusCode")
    if status.get("Value") != _SUCCESS:
        raise InvalidResponse.because("Its status is not success.")
    if root.get("InResponseTo") is not None:
        raise InvalidResponse.because("It answers a request, and none was made.")


def _require_nothing_hidden(root: Element, may_be_signed: Sequence[Element]) -> None:
    """Make sure that there is no further assertion anywhere, and no signature of anything else."""
    assertions = sum(1 for _ in root.iter(f"{SAML}Assertion", f"{SAML}EncryptedAssertion"))
    known = sum(len(element.findall(f"{DS}Signature")) for element in may_be_signed)
    if assertions != 1 or known != sum(1 for _ in root.iter(f"{DS}Signature")):
        raise InvalidResponse.because("There must be exactly one assertion in it, and nothing else signed.")


class _Proof(NamedTuple):
    """Who signed what is read: the issuer, and its certificate that the signature was checked by."""

    issuer: str
    certificate: bytes


def _verified(root: Element, trusted: Trusted) -> tuple[Element, _Proof]:
    """The response's assertion, verified, and the proof: its own signature, or that of the response round it."""
    proof = None
    if signatures.is_signed(root):
        root, proof = _proven(root, trusted)
    sealed = root.find(f"{SAML}EncryptedAssertion")
    if sealed is not None:
        found, proof = _opened(sealed, trusted, proof)
    elif trusted.must_be_encrypted:
        raise InvalidResponse.because("Its assertion must be encrypted.")
    else:
        found, proof = _signed_assertion(document.only(root, f"{SAML}Assertion"), trusted, proof)
    if root.find(f"{SAML}Issuer") is not None and _issuer(root) != proof.issuer:
        raise InvalidResponse.issuer()
    return found, proof


def _opened(sealed: Element, trusted: Trusted, proof: _Proof | None) -> tuple[Element, _Proof]:
    """An encrypted assertion, opened and verified. One answer, until it is proven whose it is: see `encryption`."""
    try:
        assertion = encryption.opened(sealed, trusted.private_keys)
        _require_nothing_hidden(assertion, [assertion])
        return _signed_assertion(assertion, trusted, proof)
    except InvalidResponse:
        raise InvalidResponse.signature() from None


def _signed_assertion(assertion: Element, trusted: Trusted, proof: _Proof | None) -> tuple[Element, _Proof]:
    if signatures.is_signed(assertion):
        assertion, proof = _proven(assertion, trusted)
    if proof is None or assertion.tag != f"{SAML}Assertion":
        raise InvalidResponse.signature()
    if _issuer(assertion) != proof.issuer:
        raise InvalidResponse.issuer()
    return assertion, proof


def _proven(element: Element, trusted: Trusted) -> tuple[Element, _Proof]:
    """A signed element as it was signed, by the issuer that it names."""
    issuer = _issuer(element)
    for each in trusted.identity_providers:
        if each.issuer == issuer:
            found, certificate = signatures.verified(element, each.certificates)
            if _issuer(found) != issuer:
                raise InvalidResponse.signature()
            return found, _Proof(issuer, certificate)
    raise InvalidResponse.issuer()


def _issuer(element: Element) -> str:
    issuer = document.only(element, f"{SAML}Issuer")
    if issuer.get("Format", _ENTITY) != _ENTITY:
        raise InvalidResponse.issuer()
    return document.text(issuer)
