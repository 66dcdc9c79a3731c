"""A client of https for what strangers name: bounded in time and size, and pinned to the address that was checked.

The host's name is resolved once. Every address that it has must be one that may be reached, so that a name with a
public and a private address is refused whatever comes first, and the connection goes to one of those very addresses:
nothing resolves the name again. TLS is verified for the name, by the system's authorities and those of `egress_ca`.
"""

import asyncio
import hashlib
import ipaddress
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit

import h11

from bailiwick.egress.chains import chain_of
from bailiwick.egress.destinations import Destinations, IPAddress

_log = logging.getLogger(__name__)

_PORT: Final = 443
_CHUNK: Final = 16 * 1024

# A whole answer has room: what uvloop holds back for a slow reader is lost when the other side has closed meanwhile.
_BUFFER: Final = 1024 * 1024
_HEAD_BYTES: Final = 32 * 1024
_LONGEST_URL: Final = 2048
_MOST_REDIRECTS: Final = 3
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_AT_ONCE: Final = 16
_RESOLVERS: Final = 4

# What OpenSSL (X509_V_ERR_…) says of a chain that no trusted authority vouches for: of one certificate that signed
# itself, of one at the end of a chain, of one whose issuer is not there, and of a lone one.
_UNKNOWN_AUTHORITY: Final = frozenset({18, 19, 20, 21})

T = TypeVar("T")

Resolve = Callable[[str], Awaitable[list[IPAddress]]]


class Unreachable(Exception):
    """The other system could not be asked. The message is for the operator's log: it is nothing for a caller."""


class Untrusted(Unreachable):
    """The other system did not prove to be the one that was asked for."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered in the end: an HTTP status and the whole body."""

    status: int
    body: bytes


class Egress:
    """Fetches from other systems. One for a process; `close` it in the end."""

    def __init__(
        self,
        destinations: Destinations,
        ca: Path | None = None,
        *,
        seconds: float = 5.0,
        body_bytes: int = 1024 * 1024,
        resolve: Resolve | None = None,
    ) -> None:
        """`ca` is a file of authorities in PEM, trusted beside the system's; `seconds` is what one fetch may take.

        Raises:
            OSError: the file cannot be read, or holds no certificate (`ssl.SSLError`).
        """
        self._destinations = destinations
        self._seconds = seconds
        self._body_bytes = body_bytes
        self._resolvers = ThreadPoolExecutor(max_workers=_RESOLVERS, thread_name_prefix="resolve")
        self._resolve = resolve or self._by_system
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._tls = ssl.create_default_context()
        _tighten(self._tls)
        if ca is not None:
            self._tls.load_verify_locations(cafile=ca)

    def close(self) -> None:
        """Begin no further look-up of a name."""
        self._resolvers.shutdown(wait=False, cancel_futures=True)

    async def get(self, url: str, *, thumbprints: Collection[str] = ()) -> Reply:
        """The answer to a GET, after at most three redirects within the same origin.

        Args:
            url: what to ask.
            thumbprints: SHA-1 of certificates in lower-case hex. One of them stands in for an authority where none that
                is trusted vouches for the host: as the topmost that the host sends, and as what the others chain to.

        Raises:
            Untrusted: the host does not prove itself.
            Unreachable: for whatever other reason, a redirect elsewhere included.
        """
        return await self._bounded(self._get(url, thumbprints))

    async def certificates(self, url: str) -> list[bytes]:
        """The certificates (DER) that the URL's host proves itself with, its own first, as it sends them; verified.

        Raises:
            Unreachable: for whatever reason.
        """
        return await self._bounded(self._certificates(url))

    async def _bounded(self, work: Coroutine[None, None, T]) -> T:
        try:
            async with asyncio.timeout(self._seconds), self._turns:
                return await work
        except TimeoutError as error:
            raise Unreachable(f"no answer within {self._seconds:g} s") from error
        except ssl.SSLCertVerificationError as error:
            raise Untrusted(str(error)) from error
        except (OSError, UnicodeError, h11.ProtocolError) as error:  # ssl.SSLError is an OSError
            raise Unreachable(str(error) or type(error).__name__) from error
        finally:
            work.close()

    async def _get(self, url: str, thumbprints: Collection[str]) -> Reply:
        target = _parsed(url)
        for _ in range(_MOST_REDIRECTS + 1):
            reader, writer = await self._connect(target, thumbprints)
            try:
                status, location, body = await self._exchange(target, reader, writer)
            finally:
                writer.transport.abort()
            if status not in _REDIRECTS or location is None:
                return Reply(status, body)
            there = _parsed(urljoin(target.geturl(), location))
            if _origin(there) != _origin(target):
                raise Unreachable(f"a redirect to another origin: {location}")
            target = there
        raise Unreachable("too many redirects")

    async def _certificates(self, url: str) -> list[bytes]:
        _, writer = await self._connect(_parsed(url))
        try:
            return chain_of(writer.get_extra_info("ssl_object"))
        finally:
            writer.transport.abort()

    async def _connect(
        self, target: SplitResult, thumbprints: Collection[str] = ()
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = _origin(target)
        route = self._destinations.route(host)
        if route is not None:
            return await self._open(route.address, route.port, host, thumbprints)
        addresses = await self._resolve(host)
        for address in addresses:
            if not self._destinations.may_reach(address):
                raise Unreachable(f"{host} has the address {address}, which is not public and not in egress_allow")
        for address in addresses[:-1]:
            try:
                return await self._open(str(address), port, host, thumbprints)
            except OSError as error:
                _log.debug("an address did not answer", extra={"address": str(address), "reason": str(error)})
        if not addresses:
            raise Unreachable(f"{host} has no address")
        return await self._open(str(addresses[-1]), port, host, thumbprints)

    async def _open(
        self, address: str, port: int, host: str, thumbprints: Collection[str]
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            return await _open(address, port, host, self._tls)
        except ssl.SSLCertVerificationError as error:
            if not thumbprints or error.verify_code not in _UNKNOWN_AUTHORITY:
                raise
            anchor = await _topmost_certificate(address, port, host)
            if hashlib.sha1(anchor, usedforsecurity=False).hexdigest() not in thumbprints:
                raise
        return await _open(address, port, host, _trusting_only(anchor))

    async def _exchange(
        self, target: SplitResult, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[int, str | None, bytes]:
        """Status, the place of a redirect, and the body."""
        connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)
        request = h11.Request(method="GET", target=_path(target), headers=_headers(target))
        writer.write((connection.send(request) or b"") + (connection.send(h11.EndOfMessage()) or b""))
        await writer.drain()
        status, location, body = 0, None, bytearray()
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(await reader.read(_CHUNK))
            elif isinstance(event, h11.Response):
                status, location = event.status_code, _location(event)
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > self._body_bytes:
                    raise Unreachable(f"an answer of more than {self._body_bytes} bytes")
            elif isinstance(event, h11.EndOfMessage):
                return status, location, bytes(body)
            elif not isinstance(event, h11.InformationalResponse):
                raise Unreachable("the connection ended before the answer")

    async def _by_system(self, host: str) -> list[IPAddress]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._resolvers, lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        )
        return [ipaddress.ip_address(place[0]) for *_, place in found]


async def _open(
    address: str, port: int, host: str, tls: ssl.SSLContext
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(address, port, ssl=tls, server_hostname=host, limit=_BUFFER)


async def _topmost_certificate(address: str, port: int, host: str) -> bytes:
    """The last certificate (DER) that a host sends, unproven. Nothing else is asked of it."""
    unproven = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unproven.check_hostname = False
    unproven.verify_mode = ssl.CERT_NONE
    _tighten(unproven)
    _, writer = await _open(address, port, host, unproven)
    try:
        return chain_of(writer.get_extra_info("ssl_object"))[-1]
    finally:
        writer.transport.abort()


def _trusting_only(anchor: bytes) -> ssl.SSLContext:
    """What verifies all that TLS does, name and times included, by one certificate as the only authority.

    Sending that certificate along proves nothing, so the host's own must be signed by it, or be it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=anchor)
    _tighten(context)
    return context


def _tighten(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])


def _parsed(url: str) -> SplitResult:
    """The URL in parts, if it is one that may be fetched at all."""
    try:
        parts = urlsplit(url)
        is_plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= _LONGEST_URL
        is_whole = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise Unreachable(f"{url} is not a URL") from error
    if not is_plain or not is_whole or parts.username is not None or parts.password is not None:
        raise Unreachable(f"{url} is not an https URL of a host")
    return parts


def _origin(parts: SplitResult) -> tuple[str, int]:
    return parts.hostname or "", parts.port or _PORT


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _headers(parts: SplitResult) -> list[tuple[str, str]]:
    return [
        ("host", parts.netloc),
        ("user-agent", "bailiwick"),
        ("accept", "application/json"),
        ("accept-encoding", "identity"),
        ("connection", "close"),
    ]


def _location(response: h11.Response) -> str | None:
    for name, value in response.headers:
        if name == b"content-encoding" and value.lower() != b"identity":
            raise Unreachable("an answer that is compressed, which was not asked for")
        if name == b"location":
            return value.decode("latin-1")
    return None
