"""Becoming a role: AssumeRole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bailiwick.access.call import Call
from bailiwick.access.context import request_keys
from bailiwick.auth import PrincipalKind, SessionTag
from bailiwick.iam import roles
from bailiwick.operations import TAGS_PASSED, Authorization, ContextValue, operation
from bailiwick.store.transaction import Transaction
from bailiwick.sts import assumable_roles, durations, mfa, session_policies, session_tags
from bailiwick.sts.assumable_roles import RoleName
from bailiwick.sts.errors import AccessDenied, InvalidContextAssertion, ValidationError
from bailiwick.sts.issue import SECRETS
from bailiwick.sts.registry import sts

_KEYS: Final = {
    "sts:RoleSessionName": "RoleSessionName",
    "sts:ExternalId": "ExternalId",
    "sts:SourceIdentity": "SourceIdentity",
    "sts:TransitiveTagKeys": "TransitiveTagKeys",
    **TAGS_PASSED,
}


@dataclass(frozen=True, slots=True)
class RoleSession:
    """The session that a call of AssumeRole asks for, as far as it can be told without the store.

    Attributes:
        role: as sent, and what it says.
        name: the session's name.
        tags: all tags of the session, those handed down by the calling session included.
        source_identity: passed, or inherited from the calling session.
        keys: the condition keys of the call.
    """

    role: RoleName
    name: str
    tags: tuple[SessionTag, ...]
    source_identity: str | None
    keys: Mapping[str, ContextValue]


@operation(
    sts,
    "AssumeRole",
    resource_types=["role*"],
    keys=_KEYS,
    further_actions=["sts:TagSession", "sts:SetSourceIdentity"],
    authorization=Authorization.HANDLER,
    secrets=("TokenCode", *SECRETS),
)
async def assume_role(call: Call, tx: Transaction) -> dict[str, object]:
    """Temporary credentials of a role that trusts the caller.

    A one-time code tells the policies of this one decision, such as the role's trust policy, that MFA was used. The
    session tells no policy of it (IAM User Guide, "Secure API access with MFA").

    Raises:
        AccessDenied: the caller is root or a federated user, there is no such role, its trust policy or the caller's
            own policies do not allow it (or not the tags, or not the source identity), the source identity differs
            from the one inherited, or a one-time code was sent for a device that is not the caller's.
        KeptRefusal: the code is not good, or any of the others after a good code.
        ValidationError: not a role's ARN, too long a duration, or a session policy that does not exist.
        InvalidParameterValue: a tag is reserved, given twice, or inherited.
        MalformedPolicyDocument: the inline session policy is malformed.
        PackedPolicyTooLarge: the policies, or they and the tags, are too large.
        InvalidContextAssertion: provided contexts were sent; there is no context provider to have made them.

    Source: STS API Reference, AssumeRole.
    """
    if call.caller.kind is PrincipalKind.ROOT:
        raise AccessDenied.root_may_not_assume()
    has_code = await mfa.use_code(call, tx)
    with mfa.staying_used(has_code):
        return await _assume(call, tx, has_code=has_code)


async def _assume(call: Call, tx: Transaction, *, has_code: bool) -> dict[str, object]:
    """Raises before it writes anything."""
    if call.structures("ProvidedContexts"):
        raise InvalidContextAssertion.untrusted_provider()
    asked = _asked(call, has_code=has_code)
    policies = session_policies.read(call)
    role = await _require_assumable(call, tx, asked)
    seconds = durations.of_role_session(
        call.integer("DurationSeconds"),
        role_maximum=role.max_session_seconds,
        is_chained=call.caller.session is not None,
    )
    return await assumable_roles.issue(
        call,
        tx,
        role,
        asked.name,
        seconds=seconds,
        policies=policies,
        tags=asked.tags,
        source_identity=asked.source_identity,
        has_code=has_code,
    )


def _asked(call: Call, *, has_code: bool) -> RoleSession:
    role = RoleName.of(call["RoleArn"])
    if role is None:
        raise ValidationError.not_a_role(call["RoleArn"])
    session = call.caller.session
    inherited = () if session is None else session_tags.handed_down(session.tags)
    source_identity = _inherited_identity(call) or call.get("SourceIdentity")
    keys = request_keys(call.parameters, _KEYS)
    if has_code:
        keys |= mfa.KEYS_OF_A_CODE
    if source_identity is not None:
        # Also for one inherited (IAM User Guide, "Monitor and control actions taken with assumed roles"). Another
        # one passed is refused in the end, whatever policies say to this.
        keys["sts:sourceidentity"] = source_identity
    return RoleSession(
        role=role,
        name=call["RoleSessionName"],
        tags=session_tags.merged(call.tags(), call.texts("TransitiveTagKeys"), inherited),
        source_identity=source_identity,
        keys=keys,
    )


def _inherited_identity(call: Call) -> str | None:
    return None if call.caller.session is None else call.caller.session.source_identity


async def _require_assumable(call: Call, tx: Transaction, asked: RoleSession) -> roles.Role:
    """The role, if it is there and the caller may become it with these tags and this source identity."""
    found = await assumable_roles.asked(call, tx, asked.role)
    role, target = found.role, found.target
    for action in _actions(asked):
        decision = await call.access.decide(call, tx, action, target, trust=found.trust, keys=asked.keys)
        if decision.is_allowed and _needs_own_side(call, action, asked):
            decision = await call.access.decide(call, tx, action, target, keys=asked.keys)
        if not decision.is_allowed or role is None or call.caller.kind is PrincipalKind.FEDERATED_USER:
            raise AccessDenied.not_authorized(call.caller.arn, action, asked.role.arn)
    inherited = _inherited_identity(call)
    if inherited is not None and call.get("SourceIdentity") not in (None, inherited):
        raise AccessDenied.not_authorized(call.caller.arn, "sts:SetSourceIdentity", asked.role.arn)
    assert role is not None, "a role that is not there was refused"
    return role


def _actions(asked: RoleSession) -> list[str]:
    """What must be allowed, by the trust policy and on the caller's side."""
    return [
        "sts:AssumeRole",
        *assumable_roles.further_actions(
            has_tags=bool(asked.tags), has_source_identity=asked.source_identity is not None
        ),
    ]


def _needs_own_side(call: Call, action: str, asked: RoleSession) -> bool:
    """Whether the caller's own policies must allow it, too, where the trust policy of a role of its account names it.

    Source: IAM User Guide, "Monitor and control actions taken with assumed roles", on role chaining. Between accounts
    they must anyway.
    """
    is_chained = call.caller.kind is PrincipalKind.ROLE
    return action == "sts:SetSourceIdentity" and is_chained and asked.role.account == call.account
