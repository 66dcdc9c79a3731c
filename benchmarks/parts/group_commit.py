"""How many durable writes a second one commit for all who wait gives, as more wait: the store alone, and CreateUser.

The store alone does for each write what a small IAM operation does: one look-up, three inserts, 1.1 KB together.
"""

import asyncio
import itertools
import time
from statistics import median

from bailiwick.store import Store, Transaction, open_store
from benchmarks.load import drive
from benchmarks.processes import administrator, bailiwick
from benchmarks.report import Table, at_least
from benchmarks.run import Run, spread
from benchmarks.signing import Signer

WRITERS = (1, 16, 64)
_TEXT = "x" * 350


def measure(run: Run) -> None:
    """Report writes per second of 1, 16 and 64 writers."""
    headings = ("writes/s", *(f"{count} writer{'s' if count > 1 else ''}" for count in WRITERS), "16 : 1", "64 : 1")
    table = Table("Group commit on SQLite", headings)
    alone: dict[int, list[float]] = {count: [] for count in WRITERS}
    served: dict[int, list[float]] = {count: [] for count in WRITERS}
    data = run.stores.new("group-commit")
    names = map("grouped-{:08d}".format, itertools.count())
    seconds = run.pick(1, 2)
    with bailiwick(data) as server:
        signer = Signer(server.address, administrator(data))
        for number, count in itertools.product(range(run.pick(1, 3)), WRITERS):
            path = run.stores.folder / f"group-commit-{number}-{count}.db"
            alone[count].append(asyncio.run(_writes_per_second(f"sqlite:{path}", count, seconds)))
            new = itertools.islice(names, seconds * (4_000 if count == 1 else 14_000))
            requests = [signer.query("iam", "CreateUser", UserName=name) for name in new]
            served[count].append(drive(server, requests, connections=count, seconds=seconds, only_once=True).per_second)
    for name, measured, goals in (
        ("the store alone", alone, [at_least(median(alone[64]) / median(alone[1]), 10, " × at 64")]),
        ("CreateUser with its event, over HTTP", served, []),
    ):
        single = median(measured[1])
        table.add(
            name,
            *(spread(measured[count]) for count in WRITERS),
            f"× {median(measured[16]) / single:.1f}",
            f"× {median(measured[64]) / single:.1f}",
            goals=goals,
            per_second=measured,
        )
    run.show(table)


async def _writes_per_second(url: str, writers: int, seconds: float) -> float:
    now_ms = round(time.time() * 1000)
    store: Store = await open_store(url, lambda: now_ms)
    numbers = itertools.count()

    async def write(tx: Transaction) -> None:
        number = next(numbers)
        await tx.one("SELECT held FROM usage WHERE account_id = ? AND kind = ?", f"{number}", "users")
        for part in range(3):
            await tx.run(
                "INSERT INTO events (account_id, happened_at, request_id, body) VALUES (?, ?, ?, ?)",
                "123456789012",
                now_ms,
                f"{number}-{part}",
                _TEXT,
            )

    start = time.perf_counter()
    end = start + seconds

    async def writer() -> int:
        count = 0
        while time.perf_counter() < end:
            await store.write(write)
            count += 1
        return count

    done = sum(await asyncio.gather(*(writer() for _ in range(writers))))
    taken = time.perf_counter() - start
    await store.close()
    return done / taken
