"""Issuing a session: what it inherits from the session that asked for it, and when it is refused."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from bailiwick.auth import InvalidClientTokenId
from bailiwick.sts import sessions
from bailiwick.sts.issue import utilization_of
from tests.sts.parts import ACCOUNT, NOW_MS, opened


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


@pytest.mark.parametrize(
    ("size", "percent"), [(1, 1), (40, 1), (41, 2), (2048, 50), (2049, 51), (4095, 100), (4096, 100)]
)
def test_utilization_is_rounded_up(size: int, percent: int) -> None:
    assert utilization_of(size) == percent


def test_a_session_names_the_one_it_came_from_and_where_the_chain_began(tmp_path: Path) -> None:
    async def test() -> None:
        async with opened(tmp_path) as parts:
            parent = parts.claims(await parts.call("GetSessionToken", {}))

            child = parts.claims(await parts.issue_under(parent))

            assert child.parent_session_id == parent.session_id != child.session_id
            assert child.origin == parent.origin
            assert (child.is_chained, parent.is_chained) == (True, False)

    run(test())


def test_a_session_ended_while_its_call_was_under_way_gets_no_new_one(tmp_path: Path) -> None:
    async def test() -> None:
        async with opened(tmp_path) as parts:
            parent = parts.claims(await parts.call("GetSessionToken", {}))
            record = await parts.store.read(lambda tx: sessions.find(tx, ACCOUNT, parent.session_id))
            assert record is not None
            await parts.store.write(lambda tx: sessions.end(tx, record, NOW_MS))

            with pytest.raises(InvalidClientTokenId):
                await parts.issue_under(parent)

    run(test())


def test_a_session_whose_record_is_gone_gets_no_new_one(tmp_path: Path) -> None:
    async def test() -> None:
        async with opened(tmp_path) as parts:
            parent = parts.claims(await parts.call("GetSessionToken", {}))
            await parts.store.write(lambda tx: tx.run("DELETE FROM sessions"))

            with pytest.raises(InvalidClientTokenId):
                await parts.issue_under(parent)

    run(test())


def test_session_ids_are_unique_and_begin_with_the_time_of_issue(tmp_path: Path) -> None:
    async def test() -> None:
        async with opened(tmp_path) as parts:
            ids = [parts.claims(await parts.call("GetSessionToken", {})).session_id for _ in range(3)]

            assert len(set(ids)) == 3
            assert all(int(session_id[:12], 16) == NOW_MS for session_id in ids)

    run(test())
