"""Globs: `*` is any run of characters, `?` is exactly one. Matching is linear in the text and in the pattern.

A pattern is split at its stars into segments. The first must start the text, the last must end it, the others must
follow one another, each found as early as possible: no choice is ever taken back.
"""

import enum
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias


class Wildcard(enum.Enum):
    """A wildcard in a tokenized pattern; literal text is a `str`, so that it can never be mistaken for one."""

    ANY = "*"
    ONE = "?"


Token: TypeAlias = str | Wildcard
Matcher: TypeAlias = Callable[[str], bool]

_WILDCARDS = re.compile(r"([*?])")

_TRIES = 64
"""How many of the places where its longest run stands are tried for a segment before all are sought together."""

_SHORT = 4
"""Up to this length the places of a text's characters tell sooner than a search whether it stands anywhere."""


class Masked:
    """A segment with at least one `?`: characters that must be equal at their offsets, the rest free."""

    __slots__ = ("_longest", "_longest_offset", "_runs", "length")

    def __init__(self, tokens: Sequence[Token]) -> None:
        runs: list[tuple[int, str]] = []
        length = 0
        for token in tokens:
            if isinstance(token, str):
                runs.append((length, token))
                length += len(token)
            else:
                length += 1
        self.length = length
        self._runs = tuple(runs)
        self._longest_offset, self._longest = max(runs, key=lambda run: len(run[1]), default=(0, ""))

    def __len__(self) -> int:
        return self.length

    def matches_at(self, text: str, start: int) -> bool:
        """Whether the segment stands at `start`; the caller has made sure that it fits."""
        return all(text.startswith(run, start + offset) for offset, run in self._runs)

    def find(self, text: str, start: int, end: int) -> int:
        """Where the segment first stands within `text[start:end]`, or -1."""
        place = start
        for _ in range(_TRIES):
            found = text.find(self._longest, place + self._longest_offset)
            place = found - self._longest_offset
            if found < 0 or place + self.length > end:
                return -1
            if self.matches_at(text, place):
                return place
            place += 1
        return self._find_in_all_places(text, place, end)

    def _find_in_all_places(self, text: str, start: int, end: int) -> int:
        """With the set of all places held as the bits of one number.

        The cost is the length of the segment plus the length of the text and not their product.
        """
        places = end - start - self.length + 1  # never less than 0: it fitted at the place before
        window = Places(text[start:end])
        candidates = (1 << places) - 1
        for offset, run in self._runs:
            candidates &= window.of(run) >> offset
        if not candidates:
            return -1
        return start + (candidates ^ candidates - 1).bit_length() - 1


class Places:
    """Where some text stands in a longer one: bit 0 for the first place, and so on."""

    __slots__ = ("_known", "_planes", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[str, int] = {}
        # One byte of every character in each plane, the last character first.
        try:
            self._planes = [text.encode("latin-1")[::-1]]
        except UnicodeEncodeError:
            wide = text.encode("utf-32-le", "surrogatepass")
            self._planes = [wide[plane::4][::-1] for plane in range(3)]

    def of(self, run: str) -> int:
        """The places of a run of at least one character."""
        known = self._known.get(run)
        if known is not None:
            return known
        size = len(run)
        if size == 1:
            found = self._of_character(run)
        elif size > _SHORT and run not in self._text:
            found = 0
        else:
            # In halves of equal lengths, so that what repeats itself is sought once.
            half = 1 << (size - 1).bit_length() - 1
            found = self.of(run[:half])
            if found:
                found &= self.of(run[half:]) >> half
        self._known[run] = found
        return found

    def _of_character(self, character: str) -> int:
        if character not in self._text:
            return 0
        code, found = ord(character), -1
        for plane in self._planes:
            digits = bytearray(b"0" * 256)
            digits[code & 0xFF] = ord("1")
            found &= int(plane.translate(digits), 2)
            code >>= 8
        return found


Segment: TypeAlias = str | Masked


def tokenize(text: str) -> tuple[Token, ...]:
    """Split text at its wildcards; runs of stars become one."""
    tokens: list[Token] = []
    for part in _WILDCARDS.split(text):
        if part == "*":
            if not tokens or tokens[-1] is not Wildcard.ANY:
                tokens.append(Wildcard.ANY)
        elif part == "?":
            tokens.append(Wildcard.ONE)
        elif part:
            tokens.append(part)
    return tuple(tokens)


def segment(tokens: Sequence[Token]) -> Segment:
    """One segment from tokens that hold no star."""
    texts = [token for token in tokens if isinstance(token, str)]
    if len(texts) < len(tokens):
        return Masked(tokens)
    return texts[0] if len(texts) == 1 else "".join(texts)


def split_at_stars(tokens: Iterable[Token]) -> list[list[Token]]:
    """The tokens between the stars; one list more than there are stars."""
    groups: list[list[Token]] = [[]]
    for token in tokens:
        if token is Wildcard.ANY:
            groups.append([])
        else:
            groups[-1].append(token)
    return groups


def matches(segments: Sequence[Segment], text: str) -> bool:
    """Whether the whole text matches segments with a star between each two."""
    first = segments[0]
    if len(segments) == 1:
        return len(first) == len(text) and _stands_at(first, text, 0)
    last = segments[-1]
    start, end = len(first), len(text) - len(last)
    if start > end or not _stands_at(first, text, 0) or not _stands_at(last, text, end):
        return False
    for middle in segments[1:-1]:
        found = text.find(middle, start, end) if isinstance(middle, str) else middle.find(text, start, end)
        if found < 0:
            return False
        start = found + len(middle)
    return True


def compile_glob(pattern: str | Iterable[Token]) -> Matcher:
    """A function that tells whether a text matches a pattern, case-sensitively and as a whole.

    The pattern is text with wildcards, or tokens already told apart from literal text.
    """
    tokens = tokenize(pattern) if isinstance(pattern, str) else pattern
    segments = tuple(segment(group) for group in split_at_stars(tokens))
    first, last = segments[0], segments[-1]
    if len(segments) == 1 and isinstance(first, str):
        return first.__eq__
    if len(segments) == 2 and isinstance(first, str) and isinstance(last, str):
        return _affixes(first, last)
    return lambda text: matches(segments, text)


def _affixes(prefix: str, suffix: str) -> Matcher:
    if not suffix:
        return lambda text: text.startswith(prefix)
    shortest = len(prefix) + len(suffix)
    return lambda text: len(text) >= shortest and text.startswith(prefix) and text.endswith(suffix)


def _stands_at(part: Segment, text: str, start: int) -> bool:
    return text.startswith(part, start) if isinstance(part, str) else part.matches_at(text, start)
