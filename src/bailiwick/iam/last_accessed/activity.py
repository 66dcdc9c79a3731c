"""What is recorded of last access: of the principals that count for a subject, by service and by action.

Everywhere `since` is how far back is looked, in milliseconds since 1970 UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bailiwick.iam.last_accessed.subjects import Subject
from bailiwick.iam.names import arn_of
from bailiwick.store.transaction import Row, Transaction


@dataclass(frozen=True, slots=True)
class Access:
    """The last try: by whom (unique id), when (milliseconds since 1970 UTC), and in which region."""

    principal_id: str
    used_at: int
    region: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What was tried of a service: the last try, and how many principals made any."""

    last: Access
    principals: int


@dataclass(frozen=True, slots=True)
class Principal:
    """A user or role: the model's `EntityInfo`."""

    kind: str
    unique_id: str
    name: str
    path: str
    arn: str


# Each principal's rows once, of all services: one look-up for each of many services and principals would be too many.
_TRIED: Final = "({}) AS p JOIN last_accessed l ON l.principal_id = p.id AND l.used_at >= ?"


async def services_of(tx: Transaction, subject: Subject, since: int) -> list[str]:
    """The services of which an action was tried."""
    principals, given = subject.principals()
    rows = await tx.all(f"SELECT DISTINCT l.service FROM {_TRIED.format(principals)}", *given, since)
    return [str(service) for (service,) in rows]


async def by_service(tx: Transaction, subject: Subject, since: int) -> Mapping[str, Tried]:
    """What was tried of each service."""
    principals, given = subject.principals()
    rows = await tx.all(
        "SELECT t.service, t.principals, t.principal_id, t.used_at, MIN(l.region) FROM (SELECT service, principal_id,"
        " used_at, COUNT(*) OVER (PARTITION BY service) AS principals, ROW_NUMBER() OVER"
        " (PARTITION BY service ORDER BY used_at DESC, principal_id) AS place FROM"
        " (SELECT l.principal_id, l.service, MAX(l.used_at) AS used_at"
        f" FROM {_TRIED.format(principals)} GROUP BY l.principal_id, l.service) AS each_of_them) AS t"
        " JOIN last_accessed l ON l.principal_id = t.principal_id AND l.service = t.service AND l.used_at = t.used_at"
        " WHERE t.place = 1 GROUP BY t.service, t.principals, t.principal_id, t.used_at",
        *given,
        since,
    )
    return {str(row[0]): Tried(_access(row[2:]), int(row[1] or 0)) for row in rows}


async def by_action(tx: Transaction, subject: Subject, since: int) -> Mapping[tuple[str, str], Access]:
    """Each action's last try, by service and action."""
    principals, given = subject.principals()
    rows = await tx.all(
        "SELECT service, action, principal_id, used_at, region FROM (SELECT l.service, l.action, l.principal_id,"
        " l.used_at, l.region, ROW_NUMBER() OVER"
        " (PARTITION BY l.service, l.action ORDER BY l.used_at DESC, l.principal_id) AS place"
        f" FROM {_TRIED.format(principals)}) AS t WHERE place = 1",
        *given,
        since,
    )
    return {(str(row[0]), str(row[1])): _access(row[2:]) for row in rows}


async def newest_first(
    tx: Transaction, subject: Subject, service: str, since: int, after: tuple[int, str] | None, limit: int
) -> list[tuple[str, int]]:
    """Each principal's unique id and its last try of a service, 0 where it made none; the newest try first."""
    principals, given = subject.principals()
    used_at, unique_id = after or (2**62, "")
    rows = await tx.all(
        f"SELECT id, used_at FROM (SELECT p.id AS id, COALESCE(MAX(l.used_at), 0) AS used_at FROM ({principals}) p"
        " LEFT JOIN last_accessed l ON l.principal_id = p.id AND l.service = ? AND l.used_at >= ?"
        " GROUP BY p.id) AS tried"
        " WHERE used_at < ? OR (used_at = ? AND id > ?) ORDER BY used_at DESC, id LIMIT ?",
        *given,
        service,
        since,
        used_at,
        used_at,
        unique_id,
        limit,
    )
    return [(str(each), int(used or 0)) for each, used in rows]


async def principals(tx: Transaction, account: str, unique_ids: Sequence[str]) -> Mapping[str, Principal]:
    """The users and roles with these unique ids; those that are gone are left out."""
    found: dict[str, Principal] = {}
    for kind in ("user", "role"):
        rows = await tx.all(
            f"SELECT {kind}_id, name, path, account_id FROM {kind}s WHERE {kind}_id IN ({_marks(unique_ids)})",
            *unique_ids,
        )
        # Asked for by account as well, SQLite would look through all of the account.
        for unique_id, name, path in (row[:3] for row in rows if row[3] == account):
            arn = arn_of(account, kind, str(path), str(name))
            found[str(unique_id)] = Principal(kind, str(unique_id), str(name), str(path), arn)
    return found


def _access(row: Row) -> Access:
    principal_id, used_at, region = row
    return Access(str(principal_id), int(used_at or 0), str(region))


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values)) or "NULL"
