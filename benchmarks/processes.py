"""The servers that are measured, each a process pinned to a core of its own, and what the kernel says of it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.connection import Connection
from benchmarks.signing import Keys

SERVER_CORE, LOAD_CORE = 0, 1
PROGRAM = Path(sys.executable).parent / "bailiwick"

_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE_SECONDS = 60


class ServerFailed(Exception):
    """A server did not start; the message holds what it said."""


@dataclass
class Server:
    """A running server.

    Attributes:
        process: its process.
        address: `HOST:PORT` where it listens.
        folder: where it may leave things.
        started: `time.perf_counter()` just before it was started.
    """

    process: subprocess.Popen[bytes]
    address: str
    folder: Path
    started: float

    def cpu_seconds(self) -> float:
        """CPU time it has used, its own and the kernel's for it; in steps of a hundredth of a second."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def rss_mib(self) -> float:
        """Resident memory in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+)", status)
        assert found is not None, "the process is gone"
        return int(found[1]) / 1024


@contextmanager
def started(command: list[str], address: str, folder: Path) -> Iterator[Server]:
    """A server of any kind on the server's core, from when it listens; stopped in the end.

    Raises:
        ServerFailed: it ended instead, or did not listen in time.
    """
    log = folder / f"server-{address.rpartition(':')[2]}.log"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BAILIWICK_", "AWS_"))}
    with log.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            env=kept,
            preexec_fn=pinned(SERVER_CORE),  # noqa: PLW1509  one system call, and no threads here
        )
        try:
            _wait_until_it_listens(process, address, log)
            yield Server(process, address, folder, start)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def bailiwick(data: Path, *flags: str, database_url: str | None = None) -> Iterator[Server]:
    """`bailiwick serve` on a data folder, with room for a million users and these flags, from when it answers."""
    address = f"127.0.0.1:{free_port()}"
    command = [str(PROGRAM), "serve", "--data", str(data), "--listen", address, "--quota", "UsersPerAccount=1000000"]
    command += ["--shutdown-grace", "1", *flags]
    if database_url is not None:
        command += ["--database-url", database_url]
    with started(command, address, data.parent) as server:
        with Connection(address) as connection:
            connection.call(f"GET /healthz HTTP/1.1\r\nhost: {address}\r\n\r\n".encode())
        yield server


@contextmanager
def bare_server(folder: Path) -> Iterator[Server]:
    """The bare server of `bare_server.py` on uvicorn, httptools and uvloop."""
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, str(Path(__file__).with_name("bare_server.py")), address]
    with started(command, address, folder) as server:
        yield server


def administrator(data: Path) -> Keys:
    """The administrator's keys, from the credentials file of the first run."""
    text = (data / "credentials").read_text(encoding="utf-8")
    found = dict(re.findall(r"^(aws_\w+)\s*=\s*(\S+)$", text, re.MULTILINE))
    return Keys(found["aws_access_key_id"], found["aws_secret_access_key"])


def free_port() -> int:
    """A TCP port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def has_two_cores() -> bool:
    """Whether server and load can each have a core."""
    return {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0)


_ALL_CORES = os.sched_getaffinity(0)


def pinned(core: int) -> Callable[[], None]:
    """What a child runs to stay on one core, if this machine has it."""
    cores = {core} & _ALL_CORES or _ALL_CORES
    return lambda: os.sched_setaffinity(0, cores)


def _wait_until_it_listens(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    host, _, port = address.rpartition(":")
    end = time.perf_counter() + _PATIENCE_SECONDS
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.perf_counter() > end:
                text = log.read_text(errors="replace")
                raise ServerFailed(f"{process.args!r} does not listen on {address}:\n{text}") from None
            time.sleep(0.002)
        else:
            return
