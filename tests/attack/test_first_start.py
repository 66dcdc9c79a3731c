"""Nodes that start together on nothing, and what they find that is not as it should be."""

import concurrent.futures
import stat
import threading
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from bailiwick.store import read_master_key
from bailiwick.store.sqlite import open_sqlite
from tests.user import server as servers

T = TypeVar("T")

_NODES = 8


def at_once(work: Callable[[], T]) -> list[T]:
    """What the work gives to each of some threads that begin it together."""
    start = threading.Barrier(_NODES)

    def begin() -> T:
        start.wait()
        return work()

    with concurrent.futures.ThreadPoolExecutor(_NODES) as threads:
        return [each.result() for each in [threads.submit(begin) for _ in range(_NODES)]]


@pytest.mark.parametrize("attempt", range(8))
def test_nodes_may_open_a_new_file_together(tmp_path: Path, attempt: int) -> None:
    assert len(at_once(lambda: open_sqlite(tmp_path / "bailiwick.db", lambda: 0))) == _NODES


def test_nodes_that_make_the_master_key_together_have_the_same_one(tmp_path: Path) -> None:
    for attempt in range(20):
        file = tmp_path / f"key-{attempt}"
        keys = at_once(lambda file=file: read_master_key(f"file:{file}", may_create=True))  # type: ignore[misc]  # mypy loses T

        assert len({key.reveal() for key in keys}) == 1
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(list(tmp_path.iterdir())) == 20, "nothing else is left"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"c2hvcnQ=\n", b"!" * 44])
def test_a_master_key_that_is_none_refuses_to_start_in_words(installation: Path, content: bytes) -> None:
    file = installation / "master.key"
    file.write_bytes(content)
    before = {path.name: path.read_bytes() for path in installation.iterdir() if path.suffix != ".db-shm"}

    done = servers.run("serve", "--data", str(installation), "--listen", "127.0.0.1:0")

    assert done.returncode == 1
    assert done.stderr.startswith(f"bailiwick: The master key in {file}")
    assert "Traceback" not in done.stderr
    assert {name: (installation / name).read_bytes() for name in before} == before, "nothing was touched"


def test_another_installations_master_key_refuses_to_start(installation: Path) -> None:
    (installation / "master.key").write_bytes(b64encode(bytes(32)))

    done = servers.run("serve", "--data", str(installation), "--listen", "127.0.0.1:0")

    assert done.returncode == 1
    assert "The master key is not the one" in done.stderr


def test_a_folder_in_the_place_of_the_master_key_refuses_to_start_in_words(tmp_path: Path) -> None:
    (tmp_path / "data" / "master.key").mkdir(mode=0o700, parents=True)
    (tmp_path / "data").chmod(0o700)

    done = servers.run("serve", "--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0")

    assert done.returncode == 1
    assert done.stderr.startswith("bailiwick: ")
    assert "Traceback" not in done.stderr
