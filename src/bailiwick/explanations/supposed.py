"""A principal as if it called: what holds for it, and what policies see of it, without a request of its own.

It is made by the very functions that make the caller of a true request. What only a request tells is not there: no
address, no user agent; its connection counts as secure.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from bailiwick.access.call import Call, Caller
from bailiwick.access.callers import caller_of
from bailiwick.access.principals import PrincipalRecord
from bailiwick.access.sessions import SessionLimits
from bailiwick.auth import Authenticated, Origin, PrincipalKind, SessionClaims
from bailiwick.explanations.errors import InvalidInput, NoSuchEntity
from bailiwick.http import HttpRequest
from bailiwick.iam import roles, users
from bailiwick.operations import Target
from bailiwick.store.transaction import Transaction
from bailiwick.sts import sessions

SESSION_NAME: Final = "session"
"""How the session is called of a role whose ARN was given without one."""

_REQUEST: Final = HttpRequest("POST", b"/", b"", (), b"", is_secure=True)
_NAME: Final = r"([\w+=,.@-]{1,128})"
_FORMS: Final = tuple(
    (kind, re.compile(rf"arn:aws:{service}::([0-9]{{12}}):{form}", re.ASCII))
    for kind, service, form in (
        ("root", "iam", "root"),
        ("user", "iam", rf"user/(?:[!-~]*/)?{_NAME}"),
        ("role", "iam", rf"role/(?:[!-~]*/)?{_NAME}"),
        ("assumed-role", "sts", rf"assumed-role/{_NAME}/{_NAME}"),
        ("federated-user", "sts", rf"federated-user/{_NAME}"),
    )
)


@dataclass(frozen=True, slots=True)
class Supposed:
    """A principal that is supposed to call.

    Attributes:
        caller: as a request of it would show it.
        record: its user's or role's record; None for root, and for who comes from root.
        limits: what narrows its session.
    """

    caller: Caller
    record: PrincipalRecord | None
    limits: SessionLimits


def require_form(call: Call, arn: str) -> tuple[str, tuple[str, ...]]:
    """What kind of principal an ARN names, and its names, whether it is there or not.

    Raises:
        InvalidInput: it is not one of the caller's account.
    """
    for kind, form in _FORMS:
        match = form.fullmatch(arn)
        if match is not None and match[1] == call.account:
            return kind, match.groups()[1:]
    raise InvalidInput.principal_form(arn)


async def holder(call: Call, tx: Transaction, arn: str) -> Target:
    """Whose permissions the principal of that ARN has, as policies see it: a session's role, a federated user's user.

    So that a deny of explaining a role reaches its sessions. A denial names it as the caller did; one that is not
    there is judged by its name.

    Raises:
        InvalidInput: not the ARN of a principal of the account.
    """
    kind, names = require_form(call, arn)
    missing = f"arn:aws:iam::{call.account}:role/{names[0]}" if kind == "assumed-role" else arn
    found = await _holder(call, tx, arn, kind, names)
    return replace(Target(missing) if found is None else await found.target(tx), shown=arn)


async def _holder(
    call: Call, tx: Transaction, arn: str, kind: str, names: tuple[str, ...]
) -> users.User | roles.Role | None:
    found: users.User | roles.Role | None
    match kind:
        case "root":
            return None
        case "user":
            found = await users.find(tx, call.account, names[0])
        case "federated-user":
            parent_id = await sessions.newest_parent(tx, call.account, f"{call.account}:{names[0]}")
            return None if parent_id is None else await users.find_by_id(tx, call.account, parent_id)
        case _:
            found = await roles.find(tx, call.account, names[0])
            if kind == "assumed-role":
                return found if found is not None and found.name == names[0] else None
    return found if found is not None and found.arn == arn else None


async def suppose(call: Call, tx: Transaction, arn: str, session_policy: str | None) -> Supposed:
    """The principal of that ARN in the caller's account, with the session policy that it would come with.

    Raises:
        InvalidInput: not the ARN of a principal of the account.
        NoSuchEntity: there is none; or of a federated user no session is on record, which alone tells its parent.
    """
    kind, names = require_form(call, arn)
    account = call.account
    match kind:
        case "root":
            return await of_claims(call, tx, Authenticated(PrincipalKind.ROOT, account, account, region="us-east-1"))
        case "user":
            user = await users.find(tx, account, names[0])
            if user is None or user.arn != arn:
                raise NoSuchEntity.principal(arn)
            authenticated = Authenticated(PrincipalKind.USER, account, user.user_id, region="us-east-1")
            return await of_claims(call, tx, authenticated)
        case "federated-user":
            claims = await _federated_claims(call, tx, arn, names[0], session_policy)
        case _:
            role = await roles.find(tx, account, names[0])
            if role is None or (role.arn != arn if kind == "role" else role.name != names[0]):
                raise NoSuchEntity.principal(arn)
            name = names[1] if kind == "assumed-role" else SESSION_NAME
            claims = claims_of(
                call, PrincipalKind.ROLE, role.role_id, role.name, session_name=name, policy=session_policy
            )
    authenticated = Authenticated(
        claims.principal_kind, account, claims.principal_id, session=claims, region="us-east-1"
    )
    return await of_claims(call, tx, authenticated)


async def of_claims(call: Call, tx: Transaction, authenticated: Authenticated) -> Supposed:
    """Who signs so, as it is in this transaction.

    Raises:
        NoSuchEntity: its user or role is not there any more.
    """
    claims, kind, principal_id = authenticated.session, authenticated.kind, authenticated.principal_id
    if kind is PrincipalKind.FEDERATED_USER and claims is not None:
        principal_id = claims.origin.principal_id
    record = None
    if principal_id is not None and principal_id != call.account:
        record = await call.access.record(
            tx, "role" if kind is PrincipalKind.ROLE else "user", call.account, principal_id
        )
        if record is None:
            raise NoSuchEntity.principal(principal_id)
    limits = await call.access.limits(tx, claims)
    return Supposed(caller_of(authenticated, record, _REQUEST), record, limits)


def claims_of(
    call: Call,
    kind: PrincipalKind,
    principal_id: str,
    name: str,
    *,
    session_name: str | None = None,
    parent_id: str | None = None,
    policy: str | None = None,
    policy_arns: tuple[str, ...] = (),
    scope_downs: tuple[str, ...] = (),
) -> SessionClaims:
    """The content of a session token that was never issued: a session that begins now."""
    return SessionClaims(
        session_id="",
        account=call.account,
        principal_kind=kind,
        principal_id=principal_id,
        principal_name=name,
        session_name=session_name,
        issued_at_ms=call.now_ms,
        expires_at_ms=call.now_ms + 3_600_000,
        operation="",
        origin=Origin("", call.account, parent_id),
        policy=policy,
        policy_arns=policy_arns,
        scope_downs=scope_downs,
    )


async def _federated_claims(
    call: Call, tx: Transaction, arn: str, name: str, session_policy: str | None
) -> SessionClaims:
    """A federated user has the permissions of who asked for its newest session."""
    principal_id = f"{call.account}:{name}"
    parent_id = await sessions.newest_parent(tx, call.account, principal_id)
    if parent_id is None:
        raise NoSuchEntity.federated_user(arn)
    return claims_of(call, PrincipalKind.FEDERATED_USER, principal_id, name, parent_id=parent_id, policy=session_policy)
