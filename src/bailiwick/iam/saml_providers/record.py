"""The record of a SAML provider, its queries, and the targets that policies see."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from bailiwick.access.call import Call
from bailiwick.iam import tags
from bailiwick.iam.errors import InvalidInput, NoSuchEntity
from bailiwick.iam.saml_providers.metadata import IdentityProvider
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import Target, acts_on
from bailiwick.secret import Secret
from bailiwick.store.transaction import Row, Transaction

KIND: Final = "saml-provider"
"""What a provider's ARN calls it."""

HELD: Final = "saml_providers"
"""What the account's usage calls them."""

SELECT: Final = (
    "SELECT account_id, provider_id, name, encryption_mode, context_provider, created_at, valid_until"
    " FROM saml_providers"
)
"""How every query of providers begins; its rows are read by `SAMLProvider.of_row`."""

_ARN: Final = re.compile(r"arn:aws:iam::([0-9]{12}):saml-provider/([\w.-]{1,128})", re.ASCII)


@dataclass(frozen=True, slots=True)
class SAMLProvider:
    """One SAML provider, without its metadata and keys.

    Attributes:
        account: the account that trusts it.
        provider_id: `SAMLSP…`; unique, and a part of the address that its encrypted assertions are sent to.
        name: as given when it was made; it cannot change, and is told apart by case.
        encryption_mode: `Required` or `Allowed`; None where it was never set.
        context_provider: JSON, or None.
        created_at, valid_until: milliseconds since 1970 UTC. Nothing ends at the latter.
    """

    account: str
    provider_id: str
    name: str
    encryption_mode: str | None
    context_provider: str | None
    created_at: int
    valid_until: int

    @classmethod
    def of_row(cls, row: Row) -> "SAMLProvider":
        """From a row of `SELECT`."""
        account, provider_id, name, encryption_mode, context_provider, created_at, valid_until = row
        return cls(
            account=str(account),
            provider_id=str(provider_id),
            name=str(name),
            encryption_mode=None if encryption_mode is None else str(encryption_mode),
            context_provider=None if context_provider is None else str(context_provider),
            created_at=int(created_at or 0),
            valid_until=int(valid_until or 0),
        )

    @property
    def arn(self) -> str:
        """Its ARN, which trust policies name it by."""
        return arn_of(self.account, self.name)


def arn_of(account: str, name: str) -> str:
    """The ARN of the provider of that name."""
    return f"arn:aws:iam::{account}:{KIND}/{name}"


async def find(tx: Transaction, account: str, name: str) -> SAMLProvider | None:
    """The account's provider of exactly that name, or None."""
    row = await tx.one(SELECT + " WHERE account_id = ? AND name = ?", account, name)
    return None if row is None else SAMLProvider.of_row(row)


async def require(call: Call, tx: Transaction) -> SAMLProvider:
    """The provider that the call's SAMLProviderArn names.

    Raises:
        InvalidInput: it is no provider's ARN.
        NoSuchEntity: the caller's account has no such provider.
    """
    arn = call["SAMLProviderArn"]
    account, name = _parts(arn)
    provider = await find(tx, account, name) if account == call.account else None
    if provider is None:
        raise NoSuchEntity.saml_provider(arn)
    return provider


@acts_on("saml-provider*")
async def provider_target(call: Call, tx: Transaction) -> Target:
    """The provider that the call names, with its tags. One of another account is judged as that account's."""
    arn = call["SAMLProviderArn"]
    account, name = _parts(arn)
    if account != call.account:
        return Target(arn=arn, account=account)
    provider = await find(tx, account, name)
    if provider is None:
        return Target(arn=arn)
    return Target(arn=arn, tags=await tags.of(tx, account, provider.provider_id))


def place_of(arn: str) -> tuple[str, str] | None:
    """The account and the name that a provider's ARN has; None when it is not a provider's."""
    found = _ARN.fullmatch(arn)
    return None if found is None else (found[1], found[2])


def _parts(arn: str) -> tuple[str, str]:
    found = place_of(arn)
    if found is None:
        raise InvalidInput.arn(arn)
    return found


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key that opens encrypted assertions, as operations show it: its id, and when it was added."""

    key_id: str
    added_at: int

    def as_output(self) -> dict[str, object]:
        """The model's SAMLPrivateKey."""
        return {"KeyId": self.key_id, "Timestamp": from_milliseconds(self.added_at)}


async def private_keys(tx: Transaction, provider: SAMLProvider) -> list[PrivateKey]:
    """The provider's keys, the newest last."""
    rows = await tx.all(
        "SELECT key_id, added_at FROM saml_private_keys WHERE provider_id = ? ORDER BY added_at, key_id",
        provider.provider_id,
    )
    return [PrivateKey(str(key_id), int(added_at or 0)) for key_id, added_at in rows]


async def opening_keys(call: Call, tx: Transaction, provider: SAMLProvider) -> list[Secret]:
    """What opens the provider's encrypted assertions (PKCS #8, DER), the newest first."""
    rows = await tx.all(
        "SELECT key_id, private_key FROM saml_private_keys WHERE provider_id = ? ORDER BY added_at DESC, key_id DESC",
        provider.provider_id,
    )
    return [_unsealed(call, str(key_id), sealed) for key_id, sealed in rows]


def _unsealed(call: Call, key_id: str, sealed: object) -> Secret:
    assert isinstance(sealed, bytes), "a key is bytes"
    return call.access.unseal("saml_private_keys", key_id, "private_key", sealed)


async def metadata(tx: Transaction, provider: SAMLProvider) -> tuple[str, list[IdentityProvider]]:
    """The provider's document as it was given, and what was read of it."""
    row = await tx.one(
        "SELECT document, identity_providers FROM saml_provider_metadata WHERE provider_id = ?", provider.provider_id
    )
    assert row is not None, "a provider has its metadata"
    return str(row[0]), _identity_providers(str(row[1]))


async def identity_providers(tx: Transaction, provider: SAMLProvider) -> list[IdentityProvider]:
    """Who issues the provider's assertions, and by which certificates they are checked."""
    row = await tx.one(
        "SELECT identity_providers FROM saml_provider_metadata WHERE provider_id = ?", provider.provider_id
    )
    assert row is not None, "a provider has its metadata"
    return _identity_providers(str(row[0]))


def _identity_providers(records: str) -> list[IdentityProvider]:
    return [
        IdentityProvider(each["issuer"], tuple(base64.b64decode(text) for text in each["certificates"]))
        for each in json.loads(records)
    ]


def key_hashes(found: Sequence[IdentityProvider]) -> list[dict[str, object]]:
    """The model's SAMLKeyHashes: for each issuer the SHA-256 of its public keys (SubjectPublicKeyInfo), in hex.

    AWS does not say what is hashed, or how.
    """
    return [
        {"IssuerURL": each.issuer, "KeyHashes": [_key_hash(certificate) for certificate in each.certificates]}
        for each in found
    ]


def _key_hash(certificate: bytes) -> str:
    key = x509.load_der_x509_certificate(certificate).public_key()
    encoded = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(encoded).hexdigest()
