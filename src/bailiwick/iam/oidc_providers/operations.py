"""Making, showing, listing, tagging and deleting OpenID Connect providers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bailiwick.access import session_marks
from bailiwick.access.call import Call
from bailiwick.access.quotas import add_held, held
from bailiwick.access.session_marks import MarkKind
from bailiwick.iam import context_providers, tags
from bailiwick.iam.errors import EntityAlreadyExists, LimitExceeded
from bailiwick.iam.oidc_providers import thumbprints, urls
from bailiwick.iam.oidc_providers.record import HELD, KIND, OIDCProvider, arn_of, find_by_url, provider_target, require
from bailiwick.iam.registry import iam
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import TAG_KEYS_PASSED, TAGS_PASSED, Target, acts_on, operation
from bailiwick.store.transaction import Transaction

_QUOTA: Final = "OpenIdConnectProvidersPerAccount"
_CLIENT_QUOTA: Final = "ClientIdsPerOpenIdConnectProvider"


@dataclass(frozen=True, slots=True)
class _Certificates:
    """The thumbprints of a provider that is to be made."""

    thumbprints: tuple[str, ...]


@acts_on("oidc-provider*")
async def _new_provider_target(call: Call, tx: Transaction) -> Sequence[Target]:
    """The provider that CreateOpenIDConnectProvider would make; tags on it are a right of their own."""
    new = Target(arn=arn_of(call.account, urls.without_scheme(call["Url"])), tags=tags.passed(call))
    return [new, replace(new, action="iam:TagOpenIDConnectProvider")] if new.tags else [new]


async def _list_target(call: Call, tx: Transaction) -> Target:
    return Target(arn="*", shown=f"arn:aws:iam::{call.account}:{KIND}/")


async def _find_certificates(call: Call) -> _Certificates:
    given = thumbprints.checked(call.texts("ThumbprintList"))
    context_providers.given(call)  # nobody is asked for what would be refused anyway
    return _Certificates(given or await thumbprints.fetched(call.access.egress, urls.without_scheme(call["Url"])))


@operation(
    iam,
    "CreateOpenIDConnectProvider",
    resource=_new_provider_target,
    keys=TAGS_PASSED,
    further_actions=["iam:TagOpenIDConnectProvider"],
    prepare=_find_certificates,
)
async def create_open_id_connect_provider(call: Call, tx: Transaction) -> dict[str, object]:
    """Trust an OpenID Connect provider. Without thumbprints, that of its topmost certificate is fetched and kept.

    Raises:
        InvalidInput: the URL, a thumbprint, the context provider or a tag is not one that can be.
        OpenIdIdpCommunicationError: no thumbprints were given, and the provider cannot be asked for its certificates.
        EntityAlreadyExists: the account has a provider with that URL.
        LimitExceeded: the account has its quota of providers, or too many client ids or tags are given.

    Source: IAM API Reference, CreateOpenIDConnectProvider.
    """
    found = call.prepared
    assert isinstance(found, _Certificates), "the certificates were found"
    url = urls.without_scheme(call["Url"])
    if await find_by_url(tx, call.account, url):
        raise EntityAlreadyExists.oidc_provider(call["Url"])
    limit = await call.access.quota(tx, call.account, _QUOTA)
    if await held(tx, call.account, HELD) >= limit:
        raise LimitExceeded.quota(_QUOTA, limit)
    client_ids = tuple(dict.fromkeys(call.texts("ClientIDList")))
    await require_room(call, tx, client_ids)
    provider = OIDCProvider(
        account=call.account,
        provider_id=call.new_id("OIDC"),
        url=url,
        client_ids=client_ids,
        thumbprints=found.thumbprints,
        context_provider=context_providers.given(call),
        created_at=call.now_ms,
    )
    await _insert(tx, provider)
    await tags.put(tx, call, provider.provider_id, call.tags(), case_sensitive=True)
    await add_held(tx, call.account, HELD, 1)
    output: dict[str, object] = {"OpenIDConnectProviderArn": provider.arn}
    if call.tags():
        output["Tags"] = tags.as_output(await tags.of(tx, call.account, provider.provider_id))
    return output


async def require_room(call: Call, tx: Transaction, client_ids: Sequence[str]) -> None:
    """Pass if a provider can have so many client ids.

    Raises:
        LimitExceeded: else.
    """
    limit = await call.access.quota(tx, call.account, _CLIENT_QUOTA)
    if len(client_ids) > limit:
        raise LimitExceeded.quota(_CLIENT_QUOTA, limit)


async def _insert(tx: Transaction, provider: OIDCProvider) -> None:
    await tx.run(
        "INSERT INTO oidc_providers (account_id, provider_id, url, client_ids, thumbprints, context_provider,"
        " created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        provider.account,
        provider.provider_id,
        provider.url,
        json.dumps(provider.client_ids),
        json.dumps(provider.thumbprints),
        provider.context_provider,
        provider.created_at,
    )


@operation(iam, "GetOpenIDConnectProvider", resource=provider_target, reads=True)
async def get_open_id_connect_provider(call: Call, tx: Transaction) -> dict[str, object]:
    """A provider with its client ids, thumbprints and tags; its URL is without the scheme.

    Raises:
        InvalidInput: not a provider's ARN.
        NoSuchEntity: no such provider.

    Source: IAM API Reference, GetOpenIDConnectProvider.
    """
    provider = await require(call, tx)
    return {
        "Url": provider.url,
        "ClientIDList": list(provider.client_ids),
        "ThumbprintList": list(provider.thumbprints),
        "CreateDate": from_milliseconds(provider.created_at),
        "Tags": tags.as_output(await tags.of(tx, provider.account, provider.provider_id)),
        **context_providers.as_output(provider.context_provider),
    }


@operation(iam, "ListOpenIDConnectProviders", resource=_list_target, reads=True)
async def list_open_id_connect_providers(call: Call, tx: Transaction) -> dict[str, object]:
    """The ARNs of all providers, in the order of their URLs. Not paged: their quota bounds them.

    Source: IAM API Reference, ListOpenIDConnectProviders.
    """
    rows = await tx.all("SELECT url FROM oidc_providers WHERE account_id = ? ORDER BY url", call.account)
    return {
        "OpenIDConnectProviderList": [
            {"Arn": arn_of(call.account, str(url)), "IsTrustedIdentityPropagationEnabled": False} for (url,) in rows
        ]
    }


@operation(iam, "DeleteOpenIDConnectProvider", resource=provider_target)
async def delete_open_id_connect_provider(call: Call, tx: Transaction) -> None:
    """Trust a provider no more. The sessions that it vouched for end.

    Roles whose trust policies name it stay as they are; nobody can assume them by it.

    Raises:
        InvalidInput: not a provider's ARN.
        NoSuchEntity: no such provider.

    Source: IAM API Reference, DeleteOpenIDConnectProvider.
    """
    provider = await require(call, tx)
    await tx.run("DELETE FROM oidc_providers WHERE provider_id = ?", provider.provider_id)
    await session_marks.put(tx, provider.account, MarkKind.ORIGIN, provider.provider_id, call.now_ms)
    await tags.clear(tx, provider.account, provider.provider_id)
    await add_held(tx, provider.account, HELD, -1)


@operation(iam, "TagOpenIDConnectProvider", resource=provider_target, keys=TAGS_PASSED)
async def tag_open_id_connect_provider(call: Call, tx: Transaction) -> None:
    """Add tags to a provider, or change their values; keys are told apart by case.

    Raises:
        InvalidInput: not a provider's ARN; or a tag is reserved or given twice.
        NoSuchEntity: no such provider.
        LimitExceeded: the provider would hold more than the quota of tags.

    Source: IAM API Reference, TagOpenIDConnectProvider.
    """
    provider = await require(call, tx)
    await tags.put(tx, call, provider.provider_id, call.tags(), case_sensitive=True)


@operation(iam, "UntagOpenIDConnectProvider", resource=provider_target, keys=TAG_KEYS_PASSED)
async def untag_open_id_connect_provider(call: Call, tx: Transaction) -> None:
    """Take tags from a provider; keys that it does not have are passed over.

    Raises:
        InvalidInput: not a provider's ARN.
        NoSuchEntity: no such provider.

    Source: IAM API Reference, UntagOpenIDConnectProvider.
    """
    provider = await require(call, tx)
    await tags.remove(tx, call, provider.provider_id, call.texts("TagKeys"), case_sensitive=True)


@operation(iam, "ListOpenIDConnectProviderTags", resource=provider_target, reads=True)
async def list_open_id_connect_provider_tags(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of a provider's tags, in the order of their keys.

    Raises:
        InvalidInput: not a provider's ARN.
        NoSuchEntity: no such provider.

    Source: IAM API Reference, ListOpenIDConnectProviderTags.
    """
    provider = await require(call, tx)
    return await tags.listed(tx, call, provider.provider_id)
