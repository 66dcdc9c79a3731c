"""The HTTP door: ASGI in, ASGI out. Reads a request whole within its limits, and answers health questions."""

import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from bailiwick.auth import claimed_service
from bailiwick.errors import AwsError, RequestEntityTooLarge, ServiceUnavailable
from bailiwick.http import HttpRequest, HttpResponse
from bailiwick.service.calls import Calls
from bailiwick.service.client_address import IPNetwork, client_of
from bailiwick.wire import Limits

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_TEXT = ((b"content-type", b"text/plain; charset=utf-8"),)
_JSON = ((b"content-type", b"application/json"),)


class Door:
    """The ASGI application."""

    def __init__(
        self,
        calls: Calls,
        readiness: Callable[[], Awaitable[str | None]],
        version: str,
        trusted_proxies: Sequence[IPNetwork],
        limits: Limits,
        documents: Callable[[bytes], Awaitable[HttpResponse | None]],
    ) -> None:
        """`readiness` gives the reason why this node is not ready, or None; `documents`, what is public at a path."""
        self._calls = calls
        self._readiness = readiness
        self._version = version
        self._trusted_proxies = tuple(trusted_proxies)
        self._limits = limits
        self._documents = documents
        self._held = 0  # bytes of the bodies that did not come in one small piece, until they are answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification, version 3."""
        if scope["type"] != "http":
            raise RuntimeError(f"{scope['type']} is not served here")
        path: bytes = scope["raw_path"]
        if scope["method"] in ("GET", "HEAD") and (public := await self._public(path)) is not None:
            await _send(send, public)
            return
        try:
            message = await _received(receive)
            body: bytes = message.get("body", b"")
            if message.get("more_body", False) or len(body) > self._limits.unsigned_bytes:
                await self._answer_in_pieces(scope, receive, send, message)
            else:
                await _send(send, await self._calls.answer(self._request(scope, body)))
        except _Gone:
            return

    async def _answer_in_pieces(
        self, scope: Scope, receive: Receive, send: Send, message: MutableMapping[str, Any]
    ) -> None:
        """Answer a request that did not come in one small piece, within the limits of its body and of all of them.

        Raises:
            _Gone: the client went away amid it.
        """
        unread = self._request(scope, b"")
        limits = self._limits
        most = limits.unsigned_bytes if claimed_service(unread) is None else limits.signed_bytes
        pieces: list[bytes] = []
        size = 0
        try:
            while True:
                pieces.append(message.get("body", b""))
                size += len(pieces[-1])
                self._held += len(pieces[-1])
                refusal: AwsError | None = None
                if size > most:
                    refusal = RequestEntityTooLarge(f"The request body is larger than {most} bytes.")
                elif size > limits.unsigned_bytes and self._held > limits.together_bytes:
                    refusal = ServiceUnavailable("Too many large requests at once. Please retry.")
                if refusal is not None:
                    await _send(send, self._calls.refuse_unread(unread, refusal), closes=True)
                    return
                if not message.get("more_body", False):
                    break
                message = await _received(receive)
            await _send(send, await self._calls.answer(self._request(scope, b"".join(pieces))))
        finally:
            self._held -= size

    def _request(self, scope: Scope, body: bytes) -> HttpRequest:
        peer = scope.get("client")
        address, is_secure = client_of(
            peer[0] if peer else None, scope["scheme"] == "https", scope["headers"], self._trusted_proxies
        )
        return HttpRequest(
            method=scope["method"],
            raw_path=scope["raw_path"],
            query_string=scope["query_string"],
            headers=tuple(scope["headers"]),
            body=body,
            client_address=address,
            is_secure=is_secure,
        )

    async def _public(self, path: bytes) -> HttpResponse | None:
        """What anybody may read at that path, or None."""
        return await self._health(path) if path in _HEALTH else await self._documents(path)

    async def _health(self, path: bytes) -> HttpResponse:
        if path == b"/healthz":
            return HttpResponse(200, _TEXT, b"ok\n")
        if path == b"/version":
            return HttpResponse(200, _JSON, json.dumps({"version": self._version}).encode() + b"\n")
        reason = await self._readiness()
        if reason is None:
            return HttpResponse(200, _TEXT, b"ready\n")
        return HttpResponse(503, _TEXT, f"not ready: {reason}\n".encode())


_HEALTH = frozenset({b"/healthz", b"/readyz", b"/version"})


class _Gone(Exception):
    """The client went away before its request was whole."""


async def _received(receive: Receive) -> MutableMapping[str, Any]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise _Gone
    return message


async def _send(send: Send, response: HttpResponse, *, closes: bool = False) -> None:
    headers = [*response.headers, (b"content-length", str(len(response.body)).encode())]
    if closes:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
