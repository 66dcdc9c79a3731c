"""GetAccountAuthorizationDetails of large accounts: a page early and late in the list, and what a whole walk holds.

Each user has an inline policy of its own, which the page shows. Latencies are of one connection, taken by the client;
the two pages are asked for in turn, in short blocks.
"""

import re
import time
from html import unescape
from statistics import median

from benchmarks.connection import CallFailed, Connection
from benchmarks.processes import administrator, bailiwick
from benchmarks.report import Goal, Table, at_most
from benchmarks.run import Run
from benchmarks.signing import Signer

_SIZES = (1_000, 100_000)
_PAGE = 100
_LARGEST_PAGE = 1000
_BLOCK = 10
_MARKER = re.compile(rb"<Marker>([^<]+)</Marker>")


def measure(run: Run) -> None:
    """Report pages of 100 users, and the walk through all by the largest pages."""
    table = Table(
        f"GetAccountAuthorizationDetails, pages of {_PAGE}, p50 µs of one connection",
        ("users, each with a policy", "first page", "late page", f"all, by {_LARGEST_PAGE}", "memory, MiB more"),
    )
    first_of: dict[int, float] = {}
    for users in _SIZES:
        data = run.stores.with_users(users)
        with bailiwick(data) as server, Connection(server.address) as connection:
            signer = Signer(server.address, administrator(data))
            connection.call(_page(signer, None, _PAGE))
            before = server.rss_mib()
            start = time.perf_counter()
            markers = _walk(connection, signer, _LARGEST_PAGE, users)
            walked = time.perf_counter() - start
            grown = server.rss_mib() - before
            if len(markers) < 2:  # a small account: by pages of the size that is timed
                markers = _walk(connection, signer, _PAGE, users)
            late = markers[-2]
            first_of[users], last = _in_turn(connection, signer, late, run.pick(50, 500))
        goals: list[Goal] = []
        if users == _SIZES[-1]:
            goals = [
                at_most(last / first_of[users], 1.2, " × the first page"),
                at_most(first_of[users] / first_of[_SIZES[0]], 1.2, f" × from {_SIZES[0]:,}"),
                at_most(grown, 20, " MiB more"),
            ]
        shown = (f"{first_of[users]:,.0f}", f"{last:,.0f}", f"{walked:.2f} s", f"{grown:.1f}")
        table.add(f"{users:,}", *shown, goals=goals, first_us=first_of[users], late_us=last, walk_s=walked, mib=grown)
    run.show(table)


def _page(signer: Signer, marker: str | None, size: int) -> bytes:
    after = {} if marker is None else {"Marker": marker}
    return signer.query("iam", "GetAccountAuthorizationDetails", MaxItems=str(size), **after)


def _walk(connection: Connection, signer: Signer, size: int, users: int) -> list[str]:
    """All pages of the account: their markers."""
    markers: list[str] = []
    shown = 0
    while True:
        body = connection.call(_page(signer, markers[-1] if markers else None, size))
        shown += body.count(b"<UserName>")
        found = _MARKER.search(body)
        if found is None:
            break
        markers.append(unescape(found[1].decode()))
    if shown < users:
        raise CallFailed(f"{shown} of {users} users were shown")
    return markers


def _in_turn(connection: Connection, signer: Signer, late: str, samples: int) -> tuple[float, float]:
    """The median latencies of the first page and of the late one, in microseconds."""
    taken: dict[str | None, list[float]] = {None: [], late: []}
    for _ in range(0, samples, _BLOCK):
        for marker, times in taken.items():
            times += [connection.time(_page(signer, marker, _PAGE)) for _ in range(_BLOCK)]
    return median(taken[None]), median(taken[late])
