"""How cost grows with what is stored: the same requests against stores of 100 to 100,000 users, and memory.

Each size has a server and a store of its own, and they are asked in turn in short blocks, so that what else the
machine does falls on all alike. Latencies are of one connection, taken by the client.
"""

from collections.abc import Callable
from contextlib import ExitStack
from statistics import median

from benchmarks.connection import Connection
from benchmarks.parts.operations import role_for_load
from benchmarks.processes import Server, administrator, bailiwick
from benchmarks.report import Goal, Table, at_most
from benchmarks.run import Run
from benchmarks.signing import Signer
from benchmarks.stores import SIZES, keys_of, name_of

_BLOCK = 25

_GET_USER = "GetUser"
_LIST_USERS = "ListUsers, page of 100"
_ASSUME_ROLE = "AssumeRole"
_KNOWN = "authorization, caller in memory"
_UNKNOWN = "authorization, caller not in memory"


class _Size:
    """A server on a store of one size, and how to ask it."""

    def __init__(self, users: int, server: Server, signer: Signer) -> None:
        self.users = users
        self.connection = Connection(server.address)
        self.signer = signer
        self.role = role_for_load(signer)
        self.server = server

    def request(self, name: str, number: int) -> bytes:
        """The request of that number; numbers are spread over all users."""
        user = (number * 7919) % self.users
        if name == _GET_USER:
            return self.signer.query("iam", "GetUser", UserName=name_of(user))
        if name == _LIST_USERS:
            return self.signer.query("iam", "ListUsers", MaxItems="100")
        if name == _ASSUME_ROLE:
            return self.signer.query("sts", "AssumeRole", RoleArn=self.role, RoleSessionName=f"s{number}")
        # Each of a hundred callers asks for itself, as its own inline policy allows.
        return Signer(self.signer.address, keys_of(number % 100)).query("iam", "GetUser")


def measure(run: Run) -> None:
    """Report growth, then memory."""
    memory = {}
    with ExitStack() as stack:
        for users in (0, *SIZES):
            data = run.stores.with_users(users)
            with bailiwick(data) as fresh, Connection(fresh.address) as connection:
                connection.call(Signer(fresh.address, administrator(data)).query("sts", "GetCallerIdentity"))
                memory[users] = fresh.rss_mib()
        sizes = []
        for users in SIZES:
            data = run.stores.with_users(users)
            server = stack.enter_context(bailiwick(data))
            sizes.append(_Size(users, server, Signer(server.address, administrator(data))))
            stack.callback(sizes[-1].connection.close)
        samples = run.pick(300, 2_000)
        taken = {
            _UNKNOWN: _in_turn(sizes, _UNKNOWN, 100, warm_up=False),
            **{name: _in_turn(sizes, name, samples) for name in (_KNOWN, _GET_USER, _LIST_USERS, _ASSUME_ROLE)},
        }
        after = {size.users: size.server.rss_mib() for size in sizes}
    run.show(_growth(taken))
    run.show(_memory(memory, after))


def _in_turn(sizes: list[_Size], name: str, samples: int, *, warm_up: bool = True) -> dict[int, float]:
    """The median latency at each size in microseconds."""
    taken: dict[int, list[float]] = {size.users: [] for size in sizes}
    for start in range(-_BLOCK if warm_up else 0, samples, _BLOCK):
        for size in sizes:
            requests = [size.request(name, number) for number in range(max(start, 0), max(start, 0) + _BLOCK)]
            times = [size.connection.time(request) for request in requests]
            if start >= 0:
                taken[size.users] += times
    return {users: median(times) for users, times in taken.items()}


def _growth(taken: dict[str, dict[int, float]]) -> Table:
    table = Table("Growth, p50 µs of one connection", ("call", *(f"{users:,} users" for users in SIZES), "growth"))
    last = SIZES[-1]
    goals_of: dict[str, Callable[[dict[int, float]], list[Goal]]] = {
        _GET_USER: lambda p50: [at_most(p50[last] / p50[100], 1.1, " ×")],
        _LIST_USERS: lambda p50: [
            at_most(p50[last] / p50[1_000], 1.2, " × from 1,000"),
            at_most(p50[last] / 1000, 2, " ms"),
        ],
        _KNOWN: lambda p50: [at_most(p50[last] / p50[100], 1.1, " ×")],
    }
    for name in (_GET_USER, _LIST_USERS, _ASSUME_ROLE, _KNOWN, _UNKNOWN):
        p50 = taken[name]
        goals = goals_of[name](p50) if name in goals_of else []
        shown = [f"{p50[users]:,.0f}" for users in SIZES]
        table.add(name, *shown, f"× {p50[last] / p50[SIZES[0]]:.2f}", goals=goals, p50_us=p50)
    return table


def _memory(fresh: dict[int, float], after: dict[int, float]) -> Table:
    table = Table(
        "Memory, RSS in MiB", ("users, each with a key and a policy", "after the first call", "after the load")
    )
    for users, mib in fresh.items():
        goals = []
        if users == 0:
            goals = [at_most(mib, 80, " MiB")]
        if users == SIZES[-1]:
            goals = [at_most(mib - fresh[0], 20, " MiB more than empty")]
        loaded = f"{after[users]:.1f}" if users in after else ""
        table.add(f"{users:,}", f"{mib:.1f}", loaded, goals=goals, fresh_mib=mib, loaded_mib=after.get(users))
    return table
