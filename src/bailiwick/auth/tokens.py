"""Sealed session tokens: self-contained, encrypted and authenticated under a rotating key ring.

A token's bytes, before base64 (RFC 4648 section 4, with padding):

    version 1 | ring key id 4, big-endian | nonce 12 | AES-256-GCM ciphertext | tag 16

and its plaintext:

    form 1 (0 as is, 1 zlib) | length 2, big-endian | claims as a MessagePack array | zeros up to the wanted size

The session's access key id and secret are derived from the whole token under another key of the same ring, so neither
is stored anywhere. The installation's id is part of the keys and of what is authenticated.
"""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bailiwick.auth.cache import BoundedCache
from bailiwick.auth.claims import SessionClaims
from bailiwick.secret import Secret

MAX_TOKEN_SIZE: Final = 4096
"""The longest session token, in characters."""

MAX_SCOPE_DOWNS: Final = 3
NONCE_SIZE: Final = 12
RING_KEY_SIZE: Final = 32

_VERSION: Final = 1
_HEADER_SIZE: Final = 5
_PREFIX_SIZE: Final = 3
_TAG_SIZE: Final = 16
_RAW, _ZLIB = 0, 1
_WORTH_COMPRESSING: Final = 256
# A sealed token is at most 3,072 bytes, and 20 times that holds any policies and tags that the API accepts.
_MAX_CLAIMS_SIZE: Final = 65_535
_ENTRY_OVERHEAD: Final = 2_048

# Every letter stands for 8 of the 256 bytes: 16 evenly drawn letters, 80 bits.
_TO_BASE32: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" * 8

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(SessionClaims)


class InvalidToken(Exception):
    """A session token that is not ours, was changed in any way, or belongs to another access key id."""


class UnknownRingKey(InvalidToken):
    """A session token sealed under a ring key that this ring does not hold; a fresher ring might."""


class TokenTooLarge(Exception):
    """Claims that do not fit: STS answers PackedPolicyTooLarge.

    Attributes:
        size: what the token would need, in characters.
        limit: MAX_TOKEN_SIZE.
    """

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"the session token would have {size} characters of {limit}")
        self.size = size
        self.limit = limit


@dataclass(frozen=True, slots=True)
class RingKey:
    """One key of the ring.

    Attributes:
        key_id: 0 to 2**32 - 1, never used again; stands in the token in clear.
        key: 32 random bytes.
        created_at: aware UTC; the newest key seals.
    """

    key_id: int
    key: Secret = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SessionCredentials:
    """What STS hands out: `ASIA` and 16 characters, a secret of 40, and the token."""

    access_key_id: str
    secret_access_key: Secret = field(repr=False)
    session_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """The claims of a token that proved to be ours, and the secret that signs with it."""

    claims: SessionClaims
    secret: Secret = field(repr=False)


class TokenRings(Protocol):
    """Where the ring in force is found, while keys are rotated; given by whoever stores the keys."""

    def current(self) -> "TokenRing":
        """The ring in memory."""
        ...

    async def refreshed(self) -> "TokenRing":
        """The ring, looked up again: a token names a key that the ring in memory does not hold.

        Strangers can cause this call, so it must bound how often it really asks the store.
        """
        ...


class TokenRing:
    """The ring keys of one installation: the newest seals, any opens. Immutable but for its cache; for one thread."""

    def __init__(self, keys: Iterable[RingKey], installation_id: str, cache_capacity: int = 8 * 1024 * 1024) -> None:
        """`cache_capacity` bounds the opened tokens that are remembered, in bytes (roughly).

        Raises:
            ValueError: no key, two of one id, an id out of range, or a key that is not 32 bytes.
        """
        self._keys: dict[int, _DerivedKeys] = {}
        newest: RingKey | None = None
        for key in keys:
            if key.key_id in self._keys:
                raise ValueError(f"two ring keys with id {key.key_id}")
            self._keys[key.key_id] = _DerivedKeys(key, installation_id)
            if newest is None or (key.created_at, key.key_id) > (newest.created_at, newest.key_id):
                newest = key
        if newest is None:
            raise ValueError("a token ring needs a key")
        self._newest = self._keys[newest.key_id]
        self._opened: BoundedCache[str, tuple[str, OpenedSession]] = BoundedCache(cache_capacity)

    @property
    def key_ids(self) -> frozenset[int]:
        """The ids of its keys; a ring of other keys has others."""
        return frozenset(self._keys)

    def seal(self, claims: SessionClaims, nonce: bytes, minimum_size: int = 0) -> SessionCredentials:
        """Make a session's credentials.

        Args:
            claims: what the token says.
            nonce: 12 random bytes, never the same twice.
            minimum_size: the least size of the token in characters (STS `MinimumSessionTokenSize`), 0 to 4096.

        Raises:
            TokenTooLarge: the token would be longer than MAX_TOKEN_SIZE.
            ValueError: a nonce that is not 12 bytes, more than 3 scope-downs, or claims of no lifetime.
        """
        if len(nonce) != NONCE_SIZE:
            raise ValueError("a nonce has 12 bytes")
        if len(claims.scope_downs) > MAX_SCOPE_DOWNS:
            raise ValueError("a session has at most 3 scope-downs")
        if claims.expires_at_ms <= claims.issued_at_ms:
            raise ValueError("a session ends after it was issued")
        plaintext = _pack(claims)
        overhead = _HEADER_SIZE + NONCE_SIZE + _TAG_SIZE
        padded = max(len(plaintext), -(-minimum_size // 4) * 3 - overhead)
        size = -(-(overhead + padded) // 3) * 4
        if size > MAX_TOKEN_SIZE:
            raise TokenTooLarge(size, MAX_TOKEN_SIZE)
        sealed = self._newest.seal(plaintext.ljust(padded, b"\0"), nonce)
        access_key_id, secret = self._newest.credentials(sealed)
        return SessionCredentials(access_key_id, Secret(secret), base64.b64encode(sealed).decode("ascii"))

    def open(self, token: str, access_key_id: str) -> OpenedSession:
        """Read a token that came with an access key id. Says nothing about its expiry.

        Raises:
            UnknownRingKey: sealed under a key that is not in this ring.
            InvalidToken: anything else that is wrong: another installation's, edited, cut, encoded in any other way
                than the one canonical way, or another session's access key id.
        """
        entry = self._opened.get(token)
        if entry is None:
            entry = self._open(token)
        known_id, opened = entry
        if known_id != access_key_id:
            raise InvalidToken("the token belongs to another access key id")
        return opened

    def _open(self, token: str) -> tuple[str, OpenedSession]:
        if len(token) > MAX_TOKEN_SIZE:
            raise InvalidToken("too long")
        try:
            sealed = binascii.a2b_base64(token)
        except ValueError as error:  # binascii.Error is one; so is a character beyond ASCII
            raise InvalidToken("not base64") from error
        # Decoding is tolerant; only the one encoding that sealing writes is accepted.
        if binascii.b2a_base64(sealed, newline=False).decode("ascii") != token:
            raise InvalidToken("not canonical base64")
        if len(sealed) < _HEADER_SIZE + NONCE_SIZE + _PREFIX_SIZE + _TAG_SIZE or sealed[0] != _VERSION:
            raise InvalidToken("cut, or of another version")
        keys = self._keys.get(int.from_bytes(sealed[1:_HEADER_SIZE], "big"))
        if keys is None:
            raise UnknownRingKey("sealed under a key that is not in the ring")
        claims, claims_size = _unpack(keys.open(sealed))
        access_key_id, secret = keys.credentials(sealed)
        entry = access_key_id, OpenedSession(claims, Secret(secret))
        self._opened.put(token, entry, len(token) + claims_size + _ENTRY_OVERHEAD)
        return entry


class _DerivedKeys:
    """One ring key, split into the key that seals and the one that derives access key ids and secrets."""

    __slots__ = ("_aead", "_associated", "_derivation", "_header")

    def __init__(self, key: RingKey, installation_id: str) -> None:
        if not 0 <= key.key_id < 2**32:
            raise ValueError("a ring key's id is 0 to 2**32 - 1")
        if len(key.key.reveal()) != RING_KEY_SIZE:
            raise ValueError("a ring key has 32 bytes")
        installation = installation_id.encode()
        self._header = bytes([_VERSION]) + key.key_id.to_bytes(4, "big")
        self._associated = self._header + installation
        self._aead = AESGCM(_expand(key.key, installation, b"bailiwick session token v1"))
        self._derivation = Secret(_expand(key.key, installation, b"bailiwick session credentials v1"))

    def seal(self, plaintext: bytes, nonce: bytes) -> bytes:
        return self._header + nonce + self._aead.encrypt(nonce, plaintext, self._associated)

    def open(self, sealed: bytes) -> bytes:
        body = _HEADER_SIZE + NONCE_SIZE
        try:
            return self._aead.decrypt(sealed[_HEADER_SIZE:body], sealed[body:], self._associated)
        except InvalidTag as error:
            raise InvalidToken("changed, or of another installation") from error

    def credentials(self, sealed: bytes) -> tuple[str, bytes]:
        """The access key id and the secret of a sealed token.

        Keyed BLAKE2b (RFC 7693) is a pseudorandom function, so the two parts of its output tell nothing of each other.
        Its time matters, since every first use of a session on a node pays it: HMAC costs three times as much.
        """
        derived = hashlib.blake2b(sealed, key=self._derivation.reveal(), digest_size=46).digest()
        access_key_id = "ASIA" + derived[:16].translate(_TO_BASE32).decode("ascii")
        return access_key_id, binascii.b2a_base64(derived[16:], newline=False)


def _expand(key: Secret, salt: bytes, label: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=label).derive(key.reveal())


def _pack(claims: SessionClaims) -> bytes:
    content = _encoder.encode(claims)
    if len(content) > _MAX_CLAIMS_SIZE:
        raise TokenTooLarge(len(content), MAX_TOKEN_SIZE)
    form = _RAW
    if len(content) > _WORTH_COMPRESSING:
        compressed = zlib.compress(content, 6)
        if len(compressed) < len(content):
            form, content = _ZLIB, compressed
    return bytes([form]) + len(content).to_bytes(2, "big") + content


def _unpack(plaintext: bytes) -> tuple[SessionClaims, int]:
    """The claims, and their size in bytes. What was sealed under our own key is still read with bounds."""
    content = plaintext[_PREFIX_SIZE : _PREFIX_SIZE + int.from_bytes(plaintext[1:_PREFIX_SIZE], "big")]
    try:
        if plaintext[0] == _ZLIB:
            content = zlib.decompressobj().decompress(content, _MAX_CLAIMS_SIZE)
        elif plaintext[0] != _RAW:
            raise InvalidToken("of a form that this version does not know")
        return _decoder.decode(content), len(content)
    except (zlib.error, msgspec.MsgspecError) as error:
        raise InvalidToken("sealed by us, but not claims that this version knows") from error
