"""Requests per second, latency and CPU of the operations that are called most, and the ratio to the bare server.

The two servers are measured in turn (A B A B) within each round, so that what else the machine does falls on both.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.bare_server import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from benchmarks.connection import Connection, text_of
from benchmarks.load import Load, drive
from benchmarks.processes import Server, administrator, bailiwick, bare_server
from benchmarks.report import Goal, Table, at_least, at_most, elsewhere
from benchmarks.run import Run, spread
from benchmarks.signing import Keys, Signer
from benchmarks.stores import fdatasync_us, name_of

USERS = 10_000
BARE = "bare server"
_CONNECTIONS = (1, 16)
_TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"%s"},"Action":"sts:AssumeRole"}]}'


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of request: where it goes, how requests of it are made, and whether each may be sent only once."""

    name: str
    server: Server
    make: Callable[[int], Sequence[bytes]]
    only_once: bool = False


def measure(run: Run) -> None:
    """Report the table of operations, and that of ratios to the bare server."""
    data = run.stores.new("operations", USERS)
    with bailiwick(data) as ours, bare_server(run.stores.folder) as bare:
        kinds = _kinds(ours, bare, Signer(ours.address, administrator(data)))
        seconds = run.pick(1, 3)
        loads: dict[tuple[str, int], list[Load]] = {}
        for kind in kinds:
            with Connection(kind.server.address) as connection:
                for request in kind.make(1)[:200]:
                    connection.call(request)
        for _ in range(run.pick(2, 5)):
            for connections, kind in itertools.product(_CONNECTIONS, kinds):
                requests = kind.make(seconds * connections)
                load = drive(kind.server, requests, connections=connections, seconds=seconds, only_once=kind.only_once)
                loads.setdefault((kind.name, connections), []).append(load)
        sync = fdatasync_us(run.stores.folder, samples=run.pick(200, 1000))
    run.show(_operations([kind.name for kind in kinds], loads, sync))
    run.show(_ratios([kind.name for kind in kinds if kind.name != BARE], loads))


def role_for_load(signer: Signer, name: str = "benchmark") -> str:
    """Make a role that everybody in the account may assume if allowed to; returns its ARN."""
    with Connection(signer.address) as connection:
        account = text_of(connection.call(signer.query("sts", "GetCallerIdentity")), "Account")
        made = signer.query("iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument=_TRUST % account)
        return text_of(connection.call(made), "Arn")


def _kinds(ours: Server, bare: Server, signer: Signer) -> list[Kind]:
    role = role_for_load(signer)
    for_bare = Signer(bare.address, Keys(ACCESS_KEY_ID, SECRET_ACCESS_KEY))
    names = map("new-{:08d}".format, itertools.count())

    def repeated(make: Callable[[int], bytes]) -> Callable[[int], Sequence[bytes]]:
        return lambda load: [make(number) for number in range(200)]

    def new_users(load: int) -> Sequence[bytes]:
        # More than can be made: a single connection waits for the disk, sixteen share it.
        count = 4_000 * load if load <= 5 else 900 * load
        return [signer.query("iam", "CreateUser", UserName=name) for name in itertools.islice(names, count)]

    return [
        Kind(BARE, bare, repeated(lambda _: for_bare.query("sts", "GetCallerIdentity"))),
        Kind("GetCallerIdentity", ours, repeated(lambda _: signer.query("sts", "GetCallerIdentity"))),
        Kind(
            "AssumeRole",
            ours,
            repeated(lambda n: signer.query("sts", "AssumeRole", RoleArn=role, RoleSessionName=f"load-{n}")),
        ),
        Kind(
            "GetUser",
            ours,
            repeated(lambda n: signer.query("iam", "GetUser", UserName=name_of(n * (USERS // 200)))),
        ),
        Kind("ListUsers, page of 100", ours, repeated(lambda _: signer.query("iam", "ListUsers", MaxItems="100"))),
        Kind("CreateUser", ours, new_users, only_once=True),
    ]


def _operations(names: Sequence[str], loads: dict[tuple[str, int], list[Load]], sync: float) -> Table:
    headings = ("operation", "connections", "requests/s", "p50 µs", "p99 µs", "CPU µs/request")
    table = Table(f"Operations, one server on one core, {USERS:,} users", headings)
    for name, connections in itertools.product(names, _CONNECTIONS):
        measured = loads[name, connections]
        p50 = median(load.p50 for load in measured)
        goals: list[Goal] = []
        match name, connections:
            case "GetCallerIdentity", 16:
                goals = [elsewhere("≥ 1.2 × SeaweedFS")]
            case "AssumeRole", 1:
                goals = [at_most(p50, round(2 * sync + 100), " µs p50 (2 × fdatasync + 100 µs)")]
            case "AssumeRole", 16:
                goals = [elsewhere("≥ 1 × SeaweedFS")]
            case "GetUser", 16:
                goals = [elsewhere("≥ 4 × ministack")]
            case "CreateUser", 16:
                goals = [elsewhere("≥ 1.2 × ministack")]
        table.add(
            name,
            str(connections),
            spread(load.per_second for load in measured),
            f"{p50:,.0f}",
            f"{median(load.p99 for load in measured):,.0f}",
            spread(load.cpu for load in measured),
            goals=goals,
            connections=connections,
            per_second=[load.per_second for load in measured],
            p50_us=p50,
            p99_us=median(load.p99 for load in measured),
            cpu_us=[load.cpu for load in measured],
        )
    table.notes.append(f"One fdatasync of 300 bytes here: {sync:,.0f} µs (median).")
    return table


def _ratios(names: Sequence[str], loads: dict[tuple[str, int], list[Load]]) -> Table:
    headings = ("operation", "connections", "requests/s, ratio", "CPU, ratio")
    table = Table("Against the bare server, in each round of this run", headings)
    for name, connections in itertools.product(names, _CONNECTIONS):
        pairs = list(zip(loads[name, connections], loads[BARE, connections], strict=True))
        speed = [load.per_second / bare.per_second for load, bare in pairs]
        cpu = [bare.cpu / load.cpu for load, bare in pairs]
        goals = []
        if name == "GetCallerIdentity" and connections == 16:
            # On a busy machine both servers wait for their core, and requests per second show only that.
            goals = [at_least(min(median(speed), median(cpu)), 0.85, " (the lesser counts)")]
        table.add(
            name,
            str(connections),
            spread(speed, 2),
            spread(cpu, 2),
            goals=goals,
            connections=connections,
            speed_ratio=speed,
            cpu_ratio=cpu,
        )
    return table
