"""Changing an OpenID Connect provider: its client ids, its thumbprints, its context provider."""

import json
from typing import Final

from bailiwick.access.call import Call
from bailiwick.iam import context_providers
from bailiwick.iam.errors import InvalidInput
from bailiwick.iam.oidc_providers import thumbprints
from bailiwick.iam.oidc_providers.operations import require_room
from bailiwick.iam.oidc_providers.record import provider_target, require
from bailiwick.iam.registry import iam
from bailiwick.operations import operation
from bailiwick.store.transaction import Transaction

_SET_CLIENT_IDS: Final = "UPDATE oidc_providers SET client_ids = ? WHERE provider_id = ?"


@operation(iam, "AddClientIDToOpenIDConnectProvider", resource=provider_target)
async def add_client_id_to_open_id_connect_provider(call: Call, tx: Transaction) -> None:
    """Take tokens for one more client; adding it twice changes nothing.

    Raises:
        InvalidInput: not a provider's ARN.
        NoSuchEntity: no such provider.
        LimitExceeded: the provider has its quota of client ids.

    Source: IAM API Reference, AddClientIDToOpenIDConnectProvider.
    """
    provider = await require(call, tx)
    if call["ClientID"] in provider.client_ids:
        return
    client_ids = (*provider.client_ids, call["ClientID"])
    await require_room(call, tx, client_ids)
    await tx.run(_SET_CLIENT_IDS, json.dumps(client_ids), provider.provider_id)


@operation(iam, "RemoveClientIDFromOpenIDConnectProvider", resource=provider_target)
async def remove_client_id_from_open_id_connect_provider(call: Call, tx: Transaction) -> None:
    """Take tokens for a client no more; removing one that is not there changes nothing.

    Raises:
        InvalidInput: not a provider's ARN.
        NoSuchEntity: no such provider.

    Source: IAM API Reference, RemoveClientIDFromOpenIDConnectProvider.
    """
    provider = await require(call, tx)
    client_ids = [each for each in provider.client_ids if each != call["ClientID"]]
    await tx.run(_SET_CLIENT_IDS, json.dumps(client_ids), provider.provider_id)


@operation(iam, "UpdateOpenIDConnectProviderThumbprint", resource=provider_target)
async def update_open_id_connect_provider_thumbprint(call: Call, tx: Transaction) -> None:
    """Put other thumbprints in the place of all that a provider has.

    Raises:
        InvalidInput: not a provider's ARN; or a thumbprint is none, or there are none or too many.
        NoSuchEntity: no such provider.

    Source: IAM API Reference, UpdateOpenIDConnectProviderThumbprint.
    """
    provider = await require(call, tx)
    given = thumbprints.checked(call.texts("ThumbprintList"))
    if not given:
        raise InvalidInput("Thumbprint list must contain at least 1 entry.")
    await tx.run(
        "UPDATE oidc_providers SET thumbprints = ? WHERE provider_id = ?", json.dumps(given), provider.provider_id
    )


@operation(iam, "UpdateOpenIDConnectProvider", resource=provider_target)
async def update_open_id_connect_provider(call: Call, tx: Transaction) -> None:
    """Set, change or remove a provider's context provider; or its association with Identity Center, of which none is.

    Raises:
        InvalidInput: not a provider's ARN; both are to be changed at once, or one is to be set and removed; the
            context provider is not one that AWS would take; or an instance of Identity Center is named.
        NoSuchEntity: no such provider.

    Source: IAM API Reference, UpdateOpenIDConnectProvider.
    """
    provider = await require(call, tx)
    if context_providers.changes_provider(call) and context_providers.changes_instance(call):
        raise InvalidInput(
            "A single request can change either the context provider or the IAM Identity Center association, "
            "but not both."
        )
    changed = context_providers.updated(call, provider.context_provider)
    await tx.run("UPDATE oidc_providers SET context_provider = ? WHERE provider_id = ?", changed, provider.provider_id)
