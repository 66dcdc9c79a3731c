"""The door: what the bodies of requests may take of memory, all together."""

import asyncio
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from bailiwick.service import Service
from bailiwick.settings import load
from bailiwick.wire import Limits

LIMITS = Limits(unsigned_bytes=1_000, signed_bytes=10_000, together_bytes=12_000)
SIGNED = (b"authorization", b"AWS4-HMAC-SHA256 Credential=AKIA/20261124/us-east-1/iam/aws4_request, Signature=0")


class Client:
    """One connection with one request, whose body the test sends piece by piece."""

    def __init__(self, service: Service) -> None:
        self.sent: list[MutableMapping[str, Any]] = []
        self._to_receive: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        scope = {
            "type": "http",
            "method": "POST",
            "raw_path": b"/",
            "query_string": b"",
            "headers": [SIGNED],
            "client": ("192.0.2.1", 1234),
            "scheme": "http",
        }
        self.answered = asyncio.ensure_future(service.app(scope, self._to_receive.get, self._send))

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message)

    async def sends(self, size: int, *, is_last: bool = False) -> None:
        """Send a piece, and let the server take it."""
        await self._to_receive.put({"type": "http.request", "body": b"x" * size, "more_body": not is_last})
        while not self._to_receive.empty():  # noqa: ASYNC110  nothing announces it
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def goes_away(self) -> None:
        """Cut the connection."""
        await self._to_receive.put({"type": "http.disconnect"})
        await self.answered

    @property
    def status(self) -> int:
        """The status of the reply."""
        return int(self.sent[0]["status"])


async def opened(folder: Path) -> Service:
    loaded = load(flags={"data": str(folder)}, environment={}, config=None, quota_names=())
    service = await Service.open(loaded.settings)
    service.app._limits = LIMITS
    return service


def test_large_bodies_share_a_bound_and_give_back_what_they_took(tmp_path: Path) -> None:
    async def test() -> None:
        service = await opened(tmp_path)
        first, second = Client(service), Client(service)
        await first.sends(8_000)
        await second.sends(8_000)
        await second.answered
        assert second.status == 503
        assert (b"connection", b"close") in second.sent[0]["headers"]

        await first.goes_away()
        third = Client(service)
        await third.sends(8_000)
        await third.sends(1_000, is_last=True)
        await third.answered
        assert third.status != 503

        fourth = Client(service)
        await fourth.sends(8_000)
        await fourth.sends(1_000, is_last=True)
        await fourth.answered
        assert fourth.status == third.status
        await service.close()

    asyncio.run(test())


def test_a_body_beyond_its_own_bound_is_refused_before_it_is_whole(tmp_path: Path) -> None:
    async def test() -> None:
        service = await opened(tmp_path)
        client = Client(service)
        await client.sends(8_000)
        await client.sends(2_001)
        await client.answered
        assert client.status == 413
        await service.close()

    asyncio.run(test())


def test_large_bodies_that_do_not_come_to_an_end_keep_small_ones_out_of_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        service = await opened(tmp_path)
        first, second, small = Client(service), Client(service), Client(service)
        await first.sends(8_000)
        await second.sends(4_000)

        await small.sends(300)
        await small.sends(300, is_last=True)
        await small.answered

        assert small.status != 503
        await first.goes_away()
        await second.goes_away()
        await service.close()

    asyncio.run(test())
