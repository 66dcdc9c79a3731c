"""What it costs that memory is never staler than the request: the look for changes before each call, on each store.

In process: the time of `Store.freshen` when there is nothing new and when another node has just changed something.
Over HTTP: GetCallerIdentity, which needs nothing else of the store.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psycopg
import uvloop

from bailiwick.store import Store, Transaction, open_store
from benchmarks.load import Load, drive
from benchmarks.processes import administrator, bailiwick
from benchmarks.report import Table, at_most
from benchmarks.run import Run, spread
from benchmarks.signing import Signer
from tests.postgres import Postgres, new_folder


@contextmanager
def postgresql() -> Iterator[Postgres]:
    """A PostgreSQL of this run's own, started as the tests start theirs (without fsync of its own)."""
    server = Postgres(new_folder())
    try:
        yield server
    finally:
        server.stop()


def version_of(url: str) -> str:
    """The version of the PostgreSQL there."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    assert row is not None, "a server has a version"
    return str(row[0])


def measure(run: Run) -> None:
    """Report the look's cost on both stores."""
    samples = run.pick(500, 5_000)
    in_process = Table(
        "Freshness check in process, µs", ("store", "nothing new, p50", "p99", "after another's change, p50")
    )
    over_http = Table(
        "GetCallerIdentity on each store", ("store, connections", "requests/s", "p50 µs", "CPU µs/request")
    )
    folder = run.stores.folder
    with postgresql() as server, server.database() as in_process_url, server.database() as served_url:
        for name, url in (("SQLite", f"sqlite:{folder / 'freshness.db'}"), ("PostgreSQL", in_process_url)):
            quiet, changed = uvloop.run(_in_process(url, samples))
            p50 = median(quiet)
            in_process.add(
                name,
                f"{p50:.1f}",
                f"{sorted(quiet)[len(quiet) * 99 // 100]:.1f}",
                f"{median(changed):.1f}",
                goals=[at_most(p50 / 1000, 0.5, " ms p50")],
                p50_us=p50,
                changed_p50_us=median(changed),
            )
        loads = _over_http(run, folder, served_url)
        in_process.notes.append(f"PostgreSQL {version_of(server.url)} over a unix socket.")
    for (name, connections), measured in sorted(loads.items(), key=lambda item: item[0][1]):
        goals = []
        if (name, connections) == ("PostgreSQL", 1):
            more = median(load.p50 for load in measured) - median(load.p50 for load in loads["SQLite", 1])
            goals = [at_most(more / 1000, 0.5, " ms p50 more than on SQLite")]
        over_http.add(
            f"{name}, {connections}",
            spread(load.per_second for load in measured),
            spread(load.p50 for load in measured),
            spread(load.cpu for load in measured),
            goals=goals,
            connections=connections,
            per_second=[load.per_second for load in measured],
            p50_us=[load.p50 for load in measured],
        )
    run.show(in_process)
    run.show(over_http)


async def _in_process(url: str, samples: int) -> tuple[list[float], list[float]]:
    now_ms = round(time.time() * 1000)
    store = await open_store(url, lambda: now_ms)
    other = await open_store(url, lambda: now_ms)
    store.listen(lambda changes: None)
    quiet = [await _look(store) for _ in range(samples)]

    async def change(tx: Transaction) -> None:
        tx.changed("user", "123456789012", "AIDAEXAMPLE")

    changed = []
    for _ in range(min(samples, 500)):
        await other.write(change)
        changed.append(await _look(store))
    await store.close()
    await other.close()
    return quiet, changed


async def _look(store: Store) -> float:
    await asyncio.sleep(0)  # requests that are ready at the same time share one look
    start = time.perf_counter()
    await store.freshen()
    return (time.perf_counter() - start) * 1e6


def _over_http(run: Run, folder: Path, url: str) -> dict[tuple[str, int], list[Load]]:
    loads: dict[tuple[str, int], list[Load]] = {}
    data, data_elsewhere = folder / "freshness-sqlite", folder / "freshness-postgresql"
    with bailiwick(data) as on_sqlite, bailiwick(data_elsewhere, database_url=url) as on_postgresql:
        signers = {
            "SQLite": (on_sqlite, Signer(on_sqlite.address, administrator(data))),
            "PostgreSQL": (on_postgresql, Signer(on_postgresql.address, administrator(data_elsewhere))),
        }
        for _ in range(run.pick(1, 3)):
            for connections in (1, 16):
                for name, (server, signer) in signers.items():
                    requests = [signer.query("sts", "GetCallerIdentity")]
                    load = drive(server, requests, connections=connections, seconds=run.pick(1, 2))
                    loads.setdefault((name, connections), []).append(load)
    return loads
