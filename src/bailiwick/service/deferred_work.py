"""The slow work of replies, done one after another on a thread beside the event loop, account by account in turn.

One thread: whatever slow work there is, everything else waits for at most one turn of the interpreter. In turn, and
bounded: nobody's work keeps that of other accounts waiting for longer than a piece of each, nor piles up for clients
that have gone away.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from bailiwick.errors import ServiceUnavailable, Throttling

MOST_OF_ONE: Final = 16
"""How much work of one account waits; that which is under way beside it."""

MOST: Final = 128
"""How much work waits in all."""

_T = TypeVar("_T")


class DeferredWork:
    """The work of all calls of a process. Used from one event loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="deferred-reply")
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()  # whose turn it is first
        self._is_busy = False
        self._is_closed = False

    async def run(self, account: str, work: Callable[[], _T]) -> _T:
        """Do a piece of work of an account, in its turn.

        Raises:
            Throttling: too much waits, of the account or in all.
            ServiceUnavailable: `close` was called before its turn.
        """
        if len(self._waiting.get(account, ())) >= MOST_OF_ONE or sum(map(len, self._waiting.values())) >= MOST:
            raise Throttling("Rate exceeded")
        if self._is_closed:
            raise _closing()
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting.setdefault(account, deque()).append(turn)
        self._give_turn()
        try:
            await turn
            return await loop.run_in_executor(self._thread, work)
        finally:
            if _was_given(turn):
                self._is_busy = False
                self._give_turn()

    def close(self) -> None:
        """Begin no more work; what is under way comes to its end."""
        self._is_closed = True
        for turns in self._waiting.values():
            for turn in turns:
                if not turn.done():
                    turn.set_exception(_closing())
        self._waiting.clear()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _give_turn(self) -> None:
        while self._waiting and not self._is_busy:
            account, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._waiting[account] = turns
            if not turn.done():  # nobody waits for it any more
                self._is_busy = True
                turn.set_result(None)


def _was_given(turn: asyncio.Future[None]) -> bool:
    return turn.done() and not turn.cancelled() and turn.exception() is None


def _closing() -> ServiceUnavailable:
    return ServiceUnavailable("The service is shutting down. Please retry.")
