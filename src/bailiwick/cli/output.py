"""What commands print: tables for people, JSON for programs."""

import json
import sys
from collections.abc import Sequence


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    print(json.dumps(value, indent=2))


def print_table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns aligned by blanks, under a heading in capitals."""
    lines = [[cell.upper() for cell in heading], *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def print_error(message: str) -> None:
    """What went wrong, on standard error."""
    print(f"bailiwick: {message}", file=sys.stderr)
