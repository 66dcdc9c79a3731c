"""Slow work is done in turn: bounded for each account, and held up by nobody's."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from bailiwick.errors import ServiceUnavailable, Throttling
from bailiwick.service.deferred_work import MOST, MOST_OF_ONE, DeferredWork


class Bench:
    """Work that waits for a gate, and the order in which it was done."""

    def __init__(self) -> None:
        self.work = DeferredWork()
        self.gate = threading.Event()
        self.done: list[str] = []

    def put(self, account: str, name: str = "") -> "asyncio.Task[str]":
        """A piece of an account's work, given now."""

        def piece() -> str:
            self.gate.wait()
            self.done.append(name or account)
            return name or account

        return asyncio.get_running_loop().create_task(self.work.run(account, piece))


def on(test: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
    """Run a test in an event loop; nothing waits for the gate afterwards."""
    bench = Bench()

    async def run() -> None:
        try:
            await test(bench)
        finally:
            bench.gate.set()
            bench.work.close()

    asyncio.run(run())


def test_accounts_take_turns_whoever_came_first() -> None:
    async def test(bench: Bench) -> None:
        tasks = [bench.put("a", f"a{number}") for number in range(4)]
        tasks += [bench.put("b"), bench.put("c")]
        await asyncio.sleep(0)

        bench.gate.set()
        await asyncio.gather(*tasks)

        assert bench.done == ["a0", "a1", "b", "c", "a2", "a3"]

    on(test)


def test_an_account_is_refused_what_piles_up_and_no_other_account_is() -> None:
    async def test(bench: Bench) -> None:
        taken = [bench.put("a") for _ in range(MOST_OF_ONE + 1)]  # one of them is under way
        refused, other = bench.put("a"), bench.put("b")
        await asyncio.sleep(0)

        bench.gate.set()
        with pytest.raises(Throttling):
            await refused
        assert await other == "b"
        assert await asyncio.gather(*taken) == ["a"] * len(taken)
        assert await bench.put("a") == "a"

    on(test)


def test_all_accounts_together_are_bounded() -> None:
    async def test(bench: Bench) -> None:
        taken = [bench.put(str(number)) for number in range(MOST + 1)]
        refused = bench.put("one more")
        await asyncio.sleep(0)

        bench.gate.set()
        with pytest.raises(Throttling):
            await refused
        await asyncio.gather(*taken)

    on(test)


def test_a_failure_is_its_askers_and_the_next_has_its_turn() -> None:
    async def test(bench: Bench) -> None:
        bench.gate.set()

        def failing() -> str:
            raise KeyError("missing")

        with pytest.raises(KeyError):
            await bench.work.run("a", failing)
        assert await bench.put("a") == "a"

    on(test)


@pytest.mark.parametrize("steps", [1, 2])
def test_whoever_no_longer_waits_holds_nobody_up(steps: int) -> None:
    """Given up while waiting, or in the moment in which its turn came."""

    async def test(bench: Bench) -> None:
        first = bench.put("a")
        given_up, last = bench.put("b"), bench.put("c")
        await asyncio.sleep(0)
        bench.gate.set()
        if steps == 2:
            await first
        given_up.cancel()

        with pytest.raises(asyncio.CancelledError):
            await given_up
        assert await last == "c"
        assert await bench.put("d") == "d"

    on(test)


def test_what_waits_when_it_closes_is_refused_and_what_comes_later_too() -> None:
    async def test(bench: Bench) -> None:
        under_way, waiting = bench.put("a"), bench.put("b")
        await asyncio.sleep(0)

        bench.work.close()
        bench.gate.set()

        assert await under_way == "a"
        for refused in (waiting, bench.put("c")):
            with pytest.raises(ServiceUnavailable):
                await refused

    on(test)
