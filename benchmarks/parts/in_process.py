"""Decisions in process, by benchmarks/decisions.py, which can be run alone."""

import re
import subprocess
import sys
from pathlib import Path

from benchmarks.report import Table, at_most
from benchmarks.run import Run

_LINE = re.compile(r"^(?P<name>.+?)\s+(?P<effect>allow|deny)\s+p50\s+(?P<p50>[\d.]+)\s+p99\s+(?P<p99>[\d.]+)$")
_GOALS = {"a": 5.0, "b": 15.0, "c": 6.0}


def measure(run: Run) -> None:
    """Report every scenario's times, and the growth with policies that cannot match."""
    script = Path(__file__).parents[1] / "decisions.py"
    seconds = "0.05" if run.is_quick else "0.5"
    done = subprocess.run([sys.executable, script, "--seconds", seconds], capture_output=True, text=True, check=True)
    table = Table("Decisions in process, µs", ("scenario, outcome", "p50", "p99"))
    medians = {}
    for line in done.stdout.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        p50 = float(found["p50"])
        medians[found["name"], found["effect"]] = p50
        goals = [at_most(p50, _GOALS[found["name"]], " µs p50")] if found["name"] in _GOALS else []
        name = f"{found['name']}, {found['effect']}"
        table.add(name, f"{p50:.2f}", found["p99"], goals=goals, p50_us=p50, p99_us=float(found["p99"]))
    growth = medians["attached 1000", "allow"] / medians["attached 1", "allow"]
    goals = [at_most(growth, 1.2, " ×")]
    table.add("1 → 1,000 attached policies that cannot match", f"× {growth:.2f}", "", goals=goals, growth=growth)
    table.notes.append(
        "a: 1 policy of 3 statements; b: 15 of 10, with a tag and an address condition; c: 500 of one statement, of"
        " which one matters; same action: all statements are on one action."
    )
    run.show(table)
