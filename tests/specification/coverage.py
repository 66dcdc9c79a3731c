"""What a run of cases has reached: counts, the cells that no long run may miss, and both as a table."""

from collections import Counter
from collections.abc import Iterable, Iterator

from tests.specification.conditions import OPERATORS, parts
from tests.specification.decision import NAMES, ORDER, Verdict
from tests.specification.reading import DENY_ALL, Prepared
from tests.specification.world import Request, Values

CALLERS = ("user", "role session", "federated user", "root", "service", "federated", "anonymous")
LAYERS = (*(NAMES.get(layer, layer) for layer in ORDER), "root")
QUALIFIERS = ("", "ForAllValues", "ForAnyValue")
STATES = ("one", "several", "missing", "empty")
"""What a request has for a condition's key: one value, a set, nothing, or a set without a value."""

CAN_DIFFER = ("one", "several")
"""The states in which the values decide; in the others the operator alone does, save for Null."""

ConditionCell = tuple[str, str, bool]
"""A whole operator name, the state of its key, and whether the condition was met."""

DecisionCell = tuple[str, str, str]
"""Reason, layer and kind of caller."""

_CAN_GRANT = {
    "identity": ("user", "role session", "federated user"),
    "root": ("federated user", "root"),
    "trust": tuple(kind for kind in CALLERS if kind != "root"),  # a root cannot assume roles
    "resource": CALLERS,
}
_CAN_FALL_SHORT = {
    **{NAMES.get(layer, layer): CALLERS for layer in ORDER},
    # Only these have a side of their own; an account's root needs no policy, and whoever it federates as little.
    "identity": ("user", "role session", "federated user"),
    "boundary": ("user", "role session", "federated user", "root"),
    "session": ("user", "role session", "federated user", "root"),
}


class Statistics:
    """Counts of conditions that were looked at, of decisions, and of policies that could not be understood."""

    def __init__(self) -> None:
        self.conditions: Counter[ConditionCell] = Counter()
        self.decisions: Counter[DecisionCell] = Counter()
        self.unreadable: Counter[str] = Counter()

    def read(self, prepared: Prepared) -> None:
        """Count the policies of a world that deny everything because nobody understands them."""
        for layer, levels in prepared.layers.items():
            self.unreadable[NAMES.get(layer, layer)] += sum(
                policy == [DENY_ALL] for level in levels for policy in level
            )

    def seen(self, operator: str, given: Values | None, met: bool) -> None:
        """Count one condition."""
        self.conditions[operator, _state(given), met] += 1

    def decided(self, request: Request, verdict: Verdict) -> None:
        """Count one case."""
        self.decisions[verdict.reason, verdict.layer, request["caller"]["kind"]] += 1

    def add(self, other: "Statistics") -> None:
        """Count what another part of the run has counted."""
        self.conditions += other.conditions
        self.decisions += other.decisions
        self.unreadable += other.unreadable

    def unreached(self) -> list[str]:
        """What a long run must reach and this one has not."""
        return [
            *(f"{_named(cell)}" for cell in condition_cells() if not self.conditions[cell]),
            *(", ".join(cell) for cell in decision_cells() if not self.decisions[cell]),
            *(f"unreadable policy, {layer}" for layer in LAYERS if layer != "root" and not self.unreadable[layer]),
        ]

    def table(self) -> str:
        """All counts, for people."""
        return "\n".join([*self._condition_rows(), "", *self._decision_rows(), "", *self._unreadable_rows()])

    def _condition_rows(self) -> Iterator[str]:
        yield "Conditions looked at: met / not met, by what the request has for the key"
        yield f"{'':54}" + "".join(f"{state:>20}" for state in STATES)
        for operator in operator_names():
            counts = (
                f"{self.conditions[operator, state, True]:,} / {self.conditions[operator, state, False]:,}"
                for state in STATES
            )
            yield f"{operator:54}" + "".join(f"{count:>20}" for count in counts)

    def _decision_rows(self) -> Iterator[str]:
        whole = max(1, self.decisions.total())
        yield "Decisions by reason, layer and caller"
        yield f"{'':32}{'share':>8}" + "".join(f"{kind:>16}" for kind in CALLERS)
        for reason in ("explicit deny", "implicit deny", "allowed"):
            for layer in LAYERS:
                counts = [self.decisions[reason, layer, kind] for kind in CALLERS]
                if any(counts):
                    share = f"{sum(counts) / whole:8.2%}"
                    yield f"{reason + ', ' + layer:32}{share}" + "".join(f"{count:>16,}" for count in counts)

    def _unreadable_rows(self) -> Iterator[str]:
        yield "Policies that cannot be understood"
        for layer, count in sorted(self.unreadable.items()):
            yield f"{layer:32}{count:>8,}"


def operator_names() -> Iterator[str]:
    """Every condition operator with each prefix and suffix that it takes."""
    for base in OPERATORS:
        for qualifier in QUALIFIERS:
            for suffix in ("", "IfExists"):
                yield (f"{qualifier}:" if qualifier else "") + base + suffix
    yield "Null"


def condition_cells() -> Iterator[ConditionCell]:
    """What a long run must have seen of conditions: each operator and state, met and not met where both can be."""
    for operator in operator_names():
        for state in STATES:
            for met in _outcomes(operator, state):
                yield operator, state, met


def decision_cells() -> Iterator[DecisionCell]:
    """What a long run must have seen of decisions."""
    for layer in LAYERS:
        for reason, kinds in (
            ("explicit deny", () if layer == "root" else CALLERS),
            ("implicit deny", _CAN_FALL_SHORT.get(layer, ())),
            ("allowed", _CAN_GRANT.get(layer, ())),
        ):
            for kind in kinds:
                yield reason, layer, kind


def _outcomes(operator: str, state: str) -> Iterable[bool]:
    if operator == "Null" or state in CAN_DIFFER:
        return (True, False)
    qualifier, base, if_exists = parts(operator)
    if qualifier == "ForAnyValue":
        return (if_exists,)
    return (qualifier == "ForAllValues" or if_exists or "Not" in base,)


def _state(given: Values | None) -> str:
    if given is None:
        return "missing"
    if isinstance(given, str):
        return "one"
    return "empty" if given in ((), ("",)) else "several"


def _named(cell: ConditionCell) -> str:
    operator, state, met = cell
    return f"{operator}, {state}, {'met' if met else 'not met'}"
