"""Issuing a session: its claims, its sealed credentials, and its record, in the caller's transaction.

Invariant: no session is issued without its record, and none under a session that was ended.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bailiwick.access.call import Call
from bailiwick.auth import (
    MAX_TOKEN_SIZE,
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
) -> dict[str, object]:
    """Issue a session for `principal` that the caller asked for; the reply's Credentials and sizes.

    `has_code` says that the caller gave a good one-time code for it.

    Raises:
        PackedPolicyTooLarge: policies and tags do not fit into a session token.
        InvalidClientTokenId: the caller's own session was ended while this call was under way.
    """
    parent = call.caller.session
    if parent is not None and not await sessions.is_standing(tx, parent.account, parent.session_id):
        raise InvalidClientTokenId.bad_token()
    # Rounded down: a session must not be issued later than the moment it is used at.
    issued_at_ms = (call.now - _EPOCH) // _MILLISECOND
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
        origin=_origin(call),
        is_chained=parent is not None,
        policy=policies.document,
        policy_arns=policies.arns,
        tags=tags,
        source_identity=source_identity,
        mfa_authenticated_at_ms=issued_at_ms if has_code else _inherited_mfa(call, principal),
    )
    try:
        credentials = call.access.seal_session(claims, minimum_size=call.integer("MinimumSessionTokenSize") or 0)
    except TokenTooLarge as error:
        raise PackedPolicyTooLarge.token(error.size, error.limit) from error
    await sessions.record(tx, claims, credentials.access_key_id, principal.arn, call.caller.source_address)
    size = len(credentials.session_token)
    utilization = utilization_of(size)
    output: dict[str, object] = {
        "Credentials": {
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key.reveal().decode("ascii"),
            "SessionToken": credentials.session_token,
            "Expiration": claims.expires_at,
        },
        "SessionTokenUtilization": utilization,
        "SessionTokenSize": size,
    }
    if policies or tags:
        output["PackedPolicySize"] = utilization
    return output


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


def _origin(call: Call) -> Origin:
    """The long-term key at the start of a chain: ending it ends every session that came from it."""
    caller = call.caller
    if caller.session is not None:
        return caller.session.origin
    assert caller.access_key_id is not None, "a caller that signed has an access key"
    return Origin(caller.access_key_id, caller.account, caller.principal_id)


def _new_session_id(call: Call, issued_at_ms: int) -> str:
    """32 characters that sort by the time of issue, so that new records lie side by side in the store's index."""
    return (issued_at_ms.to_bytes(6, "big") + call.random_bytes(10)).hex()
