"""Many texts matched against one pattern at once.

Every place in every text is one bit of a large number, each text in a lane of its own, and a pattern is followed
through all lanes together: a character, a `?` or a `*` costs a few operations on numbers, however many texts there are.
That keeps a condition key of many values from multiplying with a condition of many patterns.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from bailiwick.policy.patterns import Places, Token, Wildcard

_ANY: Final = Wildcard.ANY
_SHORT: Final = 4
"""Up to this length the places of a text's characters tell sooner than a search whether it stands anywhere."""


class Lanes:
    """Texts side by side.

    A lane has a bit for each place, which is the gap before a character or after the last one, and above them its
    guard. Results are numbers in which the guards of the texts found are set.
    """

    __slots__ = (
        "_anywhere",
        "_at",
        "_by_character",
        "_characters",
        "_ends",
        "_joined",
        "_longest",
        "_places",
        "_starts",
        "all",
    )

    all: int
    """Every text."""

    def __init__(self, texts: Iterable[str], widths: Sequence[int]) -> None:
        """`widths`: how many characters each lane has room for; lanes of equal widths have equal guards."""
        self._longest = 0
        self._at: dict[str, int] = {}
        self._starts = self._characters = self._ends = self.all = 0
        joined = []
        start = 0
        for text, width in zip(texts, widths, strict=True):
            end = start + len(text)
            self._starts |= 1 << start
            self._characters |= (1 << end) - (1 << start)
            self._ends |= 1 << end
            start += width + 2
            self.all |= 1 << start - 1
            self._longest = max(self._longest, len(text))
            joined.append(text.ljust(width + 2))
        self._joined = "".join(joined)
        self._by_character = Places(self._joined)
        self._places = self._characters | self._ends
        self._anywhere = self._onwards(self._starts)

    def matching(self, tokens: Sequence[Token]) -> int:
        """The texts that match a pattern as a whole."""
        reached = self._starts
        for token in tokens[:-1] if tokens and tokens[-1] is _ANY else tokens:
            if token is _ANY:
                reached = self._anywhere if reached == self._starts else self._onwards(reached)
            elif isinstance(token, str):
                if token:
                    reached = (reached & self._where(token)) << len(token)
            else:
                reached = (reached & self._characters) << 1
            if not reached:
                return 0
        if not tokens or tokens[-1] is not _ANY:
            reached &= self._ends
        # Subtracting anything takes a lane's guard away.
        return self.all & ~(self.all - reached) if reached else 0

    def _onwards(self, reached: int) -> int:
        """All places from the first one reached in each lane.

        In a number or its negative all bits are set from its lowest one on. What it is subtracted from is the guard,
        so that no lane borrows from the next.
        """
        return (reached | self.all - reached) & self._places

    def _where(self, run: str) -> int:
        """The places where some literal text stands."""
        known = self._at.get(run)
        if known is not None:
            return known
        size = len(run)
        if size == 1:
            found = self._by_character.of(run) & self._characters if run in self._joined else 0
        elif size > self._longest or (size > _SHORT and run not in self._joined):
            found = 0
        else:
            # In halves of equal lengths, so that what repeats itself is sought once.
            half = 1 << (size - 1).bit_length() - 1
            found = self._where(run[:half])
            if found:
                found &= self._where(run[half:]) >> half
        self._at[run] = found
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
