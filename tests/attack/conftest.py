"""The fixtures of the user's side, and an installation to be damaged, for tests that attack the running server."""

import shutil
from pathlib import Path

import pytest

from tests.user import server as servers
from tests.user.conftest import accounts, aws, database_url, second_server, server, start_server, two_nodes

__all__ = [
    "accounts",
    "aws",
    "database_url",
    "installation",
    "second_server",
    "server",
    "start_server",
    "two_nodes",
]


@pytest.fixture(scope="session")
def first_installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a server on SQLite that ran once."""
    data = tmp_path_factory.mktemp("installation") / "data"
    servers.start(data).stop()
    return data


@pytest.fixture
def installation(first_installation: Path, tmp_path: Path) -> Path:
    """A copy of that folder, for the test to do with as it likes; no server runs on it."""
    return Path(shutil.copytree(first_installation, tmp_path / "installation"))
