"""What tests of the one door act with: requests' refusals, sessions that sign, and a door whose keys can change."""

import asyncio
import contextlib
import sys
from collections.abc import Callable
from datetime import datetime
from types import FrameType

import pytest

from bailiwick.auth import (
    AccessKey,
    Authenticated,
    AuthenticationError,
    Authenticator,
    SessionCredentials,
    TokenRing,
)
from bailiwick.http import HttpRequest

Sign = Callable[..., HttpRequest]
Authenticate = Callable[..., Authenticated]

NONCE = b"nonce-123456"
UNKNOWN = "The security token included in the request is invalid."
BAD_TOKEN = "The security token included in the request is invalid"


def refusal(authenticate: Authenticate, request: HttpRequest, **options: object) -> AuthenticationError:
    with pytest.raises(AuthenticationError) as refused:
        authenticate(request, **options)
    return refused.value


def signing(credentials: SessionCredentials) -> dict[str, str]:
    return {
        "key_id": credentials.access_key_id,
        "secret": credentials.secret_access_key.reveal().decode(),
        "token": credentials.session_token,
    }


def digests(door: "Door", request: HttpRequest) -> int:
    """How many HMACs it took to answer."""
    count = 0

    def observe(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "c_call" and getattr(argument, "__name__", "") == "hmac_digest"

    sys.setprofile(observe)
    try:
        with contextlib.suppress(AuthenticationError):
            door.authenticate(request)
    finally:
        sys.setprofile(None)
    return count


class Door:
    """An authenticator whose key and rings can be changed, and that counts what it is asked."""

    def __init__(self, key: AccessKey, rings: list[TokenRing], now: datetime) -> None:
        self.key = key
        self.looked_up: list[str] = []
        self.refreshes = 0
        self._rings = rings
        self._authenticator = Authenticator(self, self, lambda: now)

    def authenticate(self, request: HttpRequest, service: str = "sts") -> Authenticated:
        return asyncio.run(self._authenticator.authenticate(request, service))

    async def access_key(self, access_key_id: str) -> AccessKey | None:
        self.looked_up.append(access_key_id)
        return self.key if access_key_id == self.key.access_key_id else None

    def current(self) -> TokenRing:
        return self._rings[self.refreshes]

    async def refreshed(self) -> TokenRing:
        self.refreshes += 1
        return self._rings[self.refreshes]
