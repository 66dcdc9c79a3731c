"""Asking a provider where its keys are, and for them.

Source: OpenID Connect Discovery 1.0, sections 3 and 4.
"""

from collections.abc import Collection
from typing import Final

import msgspec

from bailiwick.egress import Egress, Unreachable
from bailiwick.iam.oidc_providers.urls import SCHEME

LARGEST_KEYS: Final = 512 * 1024
"""How many bytes the keys that a provider publishes may be: there is room for 200 keys with their certificates."""

_DISCOVERY: Final = "/.well-known/openid-configuration"


class NotAProvider(Exception):
    """What answered is no OpenID Connect provider of that issuer. The message is for the operator's log."""


class _Configuration(msgspec.Struct):
    """Of a provider's metadata, what is needed here."""

    issuer: str
    jwks_uri: str


async def keys_url(egress: Egress, url: str, thumbprints: Collection[str] = ()) -> str:
    """Where the provider has its keys, by its own word; `url` is the provider's, without its scheme.

    Raises:
        Unreachable: it cannot be asked, or not trusted; see `Egress.get` for both and for the thumbprints.
        NotAProvider: it answers otherwise than OpenID Connect has it, or for another issuer.
    """
    issuer = SCHEME + url
    content = await _document(egress, issuer.removesuffix("/") + _DISCOVERY, "the configuration was", thumbprints)
    try:
        found = msgspec.json.decode(content, type=_Configuration)
    except msgspec.MsgspecError as error:
        raise NotAProvider(f"the configuration cannot be read: {error}") from error
    if found.issuer != issuer:
        raise NotAProvider("the configuration is of another issuer")
    return found.jwks_uri


async def published_keys(egress: Egress, url: str, thumbprints: Collection[str]) -> bytes:
    """The document that should hold the provider's keys; `url` is the provider's, without its scheme.

    Raises:
        Unreachable, NotAProvider: as for `keys_url`.
    """
    content = await _document(egress, await keys_url(egress, url, thumbprints), "the keys were", thumbprints)
    if len(content) > LARGEST_KEYS:
        raise NotAProvider(f"the keys are {len(content)} bytes, more than {LARGEST_KEYS}")
    return content


async def _document(egress: Egress, url: str, what: str, thumbprints: Collection[str]) -> bytes:
    reply = await egress.get(url, thumbprints=thumbprints)
    reason = f"{what} answered with {reply.status}"
    if reply.status >= 500:
        raise Unreachable(reason)
    if reply.status != 200:
        raise NotAProvider(reason)
    return reply.body
