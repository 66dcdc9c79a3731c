"""The long run: `python -m tests.specification.run CASES [SEED]`, on all processors.

Ends with 1 at the first disagreement, printed as a program that shows it again, or if a cell of the table that must be
reached was not.
"""

import multiprocessing
import os
import random
import secrets
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from tests.specification.comparison import Disagreement, run
from tests.specification.coverage import Statistics

CHUNK = 4_000
"""Cases that one process makes between two reports."""

SECONDS_BETWEEN_REPORTS = 10.0


class Share(NamedTuple):
    """What one process did: its cases, what they reached, the first disagreement, and processor time in seconds."""

    cases: int
    statistics: Statistics
    found: Disagreement | None
    seconds: float


def main(arguments: list[str]) -> int:
    """Run so many cases and say what came of it; the exit status."""
    if len(arguments) not in (1, 2) or not arguments[0].replace("_", "").isdigit() or int(arguments[0]) == 0:
        print("usage: python -m tests.specification.run CASES [SEED]", file=sys.stderr)
        return 2
    count = int(arguments[0])
    seed = arguments[1] if len(arguments) == 2 else secrets.token_hex(4)
    print(f"{count:,} cases, SEED={seed}", flush=True)
    statistics, used = Statistics(), 0.0
    for share in _shares(seed, count):
        statistics.add(share.statistics)
        used += share.seconds
        if share.found is not None:
            print(share.found)
            return 1
    print(statistics.table())
    print(f"\n{count:,} cases agree; {count / used:,.0f} for each second of a processor; SEED={seed}")
    unreached = statistics.unreached()
    for cell in unreached:
        print(f"never seen: {cell}")
    return 1 if unreached else 0


def share(seed: str, count: int, index: int) -> Share:
    """The cases of one chunk, the same for the same seed and index."""
    began = time.process_time()
    statistics = Statistics()
    size = min(CHUNK, count - index * CHUNK)
    found = run(random.Random(f"{seed}/{index}"), size, statistics)
    return Share(size, statistics, found, time.process_time() - began)


def _shares(seed: str, count: int) -> Iterator[Share]:
    """All chunks, as they are done; how far it is, is told on the way."""
    done, began = 0, time.monotonic()
    reported = began
    with multiprocessing.Pool(_processors()) as pool:
        for each in pool.imap_unordered(partial(share, seed, count), range(-(-count // CHUNK))):
            done += each.cases
            now = time.monotonic()
            if now - reported >= SECONDS_BETWEEN_REPORTS:
                reported = now
                print(f"{done:,} of {count:,}, {done / (now - began):,.0f} a second", file=sys.stderr, flush=True)
            yield each


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
