"""The policy simulator: actions decided on resources by the engine that enforces, with AWS's account of why.

No logic of its own decides anything: every verdict, also that of a single layer, is `policy.evaluate`'s.

Source: IAM API Reference, SimulateCustomPolicy and SimulatePrincipalPolicy; where AWS's simulator differs from its
enforcement, this one keeps to the enforcement: see docs/simulator.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from bailiwick.analyzer.missing_keys import missing_keys
from bailiwick.analyzer.resource_templates import ANYTHING
from bailiwick.analyzer.results import DetailSource, ResourceResult, Verdict
from bailiwick.analyzer.simulated_policies import SimulatedPolicies
from bailiwick.policy import (
    FULL_AWS_ACCESS,
    TRUST_ACTIONS,
    ArnSyntaxError,
    ContextKeys,
    ContextValue,
    Decision,
    Effect,
    Layer,
    Layers,
    PolicySet,
    Principal,
    Reason,
    RequestContext,
    StatementId,
    applies,
    evaluate,
    parse_arn,
    stacked,
)

_EVERYTHING: Final = PolicySet.of([FULL_AWS_ACCESS])

_ALLOWING: Final = frozenset({Layer.RESOURCE, Layer.TRUST, Layer.IDENTITY})
_DENYING: Final = _ALLOWING | {Layer.BOUNDARY}


@dataclass(frozen=True, slots=True)
class Scenario:
    """Who asks, with which policies.

    Of a principal without an account, no request is one across accounts. `scps`: one set for each level, root first.
    `resource`: the policy that every resource has. `trusts`, where there is no such policy: the trust policies of
    roles, by ARN, which count where one asks to assume them. `owner`: the account of resources whose ARN names none;
    None for the principal's. `keys` win over what the simulator knows of a resource by itself.
    """

    policies: SimulatedPolicies
    principal: Principal
    identity: PolicySet
    boundary: PolicySet | None = None
    scps: tuple[PolicySet, ...] = ()
    resource: PolicySet | None = None
    trusts: Mapping[str, PolicySet] = field(default_factory=lambda: MappingProxyType({}))
    owner: str | None = None
    keys: ContextKeys = field(default_factory=lambda: MappingProxyType({}))


def simulate(scenario: Scenario, action: str, resource: str) -> ResourceResult:
    """Decide one action (as given, with its prefix) on one resource (an ARN or `*`)."""
    owner = _owner(scenario, resource)
    layers = _layers(scenario, action, resource)
    request = RequestContext(action, resource, scenario.principal, owner, _keys(scenario, owner))
    decision = evaluate(layers, request)
    allowed_by_organizations = (
        None if not layers.scps else _allows(Layers(identity=_EVERYTHING, scps=layers.scps), request)
    )
    return ResourceResult(
        resource=resource,
        verdict=Verdict.of(decision),
        matched=tuple(map(scenario.policies.reference, _matched(layers, request, decision))),
        missing=_named(scenario, missing_keys(layers, request)),
        allowed_by_boundary=None if layers.boundary is None else _allows(Layers(identity=layers.boundary), request),
        allowed_by_organizations=allowed_by_organizations,
        details=None if allowed_by_organizations is False else _details(layers, request),
    )


def _owner(scenario: Scenario, resource: str) -> str | None:
    """The account that owns the resource; None when nothing says that it is not the caller's."""
    if scenario.principal.account is None:
        return None
    return _account_in(resource) or scenario.owner or scenario.principal.account


def _account_in(resource: str) -> str | None:
    try:
        account = parse_arn(resource).account
    except ArnSyntaxError:
        return None
    return account if len(account) == _ACCOUNT_DIGITS and account.isdecimal() else None


_ACCOUNT_DIGITS: Final = 12


def _keys(scenario: Scenario, owner: str | None) -> ContextKeys:
    known: dict[str, ContextValue] = {} if owner is None else {"aws:resourceaccount": owner}
    return {**known, **scenario.keys}


def _layers(scenario: Scenario, action: str, resource: str) -> Layers:
    trust = scenario.trusts.get(resource) if action.lower() in TRUST_ACTIONS else None
    return Layers(
        identity=scenario.identity,
        boundary=scenario.boundary,
        scps=scenario.scps,
        resource=scenario.resource,
        trust=trust,
        # A key policy itself must allow (KMS Developer Guide, "Key policies").
        resource_must_allow=scenario.resource is not None and action.lower().startswith("kms:"),
    )


def _allows(layers: Layers, request: RequestContext) -> bool:
    return _alone(layers, request) is Verdict.ALLOWED


def _alone(layers: Layers, request: RequestContext) -> Verdict:
    """What layers say, asked as if the resource were the caller's own."""
    own = RequestContext(request.action, request.resource, request.principal, None, request.keys)
    return Verdict.of(evaluate(layers, own))


def _matched(layers: Layers, request: RequestContext, decision: Decision) -> Iterable[StatementId]:
    """The statements that led to the decision; nothing leads to an implicit deny."""
    if decision.reason is Reason.IMPLICIT_DENY:
        return
    counting = _DENYING if decision.effect is Effect.DENY else _ALLOWING
    for layer, policies in stacked(layers):
        if layer not in counting:
            continue
        candidates = policies.candidates(request.action.lower())
        found = candidates.denies if decision.effect is Effect.DENY else candidates.allows
        for statement in found(request.resource):
            if applies(statement, request, bounded=layers.boundary is not None):
                yield statement.id


def _details(layers: Layers, request: RequestContext) -> Mapping[DetailSource, Verdict] | None:
    if request.resource == ANYTHING:
        return None
    is_across = request.resource_account not in (None, request.principal.account)
    if not is_across and layers.trust is None:
        return {}
    found = {DetailSource.IDENTITY: _alone(Layers(identity=layers.identity), request)}
    # A boundary that allows everything stays: a Deny with NotPrincipal asks whether there is one.
    boundary = None if layers.boundary is None else _EVERYTHING
    other = Layers(identity=_EVERYTHING, boundary=boundary, resource=layers.resource, trust=layers.trust)
    source = DetailSource.RESOURCE if layers.trust is None else DetailSource.TRUST
    found[source] = Verdict.of(evaluate(other, request))
    if layers.boundary is not None:
        found[DetailSource.BOUNDARY] = _alone(Layers(identity=layers.boundary), request)
    return found


def _named(scenario: Scenario, keys: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for key, name in scenario.policies.key_names.items() if key in keys)
