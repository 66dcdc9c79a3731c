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

from tests.specification.comparison import Disagreement, run
from tests.specification.coverage import Statistics

CHUNK = 4_000
"""Cases that one process makes between two reports."""

SECONDS_BETWEEN_REPORTS = 10.0


def main(arguments: list[str]) -> int:
    """Run so many cases and say what came of it; the exit status."""
    if len(arguments) not in (1, 2) or not arguments[0].replace("_", "").isdigit() or int(arguments[0]) == 0:
        print("usage: python -m tests.specification.run CASES [SEED]", file=sys.stderr)
        return 2
    count = int(arguments[0])
    seed = arguments[1] if len(arguments) == 2 else secrets.token_hex(4)
    print(f"{count:,} cases, SEED={seed}", flush=True)
    began = time.monotonic()
    statistics = Statistics()
    for found in _chunks(seed, count, statistics, began):
        if found is not None:
            print(found)
            return 1
    seconds = time.monotonic() - began
    print(statistics.table())
    print(f"\n{count:,} cases agree; {count / seconds:,.0f} a second on {_processors()} processors; SEED={seed}")
    unreached = statistics.unreached()
    for cell in unreached:
        print(f"never seen: {cell}")
    return 1 if unreached else 0


def chunk(seed: str, count: int, index: int) -> tuple[int, Statistics, Disagreement | None]:
    """One process's share: the cases of one chunk, the same for the same seed and index."""
    statistics = Statistics()
    size = min(CHUNK, count - index * CHUNK)
    return size, statistics, run(random.Random(f"{seed}/{index}"), size, statistics)


def _chunks(seed: str, count: int, statistics: Statistics, began: float) -> Iterator[Disagreement | None]:
    """Each chunk's disagreement, as it comes; counts are added up and told of on the way."""
    done, reported = 0, began
    with multiprocessing.Pool(_processors()) as pool:
        chunks = range(-(-count // CHUNK))
        for size, counted, found in pool.imap_unordered(partial(chunk, seed, count), chunks):
            statistics.add(counted)
            done += size
            now = time.monotonic()
            if now - reported >= SECONDS_BETWEEN_REPORTS:
                reported = now
                print(f"{done:,} of {count:,}, {done / (now - began):,.0f} a second", file=sys.stderr, flush=True)
            yield found


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
