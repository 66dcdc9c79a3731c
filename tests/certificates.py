"""Certificates and keys for tests: authorities, what they sign, and all of it in PEM."""

import functools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> str:
        """The certificate in PEM, without a line break at its end."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode().strip()

    @property
    def key_pem(self) -> str:
        """The private key in PEM (PKCS #8)."""
        return key_pem(self.key)


def key_pem(
    key: Key,
    form: serialization.PrivateFormat = serialization.PrivateFormat.PKCS8,
    encryption: serialization.KeySerializationEncryption | None = None,
) -> str:
    """A private key in PEM."""
    return key.private_bytes(serialization.Encoding.PEM, form, encryption or serialization.NoEncryption()).decode()


@functools.cache
def rsa_key(bits: int = 2048, number: int = 0) -> rsa.RSAPrivateKey:
    """An RSA key, made once for each number."""
    return rsa.generate_private_key(65537, bits)


def ec_key() -> ec.EllipticCurvePrivateKey:
    """A new key of P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def pair(
    name: str = "www.example.com",
    *,
    signer: Pair | None = None,
    key: Key | None = None,
    is_authority: bool | None = False,
    begins: datetime = NOW - DAY,
    ends: datetime = NOW + 90 * DAY,
) -> Pair:
    """A certificate, signed by `signer` or by itself; with `is_authority` None it does not say whether it is one."""
    own = key or ec_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer.certificate.subject if signer else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
    if is_authority is not None:
        builder = builder.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
    signing = signer.key if signer else own
    digest = None if isinstance(signing, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return Pair(builder.sign(signing, digest), own)


def authority(
    name: str = "Root",
    *,
    signer: Pair | None = None,
    begins: datetime = NOW - 2 * DAY,
    ends: datetime = NOW + 900 * DAY,
) -> Pair:
    """A certificate of an authority."""
    return pair(name, signer=signer, is_authority=True, begins=begins, ends=ends)


def chain_of(*pairs: Pair) -> str:
    """A chain in PEM."""
    return "\n".join(each.pem for each in pairs)


def ssh_line(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """The public key as `ssh-keygen` writes it, without a comment."""
    return key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


def public_pem(key: Key, form: serialization.PublicFormat = serialization.PublicFormat.SubjectPublicKeyInfo) -> str:
    """The public key in PEM, without a line break at its end."""
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode().strip()
