"""A response, read as the operation reads it, and what the readers of these tests have in common."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import pytest
from cryptography.hazmat.primitives import serialization
from lxml import etree

from bailiwick.iam.saml_providers.metadata import IdentityProvider
from bailiwick.secret import Secret
from bailiwick.sts.errors import ExpiredIdentityToken, InvalidIdentityToken
from bailiwick.sts.saml import response
from bailiwick.sts.saml.addresses import Addresses
from bailiwick.sts.saml.facts import Assertion, Trusted
from tests.certificates import Key, Pair, pair, rsa_key
from tests.saml_responses import SAML, Idp, Told

PUBLIC_URL: Final = "https://iam.example.com"
PROVIDER_ID: Final = "SAMLSPEXAMPLE"
IDP: Final = Idp()
OTHER: Final = Idp("https://other.example.com", pair("other.example.com", key=rsa_key(number=1)))
"""One that is not trusted."""

SIGNATURE: Final = "Response signature invalid"
ISSUER: Final = "Issuer not present in specified provider"


def der(signer: Pair) -> bytes:
    """A certificate in DER."""
    return signer.certificate.public_bytes(serialization.Encoding.DER)


def sealed(key: Key) -> Secret:
    """A private key as the store gives it."""
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return Secret(key.private_bytes(serialization.Encoding.DER, form, plain))


def trusting(*idps: Idp, keys: Sequence[Key] = (), must_be_encrypted: bool = False) -> Trusted:
    """What is trusted: by default the one identity provider of these tests."""
    found = tuple(IdentityProvider(idp.issuer, (der(idp.signer),)) for idp in idps or (IDP,))
    return Trusted(found, tuple(map(sealed, keys)), must_be_encrypted)


def read(
    content: bytes | str,
    trusted: Trusted | None = None,
    *,
    now: datetime | None = None,
    must_name_provider: bool = False,
) -> Assertion:
    """What a response says."""
    content = content.encode() if isinstance(content, str) else content
    addresses = Addresses(PUBLIC_URL, PROVIDER_ID, must_name_provider)
    return response.read(content, trusted or trusting(), addresses, now or datetime.now(UTC))


@contextmanager
def refused(message: str = "Your request included an invalid SAML response.") -> Iterator[None]:
    """A response must be refused as invalid, with a message that begins so."""
    with pytest.raises(InvalidIdentityToken) as error:
        yield
    assert error.value.message.startswith(message), error.value.message


@contextmanager
def expired(message: str) -> Iterator[None]:
    """A response must be refused as out of date."""
    with pytest.raises(ExpiredIdentityToken) as error:
        yield
    assert error.value.message == message


def tree(content: bytes | str) -> etree._Element:
    """A response to be taken apart."""
    return etree.fromstring(content.encode() if isinstance(content, str) else content)


def text(root: etree._Element) -> bytes:
    """And put together again."""
    return etree.tostring(root)


def the(root: etree._Element, path: str) -> etree._Element:
    """The first element of that name, by prefixes `saml`, `samlp`, `ds` and `xenc`."""
    found = root.find(f".//{path}", PREFIXES)
    assert found is not None, path
    return found


PREFIXES: Final = {
    "saml": SAML,
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}


def told(subject: str = "jo@corp") -> Told:
    """What assertions of these tests tell."""
    return Told({"mail": ["jo@example.com"]}, subject=subject)
