"""PostgreSQL that may not write, or does not answer: refusals that can be retried, in bounded time, and no stale allow.

Whatever the store of the other servers, these run on PostgreSQL.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError

from tests.attack.events import events
from tests.attack.slow_database import Relay, relay
from tests.postgres import Postgres
from tests.user import server as servers
from tests.user.accounts import Accounts
from tests.user.client import Aws, Keys
from tests.user.refusals import refused

_STALE_LIMIT_SECONDS = 6


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    """An empty database."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def slow_database(database: str) -> Iterator[Relay]:
    """An empty database behind a relay."""
    with relay(database) as made:
        yield made


@contextmanager
def served(data: Path, url: str) -> Iterator[Aws]:
    """An account of a server on a database; the account is made straight on the store."""
    started = servers.start(data, "--stale-limit", str(_STALE_LIMIT_SECONDS), database_url=url)
    accounts = Accounts(data, url)
    try:
        account_id, access_key_id, secret_access_key = accounts.create()
    finally:
        accounts.close()
    aws = Aws(started.url, account_id, Keys(access_key_id, secret_access_key), accounts)
    try:
        yield aws
    finally:
        for client in aws.clients:
            client.close()
        started.stop()


def turn_read_only(url: str, *, on: bool) -> None:
    """What a failover to a standby looks like: connections end, and new ones may not write."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        name = psycopg.sql.Identifier(connection.info.dbname)
        state = psycopg.sql.SQL("on" if on else "off")
        connection.execute(
            psycopg.sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}").format(name, state)
        )
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_database_that_may_not_write_costs_writes_only_and_no_event(database: str, tmp_path: Path) -> None:
    with served(tmp_path / "data", database) as aws:
        iam = aws.admin("iam")

        turn_read_only(database, on=True)

        with refused("ServiceUnavailable"):
            iam.create_user(UserName="ana")
        assert [user["UserName"] for user in iam.list_users()["Users"]] == ["admin"]
        turn_read_only(database, on=False)
        iam.create_user(UserName="ben")

    names = [event["eventName"] for event in events(database) if event["recipientAccountId"] == aws.account_id]
    assert names.count("ListUsers") == 1
    refusals = [event.get("errorCode") for event in events(database) if event["eventName"] == "CreateUser"]
    assert refusals.count("ServiceUnavailable") == 1


def test_a_database_that_does_not_answer_is_waited_for_up_to_a_bound(slow_database: Relay, tmp_path: Path) -> None:
    with served(tmp_path / "data", slow_database.url) as aws:
        iam, sts = aws.admin("iam"), aws.admin("sts")
        iam.list_users()

        with slow_database.holding_back():
            assert sts.get_caller_identity()["Account"] == aws.account_id, "it is decided from memory"
            with refused("ServiceUnavailable"):
                iam.list_users()
            with refused("ServiceUnavailable"):
                iam.create_user(UserName="ana")
            until("ServiceUnavailable", sts.get_caller_identity)

        until("answered", iam.list_users)
        assert sts.get_caller_identity()["Account"] == aws.account_id


def until(expected: str, call: Callable[[], Any]) -> None:
    """Call until the answer is what is expected, which must be the second kind of answer to come."""
    seen = [answer(call)]
    while seen[-1] != expected:
        seen.append(answer(call))
    assert len(set(seen)) <= 2, seen


def answer(call: Callable[[], Any]) -> str:
    """The code of the refusal, or `answered`."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "answered"
