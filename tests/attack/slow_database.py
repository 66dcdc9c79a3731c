"""A database that can be made not to answer: a relay between a server and PostgreSQL which holds back all bytes."""

import contextlib
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict


class Relay:
    """Listens on a unix socket and passes on what is sent, unless it is told to hold it back."""

    def __init__(self, url: str) -> None:
        parts = conninfo_to_dict(url)
        self._host, self._port = str(parts["host"]), int(parts.get("port") or 5432)
        self._folder = Path(tempfile.mkdtemp(prefix="bw-relay-"))
        self._passes = threading.Event()
        self._passes.set()
        self._open: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._folder / f".s.PGSQL.{self._port}"))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()
        self.url = f"postgresql://{parts.get('user') or 'postgres'}@/{parts['dbname']}?host={self._folder}"
        if password := parts.get("password"):
            self.url += f"&password={password}"

    @contextlib.contextmanager
    def holding_back(self) -> Iterator[None]:
        """The database is there and says nothing, to connections old and new."""
        self._passes.clear()
        try:
            yield
        finally:
            self._passes.set()

    def close(self) -> None:
        """End every connection."""
        self._passes.set()
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                database = self._connect()
                self._open += [client, database]
                for source, target in ((client, database), (database, client)):
                    threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _connect(self) -> socket.socket:
        if not self._host.startswith("/"):
            return socket.create_connection((self._host, self._port))
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(f"{self._host}/.s.PGSQL.{self._port}")
        return connection

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._passes.wait()
                target.sendall(data)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def relay(url: str) -> Iterator[Relay]:
    """A relay to the database of a URL."""
    made = Relay(url)
    try:
        yield made
    finally:
        made.close()
