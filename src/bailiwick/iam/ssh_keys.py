"""RSA public keys for SSH, in SSH's own encoding and in PEM, and their fingerprints. Pure.

Sources: IAM API Reference, UploadSSHPublicKey (`ssh-rsa` or PEM, 2048 bits or more); RFC 4253, section 6.6; RFC 4716,
section 4 (the fingerprint).
"""

import binascii
import hashlib
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bailiwick.iam import pem
from bailiwick.iam.errors import InvalidPublicKey, UnrecognizedPublicKeyEncoding

Encoding = Literal["SSH", "PEM"]

_ALGORITHM = "ssh-rsa"
_PEM_LABELS = ("PUBLIC KEY", "RSA PUBLIC KEY")
_RSA_BITS = range(2048, 16384 + 1)  # the most that OpenSSL and OpenSSH use
_MOST_EXPONENT_BITS = 256  # FIPS 186-5, section 5.1


def read(text: str) -> tuple[bytes, Encoding]:
    """An RSA public key and the encoding it came in; a comment behind it is passed over.

    Returns the key in SSH's binary form, one for every spelling of the same key.

    Raises:
        UnrecognizedPublicKeyEncoding: neither `ssh-rsa` nor PEM of a public key.
        InvalidPublicKey: what is encoded is not an RSA key, or one of a size that is not taken.
    """
    stripped = text.strip()
    if stripped.startswith("-----BEGIN "):
        return _material(_from_pem(stripped)), "PEM"
    algorithm, _, rest = stripped.partition(" ")
    if algorithm != _ALGORITHM:
        raise UnrecognizedPublicKeyEncoding.uploaded()
    if "\n" in rest or "\r" in rest:
        raise InvalidPublicKey("The public key must be on one line.")
    given = _decoded(rest.split(maxsplit=1)[0] if rest.strip() else "")
    material = _material(_from_ssh(given))
    if material != given:
        raise InvalidPublicKey("The public key is malformed.")
    return material, "SSH"


def encoded(material: bytes, encoding: Encoding) -> str:
    """A key in an encoding, without comment and without a line break at its end."""
    if encoding == "SSH":
        return f"{_ALGORITHM} {binascii.b2a_base64(material, newline=False).decode('ascii')}"
    key = _from_ssh(material)
    return (
        key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode().strip()
    )


def fingerprint(material: bytes) -> str:
    """The key's MD5 as OpenSSH shows it: sixteen bytes in hex with colons between them."""
    return hashlib.md5(material, usedforsecurity=False).digest().hex(":")


def _from_pem(text: str) -> object:
    try:
        blocks = pem.blocks(text)
    except pem.NotPem as error:
        raise InvalidPublicKey("The public key is malformed.") from error
    if len(blocks) != 1 or blocks[0].label not in _PEM_LABELS:
        raise UnrecognizedPublicKeyEncoding.uploaded()
    try:
        return serialization.load_der_public_key(blocks[0].content)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidPublicKey("The public key is malformed.") from error


def _from_ssh(material: bytes) -> rsa.RSAPublicKey:
    line = f"{_ALGORITHM} ".encode("ascii") + binascii.b2a_base64(material, newline=False)
    try:
        key = serialization.load_ssh_public_key(line)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidPublicKey("The public key is malformed.") from error
    assert isinstance(key, rsa.RSAPublicKey), "ssh-rsa is RSA"
    return key


def _decoded(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise InvalidPublicKey("The public key is malformed.") from error


def _material(key: object) -> bytes:
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidPublicKey("The public key must be an RSA key.")
    if key.key_size not in _RSA_BITS:
        raise InvalidPublicKey(f"The public key must have {_RSA_BITS[0]} to {_RSA_BITS[-1]} bits.")
    if key.public_numbers().e.bit_length() > _MOST_EXPONENT_BITS:
        raise InvalidPublicKey("The public key's exponent is too large.")
    line = key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return binascii.a2b_base64(line.split()[1])
