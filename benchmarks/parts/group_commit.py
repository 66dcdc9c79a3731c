"""How many durable writes a second one commit for all who wait gives, as more wait: the store alone, and CreateUser.

The store alone does for each write what CreateUser does in it: two look-ups, the user, the count of users, an event of
one KB.
"""

import asyncio
import itertools
import time
from statistics import median

import uvloop

from bailiwick.access.quotas import add_held, held
from bailiwick.store import Store, Transaction, open_store
from benchmarks.load import drive
from benchmarks.processes import administrator, bailiwick
from benchmarks.report import Table, at_least
from benchmarks.run import Run, spread
from benchmarks.signing import Signer

WRITERS = (1, 16, 64)
_ACCOUNT = "123456789012"
_BODY = "x" * 1024
_EVENT = "INSERT INTO events (account_id, happened_at, request_id, body) VALUES (?, ?, ?, ?)"
_USER = (
    "INSERT INTO users (account_id, user_id, name, name_key, path, boundary_arn, created_at)"
    " VALUES (?, ?, ?, ?, '/', NULL, ?)"
)


def measure(run: Run) -> None:
    """Report writes per second of 1, 16 and 64 writers."""
    headings = ("writes/s", *(f"{count} writer{'s' if count > 1 else ''}" for count in WRITERS), "16 : 1", "64 : 1")
    table = Table("Group commit on SQLite", headings)
    alone: dict[int, list[float]] = {count: [] for count in WRITERS}
    cpu: dict[int, list[float]] = {count: [] for count in WRITERS}
    served: dict[int, list[float]] = {count: [] for count in WRITERS}
    data = run.stores.new("group-commit")
    names = map("grouped-{:08d}".format, itertools.count())
    seconds = run.pick(1, 2)
    with bailiwick(data) as server:
        signer = Signer(server.address, administrator(data))
        for number, count in itertools.product(range(run.pick(1, 3)), WRITERS):
            path = run.stores.folder / f"group-commit-{number}-{count}.db"
            per_second, cpu_us = uvloop.run(_writes(f"sqlite:{path}", count, seconds))
            alone[count].append(per_second)
            cpu[count].append(cpu_us)
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
    shown = ", ".join(f"{median(cpu[count]):.0f} µs of {count}" for count in WRITERS)
    table.notes.append(f"CPU for each write of the store alone, which survives a busy machine: {shown}.")
    run.show(table)


async def _writes(url: str, writers: int, seconds: float) -> tuple[float, float]:
    """Writes per second, and microseconds of CPU for each."""
    now_ms = round(time.time() * 1000)
    store: Store = await open_store(url, lambda: now_ms)
    numbers = itertools.count()

    async def write(tx: Transaction) -> None:
        number = next(numbers)
        name = f"user-{number:08d}"
        await tx.one("SELECT user_id FROM users WHERE account_id = ? AND name_key = ?", _ACCOUNT, name)
        await held(tx, _ACCOUNT, "users")
        await tx.run(_USER, _ACCOUNT, f"AIDA{hash(number * 7919):017d}", name, name, now_ms)
        await add_held(tx, _ACCOUNT, "users", 1)
        await tx.run(_EVENT, _ACCOUNT, now_ms + number, f"{number:036d}", _BODY)

    cpu = time.process_time()
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
    cpu = time.process_time() - cpu
    await store.close()
    return done / taken, cpu / done * 1e6
