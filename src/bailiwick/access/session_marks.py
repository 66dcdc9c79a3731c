"""Kill marks: many sessions ended by one row, whatever their number, with all that came from them.

A mark says of a subject in an account that its sessions are ended which were issued before a time. A session bears its
lineage, so that whether a mark ends it is told by the session and the marks alone.
"""

import enum
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final, NamedTuple

from bailiwick.auth import ANY_NAME, Link, Origin, SessionClaims
from bailiwick.store.transaction import Transaction

CHANGE: Final = "session-mark"
"""The kind of change that tells of a mark; its subject is the mark's key."""

KEPT_MS: Final = timedelta(hours=48) // timedelta(milliseconds=1)
"""How long a mark is kept: longer than any session lives (36 hours), with room for clocks that differ."""

_AT_ONCE: Final = 300
"""How many subjects are asked for in one query."""


class MarkKind(enum.Enum):
    """What a mark's subject is.

    ACCOUNT: the account itself. PRINCIPAL: a unique id of a role or user, the account for root, `account:name` for a
    federated user. SESSION_NAME: `AROA…:name`. SOURCE_IDENTITY: what was set as such. ORIGIN: what a chain began with:
    the id of an access key, an identity provider, a delegation request.
    """

    ACCOUNT = "account"
    PRINCIPAL = "principal"
    SESSION_NAME = "session-name"
    SOURCE_IDENTITY = "source-identity"
    ORIGIN = "origin"


def key_of(account: str, kind: MarkKind, subject: str) -> str:
    """What a mark is kept under, in the store and in memory."""
    return f"{account}/{kind.value}/{subject}"


class Traits(NamedTuple):
    """What of a session marks can be on: its origins, its links, itself included, its source identity."""

    origins: tuple[Origin, ...]
    links: tuple[Link, ...]
    source_identity: str | None

    @classmethod
    def of(cls, claims: SessionClaims) -> "Traits":
        """Those of a session's claims."""
        origins = (claims.origin,) if claims.authority is None else (claims.origin, claims.authority)
        return cls(origins, (*claims.lineage, claims.link), claims.source_identity)

    def mark_keys(self) -> Iterator[tuple[str, int]]:
        """The key of each mark that would end the session, if it is of later than the time beside it.

        A key or provider is marked in its own account.
        """
        began_at_ms = min(link.issued_at_ms for link in self.links)
        for origin in self.origins:
            if origin.account is not None:
                yield key_of(origin.account, MarkKind.ORIGIN, origin.source), began_at_ms
                yield key_of(origin.account, MarkKind.ACCOUNT, origin.account), began_at_ms
                if origin.principal_id is not None:
                    yield key_of(origin.account, MarkKind.PRINCIPAL, origin.principal_id), began_at_ms
        for account, principal_id, session_name, issued_at_ms in self.links:
            yield key_of(account, MarkKind.ACCOUNT, account), issued_at_ms
            yield key_of(account, MarkKind.PRINCIPAL, principal_id), issued_at_ms
            if session_name is not None:
                yield key_of(account, MarkKind.SESSION_NAME, f"{principal_id}:{session_name}"), issued_at_ms
            if self.source_identity is not None:
                yield key_of(account, MarkKind.SOURCE_IDENTITY, self.source_identity), issued_at_ms


class Marks:
    """Marks in memory: until when issued sessions are ended, by key."""

    def __init__(self) -> None:
        self._before: dict[str, int] = {}

    def __bool__(self) -> bool:
        return bool(self._before)

    def put(self, key: str, before_ms: int) -> None:
        """Keep a mark; of two of one key the later."""
        if before_ms > self._before.get(key, 0):
            self._before[key] = before_ms

    def add(self, others: "Marks") -> None:
        """Keep others as well."""
        for key, before_ms in others._before.items():
            self.put(key, before_ms)

    def ended_at(self, traits: Traits) -> int | None:
        """The time of the earliest mark that ends the session, or None."""
        before = self._before
        found = [at for key, issued_at_ms in traits.mark_keys() if (at := before.get(key, 0)) > issued_at_ms]
        return min(found, default=None)


async def put(tx: Transaction, account: str, kind: MarkKind, subject: str, now_ms: int) -> int:
    """End the sessions of a subject that were issued until now; returns the time before which they were.

    That time is later than any session that the account has recorded, also one that a node issued whose clock is ahead.
    """
    before_ms = max(now_ms, await _latest_issue(tx, account)) + 1
    subjects = [subject]
    if kind is MarkKind.SESSION_NAME:  # what came from it may have let go of its name
        subjects.append(f"{subject.partition(':')[0]}:{ANY_NAME}")
    for key in (key_of(account, kind, each) for each in subjects):
        await tx.run(
            "INSERT INTO session_marks (mark_key, before_ms) VALUES (?, ?)"
            " ON CONFLICT (mark_key) DO UPDATE SET before_ms = excluded.before_ms"
            " WHERE session_marks.before_ms < excluded.before_ms",
            key,
            before_ms,
        )
        tx.changed(CHANGE, account, key)
    return before_ms


async def of_keys(tx: Transaction, keys: Iterable[str]) -> Marks:
    """The marks of these keys."""
    wanted = list(dict.fromkeys(keys))
    marks = Marks()
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        select = "SELECT mark_key, before_ms FROM session_marks WHERE mark_key IN ("
        for key, before_ms in await tx.all(select + ", ".join("?" * len(part)) + ")", *part):
            marks.put(str(key), int(before_ms or 0))
    return marks


async def everyone(tx: Transaction, now_ms: int) -> Marks:
    """All marks that still end something."""
    marks = Marks()
    rows = await tx.all("SELECT mark_key, before_ms FROM session_marks WHERE before_ms > ?", now_ms - KEPT_MS)
    for key, before_ms in rows:
        marks.put(str(key), int(before_ms or 0))
    return marks


async def has_ended(tx: Transaction, claims: SessionClaims) -> bool:
    """Whether a mark ends the session, as this transaction sees it."""
    traits = Traits.of(claims)
    marks = await of_keys(tx, (key for key, _ in traits.mark_keys()))
    return marks.ended_at(traits) is not None


async def forget(tx: Transaction, now_ms: int, limit: int) -> int:
    """Remove at most `limit` marks that end nothing any more; returns how many."""
    return await tx.run(
        "DELETE FROM session_marks WHERE mark_key IN ("
        "SELECT mark_key FROM session_marks WHERE before_ms <= ? ORDER BY before_ms LIMIT ?)",
        now_ms - KEPT_MS,
        limit,
    )


async def _latest_issue(tx: Transaction, account: str) -> int:
    """When the account's newest session was issued; 0 where it has none. Session ids begin with that time."""
    row = await tx.one("SELECT MAX(session_id) FROM sessions WHERE account_id = ?", account)
    newest = None if row is None else row[0]
    return 0 if newest is None else int(str(newest)[:12], 16)
