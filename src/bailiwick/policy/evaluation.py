"""The decision: which policies must allow, which may deny, and in what order.

Source: IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic"; for role trust
policies, "Update a role trust policy"; for keys, KMS Developer Guide, "Key policies".
"""

import enum
from dataclasses import dataclass

from bailiwick.policy.compiled import CompiledStatement, StatementId
from bailiwick.policy.document import Effect
from bailiwick.policy.policy_set import EMPTY_SET, PolicySet
from bailiwick.policy.principals import Grant, Principal, PrincipalKind
from bailiwick.policy.variables import ContextKeys


class Layer(enum.Enum):
    """A place where policies stand; `ROOT` stands for the account root's default allow."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    TRUST = "trust"
    BOUNDARY = "boundary"
    SESSION = "session"
    SCOPE_DOWN = "scope-down"
    SCP = "SCP"
    RCP = "RCP"
    VPC_ENDPOINT = "VPC endpoint"
    ROOT = "root"


class Reason(enum.Enum):
    """Why: a statement denied, nothing allowed where something must, or every layer that must allow did."""

    EXPLICIT_DENY = "explicit deny"
    IMPLICIT_DENY = "implicit deny"
    ALLOWED = "allowed"


@dataclass(frozen=True, slots=True)
class Layers:
    """The policies that apply to one request, by layer.

    `identity`: the principal's own and its groups'. `boundary`: None without one. `session`: the session policies
    passed, which count together; None if none was passed. `scope_downs`: one set for each GetScopedCredentials call.
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


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome for one action on one resource.

    `layer`: the one that settled it. `statement`: the statement that did; None for implicit denials and for the
    account root's default. `missing_keys`: for denials, the condition keys that statements on this action ask for
    and the request does not have.
    """

    effect: Effect
    reason: Reason
    layer: Layer | None
    statement: StatementId | None
    missing_keys: frozenset[str] = frozenset()

    @property
    def is_allowed(self) -> bool:
        """Whether the request may go on."""
        return self.effect is Effect.ALLOW


_WITHOUT_IDENTITY_SIDE = frozenset({PrincipalKind.ANONYMOUS, PrincipalKind.SERVICE, PrincipalKind.FEDERATED})


def evaluate(layers: Layers, request: RequestContext) -> Decision:
    """Decide one request. Never raises on policy content: what could not be understood denies.

    An explicit deny in any layer comes first; then the organization's ceilings; then what must allow. Where several
    layers deny, the first in that order is named.
    """
    action = request.action.lower()
    stack = _stack(layers)
    bounded = layers.boundary is not None
    for layer, policies in stack:
        for statement in policies.candidates(action).denies:
            if _applies(statement, request, bounded=bounded):
                return Decision(
                    Effect.DENY, Reason.EXPLICIT_DENY, layer, statement.id, _missing_keys(stack, action, request)
                )
    settled = _settle(layers, request, action)
    if isinstance(settled, Decision):
        return settled
    return Decision(Effect.DENY, Reason.IMPLICIT_DENY, settled, None, _missing_keys(stack, action, request))


def _stack(layers: Layers) -> list[tuple[Layer, PolicySet]]:
    """The layers that are there, in the order in which a denial is looked for and named."""
    stack = [(Layer.RCP, level) for level in layers.rcps]
    stack += [(Layer.SCP, level) for level in layers.scps]
    if layers.resource is not None:
        stack.append((Layer.RESOURCE, layers.resource))
    if layers.trust is not None:
        stack.append((Layer.TRUST, layers.trust))
    stack.append((Layer.IDENTITY, layers.identity))
    if layers.boundary is not None:
        stack.append((Layer.BOUNDARY, layers.boundary))
    if layers.session is not None:
        stack.append((Layer.SESSION, layers.session))
    stack += [(Layer.SCOPE_DOWN, policies) for policies in layers.scope_downs]
    if layers.vpc_endpoint is not None:
        stack.append((Layer.VPC_ENDPOINT, layers.vpc_endpoint))
    return stack


def _missing_keys(stack: list[tuple[Layer, PolicySet]], action: str, request: RequestContext) -> frozenset[str]:
    asked = frozenset[str]().union(*(policies.candidates(action).keys for _, policies in stack))
    return asked.difference(request.keys)


def _settle(layers: Layers, request: RequestContext, action: str) -> Decision | Layer:
    """With no explicit deny: the Allow that decided, or the layer that should have allowed and did not."""
    for level in layers.rcps:
        if _allowing(level, action, request) is None:
            return Layer.RCP
    for level in layers.scps:
        if _allowing(level, action, request) is None:
            return Layer.SCP
    settled = _both_sides(layers, request, action)
    if isinstance(settled, Layer):
        return settled
    for policies in layers.scope_downs:
        if _allowing(policies, action, request) is None:
            return Layer.SCOPE_DOWN
    if layers.vpc_endpoint is not None and _allowing(layers.vpc_endpoint, action, request) is None:
        return Layer.VPC_ENDPOINT
    return settled


def _both_sides(layers: Layers, request: RequestContext, action: str) -> Decision | Layer:
    """The resource's side, and as much of the caller's side as it leaves to be asked."""
    principal = request.principal
    kind = principal.kind
    side = Layer.RESOURCE if layers.trust is None else Layer.TRUST
    policies = layers.resource if layers.trust is None else layers.trust
    grant, granting = Grant.NONE, None
    if policies is not None:
        grant, granting = _strongest_grant(policies, action, request)
    if side is Layer.TRUST and kind is PrincipalKind.ROOT:
        return Layer.TRUST  # "Roles may not be assumed by root accounts."

    has_identity_side = kind not in _WITHOUT_IDENTITY_SIDE
    is_cross_account = has_identity_side and request.resource_account not in (None, principal.account)
    must_grant = is_cross_account or not has_identity_side or layers.resource_must_allow or side is Layer.TRUST
    if granting is None and must_grant:
        return side
    if granting is not None and not has_identity_side:
        return Decision(Effect.ALLOW, Reason.ALLOWED, side, granting.id)

    # What the grant stands in for, within one account only; across accounts nothing is left out.
    asks_identity = is_cross_account or grant <= Grant.DELEGATED
    asks_ceilings = is_cross_account or grant < Grant.DIRECT
    allowed_by = (side, granting)
    if asks_identity:
        own = _identity(layers, request, action)
        if own is None:
            return Layer.IDENTITY
        allowed_by = (side, granting) if is_cross_account else own
    # A trust policy that names the user still leaves the boundary to allow sts:AssumeRole.
    if asks_ceilings or side is Layer.TRUST:
        boundary = layers.boundary
        if boundary is not None and _allowing(boundary, action, request) is None:
            return Layer.BOUNDARY
    if asks_ceilings and not _session_allows(layers, request, action):
        return Layer.SESSION
    layer, statement = allowed_by
    return Decision(Effect.ALLOW, Reason.ALLOWED, layer, None if statement is None else statement.id)


def _identity(layers: Layers, request: RequestContext, action: str) -> tuple[Layer, CompiledStatement | None] | None:
    """What allows on the identity's side: its policies, or that it is an account's root; None if nothing does."""
    principal = request.principal
    if principal.kind is PrincipalKind.ROOT or _comes_from_root(principal):
        return Layer.ROOT, None
    statement = _allowing(layers.identity, action, request)
    return None if statement is None else (Layer.IDENTITY, statement)


def _comes_from_root(principal: Principal) -> bool:
    """Whether it is a federated user made by the account's root, whose identity side is the root's."""
    return (
        principal.kind is PrincipalKind.FEDERATED_USER
        and principal.parent_arn == f"arn:aws:iam::{principal.account}:root"
    )


def _session_allows(layers: Layers, request: RequestContext, action: str) -> bool:
    if layers.session is None:
        # GetFederationToken without a session policy leaves nothing but what resource policies grant.
        return request.principal.kind is not PrincipalKind.FEDERATED_USER
    return _allowing(layers.session, action, request) is not None


def _allowing(policies: PolicySet, action: str, request: RequestContext) -> CompiledStatement | None:
    for statement in policies.candidates(action).allows:
        if _applies(statement, request, bounded=False):
            return statement
    return None


def _strongest_grant(
    policies: PolicySet, action: str, request: RequestContext
) -> tuple[Grant, CompiledStatement | None]:
    strongest, granting = Grant.NONE, None
    for statement in policies.candidates(action).allows:
        matcher = statement.principal
        # Without a Principal, which no sound resource policy lacks, an Allow reaches nobody.
        grant = Grant.NONE if matcher is None else matcher.reach(request.principal, bounded=False)
        if grant > strongest and statement.covers(request.resource, request.keys):
            strongest, granting = grant, statement
            if grant is Grant.DIRECT:
                break
    return strongest, granting


def _applies(statement: CompiledStatement, request: RequestContext, *, bounded: bool) -> bool:
    """Whether a statement that covers the action applies to the request."""
    matcher = statement.principal
    if matcher is not None and matcher.reach(request.principal, bounded=bounded) is Grant.NONE:
        return False
    return statement.covers(request.resource, request.keys)
