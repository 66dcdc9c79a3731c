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

    With a one-time code the session tells of it: IAM may be called with it, and policies see it in every request.

    Raises:
        AccessDenied: called with a session, or with a code for a device that is not the caller's.
        KeptRefusal: the code is not good.

    Source: STS API Reference, GetSessionToken.
    """
    require_long_term_key(call)
    has_code = await mfa.use_code(call, tx)
    with mfa.staying_used(has_code):
        is_root = call.caller.kind is PrincipalKind.ROOT
        seconds = durations.of_user_session(call.integer("DurationSeconds"), is_root=is_root)
        return await issue_session(call, tx, caller_as_principal(call), seconds=seconds, has_code=has_code)


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
