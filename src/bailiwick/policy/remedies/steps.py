"""Changes as functions of the layers and the request, so that what they lead to can be evaluated."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import partial
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
    """A change and what it does: puts a policy into its layer, takes a statement out of it, or sets its key."""

    change: Change
    policy: CompiledPolicy | None = None
    dropped: CompiledStatement | None = None


def after(steps: Iterable[Step], case: Case) -> Case:
    """The case when all the steps have been taken. Each set of policies is made anew at most once."""
    layers, request = case
    by_place: dict[tuple[Layer, int], list[Step]] = {}
    for step in steps:
        change = step.change
        if change.key is not None:
            request = with_key(request, change.key.lower(), change.value)
        else:
            by_place.setdefault((change.layer, change.level or 0), []).append(step)
    for (layer, level), here in by_place.items():
        layers = _edited(layers, layer, level, partial(_changed, here))
    return layers, request


def with_key(request: RequestContext, key: str, value: ContextValue | None) -> RequestContext:
    """The request with another value of a condition key, or without it."""
    keys = {name: given for name, given in request.keys.items() if name != key}
    if value is not None:
        keys[key] = value
    return replace(request, keys=keys)


def _changed(steps: Iterable[Step], policies: PolicySet) -> PolicySet:
    dropped = {id(step.dropped) for step in steps}
    kept = (_without(dropped, policy) for policy in policies.policies)
    return PolicySet.of((*kept, *(step.policy for step in steps if step.policy is not None)))


def _without(dropped: Collection[int], policy: CompiledPolicy) -> CompiledPolicy:
    statements = tuple(each for each in policy.statements if id(each) not in dropped)
    return policy if len(statements) == len(policy.statements) else replace(policy, statements=statements)


def _edited(layers: Layers, layer: Layer, level: int, edit: Edit) -> Layers:
    assert layer is not Layer.ROOT  # the root's default has no policies
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
