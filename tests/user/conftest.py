"""Fixtures of the user's side: a running server, and a fresh account on it for each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.postgres import Postgres
from tests.user import server as servers
from tests.user.accounts import Accounts
from tests.user.client import Aws, Keys
from tests.user.server import Server

_WHATEVER_THE_STORE = {
    "test_condition_keys.py",
    "test_every_call_gone_wrong.py",
    "test_every_cli_command.py",
    "test_example_agent.py",
    "test_example_catalogue.py",
    "test_javascript.py",
    "test_renewal.py",
    "test_saml.py",
    "test_saml_idp.py",
    "test_web_identity.py",
    "test_web_identity_recipes.py",
    "test_web_identity_token_elsewhere.py",
    "test_who_may_call.py",
}
"""Tests of what comes before and after the store. They run on one store only, so that CI has its result soon."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave these out where the other store is what is tested."""
    return True if config.getoption("--store") != "sqlite" and collection_path.name in _WHATEVER_THE_STORE else None


@pytest.fixture(scope="session")
def database_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The store of this worker's servers: a new database with `--store postgresql`, else None (SQLite's default)."""
    if request.config.getoption("--store") == "sqlite":
        yield None
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, database_url: str | None) -> Iterator[Server]:
    """This worker's server. Tests share it, each in an account of its own."""
    started = servers.start(tmp_path_factory.mktemp("server") / "data", database_url=database_url)
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="session")
def second_server(server: Server, database_url: str | None) -> Iterator[Server]:
    """Another server on the same store."""
    started = servers.start(server.data, database_url=database_url)
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="session")
def accounts(server: Server) -> Iterator[Accounts]:
    """Makes accounts on the store of this worker's server."""
    made = Accounts(server.data, server.database_url)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def _account(server: Server, accounts: Accounts) -> Iterator[Aws]:
    account_id, access_key_id, secret_access_key = accounts.create()
    made = Aws(server.url, account_id, Keys(access_key_id, secret_access_key), accounts)
    try:
        yield made
    finally:
        for client in made.clients:
            client.close()


@pytest.fixture
def aws(server: Server, accounts: Accounts) -> Iterator[Aws]:
    """A fresh, isolated account."""
    with _account(server, accounts) as made:
        yield made


@pytest.fixture
def other(server: Server, accounts: Accounts) -> Iterator[Aws]:
    """Another account of the same server."""
    with _account(server, accounts) as made:
        yield made


@pytest.fixture
def two_nodes(aws: Aws, second_server: Server) -> tuple[Aws, Aws]:
    """The same fresh account through two servers on one store."""
    return aws, aws.at(second_server.url)


@pytest.fixture
def start_server(
    tmp_path: Path, database_url: str | None, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Server]]:
    """Starts servers of the test's own, on a store of its own; they are stopped in the end.

    `start_server(*flags, environment={...})`; all servers of a test share `tmp_path / "data"`.
    """
    with ExitStack() as stack:
        own_url = None
        if database_url is not None:
            postgres: Postgres = request.getfixturevalue("postgres")
            own_url = stack.enter_context(postgres.database())

        def start(*flags: str, **more: dict[str, str]) -> Server:
            started = servers.start(tmp_path / "data", *flags, database_url=own_url, **more)
            stack.callback(started.stop)
            return started

        yield start
