"""The decision: which policies must allow, which may deny, and in what order.

Source: IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic"; for role trust
policies, "Update a role trust policy"; for keys, KMS Developer Guide, "Key policies".
"""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from bailiwick.policy.compiled import CompiledStatement
from bailiwick.policy.decision import Decision, Layer, Reason
from bailiwick.policy.document import Effect
from bailiwick.policy.policy_set import EMPTY_SET, PolicySet
from bailiwick.policy.principals import Grant, Principal, PrincipalKind
from bailiwick.policy.request_keys import RequestKeys
from bailiwick.policy.variables import ContextKeys


@dataclass(frozen=True, slots=True)
class Layers:
    """The policies that apply to one request, by layer.

    `identity`: the principal's own and its groups'. `boundary`: None without one. `session`: the session policies
    passed, which count together; None if none was passed. `scope_downs`: one set for each GetScopedCredentials call,
    and an AssumeRoot session's task policy: unlike session policies they narrow even what a resource policy grants.
    `resource` or `trust`, never both: the resource's policy, a role's trust policy; None without one.
    `resource_must_allow`: the resource policy itself must allow, as KMS key policies must. `scps`, `rcps`: one set
    for each level, root first; empty without an organization and for those who are exempt. `vpc_endpoint`: the
    policy of the endpoint that the request came through.
    """

    identity: PolicySet = EMPTY_SET
    boundary: PolicySet | None = None
    session: PolicySet | None = None
    scope_downs: tuple[PolicySet, ...] = ()
    resource: PolicySet | None = None
    trust: PolicySet | None = None
    resource_must_allow: bool = False
    scps: tuple[PolicySet, ...] = ()
    rcps: tuple[PolicySet, ...] = ()
    vpc_endpoint: PolicySet | None = None


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One action on one resource, by one principal.

    `action`: such as `iam:GetUser`, in any case. `resource`: an ARN, or `*` for actions without a resource level.
    `resource_account`: the account that owns the resource; None if there is no such account. `keys`: condition keys
    in lower case, each with one value or, if multi-valued, a tuple; booleans `true` or `false`, dates in ISO 8601
    with `Z`, numbers in decimal.
    """

    action: str
    resource: str
    principal: Principal
    resource_account: str | None
    keys: ContextKeys

    def __post_init__(self) -> None:
        """What statements find out about the keys' values is shared by all of them."""
        if not isinstance(self.keys, RequestKeys):
            object.__setattr__(self, "keys", RequestKeys(self.keys))


class Asked(NamedTuple):
    """Which layers of the caller's side must allow."""

    identity: bool
    boundary: bool
    session: bool


_ALL: Final = Asked(identity=True, boundary=True, session=True)
_BESIDE_RESOURCE_GRANT: Final = {
    Grant.NONE: _ALL,
    Grant.DELEGATED: _ALL,
    Grant.INHERITED: Asked(identity=False, boundary=True, session=True),
    Grant.DIRECT: Asked(identity=False, boundary=False, session=False),
}
"""What is still asked of the caller's side when a resource policy of its own account grants."""

# A trust policy that names the user still leaves it to the boundary to allow sts:AssumeRole.
_BESIDE_TRUST_GRANT: Final = _BESIDE_RESOURCE_GRANT | {
    Grant.DIRECT: Asked(identity=False, boundary=True, session=False)
}

_WITHOUT_IDENTITY_SIDE: Final = frozenset({PrincipalKind.ANONYMOUS, PrincipalKind.SERVICE, PrincipalKind.FEDERATED})
_MAY_COME_FROM_ROOT: Final = frozenset({PrincipalKind.ROOT, PrincipalKind.FEDERATED_USER})
_BY_ROOT: Final = Decision(Effect.ALLOW, Reason.ALLOWED, Layer.ROOT, None)

# Looked up once: in Python 3.11 an enum's member costs as much as a function call, and these are on the hottest path.
_RCP, _SCP, _RESOURCE, _TRUST = Layer.RCP, Layer.SCP, Layer.RESOURCE, Layer.TRUST
_IDENTITY, _BOUNDARY, _SESSION, _SCOPE_DOWN = Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION, Layer.SCOPE_DOWN
_VPC_ENDPOINT = Layer.VPC_ENDPOINT
_NONE, _DIRECT = Grant.NONE, Grant.DIRECT


def evaluate(layers: Layers, request: RequestContext) -> Decision:
    """Decide one request. Never raises on policy content: what could not be understood denies.

    An explicit deny in any layer comes first; then the organization's ceilings; then what must allow. Where several
    layers deny, the first in that order is named.
    """
    action = request.action.lower()
    stack = stacked(layers)
    bounded = layers.boundary is not None
    for layer, policies in stack:
        for statement in policies.candidates(action).denies(request.resource):
            if applies(statement, request, bounded=bounded):
                missing = _missing_keys(stack, action, request)
                return Decision(Effect.DENY, Reason.EXPLICIT_DENY, layer, statement.id, missing)
    settled = _settle(layers, request, action)
    if isinstance(settled, Decision):
        return settled
    return Decision(Effect.DENY, Reason.IMPLICIT_DENY, settled, None, _missing_keys(stack, action, request))


def stacked(layers: Layers) -> list[tuple[Layer, PolicySet]]:
    """The layers that are there, in the order in which a denial is looked for and named."""
    stack: list[tuple[Layer, PolicySet]] = []
    if layers.rcps:
        stack.extend([(_RCP, level) for level in layers.rcps])
    if layers.scps:
        stack.extend([(_SCP, level) for level in layers.scps])
    if layers.resource is not None:
        stack.append((_RESOURCE, layers.resource))
    if layers.trust is not None:
        stack.append((_TRUST, layers.trust))
    stack.append((_IDENTITY, layers.identity))
    if layers.boundary is not None:
        stack.append((_BOUNDARY, layers.boundary))
    if layers.session is not None:
        stack.append((_SESSION, layers.session))
    if layers.scope_downs:
        stack.extend([(_SCOPE_DOWN, policies) for policies in layers.scope_downs])
    if layers.vpc_endpoint is not None:
        stack.append((_VPC_ENDPOINT, layers.vpc_endpoint))
    return stack


def _missing_keys(stack: list[tuple[Layer, PolicySet]], action: str, request: RequestContext) -> frozenset[str]:
    asked = frozenset[str]().union(*(policies.candidates(action).keys for _, policies in stack))
    return asked.difference(request.keys)


def _settle(layers: Layers, request: RequestContext, action: str) -> Decision | Layer:
    """With no explicit deny: the decision to allow, or the layer that should have allowed and did not."""
    for level in layers.rcps:
        if allowing(level, action, request) is None:
            return _RCP
    for level in layers.scps:
        if allowing(level, action, request) is None:
            return _SCP
    settled = _both_sides(layers, request, action)
    if isinstance(settled, Layer):
        return settled
    for policies in layers.scope_downs:
        if allowing(policies, action, request) is None:
            return _SCOPE_DOWN
    if layers.vpc_endpoint is not None and allowing(layers.vpc_endpoint, action, request) is None:
        return _VPC_ENDPOINT
    return settled


def _both_sides(layers: Layers, request: RequestContext, action: str) -> Decision | Layer:
    """The resource's side, and as much of the caller's side as it leaves to be asked."""
    principal = request.principal
    side, policies = (_RESOURCE, layers.resource) if layers.trust is None else (_TRUST, layers.trust)
    grant, granting = (_NONE, None) if policies is None else strongest_grant(policies, action, request)
    has_identity_side = principal.kind not in _WITHOUT_IDENTITY_SIDE
    if side is _TRUST and principal.kind is PrincipalKind.ROOT:
        return _TRUST  # Roles are never assumed by an account's root (STS API Reference, AssumeRole).

    owner = request.resource_account
    is_cross_account = has_identity_side and owner is not None and owner != principal.account
    if granting is None:
        if is_cross_account or not has_identity_side or layers.resource_must_allow or side is _TRUST:
            return side
    elif not has_identity_side:
        return _by_statement(granting, side)

    # Within one account a grant stands in for what the caller's side does not allow; across accounts for nothing.
    worth = _NONE if is_cross_account else grant
    asks_identity, asks_boundary, asks_session = (
        _BESIDE_TRUST_GRANT[worth] if side is _TRUST else _BESIDE_RESOURCE_GRANT[worth]
    )
    own = _identity_allows(layers, request, action) if asks_identity else None
    if own is None and asks_identity:
        return _IDENTITY
    boundary = layers.boundary
    if asks_boundary and boundary is not None and allowing(boundary, action, request) is None:
        return _BOUNDARY
    if asks_session and not _session_allows(layers, request, action):
        return _SESSION
    if own is None or is_cross_account:
        assert granting is not None
        return _by_statement(granting, side)
    return own


def layers_asked(layers: Layers, request: RequestContext, grant: Grant) -> frozenset[Layer]:
    """The layers of both sides that must allow when the resource's or trust policy reaches the caller by `grant`.

    The rule of `evaluate`, told and not applied: what an account's root has by default is not asked of its policies,
    and a layer is named that is not there but should be (a resource policy across accounts).
    """
    side = _RESOURCE if layers.trust is None else _TRUST
    principal = request.principal
    if principal.kind in _WITHOUT_IDENTITY_SIDE:
        return frozenset({side})
    is_cross_account = request.resource_account not in (None, principal.account)
    worth = _NONE if is_cross_account else grant
    asked = (_BESIDE_TRUST_GRANT if side is _TRUST else _BESIDE_RESOURCE_GRANT)[worth]
    is_of_root = principal.kind in _MAY_COME_FROM_ROOT and _is_of_root(principal)
    is_federated_user = principal.kind is PrincipalKind.FEDERATED_USER
    found = {
        side: is_cross_account or layers.resource_must_allow or side is _TRUST or not asked.identity,
        _IDENTITY: asked.identity and not is_of_root,
        _BOUNDARY: asked.boundary and layers.boundary is not None,
        _SESSION: asked.session and (layers.session is not None or is_federated_user),
    }
    return frozenset(layer for layer, is_asked in found.items() if is_asked)


def _identity_allows(layers: Layers, request: RequestContext, action: str) -> Decision | None:
    """What allows on the identity's side: its policies, or that it is an account's root; None if nothing does."""
    if request.principal.kind in _MAY_COME_FROM_ROOT and _is_of_root(request.principal):
        return _BY_ROOT
    statement = allowing(layers.identity, action, request)
    return None if statement is None else _by_statement(statement, _IDENTITY)


def _is_of_root(principal: Principal) -> bool:
    """Whether it is an account's root, or a federated user that the root made and that has the root's permissions."""
    return principal.kind is PrincipalKind.ROOT or principal.parent_arn == f"arn:aws:iam::{principal.account}:root"


def _session_allows(layers: Layers, request: RequestContext, action: str) -> bool:
    if layers.session is None:
        # GetFederationToken without a session policy leaves nothing but what resource policies grant.
        return request.principal.kind is not PrincipalKind.FEDERATED_USER
    return allowing(layers.session, action, request) is not None


def _by_statement(statement: CompiledStatement, layer: Layer) -> Decision:
    decision = statement.allowed
    return decision if decision.layer is layer else replace(decision, layer=layer)


def allowing(policies: PolicySet, action: str, request: RequestContext) -> CompiledStatement | None:
    """The first Allow that applies to the request; `action` in lower case."""
    for statement in policies.candidates(action).allows(request.resource):
        if applies(statement, request, bounded=False):
            return statement
    return None


def strongest_grant(
    policies: PolicySet, action: str, request: RequestContext
) -> tuple[Grant, CompiledStatement | None]:
    """The Allow that reaches the caller most directly, the first of several, and how; NONE if none applies."""
    strongest, granting = _NONE, None
    for statement in policies.candidates(action).allows(request.resource):
        matcher = statement.principal
        # Without a Principal, which no sound resource policy lacks, an Allow reaches nobody.
        grant = _NONE if matcher is None else matcher.reach(request.principal, bounded=False)
        if grant > strongest and statement.covers(request.resource, request.keys):
            strongest, granting = grant, statement
            if grant is _DIRECT:
                break
    return strongest, granting


def applies(statement: CompiledStatement, request: RequestContext, *, bounded: bool) -> bool:
    """Whether a statement that covers the action applies to the request."""
    matcher = statement.principal
    if matcher is not None and matcher.reach(request.principal, bounded=bounded) is _NONE:
        return False
    return statement.covers(request.resource, request.keys)
