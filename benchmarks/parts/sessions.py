"""What sessions cost as more of them are recorded: issuing, using, listing, ending many, and removing old records."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bailiwick.store import Transaction, Value, open_store
from benchmarks.connection import Connection, text_of
from benchmarks.load import drive
from benchmarks.parts.operations import role_for_load
from benchmarks.processes import Server, administrator, bailiwick
from benchmarks.report import Goal, Table, at_most
from benchmarks.run import Run
from benchmarks.signing import Keys, Signer

_BLOCK = 20
_AT_A_TIME = 20_000
_DAY_MS = 24 * 60 * 60 * 1000

_INSERT = (
    "INSERT INTO sessions (account_id, session_id, access_key_id, operation, principal_kind, principal_id,"
    " principal_arn, session_name, origin, origins, scope_downs, token_issued_at, issued_at, expires_at)"
    " VALUES (?, ?, ?, 'AssumeRole', 'Role', ?, ?, ?, 'AKIAORIGINORIGINORIG', '[]', 0, ?, ?, ?)"
)


class _Size:
    """A server on a store with so many recorded sessions of one role, half of them live."""

    def __init__(self, count: int, data: Path, server: Server) -> None:
        self.count = count
        self.server = server
        self.connection = Connection(server.address)
        self.signer = Signer(server.address, administrator(data))
        self.role = role_for_load(self.signer)
        body = self.connection.call(self.signer.query("iam", "GetRole", RoleName=self.role.rpartition("/")[2]))
        asyncio.run(_fill(data, text_of(body, "RoleId"), count))
        issued = self.connection.call(self._assume(0))
        keys = (text_of(issued, name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        self.session = Signer(server.address, Keys(*keys))

    def _assume(self, number: int) -> bytes:
        return self.signer.query("sts", "AssumeRole", RoleArn=self.role, RoleSessionName=f"load-{number}")

    def request(self, name: str, number: int) -> bytes:
        """The request of that number."""
        match name:
            case "AssumeRole":
                return self._assume(number)
            case "GetCallerIdentity, by a session":
                return self.session.query("sts", "GetCallerIdentity")
            case "ListSessions of a role, page of 100":
                return self.signer.own("ListSessions", RoleName=self.role.rpartition("/")[2])
            case _:
                return self.signer.own("EndSessions", SourceIdentity=f"person-{number % 50}")


_CALLS = ("AssumeRole", "GetCallerIdentity, by a session", "ListSessions of a role, page of 100", "EndSessions")


def measure(run: Run) -> None:
    """Report growth, throughput, and what removing old records does to others."""
    counts = (1_000, run.pick(100_000, 1_000_000))
    with ExitStack() as stack:
        sizes = []
        for count in counts:
            data = run.stores.new(f"sessions-{count}")
            sizes.append(_Size(count, data, stack.enter_context(bailiwick(data))))
            stack.callback(sizes[-1].connection.close)
        run.show(_growth(sizes, run.pick(200, 1_000)))
        run.show(_throughput(sizes, run.seconds(1, 3)))
    run.show(_removal(run, counts[-1]))


def _growth(sizes: list[_Size], samples: int) -> Table:
    headings = ("call", *(f"{size.count:,} sessions" for size in sizes), "growth")
    table = Table("Sessions: p50 µs of one connection", headings)
    for name in _CALLS:
        taken: dict[int, list[float]] = {size.count: [] for size in sizes}
        for start in range(-_BLOCK, samples, _BLOCK):
            for size in sizes:
                numbers = range(max(start, 0), max(start, 0) + _BLOCK)
                times = [size.connection.time(size.request(name, number)) for number in numbers]
                if start >= 0:
                    taken[size.count] += times
        p50 = {count: median(times) for count, times in taken.items()}
        growth = p50[sizes[-1].count] / p50[sizes[0].count]
        goals: list[Goal] = [at_most(growth, 1.2, " ×")]
        table.add(name, *(f"{p50[size.count]:,.0f}" for size in sizes), f"× {growth:.2f}", goals=goals, p50_us=p50)
    return table


def _throughput(sizes: list[_Size], seconds: float) -> Table:
    table = Table("Sessions: 16 connections", ("call", "recorded sessions", "requests/s", "p99 µs", "CPU µs/request"))
    for name in _CALLS[:2]:
        for size in sizes:
            requests = [size.request(name, number) for number in range(200)]
            load = drive(size.server, requests, connections=16, seconds=seconds)
            shown = (f"{load.per_second:,.0f}", f"{load.p99:,.0f}", f"{load.cpu:,.0f}")
            table.add(name, f"{size.count:,}", *shown, per_second=load.per_second, p99_us=load.p99, cpu_us=load.cpu)
    return table


def _removal(run: Run, count: int) -> Table:
    """Latency of other calls while expired records are removed, beside the same without any."""
    table = Table(f"Sessions: while {count:,} expired records are removed", ("", "p50 µs", "p99 µs", "longest µs"))
    for old in (0, count):
        data = run.stores.new(f"expired-{old}")
        with bailiwick(data) as server, Connection(server.address) as connection:
            signer = Signer(server.address, administrator(data))
            connection.call(signer.query("sts", "GetCallerIdentity"))
            if old:
                asyncio.run(_fill(data, "AROAGONE", old, ended_days_ago=8))
            end, times = time.monotonic() + run.seconds(8, 20), []
            while time.monotonic() < end:
                times.append(connection.time(signer.query("sts", "GetSessionToken")))
                time.sleep(0.002)
            times.sort()
            p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
            table.add(
                f"{old:,} expired",
                *(f"{each:,.0f}" for each in (p50, p99, times[-1])),
                p50_us=p50,
                p99_us=p99,
                longest_us=times[-1],
            )
    return table


async def _fill(data: Path, role_id: str, count: int, *, ended_days_ago: int | None = None) -> None:
    """Record sessions of a role: of every two one is live, or all ended so many days ago."""
    now_ms = round(time.time() * 1000)
    store = await open_store(f"sqlite:{data / 'bailiwick.db'}", lambda: now_ms)
    for start in range(0, count, _AT_A_TIME):

        async def put(tx: Transaction, start: int = start) -> None:
            row = await tx.one("SELECT account_id FROM accounts")
            assert row is not None, "init made an account"
            end = min(start + _AT_A_TIME, count)
            await tx.run_many(_INSERT, _rows(str(row[0]), role_id, range(start, end), now_ms, ended_days_ago))

        await store.write(put)
    await store.close()


def _rows(
    account: str, role_id: str, numbers: range, now_ms: int, ended_days_ago: int | None
) -> Iterator[tuple[Value, ...]]:
    for number in numbers:
        is_live = ended_days_ago is None and number % 2 == 0
        expires_at = now_ms + _DAY_MS if is_live else now_ms - _DAY_MS * (ended_days_ago or 1)
        issued_at = expires_at - _DAY_MS - number
        session_id = issued_at.to_bytes(6, "big").hex() + f"{number:020x}"
        arn = f"arn:aws:sts::{account}:assumed-role/load/s{number}"
        key = f"ASIA{number:016d}"
        yield account, session_id, key, role_id, arn, f"s{number}", issued_at, issued_at, expires_at
