"""SAML responses as an identity provider makes them, and as an attacker would: built, signed and encrypted by hand.

Signed by lxml's canonicalisation and cryptography's keys, not by the library that the server verifies with.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from tests.certificates import Key, Pair, pair, rsa_key

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = DS + "enveloped-signature"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
AWS = "https://aws.amazon.com/SAML/Attributes/"

RECIPIENT = "https://signin.aws.amazon.com/saml"
AUDIENCE = "urn:amazon:webservices"

_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
METHODS = {
    "rsa-sha1": DS + "rsa-sha1",
    **{
        f"{kind}-{digest}": f"{MORE}{kind}-{digest}"
        for kind in ("rsa", "ecdsa")
        for digest in ("sha256", "sha384", "sha512")
    },
}
DIGESTS = {"sha1": DS + "sha1", "sha256": XENC + "sha256", "sha384": MORE + "sha384", "sha512": XENC + "sha512"}


def new_id() -> str:
    """An id as SAML asks for: no digit in front, and of chance."""
    return f"_{secrets.token_hex(16)}"


def stamp(moment: datetime) -> str:
    """A time as SAML writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Told:
    """What an assertion tells; each of its parts can be changed alone. None leaves a part out."""

    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    subject: str | None = "jo@corp"
    subject_format: str | None = PERSISTENT
    issuer: str = "https://idp.example.com/saml"
    recipient: str | None = RECIPIENT
    audiences: Sequence[str] = (AUDIENCE,)
    issued_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    not_before: datetime | None = None
    lasts: timedelta = timedelta(minutes=5)
    confirmed_for: timedelta | None = timedelta(minutes=5)
    session_ends_at: datetime | None = None
    method: str = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
    in_response_to: str | None = None
    version: str = "2.0"
    assertion_id: str = field(default_factory=new_id)
    conditions: str = ""
    more: str = ""

    def xml(self) -> str:
        """The assertion, unsigned."""
        return (
            f'<saml:Assertion xmlns:saml="{SAML}" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
            f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="{self.assertion_id}" Version="{self.version}"'
            f' IssueInstant="{stamp(self.issued_at)}"><saml:Issuer>{escape(self.issuer)}</saml:Issuer>'
            f"{self._subject()}{self._conditions()}{self._authentication()}{self._attributes()}{self.more}"
            "</saml:Assertion>"
        )

    def _subject(self) -> str:
        told = "" if self.subject_format is None else f" Format={quoteattr(self.subject_format)}"
        name = "" if self.subject is None else f"<saml:NameID{told}>{escape(self.subject)}</saml:NameID>"
        data = "" if self.recipient is None else f" Recipient={quoteattr(self.recipient)}"
        if self.confirmed_for is not None:
            data += f' NotOnOrAfter="{stamp(self.issued_at + self.confirmed_for)}"'
        if self.in_response_to is not None:
            data += f" InResponseTo={quoteattr(self.in_response_to)}"
        return (
            f'<saml:Subject>{name}<saml:SubjectConfirmation Method="{self.method}">'
            f"<saml:SubjectConfirmationData{data}/></saml:SubjectConfirmation></saml:Subject>"
        )

    def _conditions(self) -> str:
        begins = stamp(self.not_before or self.issued_at - timedelta(minutes=1))
        audiences = "".join(f"<saml:Audience>{escape(each)}</saml:Audience>" for each in self.audiences)
        restriction = f"<saml:AudienceRestriction>{audiences}</saml:AudienceRestriction>" if audiences else ""
        return (
            f'<saml:Conditions NotBefore="{begins}" NotOnOrAfter="{stamp(self.issued_at + self.lasts)}">'
            f"{restriction}{self.conditions}</saml:Conditions>"
        )

    def _authentication(self) -> str:
        until = "" if self.session_ends_at is None else f' SessionNotOnOrAfter="{stamp(self.session_ends_at)}"'
        return (
            f'<saml:AuthnStatement AuthnInstant="{stamp(self.issued_at)}"{until}><saml:AuthnContext>'
            "<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>"
            "</saml:AuthnContext></saml:AuthnStatement>"
        )

    def _attributes(self) -> str:
        if not self.attributes:
            return ""
        return f"<saml:AttributeStatement>{''.join(map(_attribute, self.attributes.items()))}</saml:AttributeStatement>"


def _attribute(named: tuple[str, Sequence[str]]) -> str:
    name, values = named
    texts = "".join(
        f'<saml:AttributeValue xsi:type="xs:string">{escape(value)}</saml:AttributeValue>' for value in values
    )
    return f"<saml:Attribute Name={quoteattr(name)}>{texts}</saml:Attribute>"


def response_xml(
    assertion: str, issuer: str = "https://idp.example.com/saml", *, attributes: str = "", status: str = "Success"
) -> str:
    """A response round an assertion, unsigned; `attributes` are further ones of the response, as text."""
    return (
        f'<samlp:Response xmlns:samlp="{SAMLP}" ID="{new_id()}" Version="2.0" IssueInstant="{stamp(datetime.now(UTC))}"'
        f'{attributes}><saml:Issuer xmlns:saml="{SAML}">{escape(issuer)}</saml:Issuer><samlp:Status>'
        f'<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{status}"/></samlp:Status>{assertion}'
        "</samlp:Response>"
    )


@dataclass(frozen=True, slots=True)
class Signing:
    """How something is signed. The defaults are what identity providers do today.

    `reference` and `transforms` say what the signature claims; what is digested is the element itself.
    """

    method: str = "rsa-sha256"
    digest: str = "sha256"
    canonical: str = EXCLUSIVE
    transforms: Sequence[str] = (ENVELOPED, EXCLUSIVE)
    reference: str | None = None
    key_info: bool = True
    more_references: int = 0


def signed(element: str, signer: Pair, how: Signing | None = None) -> str:
    """An element with its signature, behind the issuer as SAML's schema has it."""
    how = how or Signing()
    root = etree.fromstring(element)
    digest = base64.b64encode(hashlib.new(how.digest, canonical(root)).digest()).decode()
    transforms = "".join(f'<ds:Transform Algorithm="{each}"/>' for each in how.transforms)
    uri = f"#{root.get('ID')}" if how.reference is None else how.reference
    reference = (
        f'<ds:Reference URI="{uri}"><ds:Transforms>{transforms}</ds:Transforms><ds:DigestMethod'
        f' Algorithm="{DIGESTS[how.digest]}"/><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>'
    )
    info = (
        f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{how.canonical}"/>'
        f'<ds:SignatureMethod Algorithm="{METHODS[how.method]}"/>'
        f"{reference * (1 + how.more_references)}</ds:SignedInfo>"
    )
    value = base64.b64encode(_signature(canonical(etree.fromstring(info)), signer.key, how.method)).decode()
    key_info = (
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{_der(signer)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    )
    signature = (
        f'<ds:Signature xmlns:ds="{DS}">{info}<ds:SignatureValue>{value}</ds:SignatureValue>'
        f"{key_info if how.key_info else ''}</ds:Signature>"
    )
    issuer = root.find(f"{{{SAML}}}Issuer")
    assert issuer is not None
    issuer.addnext(etree.fromstring(signature))
    return etree.tostring(root).decode()


def canonical(element: etree._Element) -> bytes:
    """An element in exclusive canonical form, without comments."""
    return etree.tostring(element, method="c14n", exclusive=True)


def _signature(content: bytes, key: Key, method: str) -> bytes:
    digest = _HASHES[method.partition("-")[2]]
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(content, padding.PKCS1v15(), digest)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    size = (key.key_size + 7) // 8
    return b"".join(
        part.to_bytes(size, "big") for part in utils.decode_dss_signature(key.sign(content, ec.ECDSA(digest)))
    )


def _der(signer: Pair) -> str:
    return "".join(signer.pem.splitlines()[1:-1])


@dataclass(frozen=True, slots=True)
class Encrypting:
    """How an assertion is encrypted."""

    content: str = "aes256-gcm"
    transport: str = "rsa-oaep-mgf1p"
    digest: str = "sha1"
    mask: str | None = None
    is_key_beside: bool = False


def encrypted(assertion: str, key: rsa.RSAPublicKey, how: Encrypting | None = None) -> str:
    """An EncryptedAssertion."""
    how = how or Encrypting()
    size = 16 if "128" in how.content else 32
    content_key = secrets.token_bytes(size)
    oaep = padding.OAEP(padding.MGF1(_HASHES[how.mask or "sha1"]), _HASHES[how.digest], None)
    mask = "" if how.mask is None else f'<xenc11:MGF xmlns:xenc11="{XENC11}" Algorithm="{XENC11}mgf1{how.mask}"/>'
    namespace = XENC11 if how.transport == "rsa-oaep" else XENC
    wrapped = (
        f'<xenc:EncryptedKey xmlns:xenc="{XENC}"><xenc:EncryptionMethod Algorithm="{namespace}{how.transport}">'
        f'<ds:DigestMethod xmlns:ds="{DS}" Algorithm="{DIGESTS[how.digest]}"/>{mask}</xenc:EncryptionMethod>'
        f"{_cipher_data(key.encrypt(content_key, oaep))}</xenc:EncryptedKey>"
    )
    inside = "" if how.is_key_beside else f'<ds:KeyInfo xmlns:ds="{DS}">{wrapped}</ds:KeyInfo>'
    algorithm = f"{XENC11 if 'gcm' in how.content else XENC}{how.content}"
    return (
        f'<saml:EncryptedAssertion xmlns:saml="{SAML}"><xenc:EncryptedData xmlns:xenc="{XENC}" Type="{XENC}Element">'
        f'<xenc:EncryptionMethod Algorithm="{algorithm}"/>{inside}'
        f"{_cipher_data(_encrypted(assertion.encode(), content_key, how.content))}</xenc:EncryptedData>"
        f"{wrapped if how.is_key_beside else ''}</saml:EncryptedAssertion>"
    )


def _encrypted(content: bytes, key: bytes, algorithm: str) -> bytes:
    if "gcm" in algorithm:
        nonce = secrets.token_bytes(12)
        return nonce + AESGCM(key).encrypt(nonce, content, None)
    vector, missing = secrets.token_bytes(16), 16 - len(content) % 16
    padded = content + secrets.token_bytes(missing - 1) + bytes([missing])
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return vector + encryptor.update(padded) + encryptor.finalize()


def _cipher_data(content: bytes) -> str:
    text = base64.b64encode(content).decode()
    return f'<xenc:CipherData xmlns:xenc="{XENC}"><xenc:CipherValue>{text}</xenc:CipherValue></xenc:CipherData>'


@dataclass(frozen=True, slots=True)
class Idp:
    """An identity provider: its entity id and the key that it signs with."""

    issuer: str = "https://idp.example.com/saml"
    signer: Pair = field(default_factory=lambda: pair("idp.example.com", key=rsa_key()))

    def response(self, told: Told, *, how: Signing | None = None) -> bytes:
        """A response with a signed assertion."""
        return response_xml(signed(told.xml(), self.signer, how), self.issuer).encode()

    def signed_response(self, told: Told, *, how: Signing | None = None) -> bytes:
        """A signed response with an assertion that has no signature of its own."""
        return signed(response_xml(told.xml(), self.issuer), self.signer, how).encode()

    def twice_signed(self, told: Told) -> bytes:
        """A signed response with a signed assertion."""
        return signed(response_xml(signed(told.xml(), self.signer), self.issuer), self.signer).encode()


def aws_attributes(
    role: str, provider: str, session_name: str = "jo", **more: Sequence[str]
) -> dict[str, Sequence[str]]:
    """The attributes that AWS asks for, and further ones of AWS; `PrincipalTag` ones by `tags`."""
    return {
        f"{AWS}Role": [f"{role},{provider}"],
        f"{AWS}RoleSessionName": [session_name],
        **{AWS + name: values for name, values in more.items()},
    }


def encoded(response: bytes) -> str:
    """A response as it is sent."""
    return base64.b64encode(response).decode()
