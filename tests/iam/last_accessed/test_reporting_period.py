"""How far back reports of last access look: on both stores, with the time moved."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bailiwick.iam.last_accessed import activity, reports
from bailiwick.iam.last_accessed.reports import Report
from bailiwick.iam.last_accessed.subjects import Subject
from bailiwick.store import Transaction
from tests.sts.parts import ACCOUNT, NOW, NOW_MS, opened

USER = "AIDA00001"
SUBJECT = Subject("user", ACCOUNT, USER)


async def fill(tx: Transaction) -> None:
    await tx.run(
        "INSERT INTO users (account_id, user_id, name, name_key, path, created_at) VALUES (?, ?, 'Ana', 'ana', '/', 0)",
        ACCOUNT,
        USER,
    )
    await tx.run(
        "INSERT INTO last_accessed (principal_id, service, action, used_at, region)"
        " VALUES (?, 'iam', 'GetUser', ?, 'us-east-1')",
        USER,
        NOW_MS,
    )


@pytest.mark.parametrize(("days", "is_told"), [(0, True), (399, True), (401, False)])
def test_what_was_tried_within_400_days_is_told(store_url: str, tmp_path: Path, days: int, is_told: bool) -> None:
    async def run() -> tuple[Any, Any, list[str]]:
        async with opened(tmp_path, store_url) as parts:
            await parts.store.write(fill)
            caller = parts.call_of("GetServiceLastAccessedDetails", {}).caller
            report = Report("job", SUBJECT, "ACTION_LEVEL", {"iam": ["GetUser"]}, NOW_MS)
            await parts.store.write(lambda tx: reports.keep(tx, caller, report))
            later = NOW + timedelta(days=days)
            services = await parts.call("GetServiceLastAccessedDetails", {"JobId": "job"}, later)
            asked = {"JobId": "job", "ServiceNamespace": "iam"}
            entities = await parts.call("GetServiceLastAccessedDetailsWithEntities", asked, later)
            since = NOW_MS + (days - 400) * 86_400_000
            tried = await parts.store.read(lambda tx: activity.services_of(tx, SUBJECT, since))
            return services["ServicesLastAccessed"], entities["EntityDetailsList"], tried

    [service], [entity], tried = asyncio.run(run())

    [action] = service["TrackedActionsLastAccessed"]
    assert ("LastAuthenticated" in service) is is_told
    assert service["TotalAuthenticatedEntities"] == int(is_told)
    assert ("LastAccessedTime" in action) is is_told
    assert ("LastAuthenticated" in entity) is is_told
    assert tried == (["iam"] if is_told else [])
