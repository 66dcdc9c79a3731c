"""One kept-alive HTTP connection with next to no cost of its own, for preparing and for timing single requests."""

import contextlib
import re
import socket
import time
from types import TracebackType
from typing import Self

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class CallFailed(Exception):
    """A request was answered otherwise than this measurement needs."""


class Connection:
    """A connection to `HOST:PORT`; sends requests that are bytes already."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close it."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def send(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        self._socket.sendall(request)
        data = self._receive()
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._receive()
        found = _LENGTH.search(data, 0, end + 2)
        if found is None:
            raise CallFailed("an answer without content-length")
        body = end + 4
        while len(data) < body + int(found[1]):
            data += self._receive()
        return int(data[9:12]), data[body:]

    def _receive(self) -> bytes:
        data = self._socket.recv(262_144)
        if not data:
            raise ConnectionResetError("the server closed the connection")
        return data

    def call(self, request: bytes) -> bytes:
        """The body of an answer that must be 200.

        Raises:
            CallFailed: it was not.
        """
        status, body = self.send(request)
        if status != 200:
            raise CallFailed(f"status {status}: {body[:300].decode(errors='replace')}")
        return body

    def time(self, request: bytes) -> float:
        """Microseconds from the request's first byte to the last of its answer, which must be 200."""
        start = time.perf_counter()
        status, body = self.send(request)
        taken = (time.perf_counter() - start) * 1e6
        if status != 200:
            raise CallFailed(f"status {status}: {body[:300].decode(errors='replace')}")
        return taken


def text_of(body: bytes, element: str) -> str:
    """The text of an XML element, the first of its name."""
    found = re.search(rf"<{element}>(.*?)</{element}>".encode(), body, re.DOTALL)
    if found is None:
        raise CallFailed(f"an answer without {element}")
    return found[1].decode()
