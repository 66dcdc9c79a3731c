"""Set-up for the tests of authentication: a fixed time, known keys, a signer written apart from the code tested."""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from bailiwick.auth import (
    AccessKey,
    Authenticated,
    Authenticator,
    Origin,
    PrincipalKind,
    RingKey,
    SessionClaims,
    TokenRing,
)
from bailiwick.http import HttpRequest
from bailiwick.secret import Secret

_NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


class _Keys:
    def __init__(self, keys: Mapping[str, AccessKey]) -> None:
        self._keys = keys

    async def access_key(self, access_key_id: str) -> AccessKey | None:
        return self._keys.get(access_key_id)


class _Ring:
    def __init__(self, ring: TokenRing) -> None:
        self._ring = ring

    def current(self) -> TokenRing:
        return self._ring

    async def refreshed(self) -> TokenRing:
        return self._ring


@pytest.fixture(scope="session")
def now() -> datetime:
    return _NOW


@pytest.fixture(scope="session")
def ring() -> TokenRing:
    return TokenRing([RingKey(7, Secret(bytes(range(32))), _NOW)], "installation-1")


@pytest.fixture(scope="session")
def access_key() -> AccessKey:
    return AccessKey(
        _KEY_ID, "123456789012", PrincipalKind.USER, "AIDACKCEVSQ6C2EXAMPLE", Secret(_SECRET.encode()), True
    )


@pytest.fixture(scope="session")
def claims() -> SessionClaims:
    """A role session of one hour, from half an hour ago."""
    issued_at_ms = int(_NOW.timestamp() * 1000) - 1_800_000
    return SessionClaims(
        session_id="session-1",
        account="123456789012",
        principal_kind=PrincipalKind.ROLE,
        principal_id="AROADBQP57FF2AEXAMPLE",
        principal_name="demo",
        session_name="john",
        issued_at_ms=issued_at_ms,
        expires_at_ms=issued_at_ms + 3_600_000,
        operation="AssumeRole",
        origin=Origin(_KEY_ID, "123456789012", "AIDACKCEVSQ6C2EXAMPLE"),
    )


@pytest.fixture(scope="session")
def authenticate(access_key: AccessKey, ring: TokenRing) -> Callable[..., Authenticated]:
    """Authenticate one request, by default to STS at the fixed time, with the one known key."""

    def authenticate(
        request: HttpRequest,
        service: str = "sts",
        at: datetime = _NOW,
        keys: Mapping[str, AccessKey] | None = None,
    ) -> Authenticated:
        found = {access_key.access_key_id: access_key} if keys is None else keys
        return asyncio.run(Authenticator(_Keys(found), _Ring(ring), lambda: at).authenticate(request, service))

    return authenticate


@pytest.fixture(scope="session")
def sign() -> Callable[..., HttpRequest]:
    """Sign a request in the header form: `sign(headers=..., signed=..., ...)`, whatever that makes of it.

    `query` must be canonical already and `path` normal; the parts of the scope and of the Authorization header can be
    replaced one by one.
    """

    def sign(
        method: str = "POST",
        path: str = "/",
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"Action=GetCallerIdentity&Version=2011-06-15",
        *,
        key_id: str = _KEY_ID,
        secret: str = _SECRET,
        token: str | None = None,
        amz_date: str = "20261124T120000Z",
        date_header: str | None = None,
        scope: str = "20261124/us-east-1/sts/aws4_request",
        signed: list[str] | None = None,
        payload_hash: str | None = None,
        authorization: str = (
            "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed_headers}, Signature={signature}"
        ),
    ) -> HttpRequest:
        sent = {"host": "sts.example.com"} | dict(headers or {})
        sent["x-amz-date" if date_header is None else "date"] = date_header or amz_date
        if token is not None:
            sent["x-amz-security-token"] = token
        names = sorted(sent) if signed is None else signed
        payload = payload_hash or hashlib.sha256(body).hexdigest()
        lines = [f"{name}:{sent.get(name, '')}" for name in names]
        canonical = "\n".join([method, quote(path), query, *lines, "", ";".join(names), payload])
        signature = _signature(secret, scope, amz_date, canonical)
        value = authorization.format(
            credential=f"{key_id}/{scope}", signed_headers=";".join(names), signature=signature
        )
        sent["authorization"] = value
        raw = tuple((name.encode(), value.encode("latin-1")) for name, value in sent.items())
        return HttpRequest(method, path.encode(), query.encode(), raw, body)

    return sign


@pytest.fixture(scope="session")
def presign() -> Callable[..., HttpRequest]:
    """Sign a request in the query form: `presign(parameters=..., ...)`; `changed` replaces parameters beforehand."""

    def presign(
        method: str = "GET",
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        key_id: str = _KEY_ID,
        secret: str = _SECRET,
        token: str | None = None,
        amz_date: str = "20261124T120000Z",
        expires: str = "900",
        scope: str = "20261124/us-east-1/sts/aws4_request",
        signed: str = "host",
        changed: Mapping[str, str | None] | None = None,
        extra_query: str = "",
    ) -> HttpRequest:
        sent = {"host": "sts.example.com"} | dict(headers or {})
        query: dict[str, str | None] = {
            "Action": "GetCallerIdentity",
            "Version": "2011-06-15",
            **(parameters or {}),
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{key_id}/{scope}",
            "X-Amz-Date": amz_date,
            "X-Amz-SignedHeaders": signed,
            "X-Amz-Expires": expires,
            "X-Amz-Security-Token": token,
            **(changed or {}),
        }
        pairs = sorted(
            (quote(k, safe=""), quote(v, safe="")) for k, v in query.items() if v is not None and k != "X-Amz-Signature"
        )
        canonical_query = "&".join(f"{name}={value}" for name, value in pairs)
        lines = [f"{name}:{sent.get(name, '')}" for name in signed.split(";")]
        canonical = "\n".join([method, "/", canonical_query, *lines, "", signed, hashlib.sha256(body).hexdigest()])
        signature = (changed or {}).get("X-Amz-Signature", _signature(secret, scope, amz_date, canonical))
        end = "" if signature is None else f"&X-Amz-Signature={signature}"
        raw = tuple((name.encode(), value.encode("latin-1")) for name, value in sent.items())
        return HttpRequest(method, b"/", f"{canonical_query}{end}{extra_query}".encode(), raw, body)

    return presign


def _signature(secret: str, scope: str, amz_date: str, canonical: str) -> str:
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    digest = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
    string_to_sign = f"AWS4-HMAC-SHA256\n{amz_date}\n{scope}\n{digest}"
    return hmac.new(key, string_to_sign.encode(), hashlib.sha256).hexdigest()
