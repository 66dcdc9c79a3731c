"""The ceiling: what uvicorn with httptools and uvloop reaches when the application does the least that can be called
GetCallerIdentity: read the body, check the signature, answer XML. It knows one key, has no store and no policies.

Run: python benchmarks/bare_server.py HOST:PORT
"""

import hashlib
import hmac
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import uvicorn

ACCESS_KEY_ID = "AKIABAREBAREBAREBARE"
SECRET_ACCESS_KEY = "bareBAREbareBAREbareBAREbareBAREbareBARE"

_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_signing_keys: dict[tuple[str, str, str], bytes] = {}


def answer(headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    """Status and body of the reply to one request."""
    _, _, rest = headers["authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    access_key_id, day, region, service, end = parts["Credential"].split("/")
    names = parts["SignedHeaders"]
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names.split(";"))
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{day}/{region}/{service}/{end}\n{digest}"
    signature = hmac.digest(_signing_key(day, region, service), to_sign.encode(), "sha256").hex()
    parameters = dict(parse_qsl(body.decode()))
    is_right = hmac.compare_digest(signature, parts["Signature"]) and access_key_id == ACCESS_KEY_ID
    if not is_right or parameters["Action"] != "GetCallerIdentity":
        return 403, b"<Error/>"
    text = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        f"<UserId>{access_key_id}</UserId><Account>123456789012</Account>"
        f"<Arn>arn:aws:iam::123456789012:user/{access_key_id}</Arn>"
        "</GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    return 200, text.encode()


def _signing_key(day: str, region: str, service: str) -> bytes:
    key = _signing_keys.get((day, region, service))
    if key is None:
        key = b"AWS4" + SECRET_ACCESS_KEY.encode()
        for part in (day, region, service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        _signing_keys[day, region, service] = key
    return key


async def application(scope: MutableMapping[str, Any], receive: _Receive, send: _Send) -> None:
    """The ASGI application."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    status, text = answer({name.decode(): value.decode() for name, value in scope["headers"]}, body)
    headers = [(b"content-type", b"text/xml"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    uvicorn.run(
        application,
        host=host,
        port=int(port),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
