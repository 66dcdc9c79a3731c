"""Making, showing, listing, tagging and deleting SAML providers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bailiwick.access import session_marks
from bailiwick.access.call import Call
from bailiwick.access.quotas import add_held, held
from bailiwick.access.session_marks import MarkKind
from bailiwick.iam import context_providers, tags
from bailiwick.iam.errors import EntityAlreadyExists, InvalidInput, LimitExceeded
from bailiwick.iam.registry import iam
from bailiwick.iam.saml_providers import uploads
from bailiwick.iam.saml_providers.record import (
    HELD,
    KIND,
    SELECT,
    SAMLProvider,
    arn_of,
    find,
    key_hashes,
    metadata,
    private_keys,
    provider_target,
    require,
)
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import TAG_KEYS_PASSED, TAGS_PASSED, Target, acts_on, operation
from bailiwick.store.transaction import Transaction

_QUOTA: Final = "SAMLProvidersPerAccount"
_YEARS: Final = 100

NO_KEY: Final = "Unable to set assertion encryption mode to Required because no private key is provided."


@acts_on("saml-provider*")
async def _new_provider_target(call: Call, tx: Transaction) -> Sequence[Target]:
    """The provider that CreateSAMLProvider would make; tags on it are a right of their own."""
    new = Target(arn=arn_of(call.account, call["Name"]), tags=tags.passed(call))
    return [new, replace(new, action="iam:TagSAMLProvider")] if new.tags else [new]


async def _list_target(call: Call, tx: Transaction) -> Target:
    return Target(arn="*", shown=f"arn:aws:iam::{call.account}:{KIND}/")


@operation(
    iam,
    "CreateSAMLProvider",
    resource=_new_provider_target,
    keys=TAGS_PASSED,
    further_actions=["iam:TagSAMLProvider"],
    prepare=uploads.read,
    secrets=["AddPrivateKey"],
)
async def create_saml_provider(call: Call, tx: Transaction) -> dict[str, object]:
    """Trust a SAML identity provider, by its metadata.

    Raises:
        InvalidInput: the metadata, the private key, the context provider or a tag is not one that can be; or encrypted
            assertions are required, and no key is given to open them.
        EntityAlreadyExists: the account has a SAML provider of that name.
        LimitExceeded: the account has its quota of them, or the metadata or tags are more than one can have.

    Source: IAM API Reference, CreateSAMLProvider.
    """
    upload = call.prepared
    assert isinstance(upload, uploads.Uploads), "what is uploaded was read"
    mode = call.get("AssertionEncryptionMode")
    if mode == "Required" and upload.private_key is None:
        raise InvalidInput(NO_KEY)
    context_provider = context_providers.given(call)
    if await find(tx, call.account, call["Name"]):
        raise EntityAlreadyExists.saml_provider(call["Name"])
    limit = await call.access.quota(tx, call.account, _QUOTA)
    if await held(tx, call.account, HELD) >= limit:
        raise LimitExceeded.quota(_QUOTA, limit)
    provider = SAMLProvider(
        account=call.account,
        provider_id=call.new_id("SAMLSP"),
        name=call["Name"],
        encryption_mode=mode,
        context_provider=context_provider,
        created_at=call.now_ms,
        valid_until=round(_valid_until(call.now).timestamp() * 1000),
    )
    await _insert(call, tx, provider, upload)
    await tags.put(tx, call, provider.provider_id, call.tags(), case_sensitive=True)
    await add_held(tx, call.account, HELD, 1)
    output: dict[str, object] = {"SAMLProviderArn": provider.arn}
    if call.tags():
        output["Tags"] = tags.as_output(await tags.of(tx, call.account, provider.provider_id))
    return output


def _valid_until(now: datetime) -> datetime:
    """What AWS shows as a provider's last day; it is of no consequence, and does not come from the metadata."""
    leap_day = now.month == 2 and now.day == 29
    return now.replace(year=now.year + _YEARS, day=28 if leap_day else now.day)


async def _insert(call: Call, tx: Transaction, provider: SAMLProvider, upload: uploads.Uploads) -> None:
    await tx.run(
        "INSERT INTO saml_providers (account_id, provider_id, name, encryption_mode, context_provider, created_at,"
        " valid_until) VALUES (?, ?, ?, ?, ?, ?, ?)",
        provider.account,
        provider.provider_id,
        provider.name,
        provider.encryption_mode,
        provider.context_provider,
        provider.created_at,
        provider.valid_until,
    )
    await tx.run(
        "INSERT INTO saml_provider_metadata (provider_id, document, identity_providers) VALUES (?, ?, ?)",
        provider.provider_id,
        call["SAMLMetadataDocument"],
        upload.identity_providers,
    )
    if upload.private_key is not None:
        await uploads.add_private_key(call, tx, provider, upload.private_key)


@operation(iam, "GetSAMLProvider", resource=provider_target, reads=True)
async def get_saml_provider(call: Call, tx: Transaction) -> dict[str, object]:
    """A provider with its metadata as it was given, and its tags; of its private keys only the ids.

    Raises:
        InvalidInput: not a provider's ARN.
        NoSuchEntity: no such provider.

    Source: IAM API Reference, GetSAMLProvider.
    """
    provider = await require(call, tx)
    document, found = await metadata(tx, provider)
    shown: dict[str, object] = {
        "SAMLProviderUUID": provider.provider_id,
        "SAMLMetadataDocument": document,
        "SAMLKeyHashes": key_hashes(found),
        "CreateDate": from_milliseconds(provider.created_at),
        "ValidUntil": from_milliseconds(provider.valid_until),
        "Tags": tags.as_output(await tags.of(tx, provider.account, provider.provider_id)),
        "PrivateKeyList": [key.as_output() for key in await private_keys(tx, provider)],
        **context_providers.as_output(provider.context_provider),
    }
    if provider.encryption_mode is not None:
        shown["AssertionEncryptionMode"] = provider.encryption_mode
    return shown


@operation(iam, "ListSAMLProviders", resource=_list_target, reads=True)
async def list_saml_providers(call: Call, tx: Transaction) -> dict[str, object]:
    """All providers, in the order of their names. Not paged: their quota bounds them.

    Source: IAM API Reference, ListSAMLProviders.
    """
    rows = await tx.all(SELECT + " WHERE account_id = ? ORDER BY name", call.account)
    return {"SAMLProviderList": [_listed(SAMLProvider.of_row(row)) for row in rows]}


def _listed(provider: SAMLProvider) -> dict[str, object]:
    return {
        "Arn": provider.arn,
        "ValidUntil": from_milliseconds(provider.valid_until),
        "CreateDate": from_milliseconds(provider.created_at),
        "IsTrustedIdentityPropagationEnabled": False,
    }


@operation(iam, "DeleteSAMLProvider", resource=provider_target)
async def delete_saml_provider(call: Call, tx: Transaction) -> None:
    """Trust a provider no more, and forget its private keys. The sessions that it vouched for end.

    Roles whose trust policies name it stay as they are.

    Raises:
        InvalidInput: not a provider's ARN.
        NoSuchEntity: no such provider.

    Source: IAM API Reference, DeleteSAMLProvider.
    """
    provider = await require(call, tx)
    for table in ("saml_private_keys", "saml_provider_metadata", "saml_providers"):
        await tx.run("DELETE FROM " + table + " WHERE provider_id = ?", provider.provider_id)
    await session_marks.put(tx, provider.account, MarkKind.ORIGIN, provider.provider_id, call.now_ms)
    await tags.clear(tx, provider.account, provider.provider_id)
    await add_held(tx, provider.account, HELD, -1)


@operation(iam, "TagSAMLProvider", resource=provider_target, keys=TAGS_PASSED)
async def tag_saml_provider(call: Call, tx: Transaction) -> None:
    """Add tags to a provider, or change their values; keys are told apart by case.

    Raises:
        InvalidInput: not a provider's ARN; or a tag is reserved or given twice.
        NoSuchEntity: no such provider.
        LimitExceeded: the provider would hold more than the quota of tags.

    Source: IAM API Reference, TagSAMLProvider.
    """
    provider = await require(call, tx)
    await tags.put(tx, call, provider.provider_id, call.tags(), case_sensitive=True)


@operation(iam, "UntagSAMLProvider", resource=provider_target, keys=TAG_KEYS_PASSED)
async def untag_saml_provider(call: Call, tx: Transaction) -> None:
    """Take tags from a provider; keys that it does not have are passed over.

    Raises:
        InvalidInput: not a provider's ARN.
        NoSuchEntity: no such provider.

    Source: IAM API Reference, UntagSAMLProvider.
    """
    provider = await require(call, tx)
    await tags.remove(tx, call, provider.provider_id, call.texts("TagKeys"), case_sensitive=True)


@operation(iam, "ListSAMLProviderTags", resource=provider_target, reads=True)
async def list_saml_provider_tags(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of a provider's tags, in the order of their keys.

    Raises:
        InvalidInput: not a provider's ARN.
        NoSuchEntity: no such provider.

    Source: IAM API Reference, ListSAMLProviderTags.
    """
    provider = await require(call, tx)
    return await tags.listed(tx, call, provider.provider_id)
