"""Changes as functions of the layers and the request, so that what they lead to can be evaluated."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple, TypeAlias, assert_never

from bailiwick.policy.compiled import CompiledPolicy, CompiledStatement
from bailiwick.policy.decision import Layer
from bailiwick.policy.evaluation import Layers, RequestContext
from bailiwick.policy.policy_set import EMPTY_SET, PolicySet
from bailiwick.policy.remedies.changes import Change
from bailiwick.policy.variables import ContextValue

Case: TypeAlias = tuple[Layers, RequestContext]
Edit: TypeAlias = Callable[[PolicySet], PolicySet]


class Step(NamedTuple):
    """A change and what it makes of a case."""

    change: Change
    apply: Callable[[Case], Case]


def after(steps: Iterable[Step], case: Case) -> Case:
    """The case when all the steps have been taken."""
    for step in steps:
        case = step.apply(case)
    return case


def adding(change: Change, policy: CompiledPolicy) -> Step:
    """The step that puts a policy into the change's layer."""
    return _editing(change, lambda policies: PolicySet.of((*policies.policies, policy)))


def dropping(change: Change, statement: CompiledStatement) -> Step:
    """The step that takes a statement out of the change's layer."""
    return _editing(change, lambda policies: PolicySet.of(_without(statement, each) for each in policies.policies))


def setting(change: Change, key: str, value: ContextValue | None) -> Step:
    """The step that gives a condition key (lower case) another value, or takes it out."""

    def apply(case: Case) -> Case:
        layers, request = case
        return layers, with_key(request, key, value)

    return Step(change, apply)


def with_key(request: RequestContext, key: str, value: ContextValue | None) -> RequestContext:
    """The request with another value of a condition key, or without it."""
    keys = {name: given for name, given in request.keys.items() if name != key}
    if value is not None:
        keys[key] = value
    return replace(request, keys=keys)


def _without(statement: CompiledStatement, policy: CompiledPolicy) -> CompiledPolicy:
    if not any(each is statement for each in policy.statements):
        return policy
    return replace(policy, statements=tuple(each for each in policy.statements if each is not statement))


def _editing(change: Change, edit: Edit) -> Step:
    def apply(case: Case) -> Case:
        layers, request = case
        return _edited(layers, change.layer, change.level or 0, edit), request

    return Step(change, apply)


def _edited(layers: Layers, layer: Layer, level: int, edit: Edit) -> Layers:
    assert layer is not Layer.ROOT, "the root's default has no policies"
    match layer:
        case Layer.IDENTITY:
            return replace(layers, identity=edit(layers.identity))
        case Layer.RESOURCE:
            return replace(layers, resource=edit(layers.resource or EMPTY_SET))
        case Layer.TRUST:
            return replace(layers, trust=edit(layers.trust or EMPTY_SET))
        case Layer.BOUNDARY:
            return replace(layers, boundary=edit(layers.boundary or EMPTY_SET))
        case Layer.SESSION:
            return replace(layers, session=edit(layers.session or EMPTY_SET))
        case Layer.VPC_ENDPOINT:
            return replace(layers, vpc_endpoint=edit(layers.vpc_endpoint or EMPTY_SET))
        case Layer.SCOPE_DOWN:
            return replace(layers, scope_downs=_at(layers.scope_downs, level, edit))
        case Layer.SCP:
            return replace(layers, scps=_at(layers.scps, level, edit))
        case Layer.RCP:
            return replace(layers, rcps=_at(layers.rcps, level, edit))
        case _:
            assert_never(layer)


def _at(levels: tuple[PolicySet, ...], level: int, edit: Edit) -> tuple[PolicySet, ...]:
    return (*levels[:level], edit(levels[level]), *levels[level + 1 :])
