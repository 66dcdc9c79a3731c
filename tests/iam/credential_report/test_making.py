"""Making a credential report page by page, and how long it is good for: on both stores, with the time moved."""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bailiwick.account import accounts
from bailiwick.account.accounts import Account
from bailiwick.errors import AwsError
from bailiwick.iam import credential_report
from bailiwick.store import Transaction
from tests.sts.parts import ACCOUNT, NOW, NOW_MS, Parts, opened

HOURS = timedelta(hours=4)


def with_account(url: str, folder: Path, work: Callable[[Parts], Awaitable[None]]) -> None:
    async def run() -> None:
        async with opened(folder, url) as parts:
            account = Account(ACCOUNT, "acme", "root@example.com", None, NOW_MS)
            await parts.store.write(lambda tx: accounts.add(tx, account))
            await work(parts)

    asyncio.run(run())


async def add_users(parts: Parts, count: int) -> None:
    async def add(tx: Transaction) -> None:
        rows = [(ACCOUNT, f"AIDA{each:05}", f"U{each:05}", f"u{each:05}", NOW_MS) for each in range(count)]
        await tx.run_many(
            "INSERT INTO users (account_id, user_id, name, name_key, path, created_at) VALUES (?, ?, ?, ?, '/', ?)",
            rows,
        )

    await parts.store.write(add)


async def users_in(parts: Parts) -> list[str]:
    content = (await parts.call("GetCredentialReport", {}))["Content"]
    assert isinstance(content, bytes)
    return [row["user"] for row in csv.DictReader(io.StringIO(content.decode()))]


async def refusal(parts: Parts, *, later: timedelta = timedelta()) -> str:
    with pytest.raises(AwsError) as refused:
        await parts.call("GetCredentialReport", {}, NOW + later)
    return refused.value.code


async def page(parts: Parts) -> bool:
    return await parts.store.write(lambda tx: credential_report.make_page(tx, ACCOUNT, NOW_MS))


async def unfinished(parts: Parts) -> list[str]:
    return await parts.store.read(lambda tx: credential_report.unfinished(tx, 10))


def test_a_large_account_is_told_page_by_page_and_as_a_whole(store_url: str, tmp_path: Path) -> None:
    async def work(parts: Parts) -> None:
        await add_users(parts, 1_001)
        started = await parts.call("GenerateCredentialReport", {})
        assert started["State"] == "STARTED"
        assert await refusal(parts) == "ReportInProgress"
        assert (await parts.call("GenerateCredentialReport", {}))["State"] == "INPROGRESS"
        assert await unfinished(parts) == [ACCOUNT]

        assert not await page(parts)
        assert await page(parts)

        assert await unfinished(parts) == []
        assert await users_in(parts) == ["<root_account>", *(f"U{each:05}" for each in range(1_001))]
        assert (await parts.call("GenerateCredentialReport", {}))["State"] == "COMPLETE"

    with_account(store_url, tmp_path, work)


def test_the_end_of_a_page_may_be_the_end(store_url: str, tmp_path: Path) -> None:
    async def work(parts: Parts) -> None:
        await add_users(parts, 500)
        await parts.call("GenerateCredentialReport", {})
        assert await page(parts)

        assert len(await users_in(parts)) == 501

    with_account(store_url, tmp_path, work)


def test_a_page_that_another_node_made_is_not_made_again(store_url: str, tmp_path: Path) -> None:
    async def work(parts: Parts) -> None:
        assert await page(parts)  # nothing was asked for
        await add_users(parts, 3)
        await parts.call("GenerateCredentialReport", {})

        assert await page(parts)

        assert len(await users_in(parts)) == 4

    with_account(store_url, tmp_path, work)


def test_a_report_is_good_for_four_hours(store_url: str, tmp_path: Path) -> None:
    async def work(parts: Parts) -> None:
        await parts.call("GenerateCredentialReport", {})
        await add_users(parts, 1)
        almost = HOURS - timedelta(milliseconds=1)
        assert (await parts.call("GenerateCredentialReport", {}, NOW + almost))["State"] == "COMPLETE"
        await parts.call("GetCredentialReport", {}, NOW + almost)

        assert await refusal(parts, later=HOURS) == "ReportExpired"
        again = await parts.call("GenerateCredentialReport", {}, NOW + HOURS)

        assert again == {
            "State": "STARTED",
            "Description": "The most recent report has expired. Starting a new report generation task",
        }
        assert await users_in(parts) == ["<root_account>", "U00000"]

    with_account(store_url, tmp_path, work)
