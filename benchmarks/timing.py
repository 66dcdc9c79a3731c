"""Times of one call made again and again."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Timing:
    """What a block of calls took: microseconds in the middle and of the slowest hundredth, and calls in a second."""

    p50_us: float
    p99_us: float
    per_second: float


def timed(call: Callable[[], object], seconds: float, least: int = 20) -> Timing:
    """Call for so long, and at least so often; the first calls, which fill memories, are not counted."""
    call()
    call()
    samples: list[float] = []
    end = time.perf_counter() + seconds
    while (start := time.perf_counter()) < end or len(samples) < least:
        call()
        samples.append((time.perf_counter() - start) * 1e6)
    samples.sort()
    return Timing(median(samples), samples[int(len(samples) * 0.99)], len(samples) / sum(samples) * 1e6)


def middle(timings: list[Timing]) -> Timing:
    """The median of several blocks, figure by figure."""
    return Timing(
        median(each.p50_us for each in timings),
        median(each.p99_us for each in timings),
        median(each.per_second for each in timings),
    )


def once_ms(call: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3
