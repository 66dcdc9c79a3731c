"""The record of a delegation request, its states, its queries, and the target that policies see.

Source: IAM User Guide, "Building your integration" (the request's lifecycle) and "Managing permissions for delegation
requests".
"""

import enum
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bailiwick.access.call import Call
from bailiwick.iam.errors import NoSuchEntity
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import Target
from bailiwick.store.transaction import Row, Transaction

SELECT: Final = (
    "SELECT request_id, requestor_account, owner_account, owner_arn, owner_id, approver_arn, state, description,"
    " message, template_arn, parameters, policy, redirect_url, session_seconds, only_sent_by_owner, notes,"
    " rejection_reason, created_at, updated_at, expires_at FROM delegation_requests"
)
"""How every query of delegation requests begins; its rows are read by `DelegationRequest.of_row`."""

OWNER_KEY: Final = "iam:DelegationRequestOwner"

UNASSIGNED_MS: Final = timedelta(days=1) // timedelta(milliseconds=1)
"""How long a request waits for an owner."""

STEP_MS: Final = timedelta(days=7) // timedelta(milliseconds=1)
"""How long a request stays in any later state, from the step that brought it there."""


class State(enum.StrEnum):
    """How far a request is; FINALIZED, REJECTED and EXPIRED are final."""

    UNASSIGNED = "UNASSIGNED"
    ASSIGNED = "ASSIGNED"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    ACCEPTED = "ACCEPTED"
    FINALIZED = "FINALIZED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class DelegationRequest:
    """One delegation request. Times are milliseconds since 1970 UTC.

    Attributes:
        request_id: a UUID.
        requestor_account: the account that asks.
        owner_account: the account that is asked; None while any may take the request.
        owner_arn, owner_id: who took it: its ARN, and its `aws:userid`, which nobody else ever has.
        approver_arn: who accepted it.
        state: the state that was last set: see `state_at`.
        description, message: the requestor's words.
        template_arn, parameters: what the policy was made of; parameters are JSON, as they were given.
        policy: the permissions asked for, as the text of a session policy.
        redirect_url: where the requestor wants its customer to go on.
        session_seconds: how long the access is to last.
        is_sent_by_owner_only: whether nobody but the owner may send the token.
        notes, rejection_reason: the owner's and the approver's words.
        created_at, updated_at, expires_at: when it was made, last changed, and ends by itself.
    """

    request_id: str
    requestor_account: str
    owner_account: str | None
    owner_arn: str | None
    owner_id: str | None
    approver_arn: str | None
    state: State
    description: str
    message: str | None
    template_arn: str
    parameters: str
    policy: str
    redirect_url: str | None
    session_seconds: int
    is_sent_by_owner_only: bool
    notes: str | None
    rejection_reason: str | None
    created_at: int
    updated_at: int
    expires_at: int

    @classmethod
    def of_row(cls, row: Row) -> "DelegationRequest":
        """From a row of `SELECT`."""
        owner_account, owner_arn, owner_id, approver_arn = map(_text, row[2:6])
        redirect_url, (notes, reason) = _text(row[12]), map(_text, row[15:17])
        return cls(
            request_id=str(row[0]),
            requestor_account=str(row[1]),
            owner_account=owner_account,
            owner_arn=owner_arn,
            owner_id=owner_id,
            approver_arn=approver_arn,
            state=State(str(row[6])),
            description=str(row[7]),
            message=_text(row[8]),
            template_arn=str(row[9]),
            parameters=str(row[10]),
            policy=str(row[11]),
            redirect_url=redirect_url,
            session_seconds=int(row[13] or 0),
            is_sent_by_owner_only=bool(row[14]),
            notes=notes,
            rejection_reason=reason,
            created_at=int(row[17] or 0),
            updated_at=int(row[18] or 0),
            expires_at=int(row[19] or 0),
        )

    def state_at(self, now_ms: int) -> State:
        """Its state at a time."""
        return State.EXPIRED if now_ms >= self.expires_at else self.state

    def is_for(self, account: str) -> bool:
        """Whether the account may see it: it is asked, or any account may take the request."""
        return self.owner_account is None or self.owner_account == account

    def is_owned_by(self, call: Call) -> bool:
        """Whether the caller took it; not one of the same name that was made later."""
        return self.owner_account == call.account and self.owner_id == call.caller.user_id

    def as_output(self, now_ms: int, requestor_name: str | None) -> dict[str, object]:
        """The model's DelegationRequest."""
        given = {
            "OwnerAccountId": self.owner_account,
            "RequestMessage": self.message,
            "OwnerId": self.owner_arn,
            "ApproverId": self.approver_arn,
            "RequestorName": requestor_name,
            "RedirectUrl": self.redirect_url,
            "Notes": self.notes,
            "RejectionReason": self.rejection_reason,
        }
        return {
            "DelegationRequestId": self.request_id,
            "Description": self.description,
            "Permissions": {"PolicyTemplateArn": self.template_arn, "Parameters": json.loads(self.parameters)},
            "PermissionPolicy": self.policy,
            "State": self.state_at(now_ms).value,
            "ExpirationTime": from_milliseconds(self.expires_at),
            "RequestorId": self.requestor_account,
            "CreateDate": from_milliseconds(self.created_at),
            "SessionDuration": self.session_seconds,
            "OnlySendByOwner": self.is_sent_by_owner_only,
            "UpdatedTime": from_milliseconds(self.updated_at),
            **{member: value for member, value in given.items() if value is not None},
        }


def arn_of(account: str, request_id: str) -> str:
    """The ARN of a request, in the account that is asked."""
    return f"arn:aws:iam::{account}:delegation-request/{request_id}"


async def find(tx: Transaction, account: str, request_id: str) -> DelegationRequest | None:
    """The request of that id that the account may see, or None."""
    row = await tx.one(SELECT + " WHERE request_id = ?", request_id)
    found = None if row is None else DelegationRequest.of_row(row)
    return found if found is not None and found.is_for(account) else None


async def require(tx: Transaction, account: str, request_id: str) -> DelegationRequest:
    """The request of that id that the account may see.

    Raises:
        NoSuchEntity: there is none.
    """
    found = await find(tx, account, request_id)
    if found is None:
        raise NoSuchEntity.delegation_request(request_id)
    return found


async def target(call: Call, tx: Transaction, request_id: str, *, granting: bool = False) -> Target:
    """A request as policies see it; one that the account may not see as one that is not there.

    `granting`: its owner needs no policy for what is done.
    """
    arn = arn_of(call.account, request_id)
    found = await find(tx, call.account, request_id)
    if found is None or found.owner_arn is None:
        return Target(arn)
    is_granted = granting and found.is_owned_by(call)
    return Target(arn, keys={OWNER_KEY: found.owner_arn}, grantee=call.caller.arn if is_granted else None)


async def requestor_names(tx: Transaction, accounts: set[str]) -> dict[str, str]:
    """The names of the accounts that ask, by account, as far as the model's RequestorName can hold them."""
    if not accounts:
        return {}
    select = "SELECT account_id, name FROM accounts WHERE account_id IN ("
    rows = await tx.all(select + ", ".join("?" * len(accounts)) + ")", *sorted(accounts))
    return {str(account): str(name)[:_LONGEST_NAME] for account, name in rows if _is_latin(str(name))}


_LONGEST_NAME: Final = 30


def _is_latin(name: str) -> bool:
    return all(" " <= character <= "~" or "\u00a1" <= character <= "\u00ff" for character in name)


async def forget(tx: Transaction, before_ms: int, limit: int) -> None:
    """Remove requests that ended before that time, at most so many."""
    await tx.run(
        "DELETE FROM delegation_requests WHERE request_id IN (SELECT request_id FROM delegation_requests"
        " WHERE expires_at < ? ORDER BY expires_at LIMIT ?)",
        before_ms,
        limit,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
