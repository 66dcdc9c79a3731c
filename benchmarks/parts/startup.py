"""From the start of the process to its first signed answer: on an existing store, and on the first run."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.connection import Connection
from benchmarks.processes import administrator, bailiwick
from benchmarks.report import Table, at_most
from benchmarks.run import Run, spread
from benchmarks.signing import Signer
from benchmarks.stores import SIZES


def measure(run: Run) -> None:
    """Report the start-up times."""
    count = run.pick(3, 5)
    empty, full = run.stores.with_users(0), run.stores.with_users(SIZES[-1])
    rows: list[tuple[str, Callable[[int], Path], float]] = [
        ("existing store, empty", lambda _: empty, 0.5),
        (f"existing store, {SIZES[-1]:,} users", lambda _: full, 0.5),
        ("first run", lambda n: run.stores.folder / f"first-run-{n}", 2.5),
    ]
    table = Table("Start-up, seconds to the first signed answer", ("store", "seconds", "CPU seconds"))
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name, _, _ in rows}
    for number in range(count):
        for name, data_of, _ in rows:
            taken[name].append(_first_answer(data_of(number)))
    for name, _, goal in rows:
        seconds = [wall for wall, _ in taken[name]]
        cpu = [used for _, used in taken[name]]
        goals = [at_most(median(seconds), goal, " s")]
        table.add(name, spread(seconds, 3), spread(cpu, 2), goals=goals, seconds=seconds, cpu_seconds=cpu)
    run.show(table)


def _first_answer(data: Path) -> tuple[float, float]:
    """Seconds by the clock, and of CPU, until the answer was there."""
    with bailiwick(data) as server, Connection(server.address) as connection:
        connection.call(Signer(server.address, administrator(data)).query("sts", "GetCallerIdentity"))
        return time.perf_counter() - server.started, server.cpu_seconds()
