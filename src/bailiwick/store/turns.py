"""Who waits, and whose turn it is: each lock's waiters in their order, the locks round robin."""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """A queue in which no lock's many waiters hold up another lock's few."""

    def __init__(self) -> None:
        self._lanes: OrderedDict[str | None, deque[T]] = OrderedDict()  # in the order of their turns; none is empty

    def __bool__(self) -> bool:
        return bool(self._lanes)

    def add(self, waiter: T, lock: str | None) -> None:
        """Have one wait behind those of the same lock."""
        self._lanes.setdefault(lock, deque()).append(waiter)

    def take(self, most: int) -> list[T]:
        """The next ones, fewer when fewer wait."""
        taken: list[T] = []
        while self._lanes and len(taken) < most:
            lock, lane = self._lanes.popitem(last=False)
            taken.append(lane.popleft())
            if lane:
                self._lanes[lock] = lane
        return taken
