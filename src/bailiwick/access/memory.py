"""What a node keeps in memory of the store: bounded, keyed by unique id, forgotten as soon as it changes.

An entry names what it was made from. When any of that changes, by whichever node, the entry goes; and what was being
loaded while it changed is used once and not kept.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from typing import Generic, TypeVar

from bailiwick.policy import CompiledPolicy, Statement
from bailiwick.store import Change

T = TypeVar("T")

_REMEMBERED = 4096


class Invalidations:
    """The order in which changes were heard of, so that a load can tell whether it raced one."""

    def __init__(self) -> None:
        self._count = 0
        self._oldest_kept = 0
        self._recent: deque[tuple[int, Change]] = deque()

    def mark(self) -> int:
        """A point in time to ask `since` about."""
        return self._count

    def add(self, changes: Sequence[Change] | None) -> None:
        """Note changes that were just heard of; None stands for any change at all."""
        if changes is None:
            self._count += 1
            self._recent.clear()
            self._oldest_kept = self._count
            return
        for change in changes:
            self._count += 1
            self._recent.append((self._count, change))
        while len(self._recent) > _REMEMBERED:
            self._oldest_kept = self._recent.popleft()[0]

    def touched_since(self, mark: int, sources: Sequence[Change]) -> bool:
        """Whether any of the sources may have changed since the mark."""
        if mark == self._count:
            return False
        if mark < self._oldest_kept:
            return True
        newer = takewhile(lambda noted: noted[0] > mark, reversed(self._recent))
        return any(change in sources for _, change in newer)


class Memory(Generic[T]):
    """Entries of one kind, the longest unused going first when they weigh more than the capacity together."""

    def __init__(
        self,
        capacity: int,
        invalidations: Invalidations,
        crowded_out: Callable[[tuple[Change, ...]], None] = lambda sources: None,
    ) -> None:
        """`crowded_out` hears what an entry was made from that goes for want of room."""
        self._capacity = capacity
        self._crowded_out = crowded_out
        self._weight = 0
        self._invalidations = invalidations
        self._entries: OrderedDict[str, tuple[T, tuple[Change, ...], int]] = OrderedDict()
        self._made_from: dict[Change, set[str]] = {}

    def find(self, key: str) -> T | None:
        """The entry, or None."""
        found = self._entries.get(key)
        if found is None:
            return None
        self._entries.move_to_end(key)
        return found[0]

    def keep(self, key: str, entry: T, sources: tuple[Change, ...], mark: int, weight: int = 1) -> None:
        """Keep what was loaded since `mark`, unless a source changed meanwhile."""
        if self._invalidations.touched_since(mark, sources):
            return
        self._drop(key)
        self._entries[key] = (entry, sources, weight)
        self._weight += weight
        for source in sources:
            self._made_from.setdefault(source, set()).add(key)
        while self._weight > self._capacity:
            oldest = next(iter(self._entries))
            oldest_sources = self._entries[oldest][1]
            self._drop(oldest)
            self._crowded_out(oldest_sources)

    def forget(self, changes: Sequence[Change] | None) -> None:
        """Drop what was made from any of these; None drops everything."""
        if changes is None:
            self._entries.clear()
            self._made_from.clear()
            self._weight = 0
            return
        for change in changes:
            for key in tuple(self._made_from.get(change, ())):
                self._drop(key)

    def _drop(self, key: str) -> None:
        dropped = self._entries.pop(key, None)
        if dropped is None:
            return
        self._weight -= dropped[2]
        for source in dropped[1]:
            users = self._made_from[source]
            users.discard(key)
            if not users:
                del self._made_from[source]


def weight_of(policies: Iterable[CompiledPolicy]) -> int:
    """About how many KiB compiled policies take: a typical one 30 bytes for each of its characters, the worst 200."""
    return sum(
        1 + sum(_statement_weight(each.written) for each in policy.statements if each.written is not None)
        for policy in policies
    )


def _statement_weight(statement: Statement) -> int:
    tests = [test for block in statement.conditions or () for test in block.tests]
    members = [member for block in (statement.principal, statement.not_principal) if block for member in block.members]
    lists = [
        statement.action or (),
        statement.not_action or (),
        statement.resource or (),
        statement.not_resource or (),
        *(values for _, values in (*tests, *members)),
    ]
    characters = sum(len(text) for texts in lists for text in texts)
    return 1 + 2 * len(tests) + sum(map(len, lists)) // 2 + characters // 200
