"""What all parts of a run share: how long to measure, the stores, and where the tables go."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.report import Table
from benchmarks.stores import Stores


@dataclass
class Run:
    """One run of the benchmarks.

    Attributes:
        is_quick: whether a minute must do for all parts.
        stores: the stores of this run.
        node_modules: where iam-simulate is installed for node, if it is to be measured.
        tables: what was reported so far.
    """

    is_quick: bool
    stores: Stores
    node_modules: Path | None = None
    tables: list[Table] = field(default_factory=list)

    def pick(self, quick: int, full: int) -> int:
        """How many, or how long, for this kind of run."""
        return quick if self.is_quick else full

    def seconds(self, quick: float, full: float) -> float:
        """How many seconds, or parts of one, for this kind of run."""
        return quick if self.is_quick else full

    def show(self, table: Table) -> None:
        """Keep a part's table, and print it."""
        self.tables.append(table)
        print(table.markdown() + "\n", flush=True)


def spread(values: Iterable[float], digits: int = 0) -> str:
    """The median, and in brackets the least and the most when there are several."""
    ordered = sorted(values)
    middle = f"{median(ordered):,.{digits}f}"
    return middle if len(ordered) == 1 else f"{middle} ({ordered[0]:,.{digits}f}–{ordered[-1]:,.{digits}f})"
