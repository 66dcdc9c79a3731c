"""Becoming a role by a SAML assertion: AssumeRoleWithSAML."""

import asyncio
import binascii
import math
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bailiwick.access.call import Call, FederatedIdentity
from bailiwick.auth import ContextKey
from bailiwick.iam.saml_providers import record as providers
from bailiwick.iam.saml_providers.record import SAMLProvider
from bailiwick.operations import TAGS_PASSED, Authorization, operation
from bailiwick.store.transaction import Transaction
from bailiwick.sts import federated_roles
from bailiwick.sts.errors import AccessDenied, ValidationError
from bailiwick.sts.federated_roles import FederatedAsk
from bailiwick.sts.issue import SECRETS
from bailiwick.sts.registry import sts
from bailiwick.sts.saml import attributes
from bailiwick.sts.saml.addresses import Addresses
from bailiwick.sts.saml.attributes import RolePair
from bailiwick.sts.saml.errors import ExpiredResponse, InvalidResponse
from bailiwick.sts.saml.facts import Assertion, Trusted

_SUBJECT_KEYS: Final = ("saml:namequalifier", "saml:sub", "saml:sub_type")
"""The condition keys that the session goes on to have. Source: IAM User Guide, "Available keys for SAML-based AWS STS
federation".
"""
_KEYS: Final = (
    *("saml:aud", "saml:doc", "saml:iss", *_SUBJECT_KEYS, *attributes.CONDITION_KEYS),
    *("sts:RoleSessionName", "sts:SourceIdentity", "sts:TransitiveTagKeys", *TAGS_PASSED),
)


BEAT_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Vouching:
    """A SAML provider, and what is trusted of it."""

    provider: SAMLProvider
    trusted: Trusted


async def vouching(call: Call, tx: Transaction, provider_arn: str) -> Vouching:
    """The provider of that ARN, of whichever account.

    Raises:
        ValidationError: it is no provider's ARN.
        InvalidResponse: there is no such provider.
    """
    place = providers.place_of(provider_arn)
    if place is None:
        raise ValidationError.request_arn()
    provider = await providers.find(tx, *place)
    if provider is None:
        raise InvalidResponse.unknown_provider()
    return Vouching(
        provider,
        Trusted(
            identity_providers=tuple(await providers.identity_providers(tx, provider)),
            private_keys=tuple(await providers.opening_keys(call, tx, provider)),
            must_be_encrypted=provider.encryption_mode == "Required",
        ),
    )


async def verified(call: Call, vouching: Vouching, encoded: str) -> Assertion:
    """What a response says, which is verified beside the event loop.

    Raises:
        InvalidResponse, ExpiredResponse: see `response.read`.
        Throttling: too many wait to have theirs verified.
    """
    provider = vouching.provider
    content = _decoded(encoded)
    addresses = Addresses(call.access.public_url, provider.provider_id, vouching.trusted.must_be_encrypted)
    began = time.monotonic()
    try:
        return await call.access.verifying.run(lambda: _read(content, vouching.trusted, addresses, call.now))
    except InvalidResponse:
        if vouching.trusted.private_keys:
            await _until_next_beat(began)
        raise


async def _until_next_beat(began: float) -> None:
    """Wait, so that refusals of messages that may be encrypted do not tell by their time how far they were read.

    Who can change an encrypted message and learn whether it decrypts to something well-formed can read it in the end
    (Jager and Somorovsky, "How to Break XML Encryption", 2011).
    """
    passed = time.monotonic() - began
    await asyncio.sleep(math.ceil(passed / BEAT_SECONDS) * BEAT_SECONDS - passed)


def _read(content: bytes, trusted: Trusted, addresses: Addresses, now: datetime) -> Assertion:
    from bailiwick.sts.saml import response

    return response.read(content, trusted, addresses, now)


def _decoded(encoded: str) -> bytes:
    try:
        return binascii.a2b_base64("".join(encoded.split()), strict_mode=True)
    except ValueError as error:
        raise InvalidResponse.encoding() from error


async def _vouching_asked(call: Call, tx: Transaction) -> Vouching:
    federated_roles.role_of(call)
    return await vouching(call, tx, call["PrincipalArn"])


async def _verified(call: Call) -> tuple[Vouching, Assertion]:
    asked = call.prepared
    assert isinstance(asked, Vouching), "the provider was looked up"
    return asked, await verified(call, asked, call["SAMLAssertion"])


@operation(
    sts,
    "AssumeRoleWithSAML",
    resource_types=["role*"],
    target_keys=_KEYS,
    further_actions=["sts:TagSession", "sts:SetSourceIdentity"],
    authorization=Authorization.HANDLER,
    look_up=_vouching_asked,
    prepare=_verified,
    secrets=("SAMLAssertion", *SECRETS),
)
async def assume_role_with_saml(call: Call, tx: Transaction) -> dict[str, object]:
    """Temporary credentials of a role that trusts a SAML provider, for whom the provider vouches.

    Raises:
        ValidationError: not a role's or provider's ARN, too long a duration, or a session policy that does not exist.
        InvalidResponse: no such provider; or the response is malformed, not signed by it, or not for here.
        ExpiredResponse: the response is too old.
        AccessDenied: the assertion has no subject or does not name the role with the provider, there is no such role,
            or its trust policy does not allow it (or not the tags, or not the source identity).
        MalformedPolicyDocument: the inline session policy is malformed.
        PackedPolicyTooLarge: the policies, or they and the tags, are too large.

    Source: STS API Reference, AssumeRoleWithSAML.
    """
    assert isinstance(call.prepared, tuple), "the response was verified"
    asked, assertion = call.prepared
    return await assume(call, tx, asked, assertion, RolePair(call["RoleArn"], call["PrincipalArn"]))


async def assume(
    call: Call, tx: Transaction, asked: Vouching, assertion: Assertion, pair: RolePair
) -> dict[str, object]:
    """Credentials of the role of a pair, for whom a verified assertion is of; raises as `assume_role_with_saml`."""
    provider = asked.provider
    await _require_unchanged(tx, asked)
    qualifier = assertion.name_qualifier(provider.account, provider.name)
    call.identity = FederatedIdentity(
        kind="SAMLUser",
        account=provider.account,
        provider_arn=provider.arn,
        provider_id=provider.provider_id,
        principal_id=f"{qualifier}:{assertion.subject}",
        user_name=assertion.subject,
        provider_name=qualifier,
    )
    if not assertion.subject or pair not in attributes.role_pairs(assertion.attributes):
        raise AccessDenied.not_vouched_for(call.operation)
    subject = (qualifier, assertion.subject, assertion.subject_type)
    kept = dict(zip(_SUBJECT_KEYS, subject, strict=True))
    ask = FederatedAsk(
        identity=call.identity,
        role=federated_roles.role_of(call),
        session_name=attributes.session_name(assertion.attributes),
        keys={
            **attributes.condition_keys(assertion.attributes),
            **kept,
            "saml:aud": assertion.recipient,
            "saml:doc": f"{provider.account}/{provider.name}",
            "saml:iss": assertion.issuer,
        },
        kept_keys=tuple(ContextKey(name, (value,)) for name, value in kept.items()),
        tags=attributes.tags(assertion.attributes),
        source_identity=attributes.source_identity(assertion.attributes),
        longest_seconds=_longest_seconds(assertion, call.now),
    )
    return {
        **await federated_roles.assume(call, tx, ask),
        "Subject": assertion.subject,
        "SubjectType": assertion.subject_type,
        "Issuer": assertion.issuer,
        "Audience": assertion.recipient,
        "NameQualifier": qualifier,
    }


async def _require_unchanged(tx: Transaction, asked: Vouching) -> None:
    """Make sure that what the response was verified by is trusted still.

    Raises:
        InvalidResponse: meanwhile the provider was changed, deleted or made again.
    """
    provider = asked.provider
    current = await providers.find(tx, provider.account, provider.name)
    if (
        current != provider
        or tuple(await providers.identity_providers(tx, provider)) != asked.trusted.identity_providers
    ):
        raise InvalidResponse.signature()


def _longest_seconds(assertion: Assertion, now: datetime) -> int | None:
    """How long the session may be, by the assertion's SessionNotOnOrAfter and SessionDuration.

    Raises:
        ExpiredResponse: less than a second is left of it.
    """
    limits = [attributes.session_seconds(assertion.attributes)]
    if assertion.session_ends_at is not None:
        limits.append(int((assertion.session_ends_at - now).total_seconds()))
    longest = min((limit for limit in limits if limit is not None), default=None)
    if longest is not None and longest < 1:
        raise ExpiredResponse.ended()
    return longest
