"""Clients that only hold connections: they cost others nothing, and are let go of in the end.

The server's own limits are minutes and thousands; here it runs with smaller ones.
"""

import configparser
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.attack.wire import HEALTH, PATIENCE_SECONDS, connection, head, reply, signed_headers, until_closed
from tests.user.client import Keys
from tests.user.server import clean_environment

_PROGRAM = """
import sys
from bailiwick.cli import http_server, main
for pair in sys.argv[1].split(","):
    name, _, value = pair.partition("=")
    assert hasattr(http_server, name)
    setattr(http_server, name, type(getattr(http_server, name))(float(value)))
sys.exit(main(["serve", "--data", sys.argv[2], "--listen", "127.0.0.1:0", "--log-format", "json"]))
"""


@contextmanager
def server_with(limits: str, data: Path) -> Iterator[str]:
    """The URL of a server with limits of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, limits, str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=clean_environment(),
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that holds eight connections."""
    with server_with("CONNECTIONS=8", tmp_path_factory.mktemp("crowded") / "data") as url:
        yield url


@pytest.fixture(scope="module")
def hasty_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the server that gives up on clients soon."""
    return tmp_path_factory.mktemp("hasty") / "data"


@pytest.fixture(scope="module")
def hasty(hasty_data: Path) -> Iterator[str]:
    """A server that gives up on clients soon."""
    with server_with("REQUEST_SECONDS=1,REPLY_SECONDS=1,KEEP_ALIVE_SECONDS=1", hasty_data) as url:
        yield url


@pytest.fixture
def hasty_administrator(hasty: str, hasty_data: Path) -> Keys:
    """The administrator of the server that gives up on clients soon."""
    return administrator_of(hasty_data)


def administrator_of(data: Path) -> Keys:
    """The administrator's access key of the first run on a data folder."""
    file = configparser.ConfigParser()
    file.read(data / "credentials")
    return Keys(file["admin"]["aws_access_key_id"], file["admin"]["aws_secret_access_key"])


def takes(opened: socket.socket, data: bytes, *, times: int) -> bool:
    """Whether the server takes the data so many times without ending the connection."""
    try:
        for _ in range(times):
            opened.sendall(data)
    except ConnectionError:
        return False
    return True


def was_reset(opened: socket.socket) -> bool:
    """Wait until the server ends the connection, reading nothing of what it sent."""
    poll = select.poll()
    poll.register(opened, select.POLLERR | select.POLLHUP)
    return bool(poll.poll(PATIENCE_SECONDS * 1000))


@pytest.mark.parametrize("sent", [b"", b"POST / HTTP/1.1\r\nHost: b", b"\r\n", HEALTH], ids=repr)
def test_connections_that_ask_nothing_keep_nobody_out(crowded: str, sent: bytes) -> None:
    with ExitStack() as held:
        for _ in range(40):
            held.enter_context(connection(crowded)).sendall(sent)
        with connection(crowded) as own:
            own.sendall(HEALTH)

            assert reply(own) == (200, b"ok\n")


def test_of_too_many_connections_the_longest_waiting_goes(crowded: str) -> None:
    with ExitStack() as held:
        oldest, *others = [held.enter_context(connection(crowded)) for _ in range(9)]

        assert until_closed(oldest) == b""

        for one in others:
            one.sendall(HEALTH)
            assert reply(one) == (200, b"ok\n")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\r\n",
        b"GET /healthz HTTP/1.1\r\nHos",
        b"POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 9\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n",
    ],
    ids=repr,
)
def test_a_request_that_does_not_come_is_not_waited_for(hasty: str, sent: bytes) -> None:
    with connection(hasty) as own:
        own.sendall(sent)

        assert until_closed(own) == b""


@pytest.mark.parametrize("sent", [b"", b"\r\n"], ids=repr)
def test_a_connection_that_is_idle_after_a_reply_ends(hasty: str, sent: bytes) -> None:
    """An empty line begins no request, so it must not stop the time either."""
    with connection(hasty) as own:
        own.sendall(HEALTH)
        reply(own)
        own.sendall(sent)

        assert until_closed(own) == b""


def asking_for_much(url: str, administrator: Keys) -> bytes:
    """A request whose reply is of 180 kB."""
    body = (
        b"Action=GetPolicyVersion&Version=2010-05-08&VersionId=v1"
        b"&PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess"
    )
    headers = {**signed_headers(url, body, administrator, "iam"), "Content-Length": str(len(body))}
    return head("POST / HTTP/1.1", headers) + body


def test_replies_that_nobody_reads_are_dropped(hasty: str, hasty_administrator: Keys) -> None:
    with connection(hasty) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

        own.sendall(asking_for_much(hasty, hasty_administrator) * 100)

        assert was_reset(own)


def test_replies_that_nobody_reads_do_not_pile_up_over_connections(tmp_path: Path) -> None:
    with server_with("UNREAD_BYTES=100000", tmp_path / "data") as url, ExitStack() as stack:
        request = asking_for_much(url, administrator_of(tmp_path / "data")) * 100
        opened = {own.fileno(): own for own in (stack.enter_context(connection(url)) for _ in range(2))}
        poll = select.poll()
        for descriptor, own in opened.items():
            poll.register(descriptor, select.POLLERR | select.POLLHUP)
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            own.sendall(request)

        ((reset, _),) = poll.poll(PATIENCE_SECONDS * 1000)

        del opened[reset]
        assert all(own.recv(1) for own in opened.values())


def test_requests_that_pile_up_on_one_connection_do_not_pile_up_in_memory(crowded: str) -> None:
    with connection(crowded) as own:
        assert not takes(own, HEALTH * 100, times=1000)


def test_some_requests_may_be_sent_ahead(crowded: str) -> None:
    with connection(crowded) as own:
        own.sendall(HEALTH * 100 + HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

        assert until_closed(own).count(b"HTTP/1.1 200 OK") == 101


@pytest.mark.parametrize(
    "endless",
    [b"A: " + b"b" * 1024 + b"\r\n", b"a" * 1024],
    ids=["many fields", "one field"],
)
@pytest.mark.parametrize(
    "start",
    [
        b"GET /healthz HTTP/1.1\r\n",
        b"POST / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    ],
    ids=["head", "trailer"],
)
def test_a_head_or_trailer_without_end_is_cut_off(crowded: str, start: bytes, endless: bytes) -> None:
    with connection(crowded) as own:
        own.sendall(start)

        assert not takes(own, endless, times=20_000)
