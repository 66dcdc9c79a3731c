"""The exchange token of a finalized delegation request, and what it stands for.

Nobody but who was sent the token has it: it is found by its digest, which the store's index compares.
"""

import hashlib
from dataclasses import dataclass

import msgspec

from bailiwick.access.call import Call
from bailiwick.iam.delegation_requests.lifecycle import Approver
from bailiwick.iam.delegation_requests.record import State
from bailiwick.store.transaction import Transaction

_SECOND_MS = 1000


@dataclass(frozen=True, slots=True)
class Delegation:
    """Access that was approved, and whose token was sent.

    Attributes:
        request_id: of the delegation request.
        requestor_account: who may trade the token.
        policy: what the access is narrowed to, as the text of a session policy.
        sent_at, ends_at: since when, and until when, it may be had; milliseconds since 1970 UTC.
        approver: whose access it is.
    """

    request_id: str
    requestor_account: str
    policy: str
    sent_at: int
    ends_at: int
    approver: Approver


async def find_by_token(call: Call, tx: Transaction, token: str) -> Delegation | None:
    """What a token stands for; None when it is no token of a finalized request."""
    row = await tx.one(
        "SELECT request_id, requestor_account, policy, session_seconds, sent_at, approver FROM delegation_requests"
        " WHERE token_digest = ? AND state = ?",
        hashlib.sha256(token.encode()).hexdigest(),
        State.FINALIZED.value,
    )
    if row is None:
        return None
    request_id, requestor_account, policy, session_seconds, sent_at, sealed = row
    assert isinstance(sealed, bytes), "an accepted request has its approver"
    opened = call.access.unseal("delegation_requests", str(request_id), "approver", sealed)
    return Delegation(
        request_id=str(request_id),
        requestor_account=str(requestor_account),
        policy=str(policy),
        sent_at=int(sent_at or 0),
        ends_at=int(sent_at or 0) + int(session_seconds or 0) * _SECOND_MS,
        approver=msgspec.msgpack.decode(opened.reveal(), type=Approver),
    )
