"""Who am I: GetCallerIdentity."""

from bailiwick.access.call import Call
from bailiwick.operations import Authorization, operation
from bailiwick.store.transaction import Transaction
from bailiwick.sts.registry import sts


@operation(sts, "GetCallerIdentity", authorization=Authorization.NONE, reads=True)
async def get_caller_identity(call: Call, tx: Transaction) -> dict[str, object]:
    """The caller's unique id, account and ARN. No policy can deny it: an AccessDenied would tell the same.

    Source: STS API Reference, GetCallerIdentity.
    """
    caller = call.caller
    return {"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn}
