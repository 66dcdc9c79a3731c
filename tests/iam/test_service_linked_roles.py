"""Service-linked roles: the services that are known, and the tasks that delete a role which is still used."""

import asyncio
from pathlib import Path

import pytest

from bailiwick.access import managed_policies
from bailiwick.iam.errors import InvalidInput, NoSuchEntity
from bailiwick.iam.roles.keeping import add
from bailiwick.iam.roles.record import Role
from bailiwick.iam.service_linked_roles import deletion, forget, services, settle, unfinished
from bailiwick.store import Transaction, open_store

ACCOUNT = "123456789012"
NOW_MS = 1_000_000
ROLE = Role(
    account=ACCOUNT,
    role_id="AROA0000000000000001",
    name="AWSServiceRoleForECS",
    path="/aws-service-role/ecs.amazonaws.com/",
    trust_policy="{}",
    description=None,
    max_session_seconds=3600,
    max_signin_session_seconds=None,
    boundary_arn=None,
    created_at=1,
)
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForECS/work"


@pytest.mark.parametrize("service", services.known(), ids=lambda service: service.principal)
def test_every_known_service_has_a_policy_that_only_its_role_may_hold(service: services.LinkedService) -> None:
    assert service.policy_arn is not None
    policy = managed_policies.find(service.policy_arn)

    assert policy is not None
    assert not policy.is_attachable
    assert services.find(service.principal) is service
    assert len(service.role) <= 64


def test_a_name_that_would_be_too_long_is_no_services() -> None:
    with pytest.raises(NoSuchEntity):
        services.find("a" * 50 + ".amazonaws.com")
    with pytest.raises(InvalidInput):
        services.find("autoscaling.amazonaws.com").role_name("x" * 36)
    assert len(services.find("autoscaling.amazonaws.com").role_name("x" * 35)) == 64


async def add_session(tx: Transaction, session_id: str, expires_at: int, ended_at: int | None = None) -> None:
    await tx.run(
        "INSERT INTO sessions (account_id, session_id, access_key_id, operation, principal_kind, principal_id,"
        " principal_arn, origin, issued_at, expires_at, ended_at) VALUES (?, ?, ?, 'AssumeRole', 'role', ?, ?, '{}',"
        " 1, ?, ?)",
        ACCOUNT,
        session_id,
        f"ASIA{session_id}",
        ROLE.role_id,
        SESSION,
        expires_at,
        ended_at,
    )


def test_a_task_of_a_role_with_live_sessions_fails_and_tells_of_them_and_a_later_one_succeeds(tmp_path: Path) -> None:
    async def test() -> None:
        store = await open_store(f"sqlite:{tmp_path / 'bailiwick.db'}", lambda: NOW_MS)

        async def set_up(tx: Transaction) -> str:
            await add(tx, ROLE)
            await add_session(tx, "1" * 32, NOW_MS)
            await add_session(tx, "2" * 32, NOW_MS + 1000, ended_at=2)
            await add_session(tx, "0" * 32, NOW_MS + 1000)
            await tx.run("INSERT INTO last_used VALUES (?, ?, 5, 'ecs', 'eu-west-1')", ROLE.role_id, ACCOUNT)
            return await deletion.begin(tx, ROLE, "one", NOW_MS)

        async def status(tx: Transaction, task_id: str) -> dict[str, object]:
            found = await deletion.find(tx, ACCOUNT, task_id)
            assert found is not None
            return found.as_output()

        async def one_step(task_id: str, now_ms: int) -> dict[str, object]:
            await store.write(lambda tx: settle(tx, task_id, now_ms))
            return await store.read(lambda tx: status(tx, task_id))

        first = await store.write(set_up)
        assert await store.read(lambda tx: status(tx, first)) == {"Status": "NOT_STARTED"}
        assert await store.write(lambda tx: deletion.begin(tx, ROLE, "two", NOW_MS)) == first
        assert await one_step(first, NOW_MS) == {"Status": "IN_PROGRESS"}
        assert await store.write(lambda tx: deletion.begin(tx, ROLE, "two", NOW_MS)) == first
        failed = await one_step(first, NOW_MS)
        assert failed["Status"] == "FAILED"
        assert isinstance(failed["Reason"], dict)
        assert failed["Reason"]["RoleUsageList"] == [{"Region": "eu-west-1", "Resources": [SESSION]}]
        assert await one_step(first, NOW_MS + 1000) == failed

        second = await store.write(lambda tx: deletion.begin(tx, ROLE, "three", NOW_MS))
        assert second != first
        assert await store.read(lambda tx: unfinished(tx, 10)) == [second]
        await one_step(second, NOW_MS + 1000)
        assert await one_step(second, NOW_MS + 1000) == {"Status": "SUCCEEDED"}
        assert await store.read(lambda tx: tx.all("SELECT * FROM roles")) == []
        assert await store.read(lambda tx: unfinished(tx, 10)) == []

        await store.write(lambda tx: forget(tx, NOW_MS + 1, 10))
        assert await store.read(lambda tx: deletion.find(tx, ACCOUNT, second)) is None
        await store.close()

    asyncio.run(test())
