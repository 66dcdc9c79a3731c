"""SAML metadata, read strictly: who issues assertions, and by which certificates they are checked. Pure.

The document is a stranger's. It is read as a stream, without a tree, by a parser that knows no document type and no
entity but XML's own five; what is too deep, too long or too many stops it there. Slow for the largest documents.

Sources: "Metadata for the OASIS Security Assertion Markup Language (SAML) V2.0", sections 2.2 to 2.4; IAM User Guide,
"Create a SAML identity provider in IAM" (keys of at least 1024 bits, no repeated extensions; neither `validUntil` nor
the expiry of a certificate is looked at).
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

MOST_IDENTITY_PROVIDERS: Final = 10
MOST_KEYS: Final = 10
"""Of each identity provider. Source: IAM User Guide, "IAM and AWS STS quotas"."""

_MOST_ELEMENTS: Final = 200_000
_MOST_ATTRIBUTES: Final = 64
_DEEPEST: Final = 64
_LONGEST_ISSUER: Final = 1024
_LONGEST_CERTIFICATE: Final = 32 * 1024
_CHUNK: Final = 64 * 1024
_SMALLEST_KEY: Final = 1024
_LARGEST_KEY: Final = 16_384

_MD: Final = "urn:oasis:names:tc:SAML:2.0:metadata "
_DS: Final = "http://www.w3.org/2000/09/xmldsig# "
_PROTOCOL: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
_ENTITY: Final = _MD + "EntityDescriptor"
_ENTITIES: Final = _MD + "EntitiesDescriptor"
_ROLE: Final = _MD + "IDPSSODescriptor"
_KEY: Final = _MD + "KeyDescriptor"
_CERTIFICATE_PATH: Final = [_ENTITY, _ROLE, _KEY, _DS + "KeyInfo", _DS + "X509Data", _DS + "X509Certificate"]


class InvalidMetadata(ValueError):
    """The document is not metadata of an identity provider. The message is for who uploads it."""


class TooMany(InvalidMetadata):
    """The document is metadata, of more identity providers or with more keys than one SAML provider can have."""

    def __init__(self, quota: str, limit: int) -> None:
        super().__init__(f"more than {limit}")
        self.quota = quota
        self.limit = limit


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """One issuer of assertions: its entity id, and the certificates (DER) its signatures are checked by."""

    issuer: str
    certificates: tuple[bytes, ...]


def read(document: str) -> tuple[IdentityProvider, ...]:
    """The identity providers of a metadata document, at least one, in its order.

    Raises:
        InvalidMetadata: it is not well-formed, has a document type or is too deep; describes no identity provider of
            SAML 2.0, or one without a certificate or twice; or a certificate is none, or has a weak or unknown key.
        TooMany: it describes more than ten, or one with more than ten keys.
    """
    reader = _Reader()
    parser = expat.ParserCreate("utf-8", " ")  # whatever encoding the document declares: these bytes are UTF-8
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.document_type
    try:
        content = document.encode("utf-8")
        for begin in range(0, len(content), _CHUNK):
            parser.Parse(content[begin : begin + _CHUNK], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        where = f"line {error.lineno}, column {error.offset + 1}"
        raise InvalidMetadata(f"It is not well-formed XML ({expat.ErrorString(error.code)}: {where}).") from error
    except UnicodeEncodeError as error:
        raise InvalidMetadata("It holds a character that XML does not have.") from error
    return reader.found()


@dataclass(slots=True)
class _Entity:
    """What is known so far of one entity."""

    issuer: str
    is_identity_provider: bool = False
    certificates: list[bytes] = field(default_factory=list)


class _Reader:
    """Takes the parser's events. An element counts only at its very place under the entity that it describes."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._elements = 0
        self._entity: _Entity | None = None
        self._entities: list[_Entity] = []
        self._is_of_role = False  # within a role descriptor for SAML 2.0
        self._is_for_signing = False  # within a key descriptor that signatures may be checked by
        self._encoded: list[str] | None = None  # within a certificate
        self._encoded_length = 0

    def document_type(self, *_: object) -> None:
        raise InvalidMetadata("It must not have a document type declaration.")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._path.append(name)
        if self._elements > _MOST_ELEMENTS or len(self._path) > _DEEPEST or len(attributes) > _MOST_ATTRIBUTES:
            raise InvalidMetadata("It has too many elements or attributes, or is too deep.")
        if self._encoded is not None:
            raise InvalidMetadata("There is an element in a certificate.")
        if name == _ENTITY:
            self._begin_entity(attributes)
        elif len(self._path) == 1 and name != _ENTITIES:
            raise InvalidMetadata("It is not an EntityDescriptor or EntitiesDescriptor of SAML metadata.")
        elif self._is_at(_ENTITY, _ROLE):
            self._is_of_role = _PROTOCOL in attributes.get("protocolSupportEnumeration", "").split()
            if self._entity is not None and self._is_of_role:
                self._entity.is_identity_provider = True
        elif self._is_at(_ENTITY, _ROLE, _KEY):
            self._is_for_signing = self._is_of_role and attributes.get("use", "signing") == "signing"
        elif self._is_for_signing and self._is_at(*_CERTIFICATE_PATH):
            self._encoded, self._encoded_length = [], 0

    def end(self, name: str) -> None:
        if self._encoded is not None:
            self._add_certificate("".join(self._encoded))
            self._encoded = None
        elif self._is_at(_ENTITY, _ROLE, _KEY):
            self._is_for_signing = False
        elif self._is_at(_ENTITY, _ROLE):
            self._is_of_role = False
        elif name == _ENTITY:
            self._entity = None
        self._path.pop()

    def text(self, text: str) -> None:
        if self._encoded is not None:
            self._encoded.append(text)
            self._encoded_length += len(text)
            if self._encoded_length > _LONGEST_CERTIFICATE:
                raise InvalidMetadata("A certificate is too long.")

    def found(self) -> tuple[IdentityProvider, ...]:
        """The identity providers, once the document is at its end."""
        found = [entity for entity in self._entities if entity.is_identity_provider]
        if not found:
            raise InvalidMetadata("It describes no identity provider for SAML 2.0 (IDPSSODescriptor).")
        if len(found) > MOST_IDENTITY_PROVIDERS:
            raise TooMany("IdPsPerSAMLProvider", MOST_IDENTITY_PROVIDERS)
        for entity in found:
            if not entity.certificates:
                raise InvalidMetadata(f"There is no signing certificate of {entity.issuer}.")
            if len(entity.certificates) > MOST_KEYS:
                raise TooMany("KeysPerSAMLProvider", MOST_KEYS)
        return tuple(IdentityProvider(entity.issuer, tuple(entity.certificates)) for entity in found)

    def _is_at(self, *end_of_path: str) -> bool:
        """Whether the path ends so, and above it are only lists of entities."""
        above = len(self._path) - len(end_of_path)
        return above >= 0 and self._path[above:] == [*end_of_path] and {*self._path[:above]} <= {_ENTITIES}

    def _begin_entity(self, attributes: dict[str, str]) -> None:
        if not self._is_at(_ENTITY):
            raise InvalidMetadata("There is an EntityDescriptor where none can be.")
        issuer = attributes.get("entityID", "")
        if not 1 <= len(issuer) <= _LONGEST_ISSUER or issuer != issuer.strip():
            raise InvalidMetadata(f"An entityID must have 1 to {_LONGEST_ISSUER} characters.")
        if any(entity.issuer == issuer for entity in self._entities):
            raise InvalidMetadata(f"{issuer} is described twice.")
        self._entity = _Entity(issuer)
        self._entities.append(self._entity)
        if len(self._entities) > 10 * MOST_IDENTITY_PROVIDERS:  # others than identity providers may be among them
            raise InvalidMetadata("It describes too many entities.")

    def _add_certificate(self, encoded: str) -> None:
        assert self._entity is not None, "a certificate is an entity's"
        certificate = _certificate(encoded)
        if certificate not in self._entity.certificates:
            self._entity.certificates.append(certificate)
        if len(self._entity.certificates) > MOST_KEYS:
            raise TooMany("KeysPerSAMLProvider", MOST_KEYS)


def _certificate(encoded: str) -> bytes:
    """The DER of a certificate that signatures can be checked by."""
    try:
        content = binascii.a2b_base64("".join(encoded.split()), strict_mode=True)
        certificate = x509.load_der_x509_certificate(content)
        key = certificate.public_key()
        _ = certificate.extensions
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise InvalidMetadata("A signing certificate is not an X.509 certificate in base64.") from error
    except (x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise InvalidMetadata("A signing certificate has an extension twice, or one that cannot be read.") from error
    if isinstance(key, rsa.RSAPublicKey):
        if not _SMALLEST_KEY <= key.key_size <= _LARGEST_KEY:
            raise InvalidMetadata(f"A signing certificate's key has fewer than {_SMALLEST_KEY} bits, or far too many.")
    elif not isinstance(key, ec.EllipticCurvePublicKey):
        raise InvalidMetadata("A signing certificate's key is neither RSA nor of an elliptic curve.")
    return content


def as_records(found: tuple[IdentityProvider, ...]) -> list[dict[str, object]]:
    """The identity providers as they are kept: JSON's own types."""
    return [
        {"issuer": each.issuer, "certificates": [base64.b64encode(der).decode("ascii") for der in each.certificates]}
        for each in found
    ]
