"""Whose key is this: GetAccessKeyInfo."""

from bailiwick.access.call import Call
from bailiwick.operations import Target, operation
from bailiwick.store.transaction import Transaction
from bailiwick.sts import sessions
from bailiwick.sts.callers import require_key_or_role
from bailiwick.sts.errors import ValidationError
from bailiwick.sts.registry import sts


async def _any_key(call: Call, tx: Transaction) -> Target:
    require_key_or_role(call)
    return Target(arn="*")


@operation(sts, "GetAccessKeyInfo", resource=_any_key, reads=True)
async def get_access_key_info(call: Call, tx: Transaction) -> dict[str, object]:
    """The account that a long-term or temporary access key belongs to, active or not.

    AWS tells it of any key in the world. Here accounts share a server, so a key of another account is answered as
    one that was deleted.

    Raises:
        AccessDenied: called with a session from GetSessionToken, or by a federated user.
        ValidationError: no such key in the caller's account.

    Source: STS API Reference, GetAccessKeyInfo.
    """
    access_key_id = call["AccessKeyId"]
    is_own = await tx.one(
        "SELECT 1 FROM access_keys WHERE access_key_id = ? AND account_id = ?", access_key_id, call.account
    ) or await sessions.find_by_access_key(tx, call.account, access_key_id)
    if not is_own:
        raise ValidationError.unknown_access_key(access_key_id)
    return {"Account": call.account}
