"""Decisions in process: beside other engines, as policies grow, and the worst there may be."""

from contextlib import ExitStack
from statistics import median

from benchmarks.decisions import SHAPES, attached, decision, growth, scenarios
from benchmarks.engines import IN_PROCESS, Engine, NotInstalledError, iam_simulate, installed_version
from benchmarks.parts import worst_cases
from benchmarks.report import Table, at_least, at_most
from benchmarks.run import Run, spread
from benchmarks.timing import Timing, middle, timed

_GOALS_US = {"a": 5.0, "b": 15.0, "c": 6.0}
OURS = "Bailiwick"


def measure(run: Run) -> None:
    """Report all parts of the policy engine's speed."""
    _scenarios(run)
    _side_by_side(run)
    _growth(run)
    worst_cases.measure(run)


def _scenarios(run: Run) -> None:
    table = Table("Decisions in process", ("scenario, outcome", "p50 µs", "p99 µs", "decisions/s"))
    for name, call in scenarios().items():
        timing = middle([timed(call, run.seconds(0.05, 0.2)) for _ in range(run.pick(1, 3))])
        limit = _GOALS_US.get(name.partition(",")[0])
        goals = [] if limit is None else [at_most(timing.p50_us, limit, " µs p50")]
        table.add(name, *_cells(timing), goals=goals, **_figures(timing))
    table.notes.append(
        "a: 1 policy of 3 statements; b: 15 of 10, with a tag and an address condition; c: 500 of one statement, of"
        " which one matters; same action: all statements are on one action."
    )
    run.show(table)


def _side_by_side(run: Run) -> None:
    """All engines in turn, so that what else the machine does falls on all of them."""
    table = Table(
        "Beside other engines, the same decision (allowed)",
        ("engine, scenario", "p50 µs", "p99 µs", "decisions/s", "p50, times ours"),
    )
    with ExitStack() as stack:
        for shape in SHAPES:
            engines = _loaded(run, stack, shape, table)
            taken: dict[str, list[Timing]] = {name: [] for name in engines}
            for _ in range(run.pick(2, 4)):
                for name in tuple(engines):
                    taken[name].append(engines[name](run.seconds(0.1, 0.5)))
            ours = taken[OURS]
            for name, timings in taken.items():
                ratios = [other.p50_us / own.p50_us for other, own in zip(timings, ours, strict=True)]
                timing = middle(timings)
                cells = (*_cells(timing), "" if name == OURS else f"× {spread(ratios, 1)}")
                goals = [] if name == OURS else [at_least(median(ratios), 1, " × ours")]
                table.add(f"{name}, {shape}", *cells, goals=goals, **_figures(timing), ratio=median(ratios))
    run.show(table)


def _loaded(run: Run, stack: ExitStack, shape: str, table: Table) -> dict[str, Engine]:
    """Ours and every engine that is installed, with one scenario; the others are named below the table."""
    scenario = SHAPES[shape]
    own = decision(attached(scenario.documents()), scenario.action, scenario.resource, True)
    engines: dict[str, Engine] = {OURS: lambda seconds: timed(own, seconds)}
    missing: list[str] = []
    for name, (package, load) in IN_PROCESS.items():
        found = installed_version(package)
        if found is None:
            missing.append(f"{name} is not installed")
            continue
        try:
            engines[f"{name} {found}"] = load(scenario)
        except NotInstalledError as error:
            missing.append(f"{name}: {error}")
    if run.node_modules is None:
        missing.append("iam-simulate is measured with --node-modules DIR")
    else:
        try:
            engines["iam-simulate (node), same action"] = stack.enter_context(iam_simulate(run.node_modules))(scenario)
        except NotInstalledError as error:
            missing.append(f"iam-simulate: {error}")
    table.notes += [note for note in map("Not measured: {}.".format, missing) if note not in table.notes]
    return engines


def _growth(run: Run) -> None:
    sizes = (1, 10, 50, 100, 500, 1_000)
    table = Table("Growth of a decision, p50 µs", ("as there are more", *map("{:,}".format, sizes), "growth"))
    for name, calls in growth().items():
        p50 = {size: timed(call, run.seconds(0.05, 0.2)).p50_us for size, call in calls.items()}
        ratio = p50[max(p50)] / p50[min(p50)]
        goals = [at_most(ratio, 1.2, " ×")] if name.startswith("attached") else []
        cells = [f"{p50[size]:.2f}" if size in p50 else "" for size in sizes]
        table.add(name, *cells, f"× {ratio:.2f}", goals=goals, p50_us=p50, growth=ratio)
    table.notes.append(
        "The decision is an allow by the last of them. Values: of one condition, none of which but the last matches."
    )
    run.show(table)


def _cells(timing: Timing) -> tuple[str, str, str]:
    return f"{timing.p50_us:,.2f}", f"{timing.p99_us:,.2f}", f"{timing.per_second:,.0f}"


def _figures(timing: Timing) -> dict[str, object]:
    return {"p50_us": timing.p50_us, "p99_us": timing.p99_us, "per_second": timing.per_second}
