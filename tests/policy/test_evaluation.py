"""The order of the layers and what a grant is worth; the rows of AWS's tables are in `test_worked_examples`."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bailiwick.policy import (
    ANONYMOUS,
    Decision,
    Effect,
    Layer,
    Layers,
    PolicySet,
    PolicySource,
    PolicyType,
    Principal,
    PrincipalKind,
    Reason,
    RequestContext,
    StatementId,
    compile_policy,
    evaluate,
)

A, B = "111111111111", "222222222222"
ROOT_ARN = f"arn:aws:iam::{A}:root"
USER_ARN = f"arn:aws:iam::{A}:user/u"
ROLE_ARN = f"arn:aws:iam::{A}:role/r"
SESSION_ARN = f"arn:aws:sts::{A}:assumed-role/r/s"
FEDERATED_ARN = f"arn:aws:sts::{A}:federated-user/f"
USER = Principal(PrincipalKind.USER, A, USER_ARN, "AIDAUUUUUUUUUUUUUUUUU")
SESSION = Principal(PrincipalKind.ROLE_SESSION, A, SESSION_ARN, "AROARRRRRRRRRRRRRRRRR", ROLE_ARN)
FEDERATED_USER = Principal(PrincipalKind.FEDERATED_USER, A, FEDERATED_ARN, USER.unique_id, USER_ARN)
ROOT = Principal(PrincipalKind.ROOT, A, ROOT_ARN)
SERVICE = Principal(PrincipalKind.SERVICE, None, "logs.amazonaws.com")
PROVIDER = Principal(PrincipalKind.FEDERATED, A, f"arn:aws:iam::{A}:saml-provider/idp")
OBJECT = "arn:aws:s3:::b/o"
TYPES = {
    Layer.IDENTITY: PolicyType.INLINE,
    Layer.BOUNDARY: PolicyType.MANAGED,
    Layer.SESSION: PolicyType.SESSION,
    Layer.SCOPE_DOWN: PolicyType.SESSION,
    Layer.RESOURCE: PolicyType.RESOURCE,
    Layer.TRUST: PolicyType.TRUST,
    Layer.SCP: PolicyType.SERVICE_CONTROL,
    Layer.RCP: PolicyType.RESOURCE_CONTROL,
    Layer.VPC_ENDPOINT: PolicyType.VPC_ENDPOINT,
}
NAMING = (Layer.RESOURCE, Layer.TRUST, Layer.RCP, Layer.VPC_ENDPOINT)


def policies(layer: Layer, *effects: str, to: object = "*", when: object = None) -> PolicySet:
    """Statements on everything, of these effects, for everyone."""
    elements: dict[str, object] = {"Action": "*"}
    if layer is not Layer.TRUST:
        elements["Resource"] = "*"
    if layer in NAMING:
        elements["Principal"] = to
    if when is not None:
        elements["Condition"] = when
    text = json.dumps({"Version": "2012-10-17", "Statement": [elements | {"Effect": effect} for effect in effects]})
    compiled = compile_policy(text, PolicySource(TYPES[layer], layer.value))
    assert compiled.fault is None
    return PolicySet.of([compiled])


def with_layer(layers: Layers, layer: Layer, found: PolicySet) -> Layers:
    """The layers with one of them set; of the layers that come in levels, a second level."""
    match layer:
        case Layer.IDENTITY:
            return replace(layers, identity=found)
        case Layer.BOUNDARY:
            return replace(layers, boundary=found)
        case Layer.SESSION:
            return replace(layers, session=found)
        case Layer.RESOURCE:
            return replace(layers, resource=found, trust=None)
        case Layer.TRUST:
            return replace(layers, trust=found, resource=None)
        case Layer.VPC_ENDPOINT:
            return replace(layers, vpc_endpoint=found)
        case Layer.SCOPE_DOWN:
            return replace(layers, scope_downs=(policies(layer, "Allow"), found))
        case Layer.SCP:
            return replace(layers, scps=(policies(layer, "Allow"), found))
        case _:
            return replace(layers, rcps=(policies(layer, "Allow"), found))


def all_allowing(side: Layer = Layer.RESOURCE) -> Layers:
    layers = Layers()
    for layer in TYPES:
        if layer not in (Layer.RESOURCE, Layer.TRUST) or layer is side:
            layers = with_layer(layers, layer, policies(layer, "Allow"))
    return layers


def decide(
    layers: Layers,
    principal: Principal = USER,
    owner: str | None = A,
    action: str = "s3:GetObject",
    keys: Mapping[str, str | tuple[str, ...]] | None = None,
) -> Decision:
    return evaluate(layers, RequestContext(action, OBJECT, principal, owner, keys or {}))


def statement(layer: Layer, index: int = 0) -> StatementId:
    return StatementId(PolicySource(TYPES[layer], layer.value), index, None)


def denied(reason: Reason, layer: Layer) -> Decision:
    named = statement(layer, 1) if reason is Reason.EXPLICIT_DENY else None
    return Decision(Effect.DENY, reason, layer, named)


@pytest.mark.parametrize("principal", [USER, SESSION, FEDERATED_USER, ROOT, SERVICE, ANONYMOUS, PROVIDER])
@pytest.mark.parametrize("owner", [A, B, None])
@pytest.mark.parametrize("layer", [layer for layer in TYPES if layer is not Layer.TRUST])
def test_an_explicit_deny_in_any_layer_overrides_allows_in_all(
    layer: Layer, owner: str | None, principal: Principal
) -> None:
    layers = all_allowing()
    assert decide(layers, principal, owner).is_allowed

    layers = with_layer(layers, layer, policies(layer, "Allow", "Deny"))

    assert decide(layers, principal, owner) == denied(Reason.EXPLICIT_DENY, layer)


@pytest.mark.parametrize("layer", [layer for layer in TYPES if layer is not Layer.RESOURCE])
def test_an_explicit_deny_in_any_layer_overrides_a_trust_policy(layer: Layer) -> None:
    layers = all_allowing(Layer.TRUST)
    assert decide(layers).is_allowed

    assert decide(with_layer(layers, layer, policies(layer, "Allow", "Deny"))) == denied(Reason.EXPLICIT_DENY, layer)


ORDER = [
    Layer.RCP,
    Layer.SCP,
    Layer.RESOURCE,
    Layer.IDENTITY,
    Layer.BOUNDARY,
    Layer.SESSION,
    Layer.SCOPE_DOWN,
    Layer.VPC_ENDPOINT,
]


def test_of_several_explicit_denies_the_first_in_evaluation_order_is_named() -> None:
    layers = all_allowing()
    for layer in reversed(ORDER):
        layers = with_layer(layers, layer, policies(layer, "Allow", "Deny"))

        assert decide(layers) == denied(Reason.EXPLICIT_DENY, layer)


def test_of_several_implicit_denies_the_first_in_evaluation_order_is_named() -> None:
    layers = all_allowing()
    for layer in reversed(ORDER):
        layers = with_layer(layers, layer, PolicySet.of([]))

        assert decide(layers, owner=B) == denied(Reason.IMPLICIT_DENY, layer)


def test_an_explicit_deny_is_named_before_an_implicit_one_of_an_earlier_layer() -> None:
    layers = with_layer(all_allowing(), Layer.RCP, PolicySet.of([]))
    layers = with_layer(layers, Layer.VPC_ENDPOINT, policies(Layer.VPC_ENDPOINT, "Allow", "Deny"))

    assert decide(layers) == denied(Reason.EXPLICIT_DENY, Layer.VPC_ENDPOINT)


@pytest.mark.parametrize("layer", [Layer.RCP, Layer.SCP, Layer.SCOPE_DOWN, Layer.VPC_ENDPOINT])
@pytest.mark.parametrize("principal", [USER, SESSION, FEDERATED_USER, ROOT, SERVICE, ANONYMOUS])
def test_no_grant_passes_the_ceilings_that_hold_for_everyone(principal: Principal, layer: Layer) -> None:
    layers = with_layer(all_allowing(), layer, PolicySet.of([]))

    assert decide(layers, principal) == denied(Reason.IMPLICIT_DENY, layer)


GRANTS = {
    "none": None,
    "account": {"AWS": A},
    "user": {"AWS": USER_ARN},
    "role": {"AWS": ROLE_ARN},
    "session": {"AWS": SESSION_ARN},
    "federated": {"AWS": FEDERATED_ARN},
    "everyone": "*",
}
BLOCKS = {  # of one account: which of identity, boundary and session still block when they do not allow
    (USER, "none"): "ib",
    (USER, "account"): "ib",
    (USER, "user"): "",
    (USER, "everyone"): "",
    (SESSION, "none"): "ibs",
    (SESSION, "account"): "ibs",
    (SESSION, "role"): "bs",
    (SESSION, "session"): "",
    (SESSION, "everyone"): "",
    (FEDERATED_USER, "none"): "ibs",
    (FEDERATED_USER, "account"): "ibs",
    (FEDERATED_USER, "user"): "bs",
    (FEDERATED_USER, "federated"): "",
    (FEDERATED_USER, "everyone"): "",
    (ROOT, "none"): "bs",
    (ROOT, "account"): "bs",
    (ROOT, "everyone"): "",
}
CALLER_SIDE = {"i": Layer.IDENTITY, "b": Layer.BOUNDARY, "s": Layer.SESSION}


@pytest.mark.parametrize(("principal", "grant"), BLOCKS)
def test_what_a_grant_in_a_resource_policy_is_worth_in_one_account(principal: Principal, grant: str) -> None:
    to = GRANTS[grant]
    base = all_allowing()
    base = (
        replace(base, resource=None) if to is None else replace(base, resource=policies(Layer.RESOURCE, "Allow", to=to))
    )
    blocks = BLOCKS[principal, grant]

    for letter, layer in CALLER_SIDE.items():
        if letter == "s" and principal is USER:
            continue  # a user's request has no session policy
        decision = decide(with_layer(base, layer, PolicySet.of([])), principal)

        if letter in blocks:
            assert decision == denied(Reason.IMPLICIT_DENY, layer)
        else:
            assert decision.is_allowed
    own = Layer.ROOT if principal is ROOT else Layer.IDENTITY
    by_identity = grant in ("none", "account")
    expected = own if by_identity else Layer.RESOURCE
    assert decide(base, principal) == Decision(
        Effect.ALLOW, Reason.ALLOWED, expected, None if expected is Layer.ROOT else statement(expected)
    )


@pytest.mark.parametrize(("principal", "grant"), [key for key in BLOCKS if key[1] != "none"])
def test_across_accounts_a_grant_stands_in_for_nothing(principal: Principal, grant: str) -> None:
    base = replace(all_allowing(), resource=policies(Layer.RESOURCE, "Allow", to=GRANTS[grant]))
    assert decide(base, principal, B) == Decision(
        Effect.ALLOW, Reason.ALLOWED, Layer.RESOURCE, statement(Layer.RESOURCE)
    )

    for letter, layer in CALLER_SIDE.items():
        if (letter == "i" and principal is ROOT) or (letter == "s" and principal is USER):
            continue
        decision = decide(with_layer(base, layer, PolicySet.of([])), principal, B)
        assert decision == denied(Reason.IMPLICIT_DENY, layer)


@pytest.mark.parametrize("principal", [USER, SESSION, FEDERATED_USER, ROOT])
@pytest.mark.parametrize("resource", [None, PolicySet.of([])])
def test_across_accounts_the_resource_must_allow(principal: Principal, resource: PolicySet | None) -> None:
    layers = replace(all_allowing(), resource=resource)

    assert decide(layers, principal, B) == denied(Reason.IMPLICIT_DENY, Layer.RESOURCE)


@pytest.mark.parametrize(("principal", "grant"), [key for key in BLOCKS if key[1] != "none"])
def test_what_a_grant_in_a_trust_policy_is_worth(principal: Principal, grant: str) -> None:
    """As in a resource policy, save that the boundary must always allow, and that root assumes no role."""
    to = GRANTS[grant]
    base = replace(all_allowing(Layer.TRUST), trust=policies(Layer.TRUST, "Allow", to=to))
    if principal is ROOT:
        assert decide(base, principal) == denied(Reason.IMPLICIT_DENY, Layer.TRUST)
        return
    blocks = BLOCKS[principal, grant] + "b"

    assert decide(base, principal).is_allowed
    for letter, layer in CALLER_SIDE.items():
        if letter == "s" and principal is USER:
            continue
        decision = decide(with_layer(base, layer, PolicySet.of([])), principal)
        if letter in blocks:
            assert decision == denied(Reason.IMPLICIT_DENY, layer)
        else:
            assert decision == Decision(Effect.ALLOW, Reason.ALLOWED, Layer.TRUST, statement(Layer.TRUST))


@pytest.mark.parametrize("principal", [USER, SESSION, SERVICE, PROVIDER])
def test_a_trust_policy_must_allow_whatever_the_identity_may(principal: Principal) -> None:
    layers = replace(all_allowing(Layer.TRUST), trust=PolicySet.of([]))

    assert decide(layers, principal) == denied(Reason.IMPLICIT_DENY, Layer.TRUST)
    assert decide(layers, principal, B) == denied(Reason.IMPLICIT_DENY, Layer.TRUST)


@pytest.mark.parametrize(
    ("principal", "to"), [(SERVICE, {"Service": "logs.amazonaws.com"}), (PROVIDER, {"Federated": PROVIDER.arn})]
)
def test_services_and_federated_callers_assume_a_role_by_its_trust_alone(principal: Principal, to: object) -> None:
    layers = Layers(trust=policies(Layer.TRUST, "Allow", to=to))

    assert decide(layers, principal, B) == Decision(Effect.ALLOW, Reason.ALLOWED, Layer.TRUST, statement(Layer.TRUST))


@pytest.mark.parametrize("principal", [SERVICE, PROVIDER, ANONYMOUS])
def test_who_has_no_identity_side_needs_the_resources_allow(principal: Principal) -> None:
    assert decide(Layers(), principal) == denied(Reason.IMPLICIT_DENY, Layer.RESOURCE)
    assert decide(Layers(identity=policies(Layer.IDENTITY, "Allow")), principal).effect is Effect.DENY
    assert decide(Layers(resource=policies(Layer.RESOURCE, "Allow", to={"AWS": A})), principal, B).effect is Effect.DENY
    allowed = decide(Layers(resource=policies(Layer.RESOURCE, "Allow")), principal, B)
    assert allowed == Decision(Effect.ALLOW, Reason.ALLOWED, Layer.RESOURCE, statement(Layer.RESOURCE))


def test_a_key_policy_must_itself_allow_even_root() -> None:
    layers = replace(all_allowing(), resource_must_allow=True)

    for resource in (None, PolicySet.of([])):
        for principal in (USER, ROOT):
            assert decide(replace(layers, resource=resource), principal) == denied(Reason.IMPLICIT_DENY, Layer.RESOURCE)
    delegating = replace(layers, resource=policies(Layer.RESOURCE, "Allow", to={"AWS": A}))
    assert decide(delegating, ROOT) == Decision(Effect.ALLOW, Reason.ALLOWED, Layer.ROOT, None)
    assert decide(delegating).layer is Layer.IDENTITY
    assert decide(replace(delegating, identity=PolicySet.of([]))) == denied(Reason.IMPLICIT_DENY, Layer.IDENTITY)
    naming = replace(
        layers, resource=policies(Layer.RESOURCE, "Allow", to={"AWS": USER_ARN}), identity=PolicySet.of([])
    )
    assert decide(naming).layer is Layer.RESOURCE


def test_the_strongest_grant_of_several_statements_counts() -> None:
    def both(first: object, second: object) -> PolicySet:
        statements = [{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": to} for to in (first, second)]
        text = json.dumps({"Statement": statements})
        return PolicySet.of([compile_policy(text, PolicySource(PolicyType.RESOURCE, "resource"))])

    account, role, session = {"AWS": A}, {"AWS": ROLE_ARN}, {"AWS": SESSION_ARN}
    blocked = Layers(boundary=PolicySet.of([]), session=PolicySet.of([]))

    assert decide(replace(blocked, resource=both(account, session)), SESSION).statement == statement(Layer.RESOURCE, 1)
    assert decide(replace(blocked, resource=both(session, role)), SESSION).statement == statement(Layer.RESOURCE, 0)
    assert decide(replace(blocked, resource=both(account, role)), SESSION).layer is Layer.BOUNDARY
    assert decide(Layers(resource=both(account, role)), SESSION).statement == statement(Layer.RESOURCE, 1)
    assert decide(Layers(resource=both(role, account)), SESSION).statement == statement(Layer.RESOURCE, 0)


def test_a_federated_user_without_a_session_policy_has_only_what_resources_grant_it() -> None:
    layers = Layers(identity=policies(Layer.IDENTITY, "Allow"))

    assert decide(layers, FEDERATED_USER) == denied(Reason.IMPLICIT_DENY, Layer.SESSION)
    assert decide(layers, SESSION).is_allowed
    passed = replace(layers, session=policies(Layer.SESSION, "Allow"))
    assert decide(passed, FEDERATED_USER).layer is Layer.IDENTITY


def test_a_federated_user_of_root_has_roots_permissions_within_its_session_policy() -> None:
    of_root = replace(FEDERATED_USER, parent_arn=ROOT_ARN, unique_id=None)
    of_other_root = replace(of_root, parent_arn=f"arn:aws:iam::{B}:root")
    session = Layers(session=policies(Layer.SESSION, "Allow"))

    assert decide(session, of_root) == Decision(Effect.ALLOW, Reason.ALLOWED, Layer.ROOT, None)
    assert decide(Layers(), of_root) == denied(Reason.IMPLICIT_DENY, Layer.SESSION)
    assert decide(session, of_other_root) == denied(Reason.IMPLICIT_DENY, Layer.IDENTITY)


def test_a_task_policy_limits_a_session_of_root() -> None:
    assert decide(Layers(session=PolicySet.of([])), ROOT) == denied(Reason.IMPLICIT_DENY, Layer.SESSION)


def test_a_resource_without_an_owner_is_of_the_callers_account() -> None:
    assert decide(Layers(identity=policies(Layer.IDENTITY, "Allow")), owner=None).is_allowed


def test_a_policy_of_another_type_in_a_layer_is_reported_as_that_layer() -> None:
    decision = decide(Layers(identity=policies(Layer.TRUST, "Allow")))

    assert decision == Decision(Effect.ALLOW, Reason.ALLOWED, Layer.IDENTITY, statement(Layer.TRUST))
    assert not decide(Layers(resource=policies(Layer.IDENTITY, "Allow")), owner=B).is_allowed


def test_an_unreadable_policy_in_any_layer_denies() -> None:
    for layer, policy_type in TYPES.items():
        broken = PolicySet.of([compile_policy("{", PolicySource(policy_type, layer.value))])
        side = Layer.TRUST if layer is Layer.TRUST else Layer.RESOURCE

        decision = decide(with_layer(all_allowing(side), layer, broken))

        assert decision == Decision(Effect.DENY, Reason.EXPLICIT_DENY, layer, statement(layer))


def test_a_denial_tells_which_keys_were_missing() -> None:
    when = {"StringEquals": {"A:One": "x", "a:two": "y"}}
    layers = Layers(
        identity=policies(Layer.IDENTITY, "Allow", when=when),
        boundary=policies(Layer.BOUNDARY, "Allow", when={"Null": {"a:three": "true"}}),
    )

    implicit = decide(layers, keys={"a:two": "y"})
    explicit = decide(replace(layers, session=policies(Layer.SESSION, "Deny")), keys={"a:one": "x"})
    allowed = decide(layers, keys={"a:one": "x", "a:two": "y"})

    assert implicit == Decision(
        Effect.DENY, Reason.IMPLICIT_DENY, Layer.IDENTITY, None, frozenset({"a:one", "a:three"})
    )
    assert explicit.missing_keys == {"a:two", "a:three"}
    assert allowed.is_allowed
    assert allowed.missing_keys == frozenset()


@pytest.mark.parametrize("count", [1, 8, 9, 40])
def test_of_any_number_of_statements_those_count_that_are_for_the_resource(count: int) -> None:
    def set_of(layer: Layer, effect: str) -> PolicySet:
        elements = {"Effect": effect, "Action": "s3:*"} | ({"Principal": "*"} if layer in NAMING else {})
        others = [elements | {"Resource": f"arn:aws:s3:::other-{number}/*"} for number in range(count - 1)]
        text = json.dumps({"Statement": [*others, elements | {"Resource": OBJECT}]})
        return PolicySet.of([compile_policy(text, PolicySource(TYPES[layer], layer.value))])

    identity = Layers(identity=set_of(Layer.IDENTITY, "Allow"))
    resource = Layers(resource=set_of(Layer.RESOURCE, "Allow"))
    last = count - 1

    assert decide(identity).statement == statement(Layer.IDENTITY, last)
    assert decide(resource).statement == statement(Layer.RESOURCE, last)
    denied_by = decide(replace(identity, boundary=set_of(Layer.BOUNDARY, "Deny")))
    assert (denied_by.reason, denied_by.statement) == (Reason.EXPLICIT_DENY, statement(Layer.BOUNDARY, last))


def test_the_action_is_compared_without_case() -> None:
    assert decide(Layers(identity=policies(Layer.IDENTITY, "Allow")), action="S3:GETOBJECT").is_allowed


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_not_principal_reaches_everyone_else(effect: str) -> None:
    document = {"Effect": effect, "Action": "*", "Resource": "*", "NotPrincipal": {"AWS": [USER_ARN, ROOT_ARN]}}
    resource = PolicySet.of(
        [compile_policy(json.dumps({"Statement": document}), PolicySource(PolicyType.RESOURCE, "r"))]
    )
    layers = Layers(identity=policies(Layer.IDENTITY, "Allow"), resource=resource)

    assert decide(layers, ROOT).is_allowed
    assert decide(layers).is_allowed
    assert decide(layers, SESSION).is_allowed is (effect == "Allow")
    assert decide(layers, ANONYMOUS).is_allowed is (effect == "Allow")
    bounded = replace(layers, boundary=policies(Layer.BOUNDARY, "Allow"))
    assert decide(bounded).is_allowed is (effect == "Allow")
