"""What is asked of SQLite for a page of things is found by their ids, however many the account holds.

SQLite takes an account for small: given an account and some ids, it looks through all that the account has.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from bailiwick.iam import held_policies
from bailiwick.iam.authorization_details import get_account_authorization_details
from bailiwick.iam.last_accessed import activity
from bailiwick.iam.last_accessed.activity import Access, Tried
from bailiwick.iam.last_accessed.subjects import Subject
from bailiwick.store import Row, Transaction
from bailiwick.store.transaction import Value
from tests.sts.parts import ACCOUNT, Parts, opened

_COUNT = 30
_WHOLE_ACCOUNT = re.compile(r"SCAN |\(account_id=\?\)$")

ARNS = [f"arn:aws:iam::{ACCOUNT}:policy/P{number}" for number in range(_COUNT)]
USERS = [f"AIDA{number:05}" for number in range(_COUNT)]
ROLES = [f"AROA{number:05}" for number in range(_COUNT)]
_TRIES = [("GetUser", 2), ("GetRole", 1)]
DOCUMENT = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}'


class Watched:
    """A transaction that notes how each of its queries is answered."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.plans: list[tuple[str, str]] = []

    async def one(self, sql: str, *parameters: Value) -> Row | None:
        await self._note(sql, parameters)
        return await self._tx.one(sql, *parameters)

    async def all(self, sql: str, *parameters: Value) -> list[Row]:
        await self._note(sql, parameters)
        return await self._tx.all(sql, *parameters)

    async def run(self, sql: str, *parameters: Value) -> int:
        return await self._tx.run(sql, *parameters)

    async def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        await self._tx.run_many(sql, rows)

    def changed(self, kind: str, account: str, subject: str) -> None:
        self._tx.changed(kind, account, subject)

    def was_changed(self, kind: str, account: str, subject: str) -> bool:
        return self._tx.was_changed(kind, account, subject)

    def times_changed(self, kind: str, account: str, subject: str) -> int:
        return self._tx.times_changed(kind, account, subject)

    async def pause(self) -> None:
        await self._tx.pause()

    async def _note(self, sql: str, parameters: Sequence[Value]) -> None:
        for row in await self._tx.all(f"EXPLAIN QUERY PLAN {sql}", *parameters):
            self.plans.append((sql, str(row[3])))


async def _fill(tx: Transaction) -> None:
    numbers = range(_COUNT)
    await tx.run_many(
        "INSERT INTO users (account_id, user_id, name, name_key, path, created_at) VALUES (?, ?, ?, ?, '/', 0)",
        [(ACCOUNT, USERS[number], f"U{number}", f"u{number}") for number in numbers],
    )
    await tx.run_many(
        "INSERT INTO roles (account_id, role_id, name, name_key, path, trust_policy, max_session_seconds, created_at)"
        " VALUES (?, ?, ?, ?, '/', ?, 3600, 0)",
        [(ACCOUNT, ROLES[number], f"R{number}", f"r{number}", DOCUMENT) for number in numbers],
    )
    await tx.run_many(
        "INSERT INTO policies (account_id, policy_id, arn, name, name_key, path, default_version, newest_version,"
        " created_at, updated_at) VALUES (?, ?, ?, ?, ?, '/', 1, 1, 0, 0)",
        [(ACCOUNT, f"ANPA{number:05}", ARNS[number], f"P{number}", f"p{number}") for number in numbers],
    )
    await tx.run_many(
        "INSERT INTO policy_versions (policy_id, version, document, created_at) VALUES (?, 1, ?, 0)",
        [(f"ANPA{number:05}", DOCUMENT) for number in numbers],
    )
    await tx.run_many(
        "INSERT INTO attachments (account_id, owner_kind, owner_id, policy_arn) VALUES (?, ?, ?, ?)",
        [
            (ACCOUNT, kind, owners[number], ARNS[number])
            for kind, owners in (("user", USERS), ("role", ROLES))
            for number in numbers
        ],
    )
    await tx.run_many(
        "INSERT INTO last_accessed (principal_id, service, action, used_at, region)"
        " VALUES (?, 'iam', ?, ?, 'us-east-1')",
        [(principal, action, used_at) for principal in (USERS[0], ROLES[0], USERS[1]) for action, used_at in _TRIES],
    )
    await tx.run("UPDATE last_accessed SET used_at = 1 WHERE principal_id = ?", ROLES[0])


def plans_of(folder: Path, work: Callable[[Parts, Transaction], Awaitable[object]]) -> list[tuple[str, str]]:
    """How each query of the work is answered in an account of a few dozen things of each kind."""

    async def run() -> list[tuple[str, str]]:
        async with opened(folder) as parts:
            await parts.store.write(_fill)

            async def watch(tx: Transaction) -> list[tuple[str, str]]:
                watched = Watched(tx)
                assert await work(parts, watched)
                return watched.plans

            return await parts.store.read(watch)

    return asyncio.run(run())


def through_whole_accounts(plans: list[tuple[str, str]]) -> list[tuple[str, str]]:
    assert plans
    return [(sql, plan) for sql, plan in plans if _WHOLE_ACCOUNT.search(plan)]


def test_a_page_of_authorization_details(tmp_path: Path) -> None:
    async def details(parts: Parts, tx: Transaction) -> object:
        call = parts.call_of("GetAccountAuthorizationDetails", {"MaxItems": 100})
        return await get_account_authorization_details(call, tx)

    assert through_whole_accounts(plans_of(tmp_path, details)) == []


def test_the_managed_policies_of_a_principal(tmp_path: Path) -> None:
    async def managed(parts: Parts, tx: Transaction) -> object:
        return await parts.installation.principals.managed(ACCOUNT, ARNS, tx)

    assert through_whole_accounts(plans_of(tmp_path, managed)) == []


def test_the_texts_of_held_policies(tmp_path: Path) -> None:
    assert through_whole_accounts(plans_of(tmp_path, lambda _, tx: held_policies.managed(tx, ACCOUNT, ARNS))) == []


def test_those_who_tried_a_service(tmp_path: Path) -> None:
    plans = plans_of(tmp_path, lambda _, tx: activity.principals(tx, ACCOUNT, [*USERS, *ROLES]))

    assert through_whole_accounts(plans) == []


def test_a_report_of_many_principals_looks_each_up_once_and_not_for_each_service(tmp_path: Path) -> None:
    subject = Subject("policy", ACCOUNT, ARNS[0])

    async def report(parts: Parts, tx: Transaction) -> object:
        assert await activity.by_service(tx, subject, 0) == {"iam": Tried(Access(USERS[0], 2, "us-east-1"), 2)}
        return await activity.by_action(tx, subject, 0)

    plans = plans_of(tmp_path, report)

    of_all = [plan for _, plan in plans if re.search(r"last_accessed_1 \(principal_id=\?\)", plan)]
    assert len(of_all) == 2, plans
    assert through_whole_accounts([each for each in plans if not each[1].startswith("SCAN")]) == []
