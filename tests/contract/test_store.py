"""What every storage engine promises: the same tests on SQLite and on a real PostgreSQL."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bailiwick.store import (
    Change,
    Store,
    StoreRefused,
    Tampered,
    Transaction,
    TransactionTooLong,
    open_store,
    open_vault,
    read_master_key,
)

T = TypeVar("T")

NOW_MS = 1_795_000_000_000


def run(test: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(test)


@asynccontextmanager
async def opened(url: str, count: int = 1) -> AsyncIterator[list[Store]]:
    stores = [await open_store(url, lambda: NOW_MS) for _ in range(count)]
    try:
        yield stores
    finally:
        for store in stores:
            await store.close()


def adding(name: str, *, announces: bool = False) -> Callable[[Transaction], Awaitable[str]]:
    async def work(tx: Transaction) -> str:
        await tx.run("INSERT INTO meta (name, value) VALUES (?, ?)", name, "x")
        if announces:
            tx.changed("user", "111111111111", name)
        return name

    return work


async def announcing(tx: Transaction) -> None:
    tx.changed("user", "111111111111", "a")


async def names(store: Store) -> list[str]:
    rows = await store.read(lambda tx: tx.all("SELECT name FROM meta ORDER BY name"))
    return [str(name) for (name,) in rows]


def test_what_was_written_is_there_for_the_next_read_at_every_node(store_url: str) -> None:
    async def test() -> None:
        async with opened(store_url, 2) as (one, other):
            assert await one.write(adding("a")) == "a"

            assert await names(one) == ["a"]
            assert await names(other) == ["a"]

    run(test())


def test_what_the_work_raises_undoes_it_and_reaches_its_caller(store_url: str) -> None:
    async def test() -> None:
        async def failing(tx: Transaction) -> None:
            await adding("lost", announces=True)(tx)
            raise KeyError("mine")

        async with opened(store_url) as [store]:
            heard: list[object] = []
            store.listen(heard.append)
            with pytest.raises(KeyError, match="mine"):
                await store.write(failing)

            assert await names(store) == []
            assert heard == []

    run(test())


def test_a_failing_writer_does_not_harm_those_it_shares_a_commit_with(store_url: str) -> None:
    async def test() -> None:
        async def failing(tx: Transaction) -> str:
            await adding("lost")(tx)
            raise KeyError("mine")

        async with opened(store_url) as [store]:
            works = [adding("a"), failing, adding("b"), failing, adding("c")]
            outcomes = await asyncio.gather(*map(store.write, works), return_exceptions=True)

            assert [outcome for outcome in outcomes if isinstance(outcome, str)] == ["a", "b", "c"]
            assert await names(store) == ["a", "b", "c"]

    run(test())


def test_of_writers_who_read_the_same_and_then_write_only_one_wins(store_url: str) -> None:
    async def test() -> None:
        async def take_last_place(tx: Transaction) -> bool:
            row = await tx.one("SELECT held FROM usage WHERE account_id = ? AND kind = ?", "1", "users")
            held = 0 if row is None else int(row[0] or 0)
            if held >= 1:
                return False
            await tx.run(
                "INSERT INTO usage (account_id, kind, held) VALUES (?, ?, ?)"
                " ON CONFLICT (account_id, kind) DO UPDATE SET held = usage.held + 1",
                "1",
                "users",
                1,
            )
            return True

        async with opened(store_url, 2) as stores:
            outcomes = await asyncio.gather(*(store.write(take_last_place) for store in stores for _ in range(8)))

            assert sorted(outcomes) == [False] * 15 + [True]

    run(test())


def test_of_writers_who_make_the_same_thing_the_second_sees_the_first(store_url: str) -> None:
    async def test() -> None:
        async def make(tx: Transaction) -> str:
            if await tx.one("SELECT 1 FROM meta WHERE name = ?", "thing"):
                return "exists"
            await tx.run("INSERT INTO meta (name, value) VALUES (?, ?)", "thing", "x")
            return "made"

        async with opened(store_url, 2) as stores:
            outcomes = await asyncio.gather(*(store.write(make) for store in stores for _ in range(8)))

            assert sorted(outcomes) == ["exists"] * 15 + ["made"]

    run(test())


def test_writers_of_one_lock_all_succeed(store_url: str) -> None:
    async def test() -> None:
        async def count(tx: Transaction) -> None:
            row = await tx.one("SELECT value FROM meta WHERE name = ?", "n")
            value = 0 if row is None else int(row[0] or 0)
            await tx.run(
                "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                "n",
                str(value + 1),
            )

        async with opened(store_url) as [store]:
            await asyncio.gather(*(store.write(count, lock="a") for _ in range(40)))

            assert await store.read(lambda tx: tx.one("SELECT value FROM meta WHERE name = ?", "n")) == ("40",)

    run(test())


def test_a_read_sees_one_moment_however_long_it_takes(store_url: str) -> None:
    async def test() -> None:
        async with opened(store_url, 2) as (one, other):

            async def read(tx: Transaction) -> tuple[object, object]:
                return await tx.all("SELECT name FROM meta"), await tx.all("SELECT name FROM meta WHERE name <> ?", "")

            await other.write(adding("a"))
            assert await one.read(read) == ([("a",)], [("a",)])

    run(test())


def test_a_change_is_heard_at_the_node_that_made_it_with_the_commit(store_url: str) -> None:
    async def test() -> None:
        async with opened(store_url) as [store]:
            heard: list[object] = []
            store.listen(heard.append)
            await store.write(adding("a", announces=True))

            assert heard == [[Change("user", "111111111111", "a")]]

    run(test())


def test_a_change_is_heard_at_another_node_by_its_next_freshness_check(store_url: str) -> None:
    async def test() -> None:
        async with opened(store_url, 2) as (one, other):
            heard: list[Change] = []
            other.listen(lambda changes: heard.extend(changes or [Change("everything", "", "")]))
            await other.freshen()
            for number in range(50):
                heard.clear()
                await one.write(adding(f"n{number}", announces=True))
                await other.freshen()

                assert Change("user", "111111111111", f"n{number}") in heard, f"trial {number}"

    run(test())


def test_changes_that_commit_late_are_not_skipped(store_url: str) -> None:
    """A transaction that began earlier and commits later than another has the lower number in the feed."""

    async def test() -> None:
        async with opened(store_url, 2) as (one, other):
            heard: set[str] = set()
            other.listen(lambda changes: heard.update(change.subject for change in changes or ()))
            await other.freshen()
            writes = [asyncio.create_task(one.write(adding(f"n{number}", announces=True))) for number in range(60)]
            while not all(write.done() for write in writes):
                done = {write.result() for write in writes if write.done()}
                await other.freshen()
                assert done <= heard
                await asyncio.sleep(0)
            await other.freshen()

            assert heard == {f"n{number}" for number in range(60)}

    run(test())


def test_requests_that_wait_together_share_a_freshness_check_and_all_hear(store_url: str) -> None:
    async def test() -> None:
        async with opened(store_url, 2) as (one, other):
            heard: list[object] = []
            other.listen(heard.append)
            await one.write(adding("a", announces=True))
            await asyncio.gather(*(other.freshen() for _ in range(100)))

            assert heard

    run(test())


def test_old_changes_can_be_forgotten_without_losing_new_ones(store_url: str) -> None:
    async def test() -> None:
        async with opened(store_url, 2) as (one, other):
            heard: list[object] = []
            await one.write(adding("a", announces=True))
            await other.freshen()
            await one.forget_old_changes(NOW_MS + 1)
            other.listen(heard.append)
            await one.write(adding("b", announces=True))
            await other.freshen()

            assert heard == [[Change("user", "111111111111", "b")]]

    run(test())


def test_text_is_compared_by_code_point(store_url: str) -> None:
    async def test() -> None:
        async with opened(store_url) as [store]:
            for name in ["b", "A", "a", "_", "B", "é", "-"]:
                await store.write(adding(name))

            assert await names(store) == sorted(["b", "A", "a", "_", "B", "é", "-"])

    run(test())


def test_whole_numbers_of_64_bits_bytes_and_null_come_back_as_they_were(store_url: str) -> None:
    async def test() -> None:
        async def write(tx: Transaction) -> None:
            sql = "INSERT INTO data_keys (key_id, wrapped, created_at) VALUES (?, ?, ?)"
            await tx.run(sql, "k", b"\x00\xff'", 2**62)
            user = "INSERT INTO users (account_id, user_id, name, name_key, path, boundary_arn, created_at)"
            await tx.run(user + " VALUES (?, ?, ?, ?, ?, ?, ?)", "1", "AIDA", "n", "n", "/", None, 0)

        async with opened(store_url) as [store]:
            await store.write(write)

            assert await store.read(lambda tx: tx.one("SELECT * FROM data_keys")) == ("k", b"\x00\xff'", 2**62)
            assert await store.read(lambda tx: tx.one("SELECT boundary_arn FROM users")) == (None,)

    run(test())


def test_a_reader_cannot_write(store_url: str) -> None:
    async def test() -> None:
        async with opened(store_url) as [store]:
            with pytest.raises(RuntimeError, match="writes nothing"):
                await store.read(adding("a"))
            with pytest.raises(RuntimeError, match="writes nothing"):
                await store.read(announcing)

            assert await names(store) == []

    run(test())


def test_a_long_write_lets_reads_go_on(store_url: str) -> None:
    async def test() -> None:
        async with opened(store_url) as [store]:
            begun, is_answered = asyncio.Event(), asyncio.Event()

            async def long(tx: Transaction) -> None:
                await adding("a")(tx)
                while not is_answered.is_set():  # or until it has taken too long
                    begun.set()
                    await tx.one("SELECT 1")
                    await tx.pause()

            async def reader() -> list[str]:
                await begun.wait()
                found = await names(store)
                is_answered.set()
                return found

            _, found = await asyncio.gather(store.write(long), reader())

            assert found == []
            assert await names(store) == ["a"]

    run(test())


def test_a_write_that_takes_too_long_is_undone_and_told_so(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async def endless(tx: Transaction) -> None:
            await adding("a")(tx)
            while True:
                await tx.one("SELECT 1")
                await tx.pause()

        async with opened(store_url) as [store]:
            monkeypatch.setattr(f"{type(store).__module__}._LONGEST_SECONDS", 0.05)
            with pytest.raises(TransactionTooLong, match=r"longer than 0\.05 seconds"):
                await store.write(endless)

            await store.write(adding("b"))
            assert await names(store) == ["b"]

    run(test())


def test_a_transaction_counts_how_often_it_changed_a_thing(store_url: str) -> None:
    async def test() -> None:
        async def times(tx: Transaction) -> list[int]:
            found = []
            for _ in range(3):
                found.append(tx.times_changed("user", "111111111111", "a"))
                await announcing(tx)
            return found

        async with opened(store_url) as [store]:
            heard: list[object] = []
            store.listen(heard.append)

            assert await store.write(times) == [0, 1, 2]
            assert await store.write(times) == [0, 1, 2]
            assert heard == [[Change("user", "111111111111", "a")]] * 2

            async def in_a_read(tx: Transaction) -> int:
                return tx.times_changed("user", "111111111111", "a")

            assert await store.read(in_a_read) == 0

    run(test())


def test_a_read_does_not_pause(store_url: str) -> None:
    async def test() -> None:
        async with opened(store_url) as [store]:
            with pytest.raises(RuntimeError, match="in one go"):
                await store.read(lambda tx: tx.pause())

    run(test())


def test_opening_again_keeps_everything(store_url: str) -> None:
    async def test() -> None:
        async with opened(store_url) as [store]:
            await store.write(adding("a"))
        async with opened(store_url) as [store]:
            assert await names(store) == ["a"]

    run(test())


def test_a_schema_newer_than_the_program_refuses_to_open(store_url: str) -> None:
    async def test() -> None:
        async with opened(store_url) as [store]:
            await store.write(lambda tx: tx.run("INSERT INTO schema_versions VALUES (?, ?)", 9999, NOW_MS))
        with pytest.raises(StoreRefused, match="newer than this version"):
            await open_store(store_url, lambda: NOW_MS)

    run(test())


def test_nodes_that_open_an_empty_store_at_once_agree_on_its_keys(store_url: str, tmp_path: Path) -> None:
    async def test() -> None:
        master_key = read_master_key(f"file:{tmp_path}/master.key", may_create=True)
        async with opened(store_url, 2) as stores:
            one, other = await asyncio.gather(*(open_vault(store, master_key, NOW_MS) for store in stores))
            sealed = one.seal("access_keys", "AKIA", "secret", b"it")

            assert other.open("access_keys", "AKIA", "secret", sealed).reveal() == b"it"
            for place in [("x", "AKIA", "secret"), ("access_keys", "AKIB", "secret"), ("access_keys", "AKIA", "x")]:
                with pytest.raises(Tampered):
                    other.open(*place, sealed)

    run(test())


def test_another_master_key_is_refused_and_nothing_is_changed(store_url: str, tmp_path: Path) -> None:
    async def test() -> None:
        right = read_master_key(f"file:{tmp_path}/right", may_create=True)
        wrong = read_master_key(f"file:{tmp_path}/wrong", may_create=True)
        async with opened(store_url) as [store]:
            await open_vault(store, right, NOW_MS)
            before = await store.read(lambda tx: tx.all("SELECT * FROM data_keys"))
            with pytest.raises(StoreRefused, match="not the one"):
                await open_vault(store, wrong, NOW_MS)

            assert await store.read(lambda tx: tx.all("SELECT * FROM data_keys")) == before

    run(test())


def test_a_byte_flipped_in_a_sealed_value_never_opens(store_url: str, tmp_path: Path) -> None:
    async def test() -> None:
        master_key = read_master_key(f"file:{tmp_path}/master.key", may_create=True)
        async with opened(store_url) as [store]:
            vault = await open_vault(store, master_key, NOW_MS)
            sealed = vault.seal("t", "r", "c", b"secret")
            for position in range(len(sealed)):
                changed = bytearray(sealed)
                changed[position] ^= 1
                with pytest.raises(Tampered):
                    vault.open("t", "r", "c", bytes(changed))

    run(test())


def test_a_master_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    read_master_key(f"file:{file}", may_create=True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    file.chmod(0o640)
    with pytest.raises(StoreRefused, match="chmod 600"):
        read_master_key(f"file:{file}", may_create=False)


def test_a_missing_or_malformed_master_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORT_KEY", "c2hvcnQ=")
    monkeypatch.delenv("NO_KEY", raising=False)
    for source, words in [
        (f"file:{tmp_path}/none", "is missing"),
        ("env:NO_KEY", "not set"),
        ("env:SHORT_KEY", "32 bytes"),
        ("command:echo '*'", "not base64"),
        ("command:exit 3", "failed"),
        ("vault:x", "file:PATH"),
    ]:
        with pytest.raises(StoreRefused, match=words):
            read_master_key(source, may_create=False)
    assert not os.listdir(tmp_path)


def test_a_database_that_is_not_there_is_refused_without_its_password() -> None:
    with pytest.raises(StoreRefused) as refused:
        run(open_store("postgresql://me:hunter2@127.0.0.1:1/none", lambda: NOW_MS))
    assert "cannot be reached" in str(refused.value)
    assert "hunter2" not in str(refused.value)
