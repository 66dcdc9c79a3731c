"""Explaining a decision: every statement of every layer is held against the request, element by element."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from bailiwick.policy.compiled import CompiledPolicy, CompiledStatement
from bailiwick.policy.decision import Decision, Layer
from bailiwick.policy.document import EVERYONE, Effect, PrincipalBlock, Statement
from bailiwick.policy.evaluation import Layers, RequestContext, evaluate, layers_asked, stacked, strongest_grant
from bailiwick.policy.explanation import notes
from bailiwick.policy.explanation.trace import (
    ElementTrace,
    Explanation,
    LayerTrace,
    Outcome,
    PolicyTrace,
    StatementTrace,
)
from bailiwick.policy.policy_set import PolicySet
from bailiwick.policy.principals import Grant, Principal, PrincipalKind

_WITH_LEVELS: Final = frozenset({Layer.RCP, Layer.SCP, Layer.SCOPE_DOWN})
_SIDES: Final = frozenset({Layer.RESOURCE, Layer.TRUST, Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION})
_GRANTING: Final = frozenset({Layer.RESOURCE, Layer.TRUST})


def explain(layers: Layers, request: RequestContext) -> Explanation:
    """Decide as `evaluate` does, and say why. Never raises on policy content.

    Costs time with every statement there is, whatever its action; `evaluate` is for enforcement.
    """
    decision = evaluate(layers, request)
    grant = granted(layers, request)
    asked = layers_asked(layers, request, grant)
    traces = tuple(
        _layer(layer, level, policies, request, grant, asked, bounded=layers.boundary is not None)
        for layer, level, policies in levelled(layers)
    )
    return Explanation(decision, request, traces, _note(layers, request, decision))


def levelled(layers: Layers) -> Iterator[tuple[Layer, int | None, PolicySet]]:
    """The layers that are there, with the number of each level where a layer has several."""
    seen: Counter[Layer] = Counter()
    for layer, policies in stacked(layers):
        yield layer, seen[layer] if layer in _WITH_LEVELS else None, policies
        seen[layer] += 1


def granted(layers: Layers, request: RequestContext) -> Grant:
    """How the resource's or the trust policy's Allow reaches the caller; NONE without one."""
    policies = layers.resource if layers.trust is None else layers.trust
    return Grant.NONE if policies is None else strongest_grant(policies, request.action.lower(), request)[0]


def names_of(principal: Principal) -> tuple[str, ...]:
    """Every name by which a policy can mean the principal, the nearest first; none for anonymous callers."""
    named = (principal.arn, principal.unique_id, principal.parent_arn, principal.account, *sorted(principal.names))
    return tuple(dict.fromkeys(name for name in named if name))


def _layer(
    layer: Layer,
    level: int | None,
    policies: PolicySet,
    request: RequestContext,
    grant: Grant,
    asked: frozenset[Layer],
    *,
    bounded: bool,
) -> LayerTrace:
    traces = tuple(_policy(policy, request, grants=layer in _GRANTING, bounded=bounded) for policy in policies.policies)
    effects = {statement.effect for policy in traces for statement in policy.statements if statement.applies}
    if Effect.DENY in effects:
        outcome = Outcome.DENIES
    else:
        outcome = Outcome.ALLOWS if Effect.ALLOW in effects else Outcome.SILENT
    shown = grant if layer in _GRANTING and grant is not Grant.NONE else None
    return LayerTrace(layer, level, outcome, shown, layer in asked or layer not in _SIDES, traces)


def _policy(policy: CompiledPolicy, request: RequestContext, *, grants: bool, bounded: bool) -> PolicyTrace:
    statements = tuple(
        _statement(statement, policy, request, grants=grants, bounded=bounded) for statement in policy.statements
    )
    return PolicyTrace(policy.source, policy.fault, statements)


def _statement(
    statement: CompiledStatement, policy: CompiledPolicy, request: RequestContext, *, grants: bool, bounded: bool
) -> StatementTrace:
    written = statement.written
    if written is None:
        return StatementTrace(statement.id, statement.effect, True, ())
    elements = (
        *_principal(statement, written, request, grants=grants, bounded=bounded),
        _action(statement, written, request),
        *_resource(statement, written, policy, request),
        *_conditions(statement, written, policy, request),
    )
    return StatementTrace(statement.id, statement.effect, all(element.matched for element in elements), elements)


def _principal(
    statement: CompiledStatement, written: Statement, request: RequestContext, *, grants: bool, bounded: bool
) -> Iterator[ElementTrace]:
    matcher, principal = statement.principal, request.principal
    if matcher is None:
        if grants and statement.effect is Effect.ALLOW:
            yield ElementTrace("Principal", False, (), names_of(principal), note=notes.NO_PRINCIPAL)
        return
    bounded = bounded and statement.effect is Effect.DENY
    reach = matcher.reach(principal, bounded=bounded)
    spared, named = written.not_principal, written.principal
    if spared is not None:
        name, block = "NotPrincipal", spared
        note = notes.on_not_principal(reach, statement.effect, bounded=bounded)
    else:
        assert named is not None  # a matcher is made from one of the two
        name, block = "Principal", named
        note = notes.on_principal(reach, principal)
    yield ElementTrace(name, reach is not Grant.NONE, _principals(block), names_of(principal), note=note)


def _principals(block: PrincipalBlock) -> tuple[str, ...]:
    return tuple(
        EVERYONE if kind == EVERYONE else f"{kind}: {value}" for kind, values in block.members for value in values
    )


def _action(statement: CompiledStatement, written: Statement, request: RequestContext) -> ElementTrace:
    name, expected = ("NotAction", written.not_action) if statement.is_not_action else ("Action", written.action)
    matched = statement.action_test(request.action.lower())
    return ElementTrace(name, matched, expected or (), (request.action,))


def _resource(
    statement: CompiledStatement, written: Statement, policy: CompiledPolicy, request: RequestContext
) -> Iterator[ElementTrace]:
    excluded, included = written.not_resource, written.resource
    name, expected = ("Resource", included) if excluded is None else ("NotResource", excluded)
    if expected is None:
        return  # A role's trust policy has no resources: it stands at the role.
    test = statement.resource_test
    matched = test is None or test(request.resource, request.keys)
    note = notes.on_resource(expected, request, policy, listed=matched is (excluded is None))
    yield ElementTrace(name, matched, expected, (request.resource,), note=note)


def _conditions(
    statement: CompiledStatement, written: Statement, policy: CompiledPolicy, request: RequestContext
) -> Iterator[ElementTrace]:
    tests = [(block.operator, key, values) for block in written.conditions or () for key, values in block.tests]
    for condition, (operator, key, values) in zip(statement.conditions, tests, strict=True):
        matched = condition.holds(request.keys)
        value = request.keys.get(condition.key)
        actual = (value,) if isinstance(value, str) else value
        note = notes.on_condition(
            operator, key, values, value, request.keys, matched=matched, variables=policy.has_variables
        )
        yield ElementTrace("Condition", matched, values, actual, operator, key, note)


def _note(layers: Layers, request: RequestContext, decision: Decision) -> str | None:
    """What the traces do not show; see `Explanation`."""
    if decision.layer is Layer.ROOT:
        return "The account's root may do everything in its account that nothing denies."
    if decision.is_allowed or decision.statement is not None:
        return None
    principal = request.principal
    if decision.layer is Layer.TRUST and principal.kind is PrincipalKind.ROOT:
        return "Roles are never assumed by an account's root; no policy can allow it."
    if decision.layer is Layer.SESSION and layers.session is None:
        return "A federated user without a session policy may do only what resource policies grant."
    if decision.layer is Layer.RESOURCE and layers.resource is None:
        return "The resource's own policy must allow this, and the resource has none."
    return None
