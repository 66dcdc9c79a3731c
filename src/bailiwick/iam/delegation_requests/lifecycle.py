"""What becomes of a delegation request: taken, handed on, accepted or rejected, and its exchange token sent.

The token is sealed in the store, and found by its digest. The trade for credentials gives those of the approver as it
was recorded here, narrowed to the request's policy.
Source: IAM User Guide, "Building your integration" (the request's lifecycle).
"""

import base64
import hashlib
from typing import Final

import msgspec

from bailiwick.access.call import Call
from bailiwick.auth import PrincipalKind, SessionClaims
from bailiwick.errors import AccessDenied
from bailiwick.iam.delegation_requests.record import (
    OWNER_KEY,
    STEP_MS,
    DelegationRequest,
    State,
    require,
    target,
)
from bailiwick.iam.errors import ConcurrentModification, InvalidInput
from bailiwick.iam.registry import iam
from bailiwick.operations import Target, acts_on, operation
from bailiwick.store.transaction import Transaction, Value

_ROOT_SECONDS: Final = 4 * 3600
"""The longest access that root may approve (IAM User Guide, "IAM temporary delegation")."""

_TOKEN_BYTES: Final = 32


class Approver(msgspec.Struct, frozen=True, kw_only=True):
    """Who accepted a request, and the session that it came with: what the credentials will be those of."""

    account: str
    kind: PrincipalKind
    principal_id: str
    user_id: str
    arn: str
    access_key_id: str | None
    session: SessionClaims | None


@acts_on("delegation-request*")
async def _request_target(call: Call, tx: Transaction) -> Target:
    return await target(call, tx, call["DelegationRequestId"])


@acts_on("delegation-request*")
async def _own_target(call: Call, tx: Transaction) -> Target:
    return await target(call, tx, call["DelegationRequestId"], granting=True)


@operation(iam, "AssociateDelegationRequest", resource=_request_target)
async def associate_delegation_request(call: Call, tx: Transaction) -> None:
    """Take a request: the caller becomes its owner, and the caller's account the one that is asked.

    Taking it twice changes nothing.

    Raises:
        NoSuchEntity: no such request, or another account is asked.
        InvalidInput: somebody else took it, or it has ended.

    Source: IAM API Reference, AssociateDelegationRequest.
    """
    request = await require(tx, call.account, call["DelegationRequestId"])
    if request.is_owned_by(call) and request.state_at(call.now_ms) is State.ASSIGNED:
        return
    _require_state(call, request, State.UNASSIGNED)
    await _change(
        call,
        tx,
        request,
        State.ASSIGNED,
        owner_account=call.account,
        owner_arn=call.caller.arn,
        owner_id=call.caller.user_id,
    )


@operation(iam, "UpdateDelegationRequest", resource=_own_target, target_keys=[OWNER_KEY])
async def update_delegation_request(call: Call, tx: Transaction) -> None:
    """Hand a request on to who may approve it, with notes.

    Raises:
        NoSuchEntity: no such request, or another account is asked.
        InvalidInput: nobody took it yet, it is accepted already, or it has ended.

    Source: IAM API Reference, UpdateDelegationRequest.
    """
    request = await require(tx, call.account, call["DelegationRequestId"])
    _require_state(call, request, State.ASSIGNED, State.PENDING_APPROVAL)
    notes = call.get("Notes") if "Notes" in call else request.notes
    await _change(call, tx, request, State.PENDING_APPROVAL, notes=notes)


@operation(iam, "AcceptDelegationRequest", resource=_request_target, target_keys=[OWNER_KEY])
async def accept_delegation_request(call: Call, tx: Transaction) -> None:
    """Approve a request. The access will be the caller's, narrowed to what was asked for; nothing is sent yet.

    Raises:
        NoSuchEntity: no such request, or another account is asked.
        ConcurrentModification: nobody took it yet, it is accepted already, or it has ended.
        AccessDenied: the caller is root, and more time is asked for than root may give.

    Source: IAM API Reference, AcceptDelegationRequest.
    """
    request = await require(tx, call.account, call["DelegationRequestId"])
    state = request.state_at(call.now_ms)
    if state not in (State.ASSIGNED, State.PENDING_APPROVAL):
        # The model has no other code for it.
        raise ConcurrentModification(_wrong_state(request, state))
    if call.caller.kind is PrincipalKind.ROOT and request.session_seconds > _ROOT_SECONDS:
        raise AccessDenied("The account root user can accept delegation requests of up to 4 hours.")
    await _change(
        call, tx, request, State.ACCEPTED, approver_arn=call.caller.arn, approver=_sealed_approver(call, request)
    )


@operation(iam, "RejectDelegationRequest", resource=_request_target, target_keys=[OWNER_KEY])
async def reject_delegation_request(call: Call, tx: Transaction) -> None:
    """Refuse a request, for good; an accepted one too, while its token was not sent.

    Raises:
        NoSuchEntity: no such request, or another account is asked.
        InvalidInput: nobody took it yet, its token was sent, or it has ended.

    Source: IAM API Reference, RejectDelegationRequest.
    """
    request = await require(tx, call.account, call["DelegationRequestId"])
    _require_state(call, request, State.ASSIGNED, State.PENDING_APPROVAL, State.ACCEPTED)
    await _change(call, tx, request, State.REJECTED, rejection_reason=call.get("Notes"), approver=None)


@operation(iam, "SendDelegationToken", resource=_request_target, target_keys=[OWNER_KEY])
async def send_delegation_token(call: Call, tx: Transaction) -> None:
    """Let the requestor have the access of an accepted request, for good. The time asked for begins now.

    Raises:
        NoSuchEntity: no such request, or another account is asked.
        InvalidInput: the request is not accepted, or it has ended.
        AccessDenied: only its owner may, and the caller is not.

    Source: IAM API Reference, SendDelegationToken.
    """
    request = await require(tx, call.account, call["DelegationRequestId"])
    if request.is_sent_by_owner_only and not request.is_owned_by(call):
        raise AccessDenied("Only the owner of the delegation request can send its token.")
    _require_state(call, request, State.ACCEPTED)
    token = base64.urlsafe_b64encode(call.random_bytes(_TOKEN_BYTES))
    await _change(
        call,
        tx,
        request,
        State.FINALIZED,
        token_digest=hashlib.sha256(token).hexdigest(),
        token=call.access.seal("delegation_requests", request.request_id, "token", token),
        sent_at=call.now_ms,
    )


def _require_state(call: Call, request: DelegationRequest, *states: State) -> None:
    state = request.state_at(call.now_ms)
    if state not in states:
        raise InvalidInput(_wrong_state(request, state))


def _wrong_state(request: DelegationRequest, state: State) -> str:
    return f"The delegation request with id {request.request_id} cannot be changed so in the state {state.value}."


async def _change(call: Call, tx: Transaction, request: DelegationRequest, state: State, **columns: Value) -> None:
    """Bring a request into a state, with what else the step sets."""
    changed = {"state": state.value, "updated_at": call.now_ms, "expires_at": call.now_ms + STEP_MS, **columns}
    await tx.run(
        "UPDATE delegation_requests SET " + ", ".join(f"{name} = ?" for name in changed) + " WHERE request_id = ?",
        *changed.values(),
        request.request_id,
    )


def _sealed_approver(call: Call, request: DelegationRequest) -> bytes:
    caller = call.caller
    approver = Approver(
        account=caller.account,
        kind=caller.kind,
        principal_id=caller.principal_id,
        user_id=caller.user_id,
        arn=caller.arn,
        access_key_id=caller.access_key_id,
        session=caller.session,
    )
    return call.access.seal("delegation_requests", request.request_id, "approver", msgspec.msgpack.encode(approver))
