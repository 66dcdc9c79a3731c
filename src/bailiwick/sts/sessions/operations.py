"""Listing sessions, and ending one: operations of the service `bailiwick`."""

import dataclasses
from collections.abc import Sequence
from typing import Final

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.iam import roles, users
from bailiwick.operations import ContextValue, Target, acts_on, operation
from bailiwick.store.transaction import Transaction
from bailiwick.sts.sessions.errors import InvalidInput, NoSuchEntity
from bailiwick.sts.sessions.record import SessionRecord, end, find, listed, session_arn
from bailiwick.sts.sessions.registry import bailiwick

RECENTLY_MS: Final = 60 * 60 * 1000
"""For how long after its expiry a session is still listed."""

_NOBODY: Final = ""
"""An id that no principal has."""


async def _all_sessions(call: Call, tx: Transaction) -> Target:
    return Target(arn="*", shown=f"arn:aws:bailiwick::{call.account}:session/")


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
    return Target(arn=arn, keys=keys)


@operation(
    bailiwick, "ListSessions", resource=_all_sessions, keys={"bailiwick:PrincipalArn": "PrincipalArn"}, reads=True
)
async def list_sessions(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the account's sessions that are live, were ended, or expired within the last hour.

    Those that live longest come first. A principal is who it is now: sessions of a deleted user or role are not those
    of another made under its name.

    Raises:
        InvalidInput: PrincipalArn is not that of a principal that could have sessions in the account.
    """
    arn = call.get("PrincipalArn")
    principal_id, session_name = (None, None) if arn is None else await _principal(call, tx, arn)

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[SessionRecord]:
        return await listed(
            tx,
            call.account,
            expires_after=call.now_ms - RECENTLY_MS,
            principal_id=principal_id,
            session_name=session_name,
            after=None if after is None else (int(after[0]), after[1]),
            limit=limit,
        )

    found = await page(call, fetch, lambda session: (str(session.expires_at), session.session_id), filter_by=[arn])
    return {"Sessions": [session.as_output() for session in found.items], **found.output}


@operation(
    bailiwick,
    "EndSession",
    resource=_named_session,
    target_keys=["bailiwick:PrincipalArn", "bailiwick:Operation", "bailiwick:SourceIdentity"],
)
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
    return {"Session": dataclasses.replace(session, ended_at=ended_at).as_output()}


async def _principal(call: Call, tx: Transaction, arn: str) -> tuple[str, str | None]:
    """The unique id of the principal that an ARN names, and the role session's name if it names one."""
    match arn.split(":", 5):
        case ["arn", "aws", "iam", "", account, "root"] if account == call.account:
            return account, None
        case ["arn", "aws", "iam", "", account, resource] if account == call.account:
            kind, _, path_and_name = resource.partition("/")
            name = path_and_name.rpartition("/")[2]
            if kind == "user":
                user = await users.find(tx, account, name)
                return (user.user_id if user is not None and user.arn == arn else _NOBODY), None
            if kind == "role":
                role = await roles.find(tx, account, name)
                return (role.role_id if role is not None and role.arn == arn else _NOBODY), None
        case ["arn", "aws", "sts", "", account, resource] if account == call.account:
            match resource.split("/"):
                case ["federated-user", name]:
                    return f"{account}:{name}", None
                case ["assumed-role", name, session_name]:
                    role = await roles.find(tx, account, name)
                    return (role.role_id if role is not None and role.name == name else _NOBODY), session_name
                case _:
                    pass
        case _:
            pass
    raise InvalidInput.principal(arn)
