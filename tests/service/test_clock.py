"""Time never runs backwards, and a clock that was set back is not believed."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bailiwick.errors import ServiceUnavailable
from bailiwick.service import Service, StartError
from bailiwick.service.clock import SKEW, Clock
from bailiwick.settings import load
from bailiwick.store import open_store


class HostTime:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 20, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_time_goes_on() -> None:
    host = HostTime()
    clock = Clock(host)
    host.now += timedelta(seconds=1)

    assert clock.now() == host.now
    clock.require_plausible()


def test_a_clock_set_back_a_little_stands_still() -> None:
    host = HostTime()
    clock = Clock(host)
    latest = clock.now()
    host.now -= SKEW

    assert clock.now() == latest
    clock.require_plausible()


def test_a_clock_set_back_by_more_than_the_skew_is_not_decided_by() -> None:
    host = HostTime()
    clock = Clock(host)
    host.now -= SKEW + timedelta(seconds=1)
    clock.now()

    with pytest.raises(ServiceUnavailable, match="clock is behind"):
        clock.require_plausible()

    host.now += timedelta(hours=1)
    clock.now()
    clock.require_plausible()


def test_a_node_that_starts_behind_what_another_wrote_knows_it(store_url: str, tmp_path: Path) -> None:
    async def test() -> None:
        store = await open_store(store_url, lambda: 0)
        try:
            ahead, behind = HostTime(), HostTime()
            ahead.now += timedelta(hours=2)
            await Clock(ahead).meet(store)
            late = Clock(behind)
            await late.meet(store)

            assert late.now() == ahead.now
            with pytest.raises(ServiceUnavailable):
                late.require_plausible()
        finally:
            await store.close()

    asyncio.run(test())


def test_a_service_behind_its_store_refuses_to_start_and_tells_the_operator_what_to_do(tmp_path: Path) -> None:
    async def test() -> None:
        settings = load(flags={"data": str(tmp_path / "data")}, environment={}, config=None, quota_names=()).settings
        host = HostTime()
        await (await Service.open(settings, clock=host)).close()
        host.now -= SKEW + timedelta(minutes=1)

        with pytest.raises(StartError, match=r"clock is 0:16:00 behind.*DELETE FROM meta"):
            await Service.open(settings, clock=host)

    asyncio.run(test())
