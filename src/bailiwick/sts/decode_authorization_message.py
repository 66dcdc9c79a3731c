"""What an encoded message of a denial says: DecodeAuthorizationMessage."""

from bailiwick.access.authorization_messages import InvalidMessage
from bailiwick.access.call import Call
from bailiwick.operations import Target, operation
from bailiwick.store.transaction import Transaction
from bailiwick.sts.callers import require_key_or_role
from bailiwick.sts.errors import InvalidAuthorizationMessage
from bailiwick.sts.registry import sts


async def _any_message(call: Call, tx: Transaction) -> Target:
    require_key_or_role(call)
    return Target(arn="*", shown="")


@operation(sts, "DecodeAuthorizationMessage", resource=_any_message, reads=True)
async def decode_authorization_message(call: Call, tx: Transaction) -> dict[str, object]:
    """The JSON of a message that came with a denial of the caller's own account: what was decided on, and the id of
    the denied request beside AWS's members.

    Raises:
        AccessDenied: called with a session from GetSessionToken, by a federated user, or not allowed.
        InvalidAuthorizationMessage: edited, cut, of another account or of another installation.

    Source: STS API Reference, DecodeAuthorizationMessage.
    """
    try:
        return {"DecodedMessage": call.access.open_message(call, call["EncodedMessage"])}
    except InvalidMessage as error:
        raise InvalidAuthorizationMessage.unreadable() from error
