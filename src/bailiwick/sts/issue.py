"""Issuing a session: its claims, its sealed credentials, and its record, in the caller's transaction.

Invariant: no session is issued without its record, and none under a session that was ended.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from bailiwick.access.call import Call
from bailiwick.auth import (
    MAX_TOKEN_SIZE,
    ContextKey,
    InvalidClientTokenId,
    Origin,
    PrincipalKind,
    SessionClaims,
    SessionTag,
    TokenTooLarge,
)
from bailiwick.store.transaction import Transaction
from bailiwick.sts import sessions
from bailiwick.sts.errors import PackedPolicyTooLarge
from bailiwick.sts.session_policies import NO_POLICIES, SessionPolicies

SECRETS: Final = ("Credentials.SecretAccessKey", "Credentials.SessionToken")
"""What audit events must not hold of a reply made here."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class SessionPrincipal:
    """Whose session it is.

    Attributes:
        kind: ROOT, USER, ROLE or FEDERATED_USER.
        account: the account it belongs to.
        principal_id: as in the claims: `AIDA…`, `AROA…`, the account for root, `account:name` for a federated user.
        name: of the user, the role or the federated user; the account for root.
        arn: what its requests are made under: the ARN of the role's session, the user, root or the federated user.
        session_name: of a role session.
    """

    kind: PrincipalKind
    account: str
    principal_id: str
    name: str
    arn: str
    session_name: str | None = None


async def issue_session(
    call: Call,
    tx: Transaction,
    principal: SessionPrincipal,
    *,
    seconds: int,
    policies: SessionPolicies = NO_POLICIES,
    tags: tuple[SessionTag, ...] = (),
    source_identity: str | None = None,
    has_code: bool = False,
    context_keys: tuple[ContextKey, ...] = (),
    origin: Origin | None = None,
) -> dict[str, object]:
    """Issue a session for `principal` that the caller asked for; the reply's Credentials and sizes.

    Args:
        call: the call.
        tx: its transaction.
        principal: whose session it is.
        seconds: how long it lives.
        policies: the session policies passed.
        tags: its session tags, those inherited included.
        source_identity: passed or inherited.
        has_code: whether the caller gave a good one-time code for it.
        context_keys: further condition keys that the session has for good.
        origin: what it came from, where that is neither the caller's own access key nor a provider that vouched.

    Raises:
        PackedPolicyTooLarge: policies and tags do not fit into a session token.
        InvalidClientTokenId: the caller's own session was ended while this call was under way.
    """
    parent = call.caller.session
    await _require_standing(tx, parent)
    issued_at_ms = _moment(call)
    claims = SessionClaims(
        session_id=_new_session_id(call, issued_at_ms),
        parent_session_id=None if parent is None else parent.session_id,
        account=principal.account,
        principal_kind=principal.kind,
        principal_id=principal.principal_id,
        principal_name=principal.name,
        session_name=principal.session_name,
        issued_at_ms=issued_at_ms,
        expires_at_ms=issued_at_ms + seconds * 1000,
        operation=call.operation,
        origin=origin or _origin(call),
        authority=None if parent is None else parent.authority,
        is_chained=parent is not None,
        policy=policies.document,
        policy_arns=policies.arns,
        tags=tags,
        source_identity=source_identity,
        mfa_authenticated_at_ms=issued_at_ms if has_code else _inherited_mfa(call, principal),
        federated_provider=None if call.identity is None else call.identity.provider_arn,
        context_keys=context_keys,
        lineage=() if parent is None else parent.passed_on_lineage,
    )
    output = await _seal(call, tx, claims, principal.arn, None if parent is None else parent.account)
    if policies or tags:
        output["PackedPolicySize"] = output["SessionTokenUtilization"]
    return output


async def issue_scoped(
    call: Call, tx: Transaction, session: SessionClaims, *, scope_down: str | None, expires_at_ms: int
) -> dict[str, object]:
    """Issue the caller's own session once more, narrowed; the reply's Credentials and sizes.

    To every policy it is the same session: who it is, its tags, and when it was issued, so that nothing which ends
    sessions by their age passes it by. To be listed and ended it is one of its own, under the one it came from.

    Args:
        call: the call.
        tx: its transaction.
        session: the caller's session.
        scope_down: the text of one more policy that limits it; None for none.
        expires_at_ms: when it ends; milliseconds since 1970 UTC.

    Raises:
        PackedPolicyTooLarge: what limits it does not fit into a session token.
        InvalidClientTokenId: the caller's own session was ended while this call was under way.
    """
    await _require_standing(tx, session)
    claims = msgspec.structs.replace(
        session,
        session_id=_new_session_id(call, _moment(call)),
        parent_session_id=session.session_id,
        expires_at_ms=expires_at_ms,
        scope_downs=session.scope_downs if scope_down is None else (*session.scope_downs, scope_down),
    )
    return await _seal(call, tx, claims, call.caller.arn, session.account)


async def issue_granted(call: Call, tx: Transaction, claims: SessionClaims, principal_arn: str) -> dict[str, object]:
    """Issue a session that its principal gave the caller leave to have; the reply's Credentials and sizes.

    Args:
        call: the call.
        tx: its transaction.
        claims: all that the session is to say but its id and the time of its issue.
        principal_arn: what its requests are made under.

    Raises:
        PackedPolicyTooLarge: what limits it does not fit into a session token.
    """
    issued_at_ms = _moment(call)
    session_id = _new_session_id(call, issued_at_ms)
    named = msgspec.structs.replace(claims, session_id=session_id, issued_at_ms=issued_at_ms)
    parent_account = None if claims.parent_session_id is None else claims.account
    return await _seal(call, tx, named, principal_arn, parent_account)


async def _require_standing(tx: Transaction, session: SessionClaims | None) -> None:
    if session is not None and not await sessions.is_standing(tx, session):
        raise InvalidClientTokenId.bad_token()


async def _seal(
    call: Call, tx: Transaction, claims: SessionClaims, principal_arn: str, parent_account: str | None
) -> dict[str, object]:
    """Seal the claims, and record the session as issued by this call."""
    try:
        credentials = call.access.seal_session(claims, minimum_size=call.integer("MinimumSessionTokenSize") or 0)
    except TokenTooLarge as error:
        raise PackedPolicyTooLarge.token(error.size, error.limit) from error
    identity = call.identity
    issued = sessions.Issued(
        access_key_id=credentials.access_key_id,
        principal_arn=principal_arn,
        asked_by=call.caller.arn if identity is None else identity.provider_arn,
        subject=None if identity is None else identity.user_name,
        source_address=call.caller.source_address,
        parent_account=parent_account,
        operation=call.operation,
        at_ms=_moment(call),
    )
    await sessions.record(tx, claims, issued)
    size = len(credentials.session_token)
    return {
        "Credentials": {
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key.reveal().decode("ascii"),
            "SessionToken": credentials.session_token,
            "Expiration": claims.expires_at,
        },
        "SessionTokenUtilization": utilization_of(size),
        "SessionTokenSize": size,
    }


def utilization_of(size: int) -> int:
    """How much of the longest session token one of that size is, in percent, rounded up."""
    return -(-size * 100 // MAX_TOKEN_SIZE)


def _inherited_mfa(call: Call, principal: SessionPrincipal) -> int | None:
    """When who becomes a role gave a code. No policy sees it in the role's session, but audit events tell of it.

    Source: AWS CloudTrail User Guide, "CloudTrail userIdentity element", mfaAuthenticated.
    """
    session = call.caller.session
    is_role = principal.kind is PrincipalKind.ROLE
    return session.mfa_authenticated_at_ms if is_role and session is not None else None


def _moment(call: Call) -> int:
    """When the call is decided, in milliseconds since 1970 UTC.

    Rounded down: a session must not be issued later than the moment it is used at.
    """
    return (call.now - _EPOCH) // _MILLISECOND


def _origin(call: Call) -> Origin:
    """The start of a chain, a long-term key or a provider: ending it ends every session that came from it."""
    caller = call.caller
    if call.identity is not None:
        return Origin(call.identity.provider_id, call.identity.account, None)
    if caller.session is not None:
        return caller.session.origin
    assert caller.access_key_id is not None, "a caller that signed has an access key"
    return Origin(caller.access_key_id, caller.account, caller.principal_id)


def _new_session_id(call: Call, issued_at_ms: int) -> str:
    """32 characters that sort by the time of issue, so that new records lie side by side in the store's index."""
    return (issued_at_ms.to_bytes(6, "big") + call.random_bytes(10)).hex()
