"""uvicorn as we run it: bounded before anything is parsed, and drained on a signal with no broken reply."""

import asyncio
import contextlib
import logging
import math
import resource
import signal
import socket
import struct
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from bailiwick.cli.listening import BACKLOG

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

KEEP_ALIVE_SECONDS = 75
"""Longer than the 60 s that the SDKs' connection pools and most proxies keep an idle connection."""

REQUEST_SECONDS = 60
"""How long a client may take to send a whole request."""

HEAD_BYTES = 65_536
"""What of a request may be beside its body: of headers, and in later packets of chunk sizes and of a trailer."""

PIPELINED = 128
"""How many requests may wait on a connection for those before them; parsed, each takes forty times its bytes."""

REPLY_SECONDS = 60
"""How long a client may leave a reply unread."""

UNREAD_BYTES = 256 * 1024 * 1024
"""How much of replies may be unread together; past it the connections that read nothing for longest are closed."""

CONNECTIONS = 4_096
"""How many connections are held; past it those that wait for a request give way, the longest waiting first."""

_AT_ONCE = struct.pack("ii", 1, 0)

_OTHER_FILES = 64
"""Open files that are left for the store and all else."""


class State(ServerState):
    """What the connections of a server share.

    Attributes:
        most: how many connections are held.
        waiting: those without a whole request, the longest waiting first.
        unread: those whose clients read slower than we write, the longest so first.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.waiting: OrderedDict[BoundedProtocol, None] = OrderedDict()
        self.unread: OrderedDict[BoundedProtocol, None] = OrderedDict()


class BoundedProtocol(HttpToolsProtocol):
    """A connection whose requests are bounded in all but their bodies, and in the time they and their replies take."""

    _is_whole = False
    _has_begun = False
    _other_bytes = 0
    _timer: asyncio.TimerHandle | None = None
    _reply_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn types it
        """Make room, and start the time for the first request."""
        super().connection_made(transport)
        state = self._state
        state.waiting[self] = None
        if len(self.connections) > state.most:
            # Whoever has sent nothing yet, or is idle, must not keep others out. This one goes when all are at work.
            longest, _ = state.waiting.popitem(last=False)
            longest.give_up()
        self._timer = self.loop.call_later(REQUEST_SECONDS, self.give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the time."""
        self._state.waiting.pop(self, None)
        self._state.unread.pop(self, None)
        self._stop_timer()
        self._stop_reply_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and bound what is not whole yet."""
        self._has_begun = False
        super().data_received(data)
        if self._is_whole and not self.cycle.response_complete:
            return
        # Also for bytes that begin no request, as empty lines between two: they have stopped the time of idleness.
        if self._timer is None and not self.transport.is_closing():
            self._timer = self.loop.call_later(REQUEST_SECONDS, self.give_up)
        if not self._has_begun:
            self._other_bytes += len(data)
            if self._other_bytes > HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The request's head is too large.")

    def on_message_begin(self) -> None:
        """A request's first bytes are here."""
        if len(self.pipeline) >= PIPELINED:
            self.transport.abort()
            raise RuntimeError("too many requests wait on one connection")
        self._is_whole = False
        self._has_begun = True
        self._other_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        if sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            raise ValueError("the request's head is too large")  # answered with 400 by whom it is raised to
        super().on_headers_complete()
        # What comes in a trailer is no header: a proxy in front has not seen to it (RFC 9110, section 6.5.1).
        self.headers = []

    def on_body(self, body: bytes) -> None:
        """A piece of the body, whose size is the application's to bound."""
        self._other_bytes -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole: its time stops."""
        self._is_whole = True
        self._stop_timer()
        self._state.waiting.pop(self, None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The reply is written: the connection is idle, unless another request is here already."""
        if self._is_whole and not self.pipeline:
            self._state.waiting[self] = None
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client reads slower than we write: start the time it may take, and make room for what it leaves."""
        super().pause_writing()
        self._reply_timer = self.loop.call_later(REPLY_SECONDS, self.give_up)
        unread = self._state.unread
        unread[self] = None
        left = sum(each.transport.get_write_buffer_size() for each in unread)
        while left > UNREAD_BYTES and len(unread) > 1:
            longest, _ = unread.popitem(last=False)
            left -= longest.transport.get_write_buffer_size()
            longest.give_up()

    def resume_writing(self) -> None:
        """The client has caught up."""
        super().resume_writing()
        self._state.unread.pop(self, None)
        self._stop_reply_timer()

    def timeout_keep_alive_handler(self) -> None:
        """The connection was idle for too long."""
        self.give_up()

    def give_up(self) -> None:
        """Close the connection, without waiting for a client that does not read what is left to be sent."""
        self._timer = None
        if self.transport.get_write_buffer_size():
            # Else the system would go on holding what is unread, for many minutes.
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            self.transport.abort()
        else:
            self.transport.close()

    @property
    def _state(self) -> State:
        assert isinstance(self.server_state, State), "HttpServer makes its state"
        return self.server_state

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_reply_timer(self) -> None:
        if self._reply_timer is not None:
            self._reply_timer.cancel()
            self._reply_timer = None


class HttpServer(uvicorn.Server):
    """Serves until SIGTERM or SIGINT, then drains: no request that was begun goes without its reply.

    For `notice_seconds` (or until no connection is left) it goes on answering, closing each connection with its reply,
    so that clients and balancers turn to another node; then it stops listening and waits for what is under way.
    """

    def __init__(
        self,
        application: Application,
        *,
        grace_seconds: float,
        on_started: Callable[[], None],
        on_drain: Callable[[], None],
    ) -> None:
        self._application = application
        self._is_draining = False
        self._on_started = on_started
        self._on_drain = on_drain
        self._stop = asyncio.Event()
        self.notice_seconds = min(1.0, grace_seconds / 2)
        super().__init__(
            uvicorn.Config(
                self._answer,
                loop="none",
                http=BoundedProtocol,
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=True,
                proxy_headers=False,
                backlog=BACKLOG,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=math.ceil(grace_seconds),
            )
        )
        self.server_state = State(_most_connections())
        # uvicorn would write a line for each request that is none: strangers could fill the disk with them.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)

    def _answer(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if not self._is_draining:
            return self._application(scope, receive, send)

        async def send_and_close(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        return self._application(scope, receive, send_and_close)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept, then say so."""
        await super().startup(sockets)
        self._on_started()

    async def main_loop(self) -> None:
        """Serve until told to stop, then give clients notice."""
        ticking = asyncio.get_running_loop().create_task(super().main_loop())
        await self._stop.wait()
        self._is_draining = True
        self._on_drain()
        loop = asyncio.get_running_loop()
        end = loop.time() + self.notice_seconds
        while self.server_state.connections and loop.time() < end:  # noqa: ASYNC110  uvicorn announces no end of one
            await asyncio.sleep(0.02)
        self.should_exit = True
        await ticking

    def stop(self) -> None:
        """Begin to drain; a second call does not wait."""
        self.force_exit = self._stop.is_set()
        self._stop.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Drain on SIGTERM and SIGINT. Unlike uvicorn's own, it ends the process with exit code 0."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


def _most_connections() -> int:
    open_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if open_files == resource.RLIM_INFINITY:
        return CONNECTIONS
    return max(1, min(CONNECTIONS, open_files - _OTHER_FILES))
