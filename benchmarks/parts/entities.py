"""Get and list operations of every kind as accounts grow: 100 and 100,000 of each kind, asked in turn.

Latencies are of one connection, taken by the client; things asked for are spread over all that there are.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from statistics import median

from benchmarks import entities
from benchmarks.connection import Connection
from benchmarks.entities import EVERYBODY, POPULAR, name_of
from benchmarks.processes import administrator, bailiwick
from benchmarks.report import Table, at_most
from benchmarks.run import Run
from benchmarks.signing import Signer
from benchmarks.stores import name_of as user_name

_SIZES = (100, 100_000)
_BLOCK = 25
_PAGE = {"MaxItems": "100"}

_Parameters = Callable[[int, str], Mapping[str, str]]
"""The parameters of a call about a thing of a number, in an account of an id."""

_CALLS: Mapping[str, tuple[str, _Parameters]] = {
    "GetUser": ("GetUser", lambda number, account: {"UserName": user_name(number)}),
    "ListUsers": ("ListUsers", lambda number, account: _PAGE),
    "ListAccessKeys": ("ListAccessKeys", lambda number, account: {"UserName": user_name(number)}),
    "GetUserPolicy": ("GetUserPolicy", lambda number, account: {"UserName": user_name(number), "PolicyName": "own"}),
    "ListGroupsForUser": ("ListGroupsForUser", lambda number, account: {"UserName": user_name(number)}),
    "GetGroup, all users in it": ("GetGroup", lambda number, account: {"GroupName": EVERYBODY, **_PAGE}),
    "ListGroups": ("ListGroups", lambda number, account: _PAGE),
    "GetRole": ("GetRole", lambda number, account: {"RoleName": name_of("role", number)}),
    "ListRoles": ("ListRoles", lambda number, account: _PAGE),
    "GetPolicy": ("GetPolicy", lambda number, account: {"PolicyArn": _arn(account, name_of("policy", number))}),
    "ListPolicies, own": ("ListPolicies", lambda number, account: {"Scope": "Local", **_PAGE}),
    "ListPolicies, attached": ("ListPolicies", lambda number, account: {"OnlyAttached": "true", **_PAGE}),
    "ListEntitiesForPolicy, all users": (
        "ListEntitiesForPolicy",
        lambda number, account: {"PolicyArn": _arn(account, POPULAR), **_PAGE},
    ),
    "GetInstanceProfile": (
        "GetInstanceProfile",
        lambda number, account: {"InstanceProfileName": name_of("profile", number)},
    ),
    "ListInstanceProfiles": ("ListInstanceProfiles", lambda number, account: _PAGE),
    "GetAccountSummary": ("GetAccountSummary", lambda number, account: {}),
}


class _Size:
    """A server on a store of one size."""

    def __init__(self, count: int, account: str, connection: Connection, signer: Signer) -> None:
        self.count = count
        self.account = account
        self.connection = connection
        self.signer = signer

    def time(self, call: str, number: int) -> float:
        """How long one call takes, in microseconds."""
        action, parameters = _CALLS[call]
        given = parameters(number * 7919 % self.count, self.account)
        return self.connection.time(self.signer.query("iam", action, **given))


def measure(run: Run) -> None:
    """Report the latencies of each call at both sizes."""
    table = Table(
        "Get and list operations, p50 µs of one connection; lists by pages of 100",
        ("call", *(f"{count:,} of each kind" for count in _SIZES), "growth"),
    )
    with ExitStack() as stack:
        sizes = []
        for count in _SIZES:
            data = run.stores.new(f"entities-{count}", count)
            account = entities.add(data, count)
            server = stack.enter_context(bailiwick(data))
            connection = stack.enter_context(Connection(server.address))
            sizes.append(_Size(count, account, connection, Signer(server.address, administrator(data))))
        for call in _CALLS:
            few, many = _in_turn(sizes, call, run.pick(100, 1_000))
            goal = at_most(many / few, 1.2, " ×")
            table.add(
                call, f"{few:,.0f}", f"{many:,.0f}", f"× {many / few:.2f}", goals=[goal], few_us=few, many_us=many
            )
    run.show(table)


def _in_turn(sizes: list[_Size], call: str, samples: int) -> list[float]:
    """The median latency at each size, after a block that is not counted."""
    taken: list[list[float]] = [[] for _ in sizes]
    for start in range(-_BLOCK, samples, _BLOCK):
        for size, times in zip(sizes, taken, strict=True):
            found = [size.time(call, number) for number in range(start + _BLOCK, start + 2 * _BLOCK)]
            if start >= 0:
                times += found
    return [median(times) for times in taken]


def _arn(account: str, name: str) -> str:
    return f"arn:aws:iam::{account}:policy/{name}"
