"""The private keys by which a SAML provider's encrypted assertions are opened: read strictly, sealed, never shown.

Source: IAM User Guide, "Create a SAML identity provider in IAM" (SAML encryption: RSA-OAEP, an unencrypted .pem file).
"""

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bailiwick.iam import pem
from bailiwick.iam.errors import InvalidInput
from bailiwick.secret import Secret

MOST: Final = 2
"""How many a provider can have: the one in use, and the next."""

_LABELS: Final = ("PRIVATE KEY", "RSA PRIVATE KEY")
_BITS: Final = range(1024, 4096 + 1)


def read(text: str) -> Secret:
    """The key (PKCS #8, DER) of a text that is one RSA private key in PEM, checked whole. Slow.

    Raises:
        InvalidInput: it is anything else. Nothing of it is told.
    """
    try:
        blocks = pem.blocks(text)
    except pem.NotPem:
        raise _invalid() from None
    if len(blocks) != 1 or blocks[0].label not in _LABELS:
        raise _invalid()
    key = _loaded(blocks[0].content, unchecked=True)  # a key far too large would take seconds to check
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size not in _BITS:
        raise _invalid()
    _loaded(blocks[0].content, unchecked=False)
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return Secret(key.private_bytes(serialization.Encoding.DER, form, plain))


def _loaded(content: bytes, *, unchecked: bool) -> object:
    try:
        return serialization.load_der_private_key(content, None, unsafe_skip_rsa_key_validation=unchecked)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _invalid() from None  # the cause may carry something of the key


def _invalid() -> InvalidInput:
    return InvalidInput("Invalid private key.")
