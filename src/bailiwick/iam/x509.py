"""X.509 certificates as IAM takes them: read strictly, valid now, chained in order, and matched by their private key.

Pure, and slow for large keys and chains, so that it belongs beside the event loop. What is kept of a certificate is
encoded anew, one way for every spelling of it.

Sources: IAM User Guide, "Manage server certificates in IAM"; RFC 5280, section 6.1. The kinds of key are those that
AWS's services take of IAM (Elastic Load Balancing and CloudFront, "supported key algorithms").
"""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from bailiwick.iam import pem
from bailiwick.iam.errors import KeyPairMismatch, MalformedCertificate

LABEL = "CERTIFICATE"

_RSA_BITS = range(1024, 4096 + 1)
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_KEY_LABELS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")
_CURVE_LABEL = "EC PARAMETERS"
"""Names the curve before an EC key, which names it too; OpenSSL writes both."""

_NOT_A_KEY = "Please ensure the private key is in PEM format."
_ENCRYPTED = "The private key must not be encrypted."
KINDS_OF_KEY = "It must be an RSA key of 1024 to 4096 bits, or an elliptic curve key of P-256, P-384 or P-521."

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class InvalidBlock(ValueError):
    """The text is not certificates in PEM. `index` is that of the first block that is none."""

    def __init__(self, index: int) -> None:
        super().__init__(f"block {index} is not a certificate")
        self.index = index


def certificates(text: str) -> list[x509.Certificate]:
    """The certificates of a text in PEM, at least one.

    Raises:
        InvalidBlock: there is something else in it.
    """
    try:
        blocks = pem.blocks(text)
    except pem.NotPem as error:
        raise InvalidBlock(error.index) from error
    return [_certificate(block, index) for index, block in enumerate(blocks)]


def _certificate(block: pem.Block, index: int) -> x509.Certificate:
    if block.label != LABEL:
        raise InvalidBlock(index)
    try:
        certificate = x509.load_der_x509_certificate(block.content)
        # Parsed only when they are asked for: what is broken is to be found here.
        certificate.public_key()
        _ = (certificate.subject, certificate.issuer, certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise InvalidBlock(index) from error
    return certificate


def one_certificate(text: str) -> x509.Certificate:
    """The single certificate of a text in PEM.

    Raises:
        MalformedCertificate: it holds something else, or more.
    """
    try:
        found = certificates(text)
    except InvalidBlock as error:
        raise MalformedCertificate.unreadable() from error
    if len(found) != 1:
        raise MalformedCertificate.unreadable()
    return found[0]


def require_current(certificate: x509.Certificate, now: datetime) -> None:
    """Pass if the certificate's time has come, and is not over.

    Raises:
        MalformedCertificate: else.
    """
    if now < certificate.not_valid_before_utc:
        raise MalformedCertificate.not_yet_valid()
    if now > certificate.not_valid_after_utc:
        raise MalformedCertificate.expired()


def has_accepted_key(certificate: x509.Certificate) -> bool:
    """Whether the certificate is for a kind and size of key that AWS's services use."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size in _RSA_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES)


def matching_key(text: str, certificate: x509.Certificate) -> PrivateKey:
    """The private key of a text in PEM, checked whole, of a certificate whose own key `has_accepted_key`.

    Raises:
        MalformedCertificate: the text is not one unencrypted private key in PEM, or one of another kind.
        KeyPairMismatch: it is the key of another certificate.
    """
    content = _key_content(text)
    # Not yet checked, because that costs seconds for keys far larger than any that match; nor used before it is.
    key = _loaded(content, unchecked=True)
    if not isinstance(key, PrivateKey):
        raise MalformedCertificate.unreadable_key(KINDS_OF_KEY)
    if _public_bytes(key.public_key()) != _public_bytes(certificate.public_key()):
        raise KeyPairMismatch.of_certificate()
    if isinstance(key, rsa.RSAPrivateKey):
        _loaded(content, unchecked=False)
    return key


def _key_content(text: str) -> bytes:
    if "ENCRYPTED" in text:  # in the label (PKCS #8), or in a header within the block (RFC 1421)
        raise MalformedCertificate.unreadable_key(_ENCRYPTED)
    try:
        blocks = pem.blocks(text)
    except pem.NotPem as error:
        raise MalformedCertificate.unreadable_key(_NOT_A_KEY) from error
    if len(blocks) == 2 and blocks[0].label == _CURVE_LABEL:
        blocks = blocks[1:]
    if len(blocks) != 1 or blocks[0].label not in _KEY_LABELS:
        raise MalformedCertificate.unreadable_key(_NOT_A_KEY)
    return blocks[0].content


def _loaded(content: bytes, *, unchecked: bool) -> object:
    try:
        return serialization.load_der_private_key(content, None, unsafe_skip_rsa_key_validation=unchecked)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The cause would carry nothing that helps, and may carry something of the key.
        raise MalformedCertificate.unreadable_key(_NOT_A_KEY) from None


def _public_bytes(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def require_chain(certificate: x509.Certificate, chain: Sequence[x509.Certificate], now: datetime) -> None:
    """Pass if the chain is in order: each certificate signed by the next, all of authorities and valid now.

    The root may be left out; when it is there, its time does not matter (RFC 5280, section 6.1: it is no part of the
    path).

    Raises:
        MalformedCertificate: else, with the index of the first certificate that does not fit.
    """
    signed = certificate
    for index, issuer in enumerate(chain):
        if not _is_signed_by(signed, issuer):
            raise MalformedCertificate.chain(index - 1)
        is_root = index == len(chain) - 1 and issuer.subject == issuer.issuer
        if not _may_sign(issuer, is_root=is_root):
            raise MalformedCertificate.chain(index)
        if not is_root and not issuer.not_valid_before_utc <= now <= issuer.not_valid_after_utc:
            raise MalformedCertificate.chain(index)
        signed = issuer


def _is_signed_by(signed: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        signed.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def _may_sign(issuer: x509.Certificate, *, is_root: bool) -> bool:
    """Whether it is an authority's; certificates of the first version, which cannot say so, may be roots."""
    if issuer.version is x509.Version.v1:
        return is_root
    try:
        return issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return False


def as_pem(certificate: x509.Certificate) -> str:
    """The certificate in PEM, without a line break at its end."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii").strip()


def fingerprint(certificate: x509.Certificate) -> str:
    """The SHA-256 of the certificate, in hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def key_as_pem(key: PrivateKey) -> bytes:
    """The private key in PEM (PKCS #8, unencrypted): a secret, to be sealed."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
