"""The record of a session, and its queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bailiwick.auth import SessionClaims
from bailiwick.iam.times import from_milliseconds
from bailiwick.store.transaction import Row, Transaction, Value

SELECT: Final = (
    "SELECT account_id, session_id, access_key_id, operation, principal_id, principal_arn, session_name,"
    " source_identity, source_address, issued_at, expires_at, ended_at FROM sessions"
)
"""How every query of sessions begins; its rows are read by `SessionRecord.of_row`."""


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
        session_name: of a role session.
        source_identity: None when none was set.
        source_address: where it was asked for from; None for a unix socket.
        issued_at, expires_at: from when, and until when by itself.
        ended_at: when it was ended before that; None when it was not.
    """

    account: str
    session_id: str
    access_key_id: str
    operation: str
    principal_id: str
    principal_arn: str
    session_name: str | None
    source_identity: str | None
    source_address: str | None
    issued_at: int
    expires_at: int
    ended_at: int | None

    @classmethod
    def of_row(cls, row: Row) -> "SessionRecord":
        """From a row of `SELECT`."""
        account, session_id, access_key_id, operation, principal_id, principal_arn = map(str, row[:6])
        session_name, source_identity, source_address = (None if text is None else str(text) for text in row[6:9])
        issued_at, expires_at, ended_at = row[9:]
        return cls(
            account=account,
            session_id=session_id,
            access_key_id=access_key_id,
            operation=operation,
            principal_id=principal_id,
            principal_arn=principal_arn,
            session_name=session_name,
            source_identity=source_identity,
            source_address=source_address,
            issued_at=int(issued_at or 0),
            expires_at=int(expires_at or 0),
            ended_at=None if ended_at is None else int(ended_at),
        )

    @property
    def arn(self) -> str:
        """The session's own ARN, for policies on ending it."""
        return session_arn(self.account, self.session_id)

    def as_output(self) -> dict[str, object]:
        """The model's Session."""
        return {
            "SessionId": self.session_id,
            "AccessKeyId": self.access_key_id,
            "PrincipalArn": self.principal_arn,
            "PrincipalId": self.principal_id,
            "SessionName": self.session_name,
            "SourceIdentity": self.source_identity,
            "Operation": self.operation,
            "IssuedAt": from_milliseconds(self.issued_at),
            "ExpiresAt": from_milliseconds(self.expires_at),
            "EndedAt": None if self.ended_at is None else from_milliseconds(self.ended_at),
            "SourceIpAddress": self.source_address,
        }


def session_arn(account: str, session_id: str) -> str:
    """`arn:aws:bailiwick::ACCOUNT:session/ID`."""
    return f"arn:aws:bailiwick::{account}:session/{session_id}"


async def record(
    tx: Transaction,
    claims: SessionClaims,
    access_key_id: str,
    principal_arn: str,
    source_address: str | None,
    *,
    operation: str,
    issued_at_ms: int,
) -> None:
    """Keep the record of a session that is being issued, by that operation and at that time.

    The claims of a narrowed session tell of the one it came from instead.
    """
    await tx.run(
        "INSERT INTO sessions (account_id, session_id, access_key_id, parent_session_id, operation, principal_kind,"
        " principal_id, principal_arn, session_name, source_identity, origin, source_address, issued_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        claims.account,
        claims.session_id,
        access_key_id,
        claims.parent_session_id,
        operation,
        claims.principal_kind.value,
        claims.principal_id,
        principal_arn,
        claims.session_name,
        claims.source_identity,
        claims.origin.source,
        source_address,
        issued_at_ms,
        claims.expires_at_ms,
    )


async def find(tx: Transaction, account: str, session_id: str) -> SessionRecord | None:
    """The session of that id, or None."""
    row = await tx.one(SELECT + " WHERE account_id = ? AND session_id = ?", account, session_id)
    return None if row is None else SessionRecord.of_row(row)


async def find_by_access_key(tx: Transaction, account: str, access_key_id: str) -> SessionRecord | None:
    """The session with credentials of that access key id, or None."""
    row = await tx.one(SELECT + " WHERE access_key_id = ? AND account_id = ?", access_key_id, account)
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


async def is_standing(tx: Transaction, account: str, session_id: str) -> bool:
    """Whether a session was recorded and was not ended; says nothing about its expiry.

    Read by whoever issues a session under it, so that ending the one and issuing the other cannot pass by each other.
    """
    row = await tx.one("SELECT ended_at FROM sessions WHERE account_id = ? AND session_id = ?", account, session_id)
    return row is not None and row[0] is None


async def listed(
    tx: Transaction,
    account: str,
    *,
    expires_after: int,
    principal_id: str | None,
    session_name: str | None,
    after: tuple[int, str] | None,
    limit: int,
) -> Sequence[SessionRecord]:
    """At most `limit` sessions that expire after a time, those that live longest first.

    Args:
        tx: the transaction.
        account: whose.
        expires_after: milliseconds since 1970 UTC.
        principal_id: only those of this principal.
        session_name: only role sessions of this name.
        after: the expiry and id of the session before the first one wanted.
        limit: how many at most.
    """
    conditions: list[tuple[str, tuple[Value, ...]]] = [("account_id = ?", (account,))]
    if principal_id is not None:
        conditions.append(("principal_id = ?", (principal_id,)))
    conditions.append(("expires_at > ?", (expires_after,)))
    if after is not None:
        conditions.append(("(expires_at, session_id) < (?, ?)", after))
    if session_name is not None:
        conditions.append(("session_name = ?", (session_name,)))
    rows = await tx.all(
        f"{SELECT} WHERE {' AND '.join(sql for sql, _ in conditions)}"
        " ORDER BY expires_at DESC, session_id DESC LIMIT ?",
        *(value for _, values in conditions for value in values),
        limit,
    )
    return [SessionRecord.of_row(row) for row in rows]


async def forget(tx: Transaction, account: str, before_ms: int, limit: int) -> int:
    """Remove at most `limit` records of sessions that expired before a time; returns how many."""
    return await tx.run(
        "DELETE FROM sessions WHERE account_id = ? AND session_id IN ("
        "SELECT session_id FROM sessions WHERE account_id = ? AND expires_at < ? ORDER BY expires_at LIMIT ?)",
        account,
        account,
        before_ms,
        limit,
    )


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
