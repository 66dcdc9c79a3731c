"""AssumeRoleWithWebIdentity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bailiwick.access.call import Call, FederatedIdentity
from bailiwick.iam.oidc_providers.record import OIDCProvider, find_by_url
from bailiwick.operations import Authorization, operation
from bailiwick.store.transaction import Transaction
from bailiwick.sts import federated_roles
from bailiwick.sts.errors import InvalidIdentityToken
from bailiwick.sts.federated_roles import FederatedAsk
from bailiwick.sts.issue import SECRETS
from bailiwick.sts.registry import sts
from bailiwick.sts.web_identity import claims as token_claims
from bailiwick.sts.web_identity import condition_keys, keys, tokens
from bailiwick.sts.web_identity.claims import Claims
from bailiwick.sts.web_identity.provider_keys import ProviderKeys
from bailiwick.sts.web_identity.tokens import Token

_OWN_ISSUERS: Final = "/oidc/"


@dataclass(frozen=True, slots=True)
class _Presented:
    """A token, not yet verified, and the provider that it claims to be of."""

    token: Token
    provider: OIDCProvider


@dataclass(frozen=True, slots=True)
class _Verified:
    """What the provider signed."""

    provider: OIDCProvider
    members: Mapping[str, Any]


async def _find_provider(call: Call, tx: Transaction) -> _Presented:
    if call.caller.has_stray_token:
        raise InvalidIdentityToken.no_key()  # what AWS answers to clients that sign nothing and send one
    role = federated_roles.role_of(call)
    if "ProviderId" in call:
        raise InvalidIdentityToken.access_token()
    token = tokens.read(call["WebIdentityToken"])
    if token.issuer.startswith(call.access.public_url + _OWN_ISSUERS):
        raise InvalidIdentityToken.own_token()
    url = token.provider_url
    provider = None if url is None else await find_by_url(tx, role.account, url)
    if provider is None:
        raise InvalidIdentityToken.no_provider(token.issuer)
    return _Presented(token, provider)


async def _verify(call: Call) -> _Verified:
    found = call.prepared
    assert isinstance(found, _Presented), "the provider was found"
    key = await call.access.part(ProviderKeys).find(found.provider, found.token.header, call.now)
    return _Verified(found.provider, keys.verify(found.token, key))


@operation(
    sts,
    "AssumeRoleWithWebIdentity",
    resource_types=["role*"],
    keys={"sts:RoleSessionName": "RoleSessionName"},
    further_actions=["sts:TagSession", "sts:SetSourceIdentity"],
    authorization=Authorization.HANDLER,
    look_up=_find_provider,
    prepare=_verify,
    secrets=("WebIdentityToken", *SECRETS),
)
async def assume_role_with_web_identity(call: Call, tx: Transaction) -> dict[str, object]:
    """Temporary credentials of a role that trusts the provider of an ID token. Nobody signs the request.

    Raises:
        InvalidIdentityToken: the token is malformed, of no provider of the role's account, not signed by it, for none
            of its client ids or not for this role; or the provider's keys cannot be used.
        ExpiredIdentityToken: its time is over.
        IDPCommunicationError: the provider does not answer.
        AccessDenied: there is no such role, or its trust policy does not allow it, or not the tags, or not the source
            identity.
        ValidationError: not a role's ARN, a longer session than the role allows, or a session policy that does not
            exist.
        MalformedPolicyDocument: the inline session policy is malformed.
        PackedPolicyTooLarge: the policies, or they and the tags, are too large.

    Source: STS API Reference, AssumeRoleWithWebIdentity.
    """
    verified = call.prepared
    assert isinstance(verified, _Verified), "the token was verified"
    provider = await _require_same(tx, verified.provider)
    claims = token_claims.read(verified.members, int(call.now.timestamp()))
    audiences = token_claims.require_audience(claims, provider.client_ids)
    if claims.roles is not None and call["RoleArn"] not in claims.roles:
        raise InvalidIdentityToken.role_not_listed()
    output = await federated_roles.assume(call, tx, _ask(call, provider, claims, audiences))
    return {
        **output,
        "SubjectFromWebIdentityToken": claims.subject,
        "Provider": verified.members["iss"],
        "Audience": audiences[0],
    }


async def _require_same(tx: Transaction, provider: OIDCProvider) -> OIDCProvider:
    """The provider as it is now, if it is still the one that the token was verified for, trusted as then."""
    current = await find_by_url(tx, provider.account, provider.url)
    if current is None or (current.provider_id, current.thumbprints) != (provider.provider_id, provider.thumbprints):
        raise InvalidIdentityToken.no_provider(f"https://{provider.url}")
    return current


def _ask(call: Call, provider: OIDCProvider, claims: Claims, audiences: tuple[str, ...]) -> FederatedAsk:
    is_listed = "false" if claims.roles is None else "true"  # one that lists others was refused
    return FederatedAsk(
        identity=FederatedIdentity(
            kind="WebIdentityUser",
            account=provider.account,
            provider_arn=provider.arn,
            provider_id=provider.provider_id,
            principal_id=f"{provider.arn}:{audiences[0]}:{claims.subject}",
            user_name=claims.subject,
            provider_name=provider.arn,
        ),
        role=federated_roles.role_of(call),
        session_name=call["RoleSessionName"],
        keys={**condition_keys.of_token(provider.url, claims, audiences), "sts:RoleAuthorizedByIdp": is_listed},
        kept_keys=condition_keys.of_session(provider.url, claims, audiences),
        tags=claims.tags,
        source_identity=claims.source_identity,
    )
