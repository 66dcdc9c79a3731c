"""What an account chooses for itself, and what it cannot choose outside an organization.

Session tokens' version, outbound web identity federation, account properties, and the features by which an
organization's management account looks after the root users of its members.
"""

from collections.abc import Mapping
from typing import Final, NoReturn

from bailiwick.access.call import Call
from bailiwick.iam import names
from bailiwick.iam.errors import FeatureDisabled, FeatureEnabled, InvalidInput, OrganizationNotFound
from bailiwick.iam.registry import iam
from bailiwick.operations import Target, operation
from bailiwick.store.transaction import Transaction

_TOKEN_VERSION: Final = "GlobalEndpointTokenVersion"  # noqa: S105  the setting's name
_OUTBOUND_FEDERATION: Final = "OutboundWebIdentityFederation"
_PROPERTIES: Final = "properties/"
"""What the names of account properties begin with among the settings."""

_NAMESPACES: Final = "iam:AccountPropertyNamespaces"
_MOST_PROPERTIES: Final = 100
"""How many properties an account may have, so that GetAccountProperties, which has no pages, stays bounded."""


async def _setting(tx: Transaction, account: str, name: str) -> str | None:
    row = await tx.one("SELECT value FROM account_settings WHERE account_id = ? AND name = ?", account, name)
    return None if row is None else str(row[0])


async def _set(tx: Transaction, account: str, name: str, value: str) -> None:
    await tx.run(
        "INSERT INTO account_settings (account_id, name, value) VALUES (?, ?, ?)"
        " ON CONFLICT (account_id, name) DO UPDATE SET value = excluded.value",
        account,
        name,
        value,
    )


# Security Token Service


async def token_version(tx: Transaction, account: str) -> int:
    """The version of the global endpoint's tokens, as GetAccountSummary shows it: 1 or 2.

    2 until the account chooses otherwise, because our tokens are valid in every region, whichever version is chosen.
    """
    return 1 if await _setting(tx, account, _TOKEN_VERSION) == "v1Token" else 2


@operation(iam, "SetSecurityTokenServicePreferences")
async def set_security_token_service_preferences(call: Call, tx: Transaction) -> None:
    """Choose the version of the tokens that the global endpoint issues; ours are valid in every region with either.

    Source: IAM API Reference, SetSecurityTokenServicePreferences.
    """
    await _set(tx, call.account, _TOKEN_VERSION, call["GlobalEndpointTokenVersion"])


# Outbound web identity federation


async def issuer(tx: Transaction, account: str, public_url: str) -> str | None:
    """The URL that names the account as the issuer of web identity tokens; None while it issues none."""
    if await _setting(tx, account, _OUTBOUND_FEDERATION) is None:
        return None
    return f"{public_url}/oidc/{account}"


@operation(iam, "EnableOutboundWebIdentityFederation")
async def enable_outbound_web_identity_federation(call: Call, tx: Transaction) -> dict[str, object]:
    """Let the account's principals get tokens that tell other systems who they are. Its issuer never changes.

    Raises:
        FeatureEnabled: they may already.

    Source: IAM API Reference, EnableOutboundWebIdentityFederation.
    """
    if await issuer(tx, call.account, call.access.public_url) is not None:
        raise FeatureEnabled.outbound_federation()
    await _set(tx, call.account, _OUTBOUND_FEDERATION, "enabled")
    return {"IssuerIdentifier": await issuer(tx, call.account, call.access.public_url)}


@operation(iam, "DisableOutboundWebIdentityFederation")
async def disable_outbound_web_identity_federation(call: Call, tx: Transaction) -> None:
    """Let the account's principals get no more such tokens; those that were issued stay valid.

    Raises:
        FeatureDisabled: they cannot now.

    Source: IAM API Reference, DisableOutboundWebIdentityFederation.
    """
    taken = await tx.run(
        "DELETE FROM account_settings WHERE account_id = ? AND name = ?", call.account, _OUTBOUND_FEDERATION
    )
    if not taken:
        raise FeatureDisabled.outbound_federation()


@operation(iam, "GetOutboundWebIdentityFederationInfo", reads=True)
async def get_outbound_web_identity_federation_info(call: Call, tx: Transaction) -> dict[str, object]:
    """The issuer's URL, by which other systems find the keys of the account's tokens.

    Raises:
        FeatureDisabled: the account issues none.

    Source: IAM API Reference, GetOutboundWebIdentityFederationInfo.
    """
    url = await issuer(tx, call.account, call.access.public_url)
    if url is None:
        raise FeatureDisabled.outbound_federation()
    return {"IssuerIdentifier": url, "JwtVendingEnabled": True}


# Account properties


async def _properties(tx: Transaction, account: str) -> dict[str, str]:
    rows = await tx.all(
        "SELECT name, value FROM account_settings WHERE account_id = ? AND name >= ? AND name < ? ORDER BY name",
        account,
        _PROPERTIES,
        names.after_prefix(_PROPERTIES),
    )
    return {str(name).removeprefix(_PROPERTIES): str(value) for name, value in rows}


def _given(call: Call) -> Mapping[str, str]:
    properties = call.parameters["Properties"]
    assert isinstance(properties, Mapping), "properties are a map"
    return {str(key): str(value) for key, value in properties.items()}


def _namespace(key: str) -> str:
    """The part before the slash.

    Raises:
        InvalidInput: the key does not have exactly one slash, between two parts.
    """
    namespace, _, name = key.partition("/")
    if not namespace or not name or "/" in name:
        raise InvalidInput(f"The property key {key} is not valid. It must have the form Namespace/PropertyName.")
    return namespace


async def _held_namespaces(call: Call, tx: Transaction) -> Target:
    namespaces = {_namespace(key) for key in await _properties(tx, call.account)}
    return Target(arn="*", keys={_NAMESPACES: tuple(sorted(namespaces))} if namespaces else {})


async def _given_namespaces(call: Call, tx: Transaction) -> Target:
    """Raises InvalidInput where a key is none; that tells nothing of what exists."""
    return Target(arn="*", keys={_NAMESPACES: tuple(sorted({_namespace(key) for key in _given(call)}))})


@operation(iam, "GetAccountProperties", resource=_held_namespaces, target_keys=[_NAMESPACES], reads=True)
async def get_account_properties(call: Call, tx: Transaction) -> dict[str, object]:
    """The account's properties, by `Namespace/PropertyName`.

    Source: IAM API Reference, GetAccountProperties.
    """
    return {"Properties": await _properties(tx, call.account)}


@operation(iam, "PutAccountProperties", resource=_given_namespaces, target_keys=[_NAMESPACES])
async def put_account_properties(call: Call, tx: Transaction) -> None:
    """Set properties of one namespace; those that are not given stay.

    AWS does not say which properties there are. They are kept as they are given, and change nothing here.

    Raises:
        InvalidInput: a key is not of the form `Namespace/PropertyName`, the keys are of several namespaces, there is
            none, or the account would hold too many.

    Source: IAM API Reference, PutAccountProperties.
    """
    given = _given(call)
    if len({_namespace(key) for key in given}) != 1:
        raise InvalidInput("All properties in a request must belong to the same namespace.")
    if len({*await _properties(tx, call.account), *given}) > _MOST_PROPERTIES:
        raise InvalidInput(f"An account can have up to {_MOST_PROPERTIES} properties.")
    for key, value in given.items():
        await _set(tx, call.account, _PROPERTIES + key, value)


# Centralized root access


def _outside_an_organization() -> NoReturn:
    """No account is in an organization here, and these features are an organization's."""
    raise OrganizationNotFound.of_the_account()


@operation(iam, "EnableOrganizationsRootCredentialsManagement")
async def enable_organizations_root_credentials_management(call: Call, tx: Transaction) -> None:
    """Look after the members' root credentials from the management account.

    Raises:
        OrganizationNotFound: the account is in no organization.

    Source: IAM API Reference, EnableOrganizationsRootCredentialsManagement.
    """
    _outside_an_organization()


@operation(iam, "DisableOrganizationsRootCredentialsManagement")
async def disable_organizations_root_credentials_management(call: Call, tx: Transaction) -> None:
    """Leave the members' root credentials to them again.

    Raises:
        OrganizationNotFound: the account is in no organization.

    Source: IAM API Reference, DisableOrganizationsRootCredentialsManagement.
    """
    _outside_an_organization()


@operation(iam, "EnableOrganizationsRootSessions")
async def enable_organizations_root_sessions(call: Call, tx: Transaction) -> None:
    """Let the management account do root's tasks in the members.

    Raises:
        OrganizationNotFound: the account is in no organization.

    Source: IAM API Reference, EnableOrganizationsRootSessions.
    """
    _outside_an_organization()


@operation(iam, "DisableOrganizationsRootSessions")
async def disable_organizations_root_sessions(call: Call, tx: Transaction) -> None:
    """Let the management account do root's tasks in the members no more.

    Raises:
        OrganizationNotFound: the account is in no organization.

    Source: IAM API Reference, DisableOrganizationsRootSessions.
    """
    _outside_an_organization()


@operation(iam, "ListOrganizationsFeatures", reads=True)
async def list_organizations_features(call: Call, tx: Transaction) -> None:
    """The features of centralized root access that the organization has enabled.

    Raises:
        OrganizationNotFound: the account is in no organization.

    Source: IAM API Reference, ListOrganizationsFeatures.
    """
    _outside_an_organization()
