"""uvicorn as we run it: bounded before anything is parsed, and drained on a signal with no broken reply."""

import asyncio
import contextlib
import math
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

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
"""What of a request's head may come after the first packet; a whole head is at most this and two reads."""

CONNECTIONS = 4_096


class BoundedProtocol(HttpToolsProtocol):
    """A connection whose requests are bounded in the size of the head and in the time they take to arrive."""

    _is_whole = False
    _is_in_head = False
    _head_bytes = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn types it
        """Start the time for the first request."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(REQUEST_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the time."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and bound what is not whole yet."""
        was_in_head = self._is_in_head
        super().data_received(data)
        if self._is_whole:
            return
        if self._timer is None:
            self._timer = self.loop.call_later(REQUEST_SECONDS, self._give_up)
        if self._is_in_head and was_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The request's head is too large.")

    def on_message_begin(self) -> None:
        """A request's first bytes are here."""
        self._is_whole = False
        self._is_in_head = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._is_in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole: its time stops."""
        self._is_whole = True
        self._stop_timer()
        super().on_message_complete()

    def _give_up(self) -> None:
        self._timer = None
        self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


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
                limit_concurrency=CONNECTIONS,
                backlog=BACKLOG,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=math.ceil(grace_seconds),
            )
        )

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
