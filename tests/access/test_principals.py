"""The read model of principals: what a transaction sees of a record that was found before it began."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bailiwick.access import compiled_texts
from bailiwick.access.callers import NO_LIMITS, Standing
from bailiwick.access.decisions import Access
from bailiwick.access.principals import PrincipalRecord, Principals
from bailiwick.auth import InvalidClientTokenId
from bailiwick.operations import Target, Undone
from bailiwick.policy import CompiledPolicy, PolicySource, PolicyType, Principal, PrincipalKind, compile_policy
from bailiwick.store import Change, Store, Transaction, open_store, open_vault, read_master_key
from tests.sts import parts

ACCOUNT = "111122223333"
ANA = "AIDAANAANAANAANAANAAN"
POLICY = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}'


@asynccontextmanager
async def with_ana(folder: Path) -> AsyncIterator[tuple[Store, Principals]]:
    """A store with one user who may do something, and the read model on it."""
    store = await open_store(f"sqlite:{folder / 'bailiwick.db'}", lambda: 0)
    try:
        vault = await open_vault(store, read_master_key(f"file:{folder / 'master.key'}", may_create=True), 0)
        principals = Principals(store, vault)
        store.listen(principals.forget)
        await store.write(make_ana)
        yield store, principals
    finally:
        await store.close()


async def make_ana(tx: Transaction) -> None:
    await tx.run(
        "INSERT INTO users (account_id, user_id, name, name_key, path, created_at) VALUES (?, ?, 'ana', 'ana', '/', 0)",
        ACCOUNT,
        ANA,
    )
    await tx.run(
        "INSERT INTO inline_policies (account_id, owner_kind, owner_id, name, document, size)"
        " VALUES (?, 'user', ?, 'all', ?, 0)",
        ACCOUNT,
        ANA,
        POLICY,
    )
    tx.changed("user", ACCOUNT, ANA)


async def make_policy(tx: Transaction) -> None:
    await tx.run(
        "INSERT INTO policies (account_id, policy_id, arn, name, name_key, path, default_version, newest_version,"
        " created_at, updated_at) VALUES (?, 'ANPAALL', ?, 'all', 'all', '/', 1, 1, 0, 0)",
        ACCOUNT,
        f"arn:aws:iam::{ACCOUNT}:policy/all",
    )
    await tx.run(
        "INSERT INTO policy_versions (policy_id, version, document, created_at) VALUES ('ANPAALL', 1, ?, 0)", POLICY
    )


async def announce_ana(tx: Transaction) -> None:
    tx.changed("user", ACCOUNT, ANA)


async def revoke(tx: Transaction) -> None:
    await tx.run("DELETE FROM inline_policies WHERE owner_id = ?", ANA)
    tx.changed("user", ACCOUNT, ANA)


async def delete(tx: Transaction) -> None:
    await revoke(tx)
    await tx.run("DELETE FROM users WHERE user_id = ?", ANA)


def test_a_write_is_decided_by_what_was_committed_while_it_waited(tmp_path: Path) -> None:
    async def test() -> None:
        async with with_ana(tmp_path) as (store, principals):
            record = await principals.find("user", ACCOUNT, ANA)
            assert record is not None
            assert len(record.policies.sources) == 1

            await store.write(revoke)
            now = await store.write(lambda tx: principals.current(record, tx))
            assert now is not None
            assert now.policies.sources == ()

            await store.write(delete)
            assert await store.write(lambda tx: principals.current(record, tx)) is None

    asyncio.run(test())


def test_a_write_is_decided_by_what_it_changed_itself(tmp_path: Path) -> None:
    async def test() -> None:
        async with with_ana(tmp_path) as (store, principals):
            record = await principals.find("user", ACCOUNT, ANA)
            assert record is not None

            async def after_revoking(tx: Transaction) -> int:
                await revoke(tx)
                now = await principals.current(record, tx)
                return -1 if now is None else len(now.policies.sources)

            assert await store.write(after_revoking) == 0

    asyncio.run(test())


def test_a_record_that_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    async def test() -> None:
        async with with_ana(tmp_path) as (store, principals):
            record = await principals.find("user", ACCOUNT, ANA)
            assert record is not None

            assert await store.write(lambda tx: principals.current(record, tx)) is record
            assert await principals.find("user", ACCOUNT, ANA) is record

    asyncio.run(test())


def test_a_caller_that_was_deleted_while_its_write_waited_is_refused(tmp_path: Path) -> None:
    async def test() -> None:
        async with parts.opened(tmp_path) as installed:
            store, principals = installed.store, installed.installation.principals
            store.listen(principals.forget)
            await store.write(make_ana)
            record = await principals.find("user", ACCOUNT, ANA)
            asked = installed.call_of("GetAccessKeyInfo", {})
            standing = Standing.of(asked.caller, record, NO_LIMITS)
            call = dataclasses.replace(asked, access=Access(installed.installation, standing))
            await store.write(delete)

            with pytest.raises(InvalidClientTokenId):
                await store.write(lambda tx: call.access.decide(call, tx, "iam:GetUser", Target("*")))

    asyncio.run(test())


def test_a_caller_that_changes_itself_is_read_again_once_for_each_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test() -> None:
        async with parts.opened(tmp_path) as installed:
            store, principals = installed.store, installed.installation.principals
            store.listen(principals.forget)
            await store.write(make_ana)
            record = await principals.find("user", ACCOUNT, ANA)
            assert record is not None
            asked = installed.call_of("GetAccessKeyInfo", {})
            ana = Principal(PrincipalKind.USER, ACCOUNT, record.arn, ANA)
            caller = dataclasses.replace(asked.caller, principal=ana)
            access = Access(installed.installation, Standing.of(caller, record, NO_LIMITS))
            call = dataclasses.replace(asked, caller=caller, access=access)
            reads: list[str] = []
            current = principals.current

            async def counted(record: PrincipalRecord, tx: Transaction) -> PrincipalRecord | None:
                reads.append(record.unique_id)
                return await current(record, tx)

            monkeypatch.setattr(principals, "current", counted)

            async def is_allowed(tx: Transaction) -> bool:
                return (await call.access.decide(call, tx, "iam:GetUser", Target("*"))).is_allowed

            async def changing(tx: Transaction) -> list[bool]:
                tx.changed("user", ACCOUNT, ANA)
                before = [await is_allowed(tx) for _ in range(5)]
                await revoke(tx)
                return [*before, *[await is_allowed(tx) for _ in range(5)]]

            for _ in range(2):  # a transaction that runs again sees nothing of its first run
                reads.clear()
                with pytest.raises(Undone) as undone:
                    await store.write(lambda tx: _undone(changing(tx)))
                assert undone.value.output == {"found": [True] * 5 + [False] * 5}
                assert reads == [ANA] * 2

    asyncio.run(test())


async def _undone(found: Awaitable[list[bool]]) -> None:
    raise Undone({"found": await found})


def test_texts_are_compiled_once_however_often_their_holder_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test() -> None:
        async with with_ana(tmp_path) as (store, principals):
            compiled: list[str] = []

            def counted(text: str, source: PolicySource) -> CompiledPolicy:
                compiled.append(text)
                return compile_policy(text, source)

            monkeypatch.setattr(compiled_texts, "compile_policy", counted)
            for _ in range(3):
                await store.write(announce_ana)
                record = await principals.find("user", ACCOUNT, ANA)
                assert record is not None
                assert [policy.source.name for policy in record.policies.policies] == ["all"]
            assert compiled == [POLICY]

            other = POLICY.replace("iam", "s3")
            await store.write(lambda tx: tx.run("UPDATE inline_policies SET document = ?", other))
            await store.write(announce_ana)
            await principals.find("user", ACCOUNT, ANA)
            assert compiled == [POLICY, other]

    asyncio.run(test())


def test_the_same_text_under_another_name_is_another_policy() -> None:
    texts = compiled_texts.CompiledTexts()
    sources = [
        PolicySource(PolicyType.INLINE, "all"),
        PolicySource(PolicyType.INLINE, "other"),
        PolicySource(PolicyType.MANAGED, "all"),
        PolicySource(PolicyType.MANAGED, "all", f"arn:aws:iam::{ACCOUNT}:policy/all"),
    ]

    assert [texts.compile(POLICY, source).source for source in sources] == sources
    assert [texts.compile(POLICY, source).source for source in sources] == sources


def test_a_policy_that_memory_holds_for_one_account_is_not_found_for_another(tmp_path: Path) -> None:
    async def test() -> None:
        async with with_ana(tmp_path) as (store, principals):
            arn = f"arn:aws:iam::{ACCOUNT}:policy/all"

            async def found_for(account: str) -> list[str]:
                return list(await store.read(lambda tx: principals.managed(account, [arn], tx)))

            await store.write(make_policy)

            assert await found_for(ACCOUNT) == [arn]
            assert await found_for("444455556666") == []

    asyncio.run(test())


async def attach_policy(tx: Transaction) -> None:
    await tx.run(
        "INSERT INTO attachments (account_id, owner_kind, owner_id, policy_arn) VALUES (?, 'user', ?, ?)",
        ACCOUNT,
        ANA,
        f"arn:aws:iam::{ACCOUNT}:policy/all",
    )
    tx.changed("user", ACCOUNT, ANA)


def test_a_policy_that_is_crowded_out_of_memory_stays_in_nobodys_record(tmp_path: Path) -> None:
    async def test() -> None:
        async with with_ana(tmp_path) as (store, principals):
            await store.write(make_policy)
            await store.write(attach_policy)
            told: list[object] = []
            principals.let_go_with(told.append)
            record = await principals.find("user", ACCOUNT, ANA)
            assert record is not None
            assert len(record.policies.policies) == 2
            assert await principals.find("user", ACCOUNT, ANA) is record

            principals._policies._capacity = 0
            principals._policies.keep("other", record.policies.policies[0], (), principals._invalidations.mark())

            change = Change("policy", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:policy/all")
            assert told == [(change,), ()]
            assert await principals.find("user", ACCOUNT, ANA) is not record

    asyncio.run(test())


def test_a_record_that_is_crowded_out_takes_no_other_with_it(tmp_path: Path) -> None:
    async def test() -> None:
        async with with_ana(tmp_path) as (_, principals):
            told: list[object] = []
            principals.let_go_with(told.append)
            principals._records._capacity = 0

            assert await principals.find("user", ACCOUNT, ANA) is not None

            assert told == [(Change("user", ACCOUNT, ANA),)]

    asyncio.run(test())


def test_holders_of_policies_hear_when_one_changes(tmp_path: Path) -> None:
    async def test() -> None:
        async with with_ana(tmp_path) as (_, principals):
            told: list[object] = []
            principals.let_go_with(told.append)
            change = Change("policy", ACCOUNT, "arn")

            principals.forget([Change("user", ACCOUNT, ANA)])
            principals.forget([Change("user", ACCOUNT, ANA), change])
            principals.forget(None)

            assert told == [[change], None]

    asyncio.run(test())
