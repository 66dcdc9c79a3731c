"""Finding remedies: what is in the way is taken away and what is missing is added, and the result is evaluated."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from bailiwick.policy.compiled import CompiledPolicy, CompiledStatement
from bailiwick.policy.conditions import CompiledCondition
from bailiwick.policy.decision import Layer
from bailiwick.policy.document import Effect
from bailiwick.policy.evaluation import (
    Layers,
    RequestContext,
    allowing,
    applies,
    evaluate,
    layers_asked,
)
from bailiwick.policy.explanation.explaining import granted, levelled
from bailiwick.policy.operators import Family, Operator, find_operator
from bailiwick.policy.policy_set import PolicySet
from bailiwick.policy.principals import Grant
from bailiwick.policy.remedies import changes
from bailiwick.policy.remedies.changes import Change, ChangeKind, Remedy
from bailiwick.policy.remedies.meeting import guesses, may_change
from bailiwick.policy.remedies.proposals import compiled, naming, proposed
from bailiwick.policy.remedies.steps import Case, Step, after, with_key
from bailiwick.policy.variables import ContextValue

_CEILINGS: Final = frozenset({Layer.RCP, Layer.SCP, Layer.SCOPE_DOWN, Layer.VPC_ENDPOINT})
_MOST_CONDITIONS: Final = 8
"""Conditions that are tried. Among more near misses there is no small answer, and each costs some evaluations."""

_MOST_GUESSES: Final = 16
"""Values that are tried for one condition."""

_OF_RANGES: Final = frozenset({Family.STRING_LIKE, Family.ARN, Family.NUMERIC, Family.DATE, Family.IP})
"""Operators whose values may stand for many."""

_ORDER: Final = {kind: position for position, kind in enumerate(ChangeKind)}


def remedies(layers: Layers, request: RequestContext) -> tuple[Remedy, ...]:
    """The smallest changes that would allow a denied request, each a set of its own, the smallest first.

    Every remedy is proven: with its changes made, `evaluate` allows the request. None holds another. A remedy has at
    most one MEET_CONDITION, of a key that another try of the request could have otherwise. Statements to add name
    exactly the request's action and resource. Empty for an allowed request, and where nothing can allow it, which
    `Explanation.note` then says.
    """
    case = layers, request
    if evaluate(*case).is_allowed:
        return ()
    found = list(_by_policies(case))
    for step in _conditions_to_meet(case):
        met = after([step], case)
        found += [(step,)] if evaluate(*met).is_allowed else [(step, *others) for others in _by_policies(met)]
    proven = [
        tuple(dict.fromkeys(step.change for step in steps))
        for steps in found
        if evaluate(*after(steps, case)).is_allowed
    ]
    return tuple(sorted(_without_superfluous(proven), key=_size))


def _without_superfluous(found: Iterable[Remedy]) -> Iterator[Remedy]:
    """The remedies that hold no other one, each once."""
    number: dict[Change, int] = {}
    sets = {frozenset(number.setdefault(change, len(number)) for change in remedy): remedy for remedy in found}
    return (remedy for numbers, remedy in sets.items() if not any(other < numbers for other in sets))


def _size(remedy: Remedy) -> tuple[int, list[int]]:
    return len(remedy), sorted(_ORDER[change.kind] for change in remedy)


def _by_policies(case: Case) -> Iterator[tuple[Step, ...]]:
    """The ways to allow a case by changes of policies (and sessions) alone."""
    layers, request = case
    action = request.action.lower()
    common = [*_lifts(case)]
    common += [
        _allow(layer, level, request)
        for layer, level, policies in levelled(layers)
        if layer in _CEILINGS and allowing(policies, action, request) is None
    ]
    side = Layer.RESOURCE if layers.trust is None else Layer.TRUST
    silent = _silent(layers, request)
    fewest: int | None = None
    for grant, granting in _grants(case, side):
        asked = layers_asked(layers, request, grant)
        if side in asked and grant is Grant.NONE:
            continue
        own = [_allow(layer, None, request) for layer in silent if layer in asked]
        # To name the caller more narrowly is worth saying only where it saves something.
        if granting and fewest is not None and len(own) >= fewest:
            continue
        fewest = len(own) if granting else None
        yield (*common, *granting, *own)


def _silent(layers: Layers, request: RequestContext) -> list[Layer]:
    """The layers of the caller's side that allow nothing, whether or not they are asked."""
    sides = ((Layer.IDENTITY, layers.identity), (Layer.BOUNDARY, layers.boundary), (Layer.SESSION, layers.session))
    action = request.action.lower()
    return [layer for layer, policies in sides if policies is None or allowing(policies, action, request) is None]


def _grants(case: Case, side: Layer) -> Iterator[tuple[Grant, tuple[Step, ...]]]:
    """How the resource's side could reach the caller: as it does now, and by a statement to add."""
    layers, request = case
    now = granted(layers, request)
    yield now, ()
    if layers.trust is None and layers.resource is None and side not in layers_asked(layers, request, Grant.NONE):
        return  # The resource has no policy and needs none.
    for principal in naming(request.principal):
        statement = proposed(side, request, principal)
        policy = compiled(side, statement)
        matcher = policy.statements[0].principal
        grant = Grant.NONE if matcher is None else matcher.reach(request.principal, bounded=False)
        if grant > now:
            yield grant, (Step(changes.addition(side, None, statement), policy),)


def _allow(layer: Layer, level: int | None, request: RequestContext) -> Step:
    statement = proposed(layer, request)
    return Step(changes.addition(layer, level, statement), compiled(layer, statement))


def _lifts(case: Case) -> Iterator[Step]:
    """What takes away every deny that applies."""
    layers, request = case
    for layer, level, policies in levelled(layers):
        for policy, statement in _statements(policies, Effect.DENY):
            if _denies(statement, request, layers):
                yield Step(changes.removal(layer, level, statement.id, policy.fault), dropped=statement)


def _denies(statement: CompiledStatement, request: RequestContext, layers: Layers) -> bool:
    return statement.action_test(request.action.lower()) and applies(
        statement, request, bounded=layers.boundary is not None
    )


def _statements(policies: PolicySet, effect: Effect) -> Iterator[tuple[CompiledPolicy, CompiledStatement]]:
    for policy in policies.policies:
        for statement in policy.statements:
            if statement.effect is effect:
                yield policy, statement


def _conditions_to_meet(case: Case) -> list[Step]:
    """One key set otherwise, so that a deny does not apply, or that an Allow applies which nearly does."""
    steps: dict[tuple[str | None, ContextValue | None], Step] = {}
    for step in islice(_all_conditions(case), _MOST_CONDITIONS):
        steps.setdefault((step.change.key, step.change.value), step)
    return list(steps.values())


def _all_conditions(case: Case) -> Iterator[Step]:
    layers, request = case
    for layer, level, policies in levelled(layers):
        for policy, statement in _statements(policies, Effect.DENY):
            if _denies(statement, request, layers):
                yield from _steps(case, layer, level, policy, statement, statement.conditions)
        for policy, statement in _statements(policies, Effect.ALLOW):
            failing = [each for each in statement.conditions if not each.holds(request.keys)]
            if len({each.key for each in failing}) == 1 and _reaches(statement, request):
                yield from _steps(case, layer, level, policy, statement, failing)


def _reaches(statement: CompiledStatement, request: RequestContext) -> bool:
    """Whether all but the conditions of an Allow match."""
    matcher, test = statement.principal, statement.resource_test
    return (
        statement.action_test(request.action.lower())
        and (matcher is None or matcher.reach(request.principal, bounded=False) is not Grant.NONE)
        and (test is None or test(request.resource, request.keys))
    )


def _steps(
    case: Case,
    layer: Layer,
    level: int | None,
    policy: CompiledPolicy,
    statement: CompiledStatement,
    conditions: Iterable[CompiledCondition],
) -> Iterator[Step]:
    """For each key of the conditions, the step to a value of it with which the statement does what is wanted."""
    layers, request = case
    wanted = statement.effect is Effect.ALLOW
    done: set[str] = set()
    for condition in conditions:
        if condition.key in done or not may_change(condition.key):
            continue
        working = [
            value
            for value in _values(policy, statement, condition, request, wanted=wanted)
            if statement.covers(request.resource, with_key(request, condition.key, value).keys) is wanted
        ]
        if working:
            done.add(condition.key)
            allowed = (each for each in working if evaluate(layers, with_key(request, condition.key, each)).is_allowed)
            value = next(allowed, working[0])
            written = _written(statement, condition)
            is_example = _operator(condition).base.family in _OF_RANGES and value not in written[2]
            yield Step(
                changes.condition(layer, level, statement.id, written, value, lifts=not wanted, is_example=is_example)
            )


def _values(
    policy: CompiledPolicy,
    statement: CompiledStatement,
    condition: CompiledCondition,
    request: RequestContext,
    *,
    wanted: bool,
) -> Iterator[ContextValue | None]:
    """Values of the condition's key to try, for the condition to hold or (not `wanted`) to fail."""
    current = request.keys.get(condition.key)
    if isinstance(current, tuple):
        fitting = (
            each for each in current if condition.holds(with_key(request, condition.key, (each,)).keys) is wanted
        )
        kept = tuple(fitting)
        if kept and kept != current:
            yield kept
    operator, (_, _, expected) = _operator(condition), _written(statement, condition)
    tried = guesses(operator, condition.key, expected, request.keys, variables=policy.has_variables)
    yield from islice(tried, _MOST_GUESSES)


def _operator(condition: CompiledCondition) -> Operator:
    operator = find_operator(condition.operator)
    assert operator is not None  # a compiled condition has one
    return operator


def _written(statement: CompiledStatement, condition: CompiledCondition) -> tuple[str, str, tuple[str, ...]]:
    """A condition's operator, key and values as the policy has them."""
    assert statement.written is not None  # a statement with conditions was written
    written = [(block.operator, *test) for block in statement.written.conditions or () for test in block.tests]
    return written[statement.conditions.index(condition)]
