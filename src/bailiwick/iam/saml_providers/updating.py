"""UpdateSAMLProvider: other metadata, other keys, another mode; or another context provider."""

from typing import Final

from bailiwick.access.call import Call
from bailiwick.iam import context_providers
from bailiwick.iam.errors import InvalidInput, LimitExceeded
from bailiwick.iam.registry import iam
from bailiwick.iam.saml_providers import uploads
from bailiwick.iam.saml_providers.operations import NO_KEY
from bailiwick.iam.saml_providers.private_keys import MOST
from bailiwick.iam.saml_providers.record import SAMLProvider, private_keys, provider_target, require
from bailiwick.operations import operation
from bailiwick.store.transaction import Transaction

_OF_METADATA: Final = ("SAMLMetadataDocument", "AssertionEncryptionMode", "AddPrivateKey", "RemovePrivateKey")


@operation(iam, "UpdateSAMLProvider", resource=provider_target, prepare=uploads.read, secrets=["AddPrivateKey"])
async def update_saml_provider(call: Call, tx: Transaction) -> dict[str, object]:
    """Change what a call names of a provider, and nothing else. A key is added and another removed in two calls.

    Raises:
        InvalidInput: not a provider's ARN; nothing is to be changed, or two things that exclude each other; the
            metadata, the key or the context provider is not one that can be; no key is left where one is required.
        NoSuchEntity: no such provider.
        LimitExceeded: the provider has two keys, or the metadata is more than one provider can have.

    Source: IAM API Reference, UpdateSAMLProvider; IAM User Guide, "Troubleshoot SAML federation with IAM".
    """
    upload = call.prepared
    assert isinstance(upload, uploads.Uploads), "what is uploaded was read"
    provider = await require(call, tx)
    _require_one_change(call)
    await _change_keys(call, tx, provider, upload)
    if upload.identity_providers is not None:
        await tx.run(
            "UPDATE saml_provider_metadata SET document = ?, identity_providers = ? WHERE provider_id = ?",
            call["SAMLMetadataDocument"],
            upload.identity_providers,
            provider.provider_id,
        )
    mode = call.get("AssertionEncryptionMode") or provider.encryption_mode
    if mode == "Required" and not await private_keys(tx, provider):
        raise InvalidInput(NO_KEY)
    await tx.run(
        "UPDATE saml_providers SET encryption_mode = ?, context_provider = ? WHERE provider_id = ?",
        mode,
        context_providers.updated(call, provider.context_provider),
        provider.provider_id,
    )
    return {"SAMLProviderArn": provider.arn}


def _require_one_change(call: Call) -> None:
    """Pass if the call asks for something, and for nothing besides that excludes it."""
    is_of_metadata = any(name in call for name in _OF_METADATA) or context_providers.changes_instance(call)
    is_of_context = context_providers.changes_provider(call)
    if not is_of_metadata and not is_of_context:
        raise InvalidInput(
            "Unable to update identity provider. No updates are defined for metadata or encryption assertion."
        )
    if is_of_metadata and is_of_context:
        raise InvalidInput(
            "A single request can change either the context provider or the provider metadata, but not both."
        )
    if "AddPrivateKey" in call and "RemovePrivateKey" in call:
        raise InvalidInput(
            "Unable to add and remove private keys in the same request. Set a value for only one of the two parameters."
        )


async def _change_keys(call: Call, tx: Transaction, provider: SAMLProvider, upload: uploads.Uploads) -> None:
    if upload.private_key is not None:
        if len(await private_keys(tx, provider)) >= MOST:
            raise LimitExceeded(f"Private key limit of {MOST} is reached.")
        await uploads.add_private_key(call, tx, provider, upload.private_key)
    if "RemovePrivateKey" in call:
        removed = await tx.run(
            "DELETE FROM saml_private_keys WHERE provider_id = ? AND key_id = ?",
            provider.provider_id,
            call["RemovePrivateKey"],
        )
        if not removed:
            raise InvalidInput("Failed to remove private key because the Key ID does not match a private key.")
