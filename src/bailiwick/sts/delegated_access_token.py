"""The access that somebody of another account approved: GetDelegatedAccessToken."""

from dataclasses import dataclass
from typing import Final

import msgspec

from bailiwick.access import session_marks
from bailiwick.access.call import Call
from bailiwick.access.principals import PrincipalType
from bailiwick.auth import MAX_SCOPE_DOWNS, Origin, PrincipalKind, SessionClaims
from bailiwick.iam import access_keys
from bailiwick.iam.delegation_requests import Approver, Delegation, find_by_token
from bailiwick.operations import operation
from bailiwick.store.transaction import Transaction
from bailiwick.sts import sessions
from bailiwick.sts.errors import ExpiredTradeInToken, PackedPolicyTooLarge, ValidationError
from bailiwick.sts.issue import SECRETS, issue_granted
from bailiwick.sts.registry import sts

_KINDS: Final[dict[PrincipalKind, PrincipalType]] = {PrincipalKind.USER: "user", PrincipalKind.ROLE: "role"}


@dataclass(frozen=True, slots=True)
class _Principal:
    """Who approved, as it is now: its name, its own ARN, and the one that its requests are made under."""

    name: str
    arn: str
    calling_arn: str


@operation(sts, "GetDelegatedAccessToken", secrets=("TradeInToken", *SECRETS))
async def get_delegated_access_token(call: Call, tx: Transaction) -> dict[str, object]:
    """Temporary credentials of who approved a delegation request, narrowed to what the request asked for.

    They end when the approved time does, which began as the token was sent, however often it is traded. What the
    approver may do now caps them, and what the approver's own session was narrowed to. They end with the approver and
    with what it approved by: its access key, or its session when that is ended.

    Raises:
        AccessDenied: the caller's policies do not allow it.
        ValidationError: not a token that was sent to the caller's account.
        ExpiredTradeInToken: the approved time is over, the approver has lost what it approved by, or the access was
            ended since the token was sent.
        PackedPolicyTooLarge: what limits the session does not fit into a session token.

    Source: STS API Reference, GetDelegatedAccessToken; IAM User Guide, "IAM temporary delegation".
    """
    delegation = await find_by_token(call, tx, call["TradeInToken"])
    if delegation is None or delegation.requestor_account != call.account:
        raise ValidationError.trade_in_token()
    approver = delegation.approver
    principal = await _standing(call, tx, approver)
    if principal is None or call.now_ms >= delegation.ends_at:
        raise ExpiredTradeInToken.ended()
    claims = _claims(delegation, principal)
    if await _was_revoked(tx, delegation, claims):
        raise ExpiredTradeInToken.ended()
    issued = await issue_granted(call, tx, claims, principal.calling_arn)
    return {"Credentials": issued["Credentials"], "AssumedPrincipal": principal.arn}


async def _standing(call: Call, tx: Transaction, approver: Approver) -> _Principal | None:
    """Who approved, if it is still there and could still call by what it approved with but for that one's expiry."""
    session = approver.session
    if session is not None and not await sessions.is_standing(tx, session):
        return None
    if not await _has_its_key(tx, _authority(approver)):
        return None
    if approver.kind is PrincipalKind.ROOT:
        return _Principal(approver.account, approver.arn, approver.arn)
    record = await call.access.record(tx, _KINDS[approver.kind], approver.account, approver.principal_id)
    if record is None:
        return None
    if session is None or approver.kind is PrincipalKind.USER:
        return _Principal(record.name, record.arn, record.arn)
    calling_arn = f"arn:aws:sts::{approver.account}:assumed-role/{record.name}/{session.session_name}"
    return _Principal(record.name, record.arn, calling_arn)


async def _was_revoked(tx: Transaction, delegation: Delegation, claims: SessionClaims) -> bool:
    """Whether the access was ended since the token was sent: else another trade would give back what was taken."""
    as_sent = msgspec.structs.replace(claims, issued_at_ms=delegation.sent_at)
    return await session_marks.has_ended(tx, as_sent) or await sessions.was_any_ended(
        tx, claims.account, delegation.request_id, claims.operation
    )


async def _has_its_key(tx: Transaction, authority: Origin) -> bool:
    """Whether the long-term access key is still active, if that is what it is."""
    if not authority.source.startswith("AKIA") or authority.account is None:
        return True
    key = await access_keys.find(tx, authority.account, authority.source)
    return key is not None and key.is_active


def _authority(approver: Approver) -> Origin:
    """What the approver's own credentials came from."""
    if approver.session is not None:
        return approver.session.authority or approver.session.origin
    assert approver.access_key_id is not None, "an approver signed"
    return Origin(approver.access_key_id, approver.account, approver.principal_id)


def _claims(delegation: Delegation, principal: _Principal) -> SessionClaims:
    """The claims but for what its issue adds. MFA is the approver's alone, and not told of."""
    approver, session = delegation.approver, delegation.approver.session
    narrowed = () if session is None else session.scope_downs
    if len(narrowed) >= MAX_SCOPE_DOWNS:
        raise PackedPolicyTooLarge.narrowed_approver(MAX_SCOPE_DOWNS)
    return SessionClaims(
        session_id="",
        account=approver.account,
        principal_kind=approver.kind,
        principal_id=approver.principal_id,
        principal_name=principal.name,
        issued_at_ms=0,
        expires_at_ms=delegation.ends_at,
        operation="GetDelegatedAccessToken",
        origin=Origin(delegation.request_id, approver.account, approver.principal_id),
        authority=_authority(approver),
        parent_session_id=None if session is None else session.session_id,
        session_name=None if session is None else session.session_name,
        is_chained=True,
        policy=None if session is None else session.policy,
        policy_arns=() if session is None else session.policy_arns,
        # Not as a session policy: those grant together with the approver's, and a resource policy passes them by.
        scope_downs=(*narrowed, delegation.policy),
        tags=() if session is None else session.tags,
        source_identity=None if session is None else session.source_identity,
        provided_contexts=() if session is None else session.provided_contexts,
        federated_provider=None if session is None else session.federated_provider,
        context_keys=() if session is None else session.context_keys,
        lineage=() if session is None else session.passed_on_lineage,
    )
