"""The caller's own session, narrowed: GetScopedCredentials."""

from typing import Final

from bailiwick.access.call import Call
from bailiwick.auth import MAX_SCOPE_DOWNS, SessionClaims
from bailiwick.operations import Target, acts_on, operation
from bailiwick.store.transaction import Transaction
from bailiwick.sts import session_policies
from bailiwick.sts.errors import (
    AccessDenied,
    InsufficientSessionLifetime,
    InvalidSubjectCredentials,
    ValidationError,
)
from bailiwick.sts.issue import SECRETS, issue_scoped
from bailiwick.sts.registry import sts

_SECOND_MS: Final = 1000


@acts_on()
async def _session_to_scope(call: Call, tx: Transaction) -> Target:
    """Nothing that could be named; a caller without a session is told so whatever its policies say."""
    _session(call)
    return Target(arn="*")


@operation(sts, "GetScopedCredentials", resource=_session_to_scope, secrets=SECRETS)
async def get_scoped_credentials(call: Call, tx: Transaction) -> dict[str, object]:
    """Temporary credentials of the caller's own session with fewer permissions, a shorter life, or both.

    The session stays who it is: its ARN, tags, source identity and MFA. It can be narrowed again, by at most three
    policies in all, and ends with the session that it was made from.

    Raises:
        InvalidSubjectCredentials: called with a user's or root's own access key.
        AccessDenied: the caller may not, or a fourth policy is passed.
        ValidationError: neither a policy nor a duration is passed, or too long a policy.
        InsufficientSessionLifetime: the calling session ends earlier.
        MalformedPolicyDocument: the policy is malformed.
        PackedPolicyTooLarge: what limits the session does not fit into its token.

    Source: STS API Reference, GetScopedCredentials.
    """
    session = _session(call)
    seconds = call.integer("DurationSeconds")
    scope_down = session_policies.read(call).document
    if seconds is None and scope_down is None:
        raise ValidationError.nothing_to_scope()
    if scope_down is not None and len(session.scope_downs) >= MAX_SCOPE_DOWNS:
        raise AccessDenied.too_many_scope_downs(MAX_SCOPE_DOWNS)
    expires_at_ms = _expiry(call, session, seconds)
    issued = await issue_scoped(call, tx, session, scope_down=scope_down, expires_at_ms=expires_at_ms)
    return {
        **issued,
        "SessionInfo": {"ScopedSessionId": call.caller.user_id, "Arn": call.caller.arn},
        "ScopedPoliciesCount": len(session.scope_downs) + (scope_down is not None),
        "SourceIdentity": session.source_identity,
    }


def _session(call: Call) -> SessionClaims:
    session = call.caller.session
    if session is None:
        raise InvalidSubjectCredentials.not_a_session()
    return session


def _expiry(call: Call, session: SessionClaims, seconds: int | None) -> int:
    """When the narrowed session ends. One that lives up to a fraction of a second longer than asked for is cut."""
    if seconds is None:
        return session.expires_at_ms
    wanted = call.now_ms + seconds * _SECOND_MS
    remaining_ms = session.expires_at_ms - call.now_ms
    # What is left is told, and asked for, in whole seconds.
    if seconds > -(-remaining_ms // _SECOND_MS):
        raise InsufficientSessionLifetime.remaining(seconds, remaining_ms // _SECOND_MS)
    return min(wanted, session.expires_at_ms)
