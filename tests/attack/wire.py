"""Bytes to and from a server, below any HTTP client: what is sent is what the test says."""

import contextlib
import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.user.client import Keys

PATIENCE_SECONDS = 30.0
"""How long to wait for what must come; nothing that passes waits for it."""

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: bailiwick\r\n\r\n"


@contextlib.contextmanager
def connection(endpoint: str) -> Iterator[socket.socket]:
    """A connection to the server at a URL."""
    parts = urlsplit(endpoint)
    assert parts.hostname is not None
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=PATIENCE_SECONDS) as opened:
        yield opened


def until_closed(opened: socket.socket) -> bytes:
    """All that the server sends until it closes the connection."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := opened.recv(65536):
            received += piece
    return received


def reply(opened: socket.socket) -> tuple[int, bytes]:
    """The next reply, by its Content-Length: status and body."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = opened.recv(65536)
        assert piece, f"the connection was closed after {received!r}"
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: ([0-9]+)", head)
    assert length is not None
    while len(body) < int(length[1]):
        body += opened.recv(65536)
    return int(head.split(b" ", 2)[1]), body


def exchange(endpoint: str, request: bytes) -> bytes:
    """What the server sends for some bytes after which it closes the connection."""
    with connection(endpoint) as opened:
        opened.sendall(request)
        return until_closed(opened)


def signed_headers(endpoint: str, body: bytes, keys: Keys, service: str) -> dict[str, str]:
    """The headers of a signed POST to `/`."""
    headers = {"Host": urlsplit(endpoint).netloc, "Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest(method="POST", url=f"{endpoint}/", data=body, headers=headers)
    credentials = Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)
    SigV4Auth(credentials, service, "us-east-1").add_auth(request)
    return dict(request.headers.items())


def head(start: str, headers: dict[str, str]) -> bytes:
    """A request's head."""
    return "".join([f"{start}\r\n", *(f"{name}: {value}\r\n" for name, value in headers.items()), "\r\n"]).encode()
