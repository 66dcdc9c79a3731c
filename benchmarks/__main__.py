"""Measure Bailiwick's speed: all parts, or those named; tables on standard output, unrounded figures with --json."""

import argparse
import os
import platform
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import load, processes
from benchmarks.connection import CallFailed
from benchmarks.parts import (
    authorization_details,
    entities,
    freshness,
    group_commit,
    growth,
    in_process,
    operations,
    revocation,
    sessions,
    startup,
    web_identity,
)
from benchmarks.report import write_json
from benchmarks.run import Run
from benchmarks.stores import Stores

ROOT = Path(__file__).parents[1]

PARTS: Mapping[str, Callable[[Run], None]] = {
    "operations": operations.measure,
    "growth": growth.measure,
    "entities": entities.measure,
    "authorization-details": authorization_details.measure,
    "startup": startup.measure,
    "freshness": freshness.measure,
    "revocation": revocation.measure,
    "sessions": sessions.measure,
    "web-identity": web_identity.measure,
    "group-commit": group_commit.measure,
    "decisions": in_process.measure,
}

_WITHOUT_LOAD = frozenset({"entities", "authorization-details", "decisions"})


def main() -> int:
    """Run the parts; the exit code is 1 when something needed is missing or a measurement failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"which parts: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="about a minute for all parts; the figures are rougher")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures to this file")
    parser.add_argument(
        "--node-modules", type=Path, metavar="DIR", help="measure iam-simulate too, which npm installed there"
    )
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.parts if name not in PARTS]:
        parser.error(f"no part is named {', '.join(unknown)}; there are {', '.join(PARTS)}")
    parts = arguments.parts or list(PARTS)
    if not _WITHOUT_LOAD.issuperset(parts) and not load.is_installed():
        print("The benchmarks need wrk to make load. Run: apt-get install wrk", file=sys.stderr)
        return 1
    start = time.perf_counter()
    machine = _machine()
    print("\n".join(f"{name}: {value}" for name, value in machine.items()) + "\n", flush=True)
    with suppress(OSError):
        os.sched_setaffinity(0, {processes.LOAD_CORE})
    # On the disk whose durability counts, which /tmp may not be on.
    place = ROOT / "build"
    place.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="bench-", dir=place) as folder:
        run = Run(arguments.quick, Stores(Path(folder)), arguments.node_modules)
        for name in parts:
            try:
                PARTS[name](run)
            except (CallFailed, processes.ServerFailed) as error:
                print(f"{name} could not be measured: {error}", file=sys.stderr)
                return 1
        if arguments.json is not None:
            write_json(arguments.json, machine, run.tables)
    goals = [goal.is_met for table in run.tables for goal in table.goals]
    print(
        f"{goals.count(True)} goals met, {goals.count(False)} not met, {goals.count(None)} not measured here;"
        f" {time.perf_counter() - start:.0f} s."
    )
    return 0


def _machine() -> dict[str, str]:
    """What the figures were taken on."""
    model = "unknown"
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    packages = ("bailiwick", "uvicorn", "httptools", "uvloop", "cryptography", "msgspec")
    pinning = "server on core 0, load on core 1" if processes.has_two_cores() else "one core: server and load share it"
    return {
        "Machine": f"{os.cpu_count()} cores, {model}; {pinning}",
        "System": f"{platform.system()} {platform.release()}, load average {os.getloadavg()[0]:.1f} at the start",
        "Python": f"{platform.python_version()}; SQLite {sqlite3.sqlite_version}",
        "Packages": ", ".join(f"{name} {version(name)}" for name in packages),
    }


if __name__ == "__main__":
    raise SystemExit(main())
