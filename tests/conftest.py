"""Fixtures for all tests: the stores to run on, and one real PostgreSQL for the whole run."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.postgres import Postgres, new_folder

settings.register_profile("mutate", max_examples=10, derandomize=True, database=None, deadline=None)

_FOLDER = pytest.StashKey[Path]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--store",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="the store of the servers that the tests in tests/user drive",
    )


def pytest_configure(config: pytest.Config) -> None:
    # Before the workers of a parallel run start, which inherit it.
    os.environ.setdefault("DIFFERENTIAL_SEED", secrets.token_hex(4))
    given = getattr(config, "workerinput", None)
    config.stash[_FOLDER] = new_folder() if given is None else Path(given["postgres_folder"])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the seed of the cases on which the policy engine was compared with its specification."""
    terminalreporter.write_line(f"DIFFERENTIAL_SEED={os.environ['DIFFERENTIAL_SEED']}")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each xdist worker where the run's PostgreSQL is."""
    node.workerinput["postgres_folder"] = str(node.config.stash[_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and _FOLDER in config.stash:
        Postgres(config.stash[_FOLDER]).stop()


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Postgres:
    """The run's PostgreSQL; started on first use."""
    return Postgres(pytestconfig.stash[_FOLDER])


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a new, empty store, once on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:{tmp_path / 'bailiwick.db'}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.database() as url:
        yield url
