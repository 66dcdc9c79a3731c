"""The real `bailiwick serve` as a process, for tests that drive it from outside."""

import ctypes
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path(sys.executable).parent / "bailiwick"
"""The program as it was installed."""

_LIBC = ctypes.CDLL(None)
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's prctl(2)


@dataclass
class Server:
    """One running server.

    Attributes:
        process: its process.
        url: where it listens.
        data: its data folder.
        database_url: its store.
        announcement: what it printed when it began to listen.
    """

    process: subprocess.Popen[str]
    url: str
    data: Path
    database_url: str
    announcement: str

    @property
    def log(self) -> str:
        """What it wrote to standard error so far."""
        return _log_file(self.data).read_text(encoding="utf-8")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it by a signal; returns its exit code once it is gone."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=30)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


def start(
    data: Path, *flags: str, database_url: str | None = None, environment: Mapping[str, str] | None = None
) -> Server:
    """Start a server on a free port and wait until it listens.

    Raises:
        RuntimeError: it ended instead; the message holds what it said.
    """
    store = database_url or f"sqlite:{data / 'bailiwick.db'}"
    command = [str(PROGRAM), "serve", "--data", str(data), "--listen", "127.0.0.1:0", "--log-format", "json"]
    if database_url is not None:
        command += ["--database-url", database_url]
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _log_file(data).open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*command, *flags],
            stdout=subprocess.PIPE,
            stderr=log,
            stdin=subprocess.DEVNULL,
            text=True,
            env=clean_environment(environment),
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  one system call
        )
    assert process.stdout is not None
    announcement = ""
    for line in process.stdout:
        announcement += line
        if line.strip() == "aws sts get-caller-identity":
            found = re.search(r"listening on (\S+?)(?:,|$)", announcement, re.MULTILINE)
            assert found is not None
            return Server(process, found[1], data, store, announcement)
    process.wait()
    process.stdout.close()
    raise RuntimeError(f"bailiwick serve ended with {process.returncode}:\n{_log_file(data).read_text()}")


def run(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run `bailiwick ARGUMENTS` to its end."""
    return subprocess.run(
        [str(PROGRAM), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env=clean_environment(environment),
        stdin=subprocess.DEVNULL,
    )


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without settings of Bailiwick and AWS, and with what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BAILIWICK_", "AWS_"))}
    return {**kept, **(more or {})}


def flags_for(database_url: str | None) -> Sequence[str]:
    """The flag that names the store; none for the default."""
    return () if database_url is None else ("--database-url", database_url)


def _log_file(data: Path) -> Path:
    return data.with_name(data.name + ".log")


def _end_with_parent() -> None:
    """So that no server outlives a test run that was killed."""
    _LIBC.prctl(_DEATH_SIGNAL, signal.SIGKILL)
