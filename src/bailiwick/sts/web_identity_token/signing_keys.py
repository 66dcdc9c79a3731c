"""An account's signing keys: made, kept, published, and renewed.

A key is published before it signs and stays published after it has stopped, so that a verifier that keeps what it
fetched for up to a day knows every key that it meets:

    published ──1 day──► signs ──30 days──► its successor signs ──1 day──► gone

The first key of an account signs at once: nobody can have fetched what was published before it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bailiwick.secret import Secret
from bailiwick.store.transaction import Transaction

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey

TABLE: Final = "web_identity_keys"
PRIVATE_KEY: Final = "private_key"
"""Where private keys are sealed: the table, the key's id, this column."""

PUBLISHED_AHEAD: Final = timedelta(days=1)
"""How long a successor is published before it signs."""

SIGNS: Final = timedelta(days=30)
"""How long a key signs before its successor is made; it goes on until the successor signs."""

KEPT: Final = timedelta(days=1)
"""How long a key stays published after its successor began to sign: longer than any token that it signed lives."""

_MILLISECOND: Final = timedelta(milliseconds=1)
_RSA_BITS: Final = 2048
_RSA_EXPONENT: Final = 65537


class Algorithm(StrEnum):
    """What a token can be signed with, by its name in JOSE (RFC 7518, section 3.1)."""

    ES384 = "ES384"
    RS256 = "RS256"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made and is not kept yet.

    Attributes:
        key_id: its thumbprint (RFC 7638), so that no two keys have one.
        algorithm: what it signs with.
        public: the JSON text of its public half, a JSON Web Key.
        private: its private half, PKCS #8.
    """

    key_id: str
    algorithm: Algorithm
    public: str
    private: Secret


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that is kept; `sealed` is its private half."""

    key_id: str
    algorithm: Algorithm
    sealed: bytes


def make(algorithm: Algorithm) -> NewKey:
    """A new key. Takes up to half a second: for a thread beside the event loop."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from joserfc.jwk import ECKey, RSAKey

    key: ECKey | RSAKey
    if algorithm is Algorithm.RS256:
        key = RSAKey.import_key(rsa.generate_private_key(_RSA_EXPONENT, _RSA_BITS))
    else:
        key = ECKey.import_key(ec.generate_private_key(ec.SECP384R1()))
    assert key.private_key is not None, "it was made with both halves"
    private = key.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    key_id = key.thumbprint()
    public = {**key.as_dict(private=False), "use": "sig", "alg": algorithm.value, "kid": key_id}
    return NewKey(key_id, algorithm, json.dumps(public, sort_keys=True), Secret(private))


def sign(algorithm: Algorithm, key_id: str, private: Secret, claims: Mapping[str, object]) -> str:
    """The claims as a signed token, in compact form (RFC 7519)."""
    from joserfc import jwt

    header = {"alg": algorithm.value, "kid": key_id, "typ": "JWT"}
    return jwt.encode(header, dict(claims), _loaded(algorithm, private), algorithms=[algorithm.value])


def _loaded(algorithm: Algorithm, private: Secret) -> "ECKey | RSAKey":
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_der_private_key
    from joserfc.jwk import ECKey, RSAKey

    # That its primes are primes would take forty milliseconds to prove; that it is what was sealed is proven already.
    loaded = load_der_private_key(private.reveal(), None, unsafe_skip_rsa_key_validation=True)
    if algorithm is Algorithm.RS256:
        assert isinstance(loaded, RSAPrivateKey), "RS256 signs with RSA"
        return RSAKey.import_key(loaded)
    assert isinstance(loaded, EllipticCurvePrivateKey), "ES384 signs with an elliptic curve"
    return ECKey.import_key(loaded)


async def exist(tx: Transaction, account: str) -> bool:
    """Whether the account has keys; it has one of each algorithm then."""
    return await tx.one("SELECT 1 FROM web_identity_keys WHERE account_id = ? LIMIT 1", account) is not None


async def add_first(tx: Transaction, account: str, keys: Sequence[tuple[NewKey, bytes]], now_ms: int) -> None:
    """Keep an account's first keys, each with its sealed private half. They sign at once."""
    for key, sealed in keys:
        await _add(tx, account, key, sealed, signs_from=now_ms)


async def signing(tx: Transaction, account: str, algorithm: Algorithm, now_ms: int) -> SigningKey | None:
    """The key that signs now; None when the account has none of that algorithm.

    A call that was decided a moment before the account's first keys were kept signs with these.
    """
    row = await tx.one(
        "SELECT key_id, private_key FROM web_identity_keys WHERE account_id = ? AND algorithm = ?"
        " ORDER BY CASE WHEN signs_from <= ? THEN -signs_from ELSE signs_from END LIMIT 1",
        account,
        algorithm.value,
        now_ms,
    )
    if row is None:
        return None
    key_id, sealed = row
    assert isinstance(sealed, bytes), "a private key is sealed bytes"
    return SigningKey(str(key_id), algorithm, sealed)


async def published(tx: Transaction, account: str, now_ms: int) -> list[str]:
    """The public halves of the account's keys, each the JSON text of a JSON Web Key."""
    rows = await tx.all(
        "SELECT public_key FROM web_identity_keys WHERE account_id = ? AND (ends_at IS NULL OR ends_at > ?)"
        " ORDER BY algorithm, signs_from",
        account,
        now_ms,
    )
    return [str(public) for (public,) in rows]


async def to_renew(tx: Transaction, now_ms: int, limit: int) -> list[tuple[str, Algorithm]]:
    """The ids and algorithms of keys that a successor is due for, the longest due first."""
    rows = await tx.all(
        "SELECT key_id, algorithm FROM web_identity_keys WHERE renew_at IS NOT NULL AND renew_at <= ?"
        " ORDER BY renew_at, key_id LIMIT ?",
        now_ms,
        limit,
    )
    return [(str(key_id), Algorithm(str(algorithm))) for key_id, algorithm in rows]


async def succeed(tx: Transaction, key_id: str, successor: NewKey, sealed: bytes, now_ms: int) -> None:
    """Publish the successor of a key, and say when each signs; nothing when another node did."""
    signs_from = now_ms + PUBLISHED_AHEAD // _MILLISECOND
    row = await tx.one(
        "SELECT account_id FROM web_identity_keys WHERE key_id = ? AND renew_at IS NOT NULL AND renew_at <= ?",
        key_id,
        now_ms,
    )
    if row is None:
        return
    await tx.run(
        "UPDATE web_identity_keys SET renew_at = NULL, ends_at = ? WHERE key_id = ?",
        signs_from + KEPT // _MILLISECOND,
        key_id,
    )
    await _add(tx, str(row[0]), successor, sealed, signs_from=signs_from)


async def ended(tx: Transaction, now_ms: int, limit: int) -> list[str]:
    """The ids of keys that are not published any more, at most so many."""
    rows = await tx.all(
        "SELECT key_id FROM web_identity_keys WHERE ends_at IS NOT NULL AND ends_at <= ?"
        " ORDER BY ends_at, key_id LIMIT ?",
        now_ms,
        limit,
    )
    return [str(key_id) for (key_id,) in rows]


async def remove(tx: Transaction, key_ids: Sequence[str]) -> None:
    """Remove these keys."""
    for key_id in key_ids:
        await tx.run("DELETE FROM web_identity_keys WHERE key_id = ?", key_id)


async def _add(tx: Transaction, account: str, key: NewKey, sealed: bytes, *, signs_from: int) -> None:
    await tx.run(
        "INSERT INTO web_identity_keys (account_id, key_id, algorithm, public_key, private_key, signs_from, renew_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        account,
        key.key_id,
        key.algorithm.value,
        key.public,
        sealed,
        signs_from,
        signs_from + SIGNS // _MILLISECOND,
    )
