"""Reports as they are kept: what a subject's policies granted when it was asked for."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import msgspec

from bailiwick.access.call import Call, Caller
from bailiwick.auth import PrincipalKind
from bailiwick.iam.errors import NoSuchEntity
from bailiwick.iam.last_accessed.subjects import Subject, SubjectKind
from bailiwick.store.transaction import Transaction

_MOST_OF_ONE_OWNER: Final = 100
_MOST_OF_AN_ACCOUNT: Final = 1_000
"""How many reports are kept for whoever asks, and for an account, whose sessions may be many; then the oldest go."""

Granted: TypeAlias = Mapping[str, Sequence[str]]
"""The services, by namespace in ascending order, and where actions were asked for, those of each that are granted."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report. `created_at`: milliseconds since 1970 UTC; it is complete at once."""

    job_id: str
    subject: Subject
    granularity: str
    granted: Granted
    created_at: int


def owner_of(caller: Caller) -> str:
    """Who may read what the caller asks for: the principal; of a role or a federated user, only this session.

    Source: IAM API Reference, GetServiceLastAccessedDetails.
    """
    in_session_only = caller.kind not in (PrincipalKind.ROOT, PrincipalKind.USER)
    return caller.session.session_id if in_session_only and caller.session is not None else caller.principal_id


async def keep(tx: Transaction, caller: Caller, report: Report) -> None:
    """Keep a report for its caller."""
    owner = owner_of(caller)
    await tx.run(
        "INSERT INTO access_reports"
        " (job_id, account_id, owner, subject_kind, subject_id, granularity, granted, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        report.job_id,
        report.subject.account,
        owner,
        report.subject.kind,
        report.subject.unique_id,
        report.granularity,
        zlib.compress(msgspec.json.encode(report.granted)),
        report.created_at,
    )
    await _drop_oldest(tx, "owner", owner, _MOST_OF_ONE_OWNER)
    await _drop_oldest(tx, "account_id", report.subject.account, _MOST_OF_AN_ACCOUNT)


async def _drop_oldest(tx: Transaction, column: str, value: str, most: int) -> None:
    await tx.run(
        f"DELETE FROM access_reports WHERE job_id IN (SELECT job_id FROM access_reports WHERE {column} = ?"
        " ORDER BY created_at DESC, job_id DESC LIMIT 10 OFFSET ?)",
        value,
        most,
    )


async def require(call: Call, tx: Transaction) -> Report:
    """The caller's report that the call's JobId names.

    Raises:
        NoSuchEntity: there is none, none any more, or it is somebody else's.
    """
    row = await tx.one(
        "SELECT subject_kind, subject_id, granularity, granted, created_at FROM access_reports"
        " WHERE job_id = ? AND account_id = ? AND owner = ?",
        call["JobId"],
        call.account,
        owner_of(call.caller),
    )
    if row is None:
        raise NoSuchEntity.report(call["JobId"])
    kind, subject_id, granularity, granted, created_at = row
    assert isinstance(granted, bytes)
    return Report(
        call["JobId"],
        Subject(cast("SubjectKind", str(kind)), call.account, str(subject_id)),
        str(granularity),
        msgspec.json.decode(zlib.decompress(granted), type=dict[str, list[str]]),
        int(created_at or 0),
    )


async def forget(tx: Transaction, before_ms: int, limit: int) -> None:
    """Remove some reports that were made before a time, in milliseconds since 1970 UTC."""
    await tx.run(
        "DELETE FROM access_reports WHERE job_id IN"
        " (SELECT job_id FROM access_reports WHERE created_at < ? ORDER BY created_at LIMIT ?)",
        before_ms,
        limit,
    )
