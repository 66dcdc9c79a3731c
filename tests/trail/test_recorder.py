"""The recorder: what it was given is written, whatever happens meanwhile, and what it holds is bounded."""

import asyncio
import dataclasses
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bailiwick.access.call import Caller
from bailiwick.auth import PrincipalKind
from bailiwick.errors import ServiceUnavailable
from bailiwick.policy import Principal
from bailiwick.policy import PrincipalKind as Asking
from bailiwick.store import Store, open_store
from bailiwick.trail import Event, Recorder, recorder

ACCOUNT = "210987654321"
ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"
NOW = datetime(2026, 11, 24, 20, 5, 7, tzinfo=UTC)
ROOT = Caller(
    kind=PrincipalKind.ROOT,
    account=ACCOUNT,
    principal_id=ACCOUNT,
    arn=ROOT_ARN,
    user_id=ACCOUNT,
    name=None,
    access_key_id=None,
    session=None,
    principal=Principal(Asking.ROOT, ACCOUNT, ROOT_ARN),
    region="us-east-1",
    source_address=None,
    user_agent="",
    is_secure=True,
)
_numbers = itertools.count()


@asynccontextmanager
async def with_store(folder: Path) -> AsyncIterator[Store]:
    store = await open_store(f"sqlite:{folder / 'bailiwick.db'}", lambda: 0)
    try:
        yield store
    finally:
        await store.close()


def event(caller: Caller | None = ROOT) -> Event:
    return Event(f"request-{next(_numbers)}", None, "", NOW, lambda: "id", caller)


async def written(store: Store) -> list[str]:
    rows = await store.read(lambda tx: tx.all("SELECT request_id FROM events ORDER BY position"))
    return [str(request_id) for (request_id,) in rows]


def test_all_that_waits_is_written_before_it_closes(tmp_path: Path) -> None:
    async def test() -> None:
        async with with_store(tmp_path) as store:
            tested = Recorder(store)
            tested.start()
            events = [event() for _ in range(250)]
            for each in events:
                tested.record(each)
            await tested.close()

            assert await written(store) == [each.request_id for each in events]

    asyncio.run(test())


def test_an_event_that_a_fault_of_ours_kept_back_is_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(recorder, "_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(recorder, "_AT_MOST_BEHIND_SECONDS", 0.0)
    faults = 1

    def new_id() -> str:
        nonlocal faults
        if faults:
            faults -= 1
            raise RuntimeError("a bug")
        return "id"

    async def test() -> None:
        async with with_store(tmp_path) as store:
            tested = Recorder(store)
            tested.start()
            faulty = dataclasses.replace(event(), new_id=new_id)
            tested.record(faulty)
            while not await written(store):  # noqa: ASYNC110  nothing announces it
                await asyncio.sleep(0)
            await tested.close()

            assert await written(store) == [faulty.request_id]

    asyncio.run(test())
    assert "a fault of ours" in caplog.text


@pytest.mark.parametrize("stranger", [None, dataclasses.replace(ROOT, kind=PrincipalKind.ANONYMOUS)])
def test_when_too_many_wait_calls_are_refused_and_strangers_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stranger: Caller | None
) -> None:
    monkeypatch.setattr(recorder, "_MOST_WAITING", 3)

    async def test() -> None:
        async with with_store(tmp_path) as store:
            tested = Recorder(store)
            kept = [event() for _ in range(3)]
            for each in kept[:2]:
                tested.record(each)
            tested.require_room()
            tested.record(kept[2])
            with pytest.raises(ServiceUnavailable):
                tested.require_room()
            tested.record(event(caller=stranger))
            tested.start()
            await tested.close()

            assert await written(store) == [each.request_id for each in kept]

    asyncio.run(test())


def used_by(user_id: str, operation: str, seconds: int) -> Event:
    """The event of a user's call, some seconds after the first."""
    user = dataclasses.replace(ROOT, kind=PrincipalKind.USER, principal_id=user_id, access_key_id="AKIA")
    made = dataclasses.replace(event(user), happened_at=NOW + timedelta(seconds=seconds))
    made.service, made.operation = "iam", operation
    return made


async def accesses(store: Store) -> dict[tuple[str, str], int]:
    """When each user last tried each action, in seconds after the first event."""
    rows = await store.read(lambda tx: tx.all("SELECT principal_id, action, used_at FROM last_accessed"))
    start = round(NOW.timestamp() * 1000)
    return {(str(user_id), str(action)): (int(used_at or 0) - start) // 1000 for user_id, action, used_at in rows}


def test_of_the_same_tries_one_a_minute_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "_MOST_ACCESSES_KNOWN", 3)

    async def test() -> None:
        async with with_store(tmp_path) as store:
            tested = Recorder(store)

            async def after(*events: Event) -> dict[tuple[str, str], int]:
                for each in events:
                    tested.used(each)
                await tested._flush()
                return await accesses(store)

            first = used_by("AIDA1", "GetUser", 0), used_by("AIDA2", "GetUser", 1), used_by("AIDA1", "ListUsers", 2)
            expected = {("AIDA1", "GetUser"): 0, ("AIDA2", "GetUser"): 1, ("AIDA1", "ListUsers"): 2}
            assert await after(*first) == expected
            assert await after(used_by("AIDA1", "GetUser", 59)) == expected
            assert await after(used_by("AIDA1", "GetUser", 60)) == expected | {("AIDA1", "GetUser"): 60}
            # One that is known no more is written again, and never takes a later try back.
            assert await after(used_by("AIDA3", "GetUser", 61), used_by("AIDA2", "GetUser", 0)) == expected | {
                ("AIDA1", "GetUser"): 60,
                ("AIDA3", "GetUser"): 61,
            }

    asyncio.run(test())


def test_tries_that_could_not_be_written_are_written_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with with_store(tmp_path) as store:
            tested = Recorder(store)
            tested.used(used_by("AIDA1", "GetUser", 0))
            with monkeypatch.context() as away:
                away.setattr(recorder, "_UPSERT_LAST_ACCESSED", "nonsense")
                assert not await tested._flush()
            assert await accesses(store) == {}

            assert await tested._flush()
            assert await accesses(store) == {("AIDA1", "GetUser"): 0}

    asyncio.run(test())


def test_roots_tries_are_not_kept_by_action(tmp_path: Path) -> None:
    async def test() -> None:
        async with with_store(tmp_path) as store:
            tested = Recorder(store)
            tested.used(dataclasses.replace(event(dataclasses.replace(ROOT, access_key_id="ASIA"))))
            await tested._flush()
            assert await accesses(store) == {}

    asyncio.run(test())


def test_a_federated_user_leaves_nothing_but_events(tmp_path: Path) -> None:
    guest = dataclasses.replace(
        ROOT, kind=PrincipalKind.FEDERATED_USER, principal_id=f"{ACCOUNT}:guest", access_key_id="ASIA"
    )

    async def test() -> None:
        async with with_store(tmp_path) as store:
            tested = Recorder(store)
            tested.record(event(guest))
            await tested._flush()
            assert len(await written(store)) == 1
            assert await accesses(store) == {}
            assert await store.read(lambda tx: tx.all("SELECT subject_id FROM last_used")) == []

    asyncio.run(test())
