"""How reports of last access are kept: so many for each who asks, and for so long."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bailiwick.iam.last_accessed import forget, reports
from bailiwick.iam.last_accessed.reports import Report
from bailiwick.iam.last_accessed.subjects import Subject
from bailiwick.store import Store, Transaction, open_store
from tests.trail.test_recorder import ACCOUNT, ROOT

SUBJECT = Subject("user", ACCOUNT, "AIDA1")


def with_reports(folder: Path, test: Callable[[Store, Callable[[], Awaitable[list[str]]]], Awaitable[None]]) -> None:
    """Run a test with a store in which root has made reports 0 to 4, a second apart."""

    async def kept(store: Store) -> list[str]:
        rows = await store.read(lambda tx: tx.all("SELECT job_id FROM access_reports ORDER BY job_id"))
        return [str(job_id) for (job_id,) in rows]

    async def make(tx: Transaction) -> None:
        for number in range(5):
            await reports.keep(
                tx, ROOT, Report(str(number), SUBJECT, "SERVICE_LEVEL", {"iam": (), "s3": ()}, number * 1000)
            )

    async def run() -> None:
        store = await open_store(f"sqlite:{folder / 'bailiwick.db'}", lambda: 0)
        try:
            await store.write(make)
            await test(store, lambda: kept(store))
        finally:
            await store.close()

    asyncio.run(run())


def test_the_newest_of_each_who_asks_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "_MOST_OF_ONE_OWNER", 3)

    async def test(store: Store, kept: Callable[[], Awaitable[list[str]]]) -> None:
        assert await kept() == ["2", "3", "4"]

    with_reports(tmp_path, test)


def test_the_newest_of_each_account_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "_MOST_OF_AN_ACCOUNT", 2)

    async def test(store: Store, kept: Callable[[], Awaitable[list[str]]]) -> None:
        assert await kept() == ["3", "4"]

    with_reports(tmp_path, test)


def test_old_ones_are_forgotten_a_few_at_a_time(tmp_path: Path) -> None:
    async def test(store: Store, kept: Callable[[], Awaitable[list[str]]]) -> None:
        await store.write(lambda tx: forget(tx, 3000, 2))
        assert await kept() == ["2", "3", "4"]
        await store.write(lambda tx: forget(tx, 3000, 2))
        assert await kept() == ["3", "4"]

    with_reports(tmp_path, test)


def test_what_was_granted_is_kept_small(tmp_path: Path) -> None:
    async def test(store: Store, kept: Callable[[], Awaitable[list[str]]]) -> None:
        row: Any = await store.read(lambda tx: tx.one("SELECT granted FROM access_reports WHERE job_id = '0'"))
        assert zlib.decompress(row[0]) == b'{"iam":[],"s3":[]}'

    with_reports(tmp_path, test)
