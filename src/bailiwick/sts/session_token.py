"""A session for a user's or root's own use: GetSessionToken."""

from bailiwick.access.call import Call
from bailiwick.auth import PrincipalKind
from bailiwick.operations import Authorization, operation
from bailiwick.store.transaction import Transaction
from bailiwick.sts import durations, mfa
from bailiwick.sts.callers import require_long_term_key
from bailiwick.sts.issue import SECRETS, SessionPrincipal, issue_session
from bailiwick.sts.registry import sts


@operation(sts, "GetSessionToken", authorization=Authorization.NONE, secrets=("TokenCode", *SECRETS))
async def get_session_token(call: Call, tx: Transaction) -> dict[str, object]:
    """Temporary credentials with the caller's own permissions. No policy allows or denies it.

    Raises:
        AccessDenied: called with a session, or with a one-time code that is not that of a device of the caller.

    Source: STS API Reference, GetSessionToken.
    """
    require_long_term_key(call)
    mfa.refuse_codes(call)
    seconds = durations.of_user_session(call.integer("DurationSeconds"), is_root=call.caller.kind is PrincipalKind.ROOT)
    return await issue_session(call, tx, caller_as_principal(call), seconds=seconds)


def caller_as_principal(call: Call) -> SessionPrincipal:
    """The calling user or root, as the principal of a session of its own."""
    caller = call.caller
    return SessionPrincipal(
        kind=caller.kind,
        account=caller.account,
        principal_id=caller.principal_id,
        name=caller.name or caller.account,
        arn=caller.arn,
    )
