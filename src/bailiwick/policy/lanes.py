"""Many texts matched against one pattern at once.

Every place in every text is one bit of a large number, each text in a lane of its own, and a pattern is followed
through all lanes together: a character, a `?` or a `*` costs a few operations on numbers, however many texts there are.
That keeps a condition key of many values from multiplying with a condition of many patterns.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from bailiwick.policy.patterns import Places, Token, Wildcard

_ANY: Final = Wildcard.ANY


class Lanes:
    """Texts side by side.

    A lane has a bit for each place, which is the gap before a character or after the last one, and above them its
    guard. Results are numbers in which the guards of the texts found are set.
    """

    __slots__ = ("_characters", "_ends", "_known", "_longest", "_rooms", "_runs", "_starts", "all")

    all: int
    """Every text."""

    def __init__(self, texts: Sequence[str], widths: Sequence[int]) -> None:
        """`widths`: how many characters each lane has room for; lanes of equal widths have equal guards."""
        self._longest = 0
        self._known: dict[str, int] = {}
        self._rooms: dict[int, int] = {}
        lanes = [text.ljust(width + 2) for text, width in zip(texts, widths, strict=True)]
        joined = "".join(lanes)
        ends, guards = bytearray(len(joined) // 8 + 1), bytearray(len(joined) // 8 + 1)
        start = 0
        for text, width in zip(texts, widths, strict=True):
            self._longest = max(self._longest, len(text))
            end = start + len(text)
            ends[end >> 3] |= 1 << (end & 7)
            start += width + 2
            guards[start - 1 >> 3] |= 1 << (start - 1 & 7)
        self._ends, self.all = int.from_bytes(ends, "little"), int.from_bytes(guards, "little")
        # Each lane starts above the guard of the one before. From its start up to its end are its characters.
        self._starts = (1 | self.all << 1) & (1 << len(joined)) - 1
        self._characters = self._ends - self._starts
        self._runs = Places(joined)

    def matching(self, tokens: Sequence[Token]) -> int:
        """The texts that match a pattern as a whole."""
        guards, known = self.all, self._known
        reached, is_free, skipped = self._starts, False, 0
        for token in tokens:
            if token is _ANY:
                is_free = True
            elif not isinstance(token, str):
                skipped += 1
            elif token:
                where = known.get(token)
                if where is None:
                    where = self._where(token)
                if not where:
                    return 0
                if skipped:
                    reached = (reached & self._room(skipped)) << skipped
                    skipped = 0
                if is_free:
                    # All places from the first one reached in each lane: in a number or its negative all bits are set
                    # from its lowest one on. It is subtracted from the guard, so that no lane borrows from the next.
                    reached |= guards - reached
                    is_free = False
                reached = (reached & where) << len(token)
                if not reached:
                    return 0
        if skipped:
            reached = (reached & self._room(skipped)) << skipped
        if not is_free:
            reached &= self._ends
        # Subtracting anything takes a lane's guard away.
        return guards & ~(guards - reached) if reached else 0

    def _where(self, run: str) -> int:
        """The places where some text stands within its lane."""
        found = self._runs.of(run) & self._room(len(run)) if len(run) <= self._longest else 0
        self._known[run] = found
        return found

    def _room(self, count: int) -> int:
        """The places with so many characters after them."""
        known = self._rooms.get(count)
        if known is not None:
            return known
        half = count // 2
        found = self._characters if count == 1 else self._room(half) & self._room(count - half) >> half
        self._rooms[count] = found
        return found


def guarded(guards: int, texts: Iterable[str], widths: Iterable[int]) -> set[str]:
    """The texts whose guards are set, of those that lanes were made of."""
    found = set()
    start = 0
    for text, width in zip(texts, widths, strict=True):
        start += width + 2
        if guards >> start - 1 & 1:
            found.add(text)
    return found
