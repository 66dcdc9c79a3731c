"""Where things stand in the text of a policy: lines and columns for people, and for IAM's simulator.

Nothing here raises, whatever the text is, and all of it is linear in the text.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeAlias

from bailiwick.policy.json_text import elements, members, value_end

Steps: TypeAlias = tuple[str | int, ...]
"""The way from the document to a place in it: names of members and indexes (from 0) in arrays; () is the document."""

_LINE_END: Final = re.compile(r"\r\n?|\n")
_NOT_BLANK: Final = re.compile(r"[^ \t\r\n]")


@dataclass(frozen=True, slots=True)
class Position:
    """A character of a text: its line, and its column in characters, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text: the position of its first character, and the one just after its last."""

    start: Position
    end: Position


def path_text(place: Steps) -> str:
    """A place as people write it, such as `Statement[0].Condition.StringLike.aws:username[1]`; empty for ()."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return "".join(steps).removeprefix(".")


def position(text: str, offset: int) -> Position:
    """The position of the character at an offset, which may be the length of the text."""
    return _Lines(text).position(offset)


def locate(text: str, place: Steps) -> Position:
    """Where a place is written: a member at its name, the element of an array at its first character.

    A lone value counts as an array of one. Where the text has no such place, the deepest one on the way to it that
    exists; in a text that is no JSON, the deepest that can be read.
    """
    found = value = _start(text)
    for step in place:
        child = _child(text, value, step)
        if child is None:
            break
        found, value = child
    return position(text, found)


def statement_spans(text: str) -> tuple[Span, ...]:
    """Each statement of a policy, in order, braces included; empty when the text has none."""
    lines = _Lines(text)
    return tuple(Span(lines.position(start), lines.position(end)) for start, end in _statements(text))


def simulator_spans(text: str) -> tuple[Span, ...]:
    """Each statement's `StartPosition` and `EndPosition` as IAM's policy simulator gives them.

    They are where its parser stands around the statement: a start is just after the bracket of the array or the
    statement before; a statement alone, without an array, starts just after its own brace. The end is exact.

    Source: the samples of IAM's API Reference and CLI reference, SimulateCustomPolicy and SimulatePrincipalPolicy.
    """
    child = _child(text, _start(text), "Statement")
    if child is None:
        return ()
    ends = [end for _, end in _statements(text)]
    starts = [child[1] + 1, *ends]
    lines = _Lines(text)
    return tuple(Span(lines.position(start), lines.position(end)) for start, end in zip(starts, ends, strict=False))


def _statements(text: str) -> list[tuple[int, int]]:
    """The offsets of each statement: of its first character, and the one after its last."""
    child = _child(text, _start(text), "Statement")
    if child is None:
        return []
    value = child[1]
    return [(start, value_end(text, start)) for start in (elements(text, value) if text[value] == "[" else [value])]


def _start(text: str) -> int:
    found = _NOT_BLANK.search(text)
    return found.start() if found else 0


def _child(text: str, parent: int, step: str | int) -> tuple[int, int] | None:
    """Where a member of an object, or an element of an array, begins, and where its value does."""
    bracket = text[parent : parent + 1]
    if isinstance(step, str):
        found = members(text, parent) if bracket == "{" else ()
        return next(((at, value) for name, at, value in found if name == step), None)
    array = elements(text, parent) if bracket == "[" else (parent,)
    return next(((at, at) for at in islice(array, step, None)), None)


class _Lines:
    """The lines of a text, so that each of many positions costs no look at the whole."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(text))]

    def position(self, offset: int) -> Position:
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)
