"""The figures of a run, each beside its goal: as a table while they come, and as JSON in the end."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should be, and whether it is; `is_met` is None when this run alone cannot tell."""

    words: str
    is_met: bool | None

    @property
    def shown(self) -> str:
        """The goal and how it stands."""
        return f"{self.words}: {'not measured here' if self.is_met is None else 'met' if self.is_met else 'NOT MET'}"


def at_most(value: float, limit: float, unit: str = "") -> Goal:
    """The goal of staying at or below a limit."""
    return Goal(f"≤ {limit:g}{unit}", value <= limit)


def at_least(value: float, limit: float, unit: str = "") -> Goal:
    """The goal of reaching a limit."""
    return Goal(f"≥ {limit:g}{unit}", value >= limit)


def elsewhere(words: str) -> Goal:
    """A goal against another program, which this run does not start."""
    return Goal(words, None)


@dataclass(slots=True)
class Table:
    """One part's figures: rows of texts under their headings."""

    title: str
    headings: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    figures: list[dict[str, object]] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)

    def add(self, *cells: str, goals: Sequence[Goal] = (), **figures: object) -> None:
        """One row: its cells, its goals as the last cell, and its figures by name for the JSON."""
        self.rows.append([*cells, "; ".join(goal.shown for goal in goals)])
        self.goals += goals
        self.figures.append({"row": cells[0], **figures, "goals": [asdict(goal) for goal in goals]})

    def markdown(self) -> str:
        """The table as Markdown that also reads well as plain text."""
        headings = [*self.headings, "goal"]
        widths = [max(len(row[i]) for row in [headings, *self.rows]) for i in range(len(headings))]

        def line(cells: Sequence[str]) -> str:
            padded = [
                cell.ljust(width) if i in (0, len(widths) - 1) else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
            ]
            return f"| {' | '.join(padded)} |"

        rules = [
            "-" * width if i in (0, len(widths) - 1) else "-" * (width - 1) + ":" for i, width in enumerate(widths)
        ]
        lines = [f"### {self.title}", "", line(headings), line(rules), *map(line, self.rows)]
        return "\n".join([*lines, *(f"\n{note}" for note in self.notes)])


def write_json(path: Path, machine: dict[str, str], tables: Sequence[Table]) -> None:
    """All figures of a run, unrounded."""
    parts = [{"title": table.title, "figures": table.figures, "notes": table.notes} for table in tables]
    path.write_text(json.dumps({"machine": machine, "parts": parts}, indent=1) + "\n", encoding="utf-8")
