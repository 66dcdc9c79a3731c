"""What is recorded of last access: of the principals that count for a subject, by service and by action."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
class Principal:
    """A user or role: the model's `EntityInfo`."""

    kind: str
    unique_id: str
    name: str
    path: str
    arn: str


async def services_of(tx: Transaction, subject: Subject) -> list[str]:
    """The services of which an action was tried."""
    principals, given = subject.principals()
    rows = await tx.all(f"SELECT DISTINCT service FROM last_accessed WHERE principal_id IN ({principals})", *given)
    return [str(service) for (service,) in rows]


async def by_service(tx: Transaction, subject: Subject, services: Sequence[str]) -> Mapping[str, Access]:
    """Each service's last try."""
    return {str(row[0]): _access(row[1:]) for row in await _last(tx, subject, services, "service")}


async def by_action(tx: Transaction, subject: Subject, services: Sequence[str]) -> Mapping[tuple[str, str], Access]:
    """Each action's last try, by service and action."""
    rows = await _last(tx, subject, services, "service, action")
    return {(str(row[0]), str(row[1])): _access(row[2:]) for row in rows}


async def totals(tx: Transaction, subject: Subject, services: Sequence[str]) -> Mapping[str, int]:
    """How many principals have tried each service."""
    principals, given = subject.principals()
    rows = await tx.all(
        "SELECT service, COUNT(DISTINCT principal_id) FROM last_accessed"
        f" WHERE principal_id IN ({principals}) AND service IN ({_marks(services)}) GROUP BY service",
        *given,
        *services,
    )
    return {str(service): int(count or 0) for service, count in rows}


async def newest_first(
    tx: Transaction, subject: Subject, service: str, after: tuple[int, str] | None, limit: int
) -> list[tuple[str, int]]:
    """Each principal's unique id and its last try of a service, 0 where it made none; the newest try first."""
    principals, given = subject.principals()
    used_at, unique_id = after or (2**62, "")
    rows = await tx.all(
        f"SELECT id, used_at FROM (SELECT p.id AS id, COALESCE(MAX(l.used_at), 0) AS used_at FROM ({principals}) p"
        " LEFT JOIN last_accessed l ON l.principal_id = p.id AND l.service = ? GROUP BY p.id) AS tried"
        " WHERE used_at < ? OR (used_at = ? AND id > ?) ORDER BY used_at DESC, id LIMIT ?",
        *given,
        service,
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


async def _last(tx: Transaction, subject: Subject, services: Sequence[str], by: str) -> list[Row]:
    principals, given = subject.principals()
    return await tx.all(
        f"SELECT {by}, principal_id, used_at, region FROM (SELECT service, action, principal_id, used_at, region,"
        f" ROW_NUMBER() OVER (PARTITION BY {by} ORDER BY used_at DESC, principal_id) AS place FROM last_accessed"
        f" WHERE principal_id IN ({principals}) AND service IN ({_marks(services)})) AS tried WHERE place = 1",
        *given,
        *services,
    )


def _access(row: Row) -> Access:
    principal_id, used_at, region = row
    return Access(str(principal_id), int(used_at or 0), str(region))


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values)) or "NULL"
