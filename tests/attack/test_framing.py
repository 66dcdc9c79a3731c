"""HTTP messages that two readers could read differently are refused, and the connection with them."""

from collections.abc import Callable

import pytest

from tests.attack.events import events
from tests.attack.wire import HEALTH, connection, exchange, head, reply, signed_headers
from tests.user.client import Aws
from tests.user.server import Server

_FORM = b"Action=GetCallerIdentity&Version=2011-06-15"
_START = b"POST / HTTP/1.1\r\nHost: bailiwick\r\n"

AMBIGUOUS = {
    "two lengths that differ": _START + b"Content-Length: 43\r\nContent-Length: 3\r\n\r\n" + _FORM,
    "two lengths that are the same": _START + b"Content-Length: 43\r\nContent-Length: 43\r\n\r\n" + _FORM,
    "a list of lengths": _START + b"Content-Length: 43, 43\r\n\r\n" + _FORM,
    "a length with a sign": _START + b"Content-Length: +43\r\n\r\n" + _FORM,
    "a length below nothing": _START + b"Content-Length: -1\r\n\r\n",
    "a length beyond all numbers": _START + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "a length and chunks": _START + b"Content-Length: 43\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": _START + b"Transfer-Encoding: chunked\r\nContent-Length: 43\r\n\r\n0\r\n\r\n",
    "chunks that are not last": _START + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "another encoding after chunks": _START
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "an encoding that looks like chunks": _START + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a chunk's size that is no number": _START + b"Transfer-Encoding: chunked\r\n\r\nz\r\nhello\r\n0\r\n\r\n",
    "a chunk's size beyond all numbers": _START
    + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "chunks ended by bare line feeds": _START + b"Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n",
    "bare line feeds": b"GET /healthz HTTP/1.1\nHost: bailiwick\n\n",
    "one bare line feed": b"GET /healthz HTTP/1.1\r\nHost: bailiwick\nA: b\r\n\r\n",
    "a bare carriage return": b"GET /healthz HTTP/1.1\r\nHost: bailiwick\rA: b\r\n\r\n",
    "a folded header": b"GET /healthz HTTP/1.1\r\nHost: bailiwick\r\nA: b\r\n c\r\n\r\n",
    "NUL in a value": b"GET /healthz HTTP/1.1\r\nHost: bailiwick\r\nA: b\0c\r\n\r\n",
    "NUL in a name": b"GET /healthz HTTP/1.1\r\nHost: bailiwick\r\nA\0: b\r\n\r\n",
    "a blank before the colon": b"GET /healthz HTTP/1.1\r\nHost: bailiwick\r\nContent-Length : 0\r\n\r\n",
    "a header without a name": b"GET /healthz HTTP/1.1\r\nHost: bailiwick\r\n: b\r\n\r\n",
    "a control character in the path": b"GET /\x01 HTTP/1.1\r\nHost: bailiwick\r\n\r\n",
    "a blank in the path": b"GET /a b HTTP/1.1\r\nHost: bailiwick\r\n\r\n",
    "a method that is none": b"get /healthz HTTP/1.1\r\nHost: bailiwick\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "the hello of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_what_can_be_read_in_two_ways_is_refused_with_what_follows(server: Server, name: str) -> None:
    received = exchange(server.url, AMBIGUOUS[name] + HEALTH)

    assert received.startswith(b"HTTP/1.1 400 ")
    assert received.count(b"HTTP/1.1 ") == 1, "what followed was answered too"


@pytest.mark.parametrize("headers", [b"A: %b\r\n" % (b"a" * 66_000), b"Abcdefgh: ijklmnop\r\n" * 4_200])
def test_a_head_that_is_too_large_is_refused_though_it_comes_at_once(server: Server, headers: bytes) -> None:
    received = exchange(server.url, b"GET /healthz HTTP/1.1\r\nHost: bailiwick\r\n" + headers + b"\r\n" + HEALTH)

    assert received.startswith(b"HTTP/1.1 400 ")
    assert received.count(b"HTTP/1.1 ") == 1, "what followed was answered too"


def test_what_comes_in_a_trailer_is_no_header(aws: Aws) -> None:
    """A proxy that checks or sets headers does not see trailers: credentials and addresses must not come in them."""
    headers = signed_headers(aws.endpoint, _FORM, aws.administrator, "sts")
    authorization = headers.pop("Authorization")
    chunks = b"%x\r\n%b\r\n0\r\nAuthorization: %b\r\n\r\n" % (len(_FORM), _FORM, authorization.encode())

    with connection(aws.endpoint) as opened:
        opened.sendall(head("POST / HTTP/1.1", {**headers, "Transfer-Encoding": "chunked"}) + chunks)
        status, body = reply(opened)

    assert status == 403
    assert b"MissingAuthenticationToken" in body


def test_a_trailer_cannot_forge_the_clients_address(start_server: Callable[..., Server]) -> None:
    behind_proxy = start_server("--trusted-proxies", "127.0.0.0/8")
    body = b"Action=Nonsense&Version=2011-06-15"
    headers = {"Host": "bailiwick", "X-Forwarded-For": "192.0.2.1", "Transfer-Encoding": "chunked"}
    chunks = b"%x\r\n%b\r\n0\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n" % (len(body), body)

    with connection(behind_proxy.url) as opened:
        opened.sendall(head("POST / HTTP/1.1", headers) + chunks)
        reply(opened)
    behind_proxy.stop()

    [event] = [each for each in events(behind_proxy.database_url) if each.get("errorCode") == "InvalidAction"]
    assert event["sourceIPAddress"] == "192.0.2.1"


def test_what_strangers_send_does_not_fill_the_log(start_server: Callable[..., Server]) -> None:
    started = start_server()

    for request in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade, close\r\n\r\n"):
        assert exchange(started.url, request).startswith(b"HTTP/1.1 400 ")
    started.stop()

    assert "uvicorn" not in started.log
