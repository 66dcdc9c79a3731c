"""The tasks that delete service-linked roles: asked for by a call, done afterwards, as at AWS.

A task begins as NOT_STARTED, is IN_PROGRESS while housekeeping looks for what still uses the role, and ends as
SUCCEEDED, with the role gone, or FAILED, with what used it.
Source: IAM API Reference, DeleteServiceLinkedRole and GetServiceLinkedRoleDeletionStatus.
"""

import enum
import json
from dataclasses import dataclass
from typing import Final

from bailiwick.iam import policies
from bailiwick.iam.roles.keeping import remove
from bailiwick.iam.roles.record import SELECT as SELECT_ROLES
from bailiwick.iam.roles.record import Role
from bailiwick.store.transaction import Row, Transaction


class State(enum.StrEnum):
    """How far a task is."""

    NOT_STARTED = "NOT_STARTED"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


_UNFINISHED: Final = "state IN ('NOT_STARTED', 'IN_PROGRESS')"
_MOST_USES: Final = 100
"""How many sessions a failed task tells of."""

_REGION: Final = "us-east-1"
"""Where a role is used of which no region is known: where IAM itself is."""


@dataclass(frozen=True, slots=True)
class Task:
    """One deletion task. `usages` is of the form of the model's RoleUsageList."""

    state: State
    reason: str | None
    usages: tuple[dict[str, object], ...]

    def as_output(self) -> dict[str, object]:
        """The members of GetServiceLinkedRoleDeletionStatus."""
        if self.reason is None:
            return {"Status": self.state.value}
        return {"Status": self.state.value, "Reason": {"Reason": self.reason, "RoleUsageList": list(self.usages)}}


async def find(tx: Transaction, account: str, task_id: str) -> Task | None:
    """The account's task of that id, or None."""
    row = await tx.one(
        "SELECT state, reason, usages FROM service_linked_role_deletions WHERE task_id = ? AND account_id = ?",
        task_id,
        account,
    )
    return None if row is None else _task(row)


async def begin(tx: Transaction, role: Role, new_id: str, now_ms: int) -> str:
    """Ask for a role's deletion; returns the task's id, which is the earlier one's while that is not finished."""
    row = await tx.one(
        "SELECT task_id FROM service_linked_role_deletions WHERE role_id = ? AND " + _UNFINISHED + " LIMIT 1",
        role.role_id,
    )
    if row is not None:
        return str(row[0])
    task_id = f"task{role.path}{role.name}/{new_id}"
    await tx.run(
        "INSERT INTO service_linked_role_deletions (account_id, task_id, role_id, state, started_at)"
        " VALUES (?, ?, ?, 'NOT_STARTED', ?)",
        role.account,
        task_id,
        role.role_id,
        now_ms,
    )
    return task_id


async def unfinished(tx: Transaction, limit: int) -> list[str]:
    """The ids of the tasks that wait to be done, the oldest first; of every account."""
    rows = await tx.all(
        "SELECT task_id FROM service_linked_role_deletions WHERE " + _UNFINISHED + " ORDER BY started_at LIMIT ?", limit
    )
    return [str(task_id) for (task_id,) in rows]


async def settle(tx: Transaction, task_id: str, now_ms: int) -> None:
    """Take a task one step further; two steps finish it. One that is finished stays as it is."""
    row = await tx.one(
        "SELECT account_id, role_id, state FROM service_linked_role_deletions WHERE task_id = ? AND " + _UNFINISHED,
        task_id,
    )
    if row is None:
        return
    account, role_id, state = map(str, row)
    if state == State.NOT_STARTED:
        await _end(tx, task_id, State.IN_PROGRESS)
        return
    usages = await _usages(tx, account, role_id, now_ms)
    if usages:
        reason = "The role has sessions that have not ended. End them, or wait until they expire, and try again."
        await _end(tx, task_id, State.FAILED, reason, json.dumps(usages))
        return
    found = await tx.one(SELECT_ROLES + " WHERE role_id = ?", role_id)
    if found is not None:
        await _delete(tx, Role.of_row(found), now_ms)
    await _end(tx, task_id, State.SUCCEEDED)


async def forget(tx: Transaction, before_ms: int, limit: int) -> None:
    """Remove tasks that were asked for before that time, at most so many."""
    await tx.run(
        "DELETE FROM service_linked_role_deletions WHERE task_id IN (SELECT task_id FROM service_linked_role_deletions"
        " WHERE started_at < ? ORDER BY started_at LIMIT ?)",
        before_ms,
        limit,
    )


async def _delete(tx: Transaction, role: Role, now_ms: int) -> None:
    attached = await tx.all("SELECT policy_arn FROM attachments WHERE owner_id = ?", role.role_id)
    for (arn,) in attached:
        await policies.count(tx, role.account, str(arn), attachments=-1)
    await tx.run("DELETE FROM attachments WHERE owner_id = ?", role.role_id)
    await remove(tx, role, now_ms)


async def _usages(tx: Transaction, account: str, role_id: str, now_ms: int) -> list[dict[str, object]]:
    """The role's live sessions, as resources of the region in which it was last used."""
    rows = await tx.all(
        "SELECT DISTINCT principal_arn FROM sessions WHERE account_id = ? AND principal_id = ? AND expires_at > ?"
        " AND ended_at IS NULL ORDER BY principal_arn LIMIT ?",
        account,
        role_id,
        now_ms,
        _MOST_USES,
    )
    if not rows:
        return []
    used = await tx.one("SELECT region FROM last_used WHERE subject_id = ?", role_id)
    return [{"Region": _REGION if used is None else str(used[0]), "Resources": [str(arn) for (arn,) in rows]}]


async def _end(
    tx: Transaction, task_id: str, state: State, reason: str | None = None, usages: str | None = None
) -> None:
    await tx.run(
        "UPDATE service_linked_role_deletions SET state = ?, reason = ?, usages = ? WHERE task_id = ?",
        state.value,
        reason,
        usages,
        task_id,
    )


def _task(row: Row) -> Task:
    state, reason, usages = row
    uses = () if usages is None else tuple(json.loads(str(usages)))
    return Task(State(str(state)), None if reason is None else str(reason), uses)
