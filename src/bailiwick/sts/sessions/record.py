"""The record of a session, and its queries."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bailiwick.access import session_marks
from bailiwick.access.session_marks import Marks, Traits
from bailiwick.auth import Link, Origin, SessionClaims
from bailiwick.iam.times import from_milliseconds
from bailiwick.store.transaction import Row, Transaction, Value

SELECT: Final = (
    "SELECT s.account_id, s.session_id, s.access_key_id, s.operation, s.principal_id, s.principal_arn, s.origin,"
    " s.parent_session_id, s.session_name, s.source_identity, s.source_address, s.provider, s.subject,"
    " s.origin_account, s.origin_principal, s.origins, s.lineage, s.tags, s.authority,"
    " s.scope_downs, s.token_issued_at, s.issued_at, s.expires_at, s.ended_at, u.used_at"
    " FROM sessions s LEFT JOIN session_uses u ON u.account_id = s.account_id AND u.session_id = s.session_id"
)
"""How every query of sessions begins; its rows are read by `SessionRecord.of_row`."""

_MOST_ORIGINS: Final = 20
"""Of a longer chain the first ones are left out, but for the very first."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What a session's record tells beside its claims.

    Attributes:
        access_key_id: of its credentials.
        principal_arn: the ARN that its requests are made under, as it was at issue.
        asked_by: the ARN of who asked for it: the caller, or the provider that vouched.
        subject: whom a provider vouched for; None for everybody else.
        source_address: where it was asked for from; None for a unix socket.
        parent_account: of the session that asked for it; None when something else did.
        operation, at_ms: which call issued it, and when. The claims of a narrowed session tell of the one it came from.
    """

    access_key_id: str
    principal_arn: str
    asked_by: str
    subject: str | None
    source_address: str | None
    parent_account: str | None
    operation: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One session. Times are milliseconds since 1970 UTC.

    Attributes:
        account: the account of its principal, which may not be the account of the caller that asked for it.
        session_id: unique in the installation; sorts by the time of issue.
        access_key_id: of its credentials.
        operation: what issued it: AssumeRole and so on.
        principal_id: `AIDA…`, `AROA…`, the account for root, `account:name` for a federated user.
        principal_arn: the ARN that its requests are made under, as it was at issue.
        parent_session_id: the session that asked for it; None when something else did.
        session_name: of a role session.
        source_identity: None when none was set.
        source_address: where it was asked for from; None for a unix socket.
        provider, subject: the ARN of the identity provider that vouched, and whom for; None where none did.
        origins: the chain of ARNs that it came from, the first of them first.
        tags: its session tags: key, value, and whether it is transitive.
        scope_downs: by how many policies it was narrowed.
        traits: what of it kill marks can be on.
        issued_at, expires_at: from when, and until when by itself.
        ended_at: when it was ended before that by its own; None when it was not.
        used_at: when it was last used, to the minute; None when it never was.
    """

    account: str
    session_id: str
    access_key_id: str
    operation: str
    principal_id: str
    principal_arn: str
    parent_session_id: str | None
    session_name: str | None
    source_identity: str | None
    source_address: str | None
    provider: str | None
    subject: str | None
    origins: tuple[str, ...]
    tags: tuple[tuple[str, str, bool], ...]
    scope_downs: int
    traits: Traits
    issued_at: int
    expires_at: int
    ended_at: int | None
    used_at: int | None

    @classmethod
    def of_row(cls, row: Row) -> "SessionRecord":
        """From a row of `SELECT`."""
        account, session_id, access_key_id, operation, principal_id, principal_arn, origin = map(str, row[:7])
        parent, name, source_identity, address, provider, subject, origin_account, origin_principal = map(
            _text, row[7:15]
        )
        origins, lineage, tags, authority = (_json(each) for each in row[15:19])
        scope_downs, token_issued_at, issued_at, expires_at, ended_at, used_at = row[19:]
        own = Link(account, principal_id, name, int(token_issued_at or 0))
        return cls(
            account=account,
            session_id=session_id,
            access_key_id=access_key_id,
            operation=operation,
            principal_id=principal_id,
            principal_arn=principal_arn,
            parent_session_id=parent,
            session_name=name,
            source_identity=source_identity,
            source_address=address,
            provider=provider,
            subject=subject,
            origins=tuple(origins),
            tags=tuple((key, value, is_transitive) for key, value, is_transitive in tags),
            scope_downs=int(scope_downs or 0),
            traits=Traits(
                (Origin(origin, origin_account, origin_principal), *([Origin(*authority)] if authority else [])),
                (*(Link(*each) for each in lineage), own),
                source_identity,
            ),
            issued_at=int(issued_at or 0),
            expires_at=int(expires_at or 0),
            ended_at=None if ended_at is None else int(ended_at),
            used_at=None if used_at is None else int(used_at),
        )

    @property
    def arn(self) -> str:
        """The session's own ARN, for policies on ending it."""
        return session_arn(self.account, self.session_id)

    def as_output(self, marks: Marks) -> dict[str, object]:
        """The model's Session; `marks` are those that can end it."""
        ended = [at for at in (self.ended_at, marks.ended_at(self.traits)) if at is not None]
        return {
            "SessionId": self.session_id,
            "ParentSessionId": self.parent_session_id,
            "AccessKeyId": self.access_key_id,
            "PrincipalArn": self.principal_arn,
            "PrincipalId": self.principal_id,
            "SessionName": self.session_name,
            "SourceIdentity": self.source_identity,
            "Operation": self.operation,
            "Origins": list(self.origins),
            "OriginId": self.traits.origins[0].source,
            "ProviderArn": self.provider,
            "Subject": self.subject,
            "Tags": [
                {"Key": key, "Value": value, "Transitive": is_transitive} for key, value, is_transitive in self.tags
            ],
            "ScopedPoliciesCount": self.scope_downs,
            "IssuedAt": from_milliseconds(self.issued_at),
            "ExpiresAt": from_milliseconds(self.expires_at),
            "EndedAt": from_milliseconds(min(ended)) if ended else None,
            "LastUsedAt": None if self.used_at is None else from_milliseconds(self.used_at),
            "SourceIpAddress": self.source_address,
        }


def _text(value: Value) -> str | None:
    return None if value is None else str(value)


def _json(value: Value) -> Any:
    return () if value is None else json.loads(str(value))


def session_arn(account: str, session_id: str) -> str:
    """`arn:aws:bailiwick::ACCOUNT:session/ID`."""
    return f"arn:aws:bailiwick::{account}:session/{session_id}"


async def record(tx: Transaction, claims: SessionClaims, issued: Issued) -> None:
    """Keep the record of a session that is being issued."""
    await tx.run(
        "INSERT INTO sessions (account_id, session_id, access_key_id, parent_session_id, operation, principal_kind,"
        " principal_id, principal_arn, session_name, source_identity, origin, origin_account, origin_principal,"
        " origins, authority, lineage, provider, subject, tags, scope_downs, source_address, token_issued_at,"
        " issued_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        claims.account,
        claims.session_id,
        issued.access_key_id,
        claims.parent_session_id,
        issued.operation,
        claims.principal_kind.value,
        claims.principal_id,
        issued.principal_arn,
        claims.session_name,
        claims.source_identity,
        claims.origin.source,
        claims.origin.account,
        claims.origin.principal_id,
        json.dumps(await _origins(tx, claims, issued)),
        None if claims.authority is None else json.dumps(claims.authority),
        json.dumps(claims.lineage) if claims.lineage else None,
        claims.federated_provider,
        issued.subject,
        json.dumps(claims.tags) if claims.tags else None,
        len(claims.scope_downs),
        issued.source_address,
        claims.issued_at_ms,
        issued.at_ms,
        claims.expires_at_ms,
    )


async def _origins(tx: Transaction, claims: SessionClaims, issued: Issued) -> list[str]:
    """The ARNs of all that asked, one after the other, until this session was there."""
    if claims.parent_session_id is None:
        return [issued.asked_by]
    row = await tx.one(
        "SELECT origins FROM sessions WHERE account_id = ? AND session_id = ?",
        issued.parent_account,
        claims.parent_session_id,
    )
    before: list[str] = [] if row is None else list(_json(row[0]))
    if before[-1:] != [issued.asked_by]:
        before.append(issued.asked_by)
    return before if len(before) <= _MOST_ORIGINS else [before[0], *before[-_MOST_ORIGINS + 1 :]]


async def find(tx: Transaction, account: str, session_id: str) -> SessionRecord | None:
    """The session of that id, or None."""
    row = await tx.one(SELECT + " WHERE s.account_id = ? AND s.session_id = ?", account, session_id)
    return None if row is None else SessionRecord.of_row(row)


async def find_by_access_key(tx: Transaction, account: str, access_key_id: str) -> SessionRecord | None:
    """The session with credentials of that access key id, or None."""
    row = await tx.one(SELECT + " WHERE s.access_key_id = ? AND s.account_id = ?", access_key_id, account)
    return None if row is None else SessionRecord.of_row(row)


async def newest_parent(tx: Transaction, account: str, principal_id: str) -> str | None:
    """The unique id of the user whose key asked for the newest session of a federated user, or None.

    `principal_id` is the federated user's, `account:name`.
    """
    row = await tx.one(
        "SELECT k.user_id FROM sessions s JOIN access_keys k ON k.access_key_id = s.origin"
        " WHERE s.account_id = ? AND s.principal_id = ? ORDER BY s.expires_at DESC, s.session_id DESC LIMIT 1",
        account,
        principal_id,
    )
    return None if row is None else str(row[0])


async def is_standing(tx: Transaction, claims: SessionClaims) -> bool:
    """Whether a session was recorded and was not ended, by itself or by a mark; says nothing about its expiry.

    Read by whoever issues a session under it, so that ending the one and issuing the other cannot pass by each other.
    """
    row = await tx.one(
        "SELECT ended_at FROM sessions WHERE account_id = ? AND session_id = ?", claims.account, claims.session_id
    )
    return row is not None and row[0] is None and not await session_marks.has_ended(tx, claims)


async def was_any_ended(tx: Transaction, account: str, origin: str, operation: str) -> bool:
    """Whether somebody ended, by itself, a session that an operation issued for what came from an origin."""
    row = await tx.one(
        "SELECT 1 FROM sessions WHERE account_id = ? AND origin = ? AND operation = ? AND ended_at IS NOT NULL LIMIT 1",
        account,
        origin,
        operation,
    )
    return row is not None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sessions are listed: all of an account, or those of one thing.

    Attributes:
        principal_id: only those of this principal.
        session_name: of the principal only role sessions of this name.
        origin: only those that came from this: the id of an access key, a provider, a delegation request.
        source_identity: only those with this one.
    """

    principal_id: str | None = None
    session_name: str | None = None
    origin: str | None = None
    source_identity: str | None = None

    @property
    def conditions(self) -> Mapping[str, str]:
        """Columns and the values they must have; there is an index of each of these."""
        columns = {
            "principal_id": self.principal_id,
            "session_name": self.session_name,
            "origin": self.origin,
            "source_identity": self.source_identity,
        }
        return {name: value for name, value in columns.items() if value is not None}


async def listed(
    tx: Transaction, account: str, wanted: Wanted, *, expires_after: int, after: tuple[int, str] | None, limit: int
) -> Sequence[SessionRecord]:
    """At most `limit` sessions that expire after a time, those that live longest first.

    Args:
        tx: the transaction.
        account: whose.
        wanted: which of them.
        expires_after: milliseconds since 1970 UTC.
        after: the expiry and id of the session before the first one wanted.
        limit: how many at most.
    """
    conditions = wanted.conditions
    where = ["s.account_id = ?", *(f"s.{name} = ?" for name in conditions), "s.expires_at > ?"]
    values: list[Value] = [account, *conditions.values(), expires_after]
    if after is not None:
        where.append("(s.expires_at, s.session_id) < (?, ?)")
        values += after
    rows = await tx.all(
        f"{SELECT} WHERE {' AND '.join(where)} ORDER BY s.expires_at DESC, s.session_id DESC LIMIT ?", *values, limit
    )
    return [SessionRecord.of_row(row) for row in rows]


async def marks_of(tx: Transaction, sessions: Sequence[SessionRecord]) -> Marks:
    """The marks that can end any of these."""
    return await session_marks.of_keys(tx, (key for session in sessions for key, _ in session.traits.mark_keys()))


async def is_any_old(tx: Transaction, account: str, before_ms: int) -> bool:
    """Whether the account has records of sessions that expired before a time."""
    found = "SELECT 1 FROM sessions WHERE account_id = ? AND expires_at < ? LIMIT 1"
    return await tx.one(found, account, before_ms) is not None


async def forget(tx: Transaction, account: str, before_ms: int, limit: int) -> int:
    """Remove at most `limit` records of sessions that expired before a time; returns how many."""
    rows = await tx.all(
        "SELECT session_id FROM sessions WHERE account_id = ? AND expires_at < ? ORDER BY expires_at LIMIT ?",
        account,
        before_ms,
        limit,
    )
    keys = [(account, session_id) for (session_id,) in rows]
    await tx.run_many("DELETE FROM session_uses WHERE account_id = ? AND session_id = ?", keys)
    await tx.run_many("DELETE FROM sessions WHERE account_id = ? AND session_id = ?", keys)
    return len(keys)


async def end(tx: Transaction, session: SessionRecord, now_ms: int) -> None:
    """End a session and every live session that came from it, of whichever account.

    Those already ended stay as they are. What came from a session may outlive it, so the search goes on through
    sessions that have expired.
    """
    rows = await tx.all(
        "WITH RECURSIVE family (account_id, session_id, expires_at, ended_at) AS ("
        " SELECT account_id, session_id, expires_at, ended_at FROM sessions WHERE account_id = ? AND session_id = ?"
        " UNION"
        " SELECT child.account_id, child.session_id, child.expires_at, child.ended_at FROM sessions child"
        " JOIN family ON child.parent_session_id = family.session_id)"
        " SELECT account_id, session_id FROM family WHERE ended_at IS NULL AND (expires_at > ? OR session_id = ?)",
        session.account,
        session.session_id,
        now_ms,
        session.session_id,
    )
    await tx.run_many(
        "UPDATE sessions SET ended_at = ? WHERE account_id = ? AND session_id = ?",
        [(now_ms, account, session_id) for account, session_id in rows],
    )
    for account, session_id in rows:
        tx.changed("session", str(account), str(session_id))
