"""Encrypted assertions: the small part of XML Encryption that AWS names, and nothing else of it.

The key of the content comes by RSA-OAEP, the content by AES-128 or AES-256, in GCM or CBC. Whatever is wrong has one
answer, the same as for a bad signature, so that it does not tell what a changed message decrypts to. Whoever calls
makes the time of that answer the same, too.

Source: IAM User Guide, "Create a SAML identity provider in IAM" (SAML encryption); XML Encryption 1.1, sections 5.2,
5.5 and 5.6.
"""

import binascii
from collections.abc import Iterable, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bailiwick.secret import Secret
from bailiwick.sts.saml.document import DS, XENC, Element, parse
from bailiwick.sts.saml.errors import InvalidResponse

_XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
_XENC11: Final = "http://www.w3.org/2009/xmlenc11#"
_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_ELEMENT: Final = _XENC + "Element"
_ENCRYPTED_KEY: Final = _XENC + "EncryptedKey"
_MGF: Final = f"{{{_XENC11}}}MGF"

_GCM: Final = {f"{_XENC11}aes128-gcm": 16, f"{_XENC11}aes256-gcm": 32}
_CBC: Final = {f"{_XENC}aes128-cbc": 16, f"{_XENC}aes256-cbc": 32}
"""Algorithm → the size of its key in bytes."""

_DIGESTS: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "http://www.w3.org/2000/09/xmldsig#sha1": hashes.SHA1,  # OAEP does not need its hash to withstand collisions
    f"{_XENC}sha256": hashes.SHA256,
    f"{_MORE}sha384": hashes.SHA384,
    f"{_XENC}sha512": hashes.SHA512,
}
_MASKS: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    f"{_XENC11}mgf1sha1": hashes.SHA1,
    f"{_XENC11}mgf1sha256": hashes.SHA256,
    f"{_XENC11}mgf1sha384": hashes.SHA384,
    f"{_XENC11}mgf1sha512": hashes.SHA512,
}
_BLOCK: Final = 16
_NONCE: Final = 12
_TAG: Final = 16


def opened(encrypted: Element, private_keys: Sequence[Secret]) -> Element:
    """The element that an EncryptedAssertion holds. It is anybody's who has the public key: nothing is proven by it.

    Raises:
        InvalidResponse: it cannot be opened, by any of the keys.
    """
    try:
        data = _only(encrypted, f"{XENC}EncryptedData")
        if data.get("Type", _ELEMENT) != _ELEMENT:
            raise ValueError("not an element")
        key = _key(encrypted, data)
        method = _only(data, f"{XENC}EncryptionMethod").get("Algorithm", "")
        content = _cipher_value(data)
        return parse(_first(_decrypted(method, each, content) for each in _unwrapped(key, private_keys)))
    except (ValueError, InvalidTag, InvalidResponse):
        raise InvalidResponse.signature() from None  # the cause tells of what was decrypted


def _key(encrypted: Element, data: Element) -> Element:
    """The one EncryptedKey, in the data's key information or beside the data."""
    inside = data.findall(f"{DS}KeyInfo/{XENC}EncryptedKey")
    found = [*inside, *encrypted.findall(f"{XENC}EncryptedKey")]
    if len(found) != 1:
        raise ValueError("not exactly one key")
    return found[0]


def _unwrapped(key: Element, private_keys: Sequence[Secret]) -> Iterable[bytes]:
    """What the key may be, by each of the private keys that opens it."""
    wrapped = _cipher_value(key)
    oaep = _oaep(_only(key, f"{XENC}EncryptionMethod"))
    for each in private_keys:
        private = serialization.load_der_private_key(each.reveal(), None, unsafe_skip_rsa_key_validation=True)
        assert isinstance(private, rsa.RSAPrivateKey), "no other key was taken"
        try:
            yield private.decrypt(wrapped, oaep)
        except ValueError:
            continue


def _oaep(method: Element) -> padding.OAEP:
    algorithm = method.get("Algorithm")
    digest = _named(method, f"{DS}DigestMethod", _DIGESTS)
    if algorithm == f"{_XENC}rsa-oaep-mgf1p":
        mask: type[hashes.HashAlgorithm] = hashes.SHA1
    elif algorithm == f"{_XENC11}rsa-oaep":
        mask = _named(method, _MGF, _MASKS)
    else:
        raise ValueError("not RSA-OAEP")
    if method.find(f"{XENC}OAEPparams") is not None:
        raise ValueError("parameters of OAEP")
    return padding.OAEP(padding.MGF1(mask()), digest(), None)


def _named(method: Element, tag: str, known: dict[str, type[hashes.HashAlgorithm]]) -> type[hashes.HashAlgorithm]:
    """The hash that a child of the method names; SHA-1 where there is none (XML Encryption 1.1, section 5.5.2)."""
    found = method.findall(tag)
    if len(found) > 1:
        raise ValueError("two of a kind")
    if not found:
        return hashes.SHA1
    try:
        return known[found[0].get("Algorithm", "")]
    except KeyError:
        raise ValueError("unknown hash") from None


def _first(candidates: Iterable[bytes]) -> bytes:
    for candidate in candidates:
        return candidate
    raise ValueError("no key opens it")


def _decrypted(method: str, key: bytes, content: bytes) -> bytes:
    if len(key) != (_GCM | _CBC).get(method):
        raise ValueError("unknown algorithm, or a key of another size")
    if method in _GCM:
        if len(content) < _NONCE + _TAG:
            raise ValueError("too short")
        return AESGCM(key).decrypt(content[:_NONCE], content[_NONCE:], None)
    if len(content) < 2 * _BLOCK or len(content) % _BLOCK:
        raise ValueError("not whole blocks")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(content[:_BLOCK])).decryptor()
    padded = decryptor.update(content[_BLOCK:]) + decryptor.finalize()
    if not 1 <= padded[-1] <= _BLOCK:
        raise ValueError("not padded")
    return padded[: -padded[-1]]


def _cipher_value(element: Element) -> bytes:
    value = _only(_only(element, f"{XENC}CipherData"), f"{XENC}CipherValue")
    if len(value):
        raise ValueError("not text")
    return binascii.a2b_base64("".join((value.text or "").split()), strict_mode=True)


def _only(element: Element, tag: str) -> Element:
    found = element.findall(tag)
    if len(found) != 1:
        raise ValueError(f"not exactly one {tag}")
    return found[0]
