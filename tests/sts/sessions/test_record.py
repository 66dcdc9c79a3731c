"""The record of sessions on both stores: in which order it is listed, and how far ending one reaches."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from bailiwick.auth import Origin, PrincipalKind, SessionClaims
from bailiwick.store import Change, Store, Transaction, open_store
from bailiwick.sts import sessions
from bailiwick.sts.sessions import SessionRecord

T = TypeVar("T")

NOW_MS = 1_795_000_000_000
HOUR_MS = 3_600_000
ACCOUNT, OTHER = "111122223333", "444455556666"


def run(test: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(test)


def claims_of(
    session_id: str,
    *,
    parent: str | None = None,
    account: str = ACCOUNT,
    expires_at: int = NOW_MS + HOUR_MS,
    role_id: str = "AROAONE",
    name: str = "work",
) -> SessionClaims:
    return SessionClaims(
        session_id=session_id,
        parent_session_id=parent,
        account=account,
        principal_kind=PrincipalKind.ROLE,
        principal_id=role_id,
        principal_name="deploy",
        session_name=name,
        issued_at_ms=expires_at - HOUR_MS,
        expires_at_ms=expires_at,
        operation="AssumeRole",
        origin=Origin("AKIAONE", account, "AIDAONE"),
    )


async def record(
    tx: Transaction,
    session_id: str,
    *,
    parent: str | None = None,
    account: str = ACCOUNT,
    expires_at: int = NOW_MS + HOUR_MS,
    role_id: str = "AROAONE",
    name: str = "work",
) -> None:
    claims = claims_of(session_id, parent=parent, account=account, expires_at=expires_at, role_id=role_id, name=name)
    arn = f"arn:aws:sts::{account}:assumed-role/deploy/{name}"
    issued = sessions.Issued(
        access_key_id=f"ASIA{session_id}",
        principal_arn=arn,
        asked_by=f"arn:aws:iam::{ACCOUNT}:user/ana",
        subject=None,
        source_address="192.0.2.1",
        parent_account=None if parent is None else ACCOUNT,
        operation="AssumeRole",
        at_ms=claims.issued_at_ms,
    )
    await sessions.record(tx, claims, issued)


async def end(tx: Transaction, session_id: str, now_ms: int = NOW_MS) -> None:
    session = await sessions.find(tx, ACCOUNT, session_id)
    assert session is not None
    await sessions.end(tx, session, now_ms)


async def ended(store: Store) -> dict[str, int]:
    """When each ended session was ended."""
    rows = await store.read(lambda tx: tx.all("SELECT session_id, ended_at FROM sessions WHERE ended_at IS NOT NULL"))
    return {str(session_id): int(at or 0) for session_id, at in rows}


async def listed(store: Store, **narrowed: Any) -> list[str]:
    place: dict[str, Any] = {name: narrowed.pop(name) for name in ("after", "limit") if name in narrowed}
    wanted = sessions.Wanted(**narrowed)
    found: Sequence[SessionRecord] = await store.read(
        lambda tx: sessions.listed(
            tx, ACCOUNT, wanted, **{"expires_after": NOW_MS, "after": None, "limit": 100, **place}
        )
    )
    return [session.session_id for session in found]


def test_what_was_recorded_is_found_by_its_id_and_by_its_key_in_its_own_account(store_url: str) -> None:
    async def test() -> None:
        store = await open_store(store_url, lambda: NOW_MS)
        await store.write(lambda tx: record(tx, "one"))

        found = await store.read(lambda tx: sessions.find(tx, ACCOUNT, "one"))

        assert found is not None
        assert found.arn == f"arn:aws:bailiwick::{ACCOUNT}:session/one"
        assert (found.issued_at, found.expires_at, found.ended_at) == (NOW_MS, NOW_MS + HOUR_MS, None)
        assert await store.read(lambda tx: sessions.find_by_access_key(tx, ACCOUNT, "ASIAone")) == found
        assert await store.read(lambda tx: sessions.find(tx, OTHER, "one")) is None
        assert await store.read(lambda tx: sessions.find_by_access_key(tx, OTHER, "ASIAone")) is None
        await store.close()

    run(test())


def test_lists_go_from_the_longest_lived_down_and_leave_out_what_expired(store_url: str) -> None:
    async def test() -> None:
        store = await open_store(store_url, lambda: NOW_MS)

        async def fill(tx: Transaction) -> None:
            await record(tx, "a", expires_at=NOW_MS + 1)
            await record(tx, "b", expires_at=NOW_MS + 2, name="other")
            await record(tx, "c", expires_at=NOW_MS + 2)
            await record(tx, "d", expires_at=NOW_MS + 3, role_id="AROATWO")
            await record(tx, "over", expires_at=NOW_MS)
            await record(tx, "theirs", account=OTHER)

        await store.write(fill)

        assert await listed(store) == ["d", "c", "b", "a"]
        assert await listed(store, limit=2) == ["d", "c"]
        assert await listed(store, after=(NOW_MS + 2, "c")) == ["b", "a"]
        assert await listed(store, principal_id="AROAONE") == ["c", "b", "a"]
        assert await listed(store, principal_id="AROAONE", after=(NOW_MS + 2, "c"), limit=1) == ["b"]
        assert await listed(store, principal_id="AROAONE", session_name="other") == ["b"]
        await store.close()

    run(test())


def test_ending_reaches_live_sessions_through_expired_ones_and_announces_each(store_url: str) -> None:
    async def test() -> None:
        store = await open_store(store_url, lambda: NOW_MS)
        heard: list[Change] = []
        store.listen(lambda changes: heard.extend(changes or ()))

        async def fill(tx: Transaction) -> None:
            await record(tx, "root")
            await record(tx, "beside")
            await record(tx, "over", parent="root", expires_at=NOW_MS)
            await record(tx, "live", parent="over", account=OTHER)
            await record(tx, "leaf", parent="live")

        await store.write(fill)

        await store.write(lambda tx: end(tx, "root"))

        assert await ended(store) == {"root": NOW_MS, "live": NOW_MS, "leaf": NOW_MS}
        assert sorted(heard) == [
            Change("session", ACCOUNT, "leaf"),
            Change("session", ACCOUNT, "root"),
            Change("session", OTHER, "live"),
        ]
        await store.close()

    run(test())


def test_ending_again_keeps_the_first_end_and_catches_what_was_left(store_url: str) -> None:
    async def test() -> None:
        store = await open_store(store_url, lambda: NOW_MS)
        await store.write(lambda tx: record(tx, "root"))
        await store.write(lambda tx: end(tx, "root"))
        await store.write(lambda tx: record(tx, "late", parent="root"))

        await store.write(lambda tx: end(tx, "root", NOW_MS + 5))

        assert await ended(store) == {"root": NOW_MS, "late": NOW_MS + 5}
        await store.close()

    run(test())


def test_a_session_issued_while_its_parent_is_being_ended_is_refused_or_ended_with_it(store_url: str) -> None:
    async def test() -> None:
        stores = [await open_store(store_url, lambda: NOW_MS) for _ in range(2)]
        await stores[0].write(lambda tx: record(tx, "root"))

        def issuing(session_id: str) -> Any:
            async def issue(tx: Transaction) -> bool:
                if not await sessions.is_standing(tx, claims_of("root")):
                    return False
                await record(tx, session_id, parent="root")
                return True

            return issue

        issues = [store.write(issuing(f"{place}-{n}")) for n in range(8) for place, store in enumerate(stores)]
        *outcomes, _ = await asyncio.gather(*issues, stores[1].write(lambda tx: end(tx, "root")))

        assert set(await ended(stores[0])) == {"root"} | {
            f"{index % 2}-{index // 2}" for index, was_issued in enumerate(outcomes) if was_issued
        }
        for store in stores:
            await store.close()

    run(test())
