"""What identity providers are made of: parameters for OpenID Connect ones, and metadata documents for SAML ones."""

import base64
import functools
from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives import serialization

from tests.certificates import Pair, pair, rsa_key

THUMBPRINT = "a" * 40

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"


def open_id_connect(host: str, **more: Any) -> dict[str, Any]:
    """What CreateOpenIDConnectProvider is given where nothing is to be fetched."""
    return {"Url": f"https://{host}", "ClientIDList": ["web"], "ThumbprintList": [THUMBPRINT], **more}


@functools.cache
def signer() -> Pair:
    """The certificate of an identity provider, made once."""
    return pair("idp.example.com", key=rsa_key())


def encoded(certificate: Pair) -> str:
    """A certificate as metadata has it: base64, in lines."""
    return base64.encodebytes(certificate.certificate.public_bytes(serialization.Encoding.DER)).decode()


def key_descriptor(certificate: Pair | str, use: str | None = "signing") -> str:
    """One key; the text of its certificate, or the certificate."""
    text = certificate if isinstance(certificate, str) else encoded(certificate)
    told = "" if use is None else f' use="{use}"'
    return (
        f'<md:KeyDescriptor{told}><ds:KeyInfo xmlns:ds="{DS}"><ds:X509Data><ds:X509Certificate>{text}'
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )


def entity(
    issuer: str = "https://idp.example.com/saml",
    keys: Sequence[str] | None = None,
    *,
    protocol: str = PROTOCOL,
    attributes: str = "",
) -> str:
    """One EntityDescriptor of an identity provider."""
    given = [key_descriptor(signer())] if keys is None else keys
    return (
        f'<md:EntityDescriptor xmlns:md="{MD}" entityID="{issuer}"{attributes}>'
        f'<md:IDPSSODescriptor protocolSupportEnumeration="{protocol}">{"".join(given)}'
        '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"'
        ' Location="https://idp.example.com/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>'
    )


def entities(*described: str) -> str:
    """A document of several entities."""
    return f'<md:EntitiesDescriptor xmlns:md="{MD}">{"".join(described)}</md:EntitiesDescriptor>'


def saml_metadata(*described: str) -> str:
    """A whole metadata document, of at least the thousand characters that the model asks for."""
    found = described or (entity(),)
    text = found[0] if len(found) == 1 else entities(*found)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.ljust(1000)
