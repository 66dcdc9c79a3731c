"""Becoming a role by the word of an identity provider: what AssumeRoleWithWebIdentity and AssumeRoleWithSAML share.

Whoever calls here has verified the token or assertion. What is decided is the role's trust policy alone: nobody signed
the request, so there is no side of the caller's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bailiwick.access.call import Call, FederatedIdentity
from bailiwick.auth import ContextKey, SessionTag
from bailiwick.iam import roles
from bailiwick.operations import ContextValue
from bailiwick.store.transaction import Transaction
from bailiwick.sts import assumable_roles, durations, session_policies
from bailiwick.sts.assumable_roles import RoleName
from bailiwick.sts.errors import AccessDenied, ValidationError


@dataclass(frozen=True, slots=True)
class FederatedAsk:
    """What somebody asks for whom a provider vouches.

    Attributes:
        identity: whom, by which provider.
        role: the role to become.
        session_name: 2 to 64 characters, as RoleSessionName must be.
        keys: what the provider says, as condition keys of the trust policy: `saml:sub`, `idp.example.com:aud`.
        kept_keys: those of them that the session goes on to have.
        tags: the session's tags.
        source_identity: None when the provider names none.
        longest_seconds: how long the provider lets the session be at most; None when it does not say.
    """

    identity: FederatedIdentity
    role: RoleName
    session_name: str
    keys: Mapping[str, ContextValue]
    kept_keys: tuple[ContextKey, ...] = ()
    tags: tuple[SessionTag, ...] = ()
    source_identity: str | None = None
    longest_seconds: int | None = None


def role_of(call: Call) -> RoleName:
    """The role that the call's RoleArn names.

    Raises:
        ValidationError: it is no role's ARN.
    """
    role = RoleName.of(call["RoleArn"])
    if role is None:
        raise ValidationError.request_arn()
    return role


async def assume(call: Call, tx: Transaction, ask: FederatedAsk) -> dict[str, object]:
    """Credentials of the role: the reply's Credentials, sizes, AssumedRoleUser and SourceIdentity.

    Raises before it writes anything.

    Raises:
        AccessDenied: there is no such role in the provider's account, or its trust policy does not allow it, or not the
            tags, or not the source identity.
        ValidationError: a longer session than the role allows, or a session policy that does not exist.
        MalformedPolicyDocument: the inline session policy is malformed.
        PackedPolicyTooLarge: the policies, or they and the tags, are too large.

    Source: STS API Reference, AssumeRoleWithWebIdentity and AssumeRoleWithSAML.
    """
    call.identity = ask.identity
    policies = session_policies.read(call)
    role = await _require_assumable(call, tx, ask)
    seconds = durations.of_role_session(
        call.integer("DurationSeconds"), role_maximum=role.max_session_seconds, is_chained=False
    )
    if ask.longest_seconds is not None:
        seconds = min(seconds, ask.longest_seconds)
    return await assumable_roles.issue(
        call,
        tx,
        role,
        ask.session_name,
        seconds=seconds,
        policies=policies,
        tags=ask.tags,
        source_identity=ask.source_identity,
        context_keys=ask.kept_keys,
    )


async def _require_assumable(call: Call, tx: Transaction, ask: FederatedAsk) -> roles.Role:
    """The role, if it is of the provider's account, and trusts the provider with all that was asked for."""
    if ask.role.account != ask.identity.account:
        raise AccessDenied.not_vouched_for(call.operation)
    found = await assumable_roles.asked(call, tx, ask.role)
    keys = _keys(ask)
    actions = [
        f"sts:{call.operation}",
        *assumable_roles.further_actions(has_tags=bool(ask.tags), has_source_identity=ask.source_identity is not None),
    ]
    is_trusted = all(
        call.access.decide_vouched(call, action, found.target, trust=found.trust, keys=keys).is_allowed
        for action in actions
    )
    if found.role is None or not is_trusted:
        raise AccessDenied.not_vouched_for(call.operation)
    return found.role


def _keys(ask: FederatedAsk) -> dict[str, ContextValue]:
    """The condition keys of the trust policy's decision."""
    keys = {**ask.keys, "sts:RoleSessionName": ask.session_name}
    if ask.source_identity is not None:
        keys["sts:SourceIdentity"] = ask.source_identity
    if ask.tags:
        keys |= {f"aws:RequestTag/{tag.key}": tag.value for tag in ask.tags}
        keys["aws:TagKeys"] = tuple(tag.key for tag in ask.tags)
    transitive = tuple(tag.key for tag in ask.tags if tag.is_transitive)
    if transitive:
        keys["sts:TransitiveTagKeys"] = transitive
    return keys
