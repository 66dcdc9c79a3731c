"""What is uploaded for a SAML provider, read and checked whole, beside the event loop, before it is stored."""

import asyncio
import json
from dataclasses import dataclass

from bailiwick.access.call import Call
from bailiwick.iam.errors import InvalidInput, LimitExceeded
from bailiwick.iam.saml_providers import metadata, private_keys
from bailiwick.iam.saml_providers.record import SAMLProvider
from bailiwick.secret import Secret
from bailiwick.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Uploads:
    """What a call brings: of its document what was read of it, as JSON, and the key it adds. None where it does not."""

    identity_providers: str | None
    private_key: Secret | None


async def read(call: Call) -> Uploads:
    """Read the call's SAMLMetadataDocument and AddPrivateKey, as far as it has them.

    Raises:
        InvalidInput: the document is not metadata of an identity provider, or the key is none.
        LimitExceeded: the document describes more than one provider can have.
    """
    return await asyncio.to_thread(_read, call.get("SAMLMetadataDocument"), call.get("AddPrivateKey"))


def _read(document: str | None, key: str | None) -> Uploads:
    return Uploads(
        None if document is None else _identity_providers(document), None if key is None else private_keys.read(key)
    )


def _identity_providers(document: str) -> str:
    try:
        return json.dumps(metadata.as_records(metadata.read(document)))
    except metadata.TooMany as error:
        raise LimitExceeded.quota(error.quota, error.limit) from error
    except metadata.InvalidMetadata as error:
        raise InvalidInput(f"Could not parse metadata. {error}") from error


async def add_private_key(call: Call, tx: Transaction, provider: SAMLProvider, key: Secret) -> None:
    """Keep a key of a provider, sealed. The caller made sure that there is room."""
    key_id = call.new_id("SAMLPK")
    await tx.run(
        "INSERT INTO saml_private_keys (key_id, provider_id, private_key, added_at) VALUES (?, ?, ?, ?)",
        key_id,
        provider.provider_id,
        call.access.seal("saml_private_keys", key_id, "private_key", key.reveal()),
        call.now_ms,
    )
