"""What commands print: tables for people, JSON for programs."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO


def show(*lines: str) -> None:
    """Lines for people, in which what others wrote may stand: see `readable`."""
    _write(lines, sys.stdout)


def readable(text: str) -> str:
    """The text as one line that commands no terminal.

    What would move the cursor, end the line, or change how the rest is shown is spelled out as in Python (`\\x1b`).
    """
    return text if text.isprintable() else "".join(map(_spelled_out, text))


def _spelled_out(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def _write(lines: Iterable[str], stream: TextIO) -> None:
    encoding = stream.encoding or "utf-8"
    for line in lines:
        print(readable(line).encode(encoding, "backslashreplace").decode(encoding), file=stream)


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    print(json.dumps(value, indent=2))


def print_table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns aligned by blanks, under a heading in capitals."""
    lines = [[cell.upper() for cell in heading], *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    for line in lines:
        show("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def print_error(message: str) -> None:
    """What went wrong, on standard error."""
    _write(f"bailiwick: {message}".splitlines(), sys.stderr)
