"""Where a position stands in a text, worked out apart from the engine."""

import re

from bailiwick.policy import Position


def offset_of(text: str, position: Position) -> int:
    """The offset of a position; a line and a column that the text does not have are failures."""
    starts = [0, *(end.end() for end in re.finditer(r"\r\n?|\n", text))]
    assert position.line in range(1, len(starts) + 1), "the text has this line"
    start = starts[position.line - 1]
    after = starts[position.line] if position.line < len(starts) else len(text) + 1
    assert start + position.column - 1 in range(start, after), "the line has this column"
    return start + position.column - 1
