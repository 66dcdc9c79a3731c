"""Listing sessions, and ending them: operations of the service `bailiwick`."""

import dataclasses
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bailiwick.access import session_marks
from bailiwick.access.call import Call
from bailiwick.access.done import performed
from bailiwick.access.pagination import page
from bailiwick.access.session_marks import Marks
from bailiwick.iam import iam
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import ContextValue, Target, acts_on, operation
from bailiwick.store.transaction import Transaction
from bailiwick.sts.sessions import subjects
from bailiwick.sts.sessions.errors import InvalidInput, NoSuchEntity
from bailiwick.sts.sessions.record import SessionRecord, end, find, listed, marks_of, session_arn
from bailiwick.sts.sessions.registry import bailiwick
from bailiwick.sts.sessions.subjects import Group

RECENTLY_MS: Final = 60 * 60 * 1000
"""For how long after its expiry a session is still listed."""

REVOKING_POLICY: Final = "AWSRevokeOlderSessions"
"""The inline policy by which AWS's console revokes sessions (IAM User Guide, "Revoke IAM role temporary credentials").
"""

_KEYS: Final = (
    "bailiwick:PrincipalArn",
    "bailiwick:Operation",
    "bailiwick:SourceIdentity",
    "bailiwick:ProviderArn",
)


async def _listed_sessions(call: Call, tx: Transaction) -> Target:
    group = await subjects.of_call(call, tx)
    return Target(arn="*", shown=f"arn:aws:bailiwick::{call.account}:session/", keys=group.keys)


@acts_on("session*")
async def _named_session(call: Call, tx: Transaction) -> Target:
    """The session to end, with the keys by which policies can tell whose it is."""
    arn = session_arn(call.account, call["SessionId"])
    session = await find(tx, call.account, call["SessionId"])
    if session is None:
        return Target(arn=arn)
    keys: dict[str, ContextValue] = {
        "bailiwick:PrincipalArn": session.principal_arn,
        "bailiwick:Operation": session.operation,
    }
    if session.source_identity is not None:
        keys["bailiwick:SourceIdentity"] = session.source_identity
    if session.provider is not None:
        keys["bailiwick:ProviderArn"] = session.provider
    return Target(arn=arn, keys=keys)


@acts_on("session*")
async def _group_of_sessions(call: Call, tx: Transaction) -> Target:
    """Sessions that are ended together."""
    return _target_of(call, await _group_to_end(call, tx))


def _target_of(call: Call, group: Group) -> Target:
    return Target(arn=session_arn(call.account, "*"), keys=group.keys)


@operation(
    bailiwick,
    "ListSessions",
    resource=_listed_sessions,
    target_keys=["bailiwick:PrincipalArn", "bailiwick:SourceIdentity", "bailiwick:ProviderArn"],
    reads=True,
)
async def list_sessions(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the account's sessions that are live, were ended, or expired within the last hour.

    Those that live longest come first. A principal is who it is now: sessions of a deleted user or role are not those
    of another made under its name.

    Raises:
        InvalidInput: more than one filter, or an ARN that is not that of a principal that could have sessions in the
            account, or of a provider of it.
    """
    group = await subjects.of_call(call, tx)

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[SessionRecord]:
        return await listed(
            tx,
            call.account,
            group.wanted,
            expires_after=call.now_ms - RECENTLY_MS,
            after=None if after is None else (int(after[0]), after[1]),
            limit=limit,
        )

    found = await page(
        call, fetch, lambda session: (str(session.expires_at), session.session_id), filter_by=[group.filter]
    )
    marks = await marks_of(tx, found.items)
    return {"Sessions": [session.as_output(marks) for session in found.items], **found.output}


@operation(bailiwick, "EndSession", resource=_named_session, target_keys=_KEYS)
async def end_session(call: Call, tx: Transaction) -> dict[str, object]:
    """End a session, and every session that came from it, in other accounts too. Ending it again changes nothing.

    Raises:
        NoSuchEntity: the account has no such session, or its record is no longer kept.
    """
    session = await find(tx, call.account, call["SessionId"])
    if session is None:
        raise NoSuchEntity.session(call["SessionId"])
    await end(tx, session, call.now_ms)
    ended_at = call.now_ms if session.ended_at is None else session.ended_at
    return {"Session": dataclasses.replace(session, ended_at=ended_at).as_output(Marks())}


@operation(
    bailiwick,
    "EndSessions",
    resource=_group_of_sessions,
    target_keys=["bailiwick:PrincipalArn", "bailiwick:SourceIdentity", "bailiwick:ProviderArn"],
)
async def end_sessions(call: Call, tx: Transaction) -> dict[str, object]:
    """End all sessions of a role, a person, a provider or the account that were issued until now.

    With them end all that came from them, in other accounts too. Those issued from now on are not touched.

    Raises:
        InvalidInput: not exactly one is named, or an ARN is not of a form that could have sessions in the account.
        NoSuchEntity: there is no such user, role or provider.
    """
    return await _end(call, tx, await _group_to_end(call, tx))


@acts_on("session*")
async def _older_sessions(call: Call, tx: Transaction) -> Target:
    return _target_of(call, await subjects.of_role_or_user(call, tx))


@operation(
    bailiwick,
    "RevokeOlderSessions",
    resource=_older_sessions,
    target_keys=["bailiwick:PrincipalArn"],
)
async def revoke_older_sessions(call: Call, tx: Transaction) -> dict[str, object]:
    """Deny everything to sessions of a role or user issued until now by its own policy, as on AWS, and end them.

    The policy is `AWSRevokeOlderSessions`, put by `iam:PutRolePolicy` or `iam:PutUserPolicy` as the caller's, with its
    permission and its event; one of that name is replaced.

    Raises:
        InvalidInput: not exactly one of RoleName and UserName is given.
        NoSuchEntity: there is no such role or user.
        LimitExceeded, UnmodifiableEntity: the policy cannot be put.
    """
    group = await subjects.of_role_or_user(call, tx)
    if group.subject is None:
        raise NoSuchEntity.holder(call.get("RoleName") or call["UserName"])
    before_ms = await session_marks.put(tx, call.account, group.kind, group.subject, call.now_ms)
    moment = from_milliseconds(before_ms)
    member = "RoleName" if "RoleName" in call else "UserName"
    declared = iam.find("PutRolePolicy" if member == "RoleName" else "PutUserPolicy")
    assert declared is not None, "IAM has it"
    parameters = {
        member: call[member],
        "PolicyName": REVOKING_POLICY,
        "PolicyDocument": _revoking_document(moment),
    }
    call.access.done.clear()  # of an earlier run of the same transaction
    call.access.done.append(await performed(call, tx, declared, parameters))
    return {"EndedBefore": moment, "PolicyName": REVOKING_POLICY}


async def _group_to_end(call: Call, tx: Transaction) -> Group:
    group = await subjects.of_call(call, tx)
    if group.is_everyone != bool(call.flag("All")):
        raise InvalidInput.which_sessions()
    return group


async def _end(call: Call, tx: Transaction, group: Group) -> dict[str, object]:
    if group.subject is None:
        raise NoSuchEntity.holder(group.filter or "")
    before_ms = await session_marks.put(tx, call.account, group.kind, group.subject, call.now_ms)
    return {"EndedBefore": from_milliseconds(before_ms)}


def _revoking_document(moment: datetime) -> str:
    """The moment in it is exact to the millisecond. AWS's console writes one half a minute ahead, as it must there.

    Source: IAM User Guide, "Revoke IAM role temporary credentials"."""
    statement = {
        "Effect": "Deny",
        "Action": ["*"],
        "Resource": ["*"],
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": f"{moment.isoformat(timespec='milliseconds')[:23]}Z"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
