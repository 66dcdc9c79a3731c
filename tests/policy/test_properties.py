"""What must hold whatever the policies say."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bailiwick.policy import (
    ANONYMOUS,
    CompiledPolicy,
    ConditionBlock,
    Decision,
    Effect,
    Layers,
    PolicyDocument,
    PolicySet,
    PolicySource,
    PolicyType,
    Principal,
    PrincipalBlock,
    PrincipalKind,
    Reason,
    RequestContext,
    Statement,
    compile_policy,
    evaluate,
    parse,
    render,
)

A, B = "111111111111", "222222222222"
USER_ARN = f"arn:aws:iam::{A}:user/u"
ROLE_ARN = f"arn:aws:iam::{A}:role/r"
SESSION_ARN = f"arn:aws:sts::{A}:assumed-role/r/s"
FEDERATED_ARN = f"arn:aws:sts::{A}:federated-user/f"
PRINCIPALS = [
    ANONYMOUS,
    Principal(PrincipalKind.USER, A, USER_ARN, "AIDAU"),
    Principal(PrincipalKind.ROLE_SESSION, A, SESSION_ARN, "AROAR", ROLE_ARN),
    Principal(PrincipalKind.FEDERATED_USER, A, FEDERATED_ARN, "AIDAU", USER_ARN),
    Principal(PrincipalKind.ROOT, A, f"arn:aws:iam::{A}:root"),
    Principal(PrincipalKind.SERVICE, None, "logs.amazonaws.com"),
    Principal(PrincipalKind.FEDERATED, A, "accounts.google.com"),
]
ACTIONS = ["*", "s3:*", "s3:Get*", "s3:GetObject", "iam:GetUser"]
RESOURCES = ["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/o", "arn:aws:s3:::${a:k}/o", "arn:aws:s3:::c"]
CONDITIONS: list[dict[str, dict[str, object]] | None] = [
    None,
    {"StringEquals": {"a:k": "b"}},
    {"StringNotLike": {"a:k": "b*"}},
    {"ForAllValues:StringEquals": {"a:m": ["x", "y"]}},
    {"ForAnyValue:StringNotEquals": {"a:m": "x"}},
    {"Null": {"a:k": "true"}, "BoolIfExists": {"a:b": "true"}},
]
NAMED: list[object] = [
    "*",
    {"AWS": "*"},
    {"AWS": A},
    {"AWS": [USER_ARN, SESSION_ARN]},
    {"AWS": [ROLE_ARN, "AIDAU", FEDERATED_ARN]},
    {"Service": "logs.amazonaws.com", "Federated": "accounts.google.com"},
]
WITH_PRINCIPAL = (PolicyType.RESOURCE, PolicyType.TRUST, PolicyType.RESOURCE_CONTROL, PolicyType.VPC_ENDPOINT)


@st.composite
def statements(draw: st.DrawFn, policy_type: PolicyType, effects: tuple[str, ...]) -> dict[str, object]:
    found: dict[str, object] = {"Effect": draw(st.sampled_from(effects))}
    found[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(st.sampled_from(ACTIONS))
    if policy_type is not PolicyType.TRUST:
        found[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(st.sampled_from(RESOURCES))
    if policy_type in WITH_PRINCIPAL:
        found["Principal"] = draw(st.sampled_from(NAMED))
    condition = draw(st.sampled_from(CONDITIONS))
    if condition is not None:
        found["Condition"] = condition
    return found


@st.composite
def compiled(
    draw: st.DrawFn, policy_type: PolicyType, effects: tuple[str, ...] = ("Allow", "Allow", "Deny")
) -> CompiledPolicy:
    chosen = draw(st.lists(statements(policy_type, effects), min_size=1, max_size=3))
    version = draw(st.sampled_from(["2008-10-17", "2012-10-17"]))
    policy = compile_policy(json.dumps({"Version": version, "Statement": chosen}), PolicySource(policy_type, "p"))
    assert policy.fault is None
    return policy


def sets(policy_type: PolicyType) -> st.SearchStrategy[PolicySet]:
    return st.lists(compiled(policy_type), max_size=2).map(PolicySet.of)


@st.composite
def layers(draw: st.DrawFn) -> Layers:
    side = draw(st.sampled_from([PolicyType.RESOURCE, PolicyType.TRUST, None]))
    found = draw(sets(side)) if side is not None else None
    return Layers(
        identity=draw(sets(PolicyType.INLINE)),
        boundary=draw(st.none() | sets(PolicyType.MANAGED)),
        session=draw(st.none() | sets(PolicyType.SESSION)),
        scope_downs=tuple(draw(st.lists(sets(PolicyType.SESSION), max_size=1))),
        resource=found if side is PolicyType.RESOURCE else None,
        trust=found if side is PolicyType.TRUST else None,
        resource_must_allow=draw(st.booleans()),
        scps=tuple(draw(st.lists(sets(PolicyType.SERVICE_CONTROL), max_size=2))),
        rcps=tuple(draw(st.lists(sets(PolicyType.RESOURCE_CONTROL), max_size=2))),
        vpc_endpoint=draw(st.none() | sets(PolicyType.VPC_ENDPOINT)),
    )


@st.composite
def requests(draw: st.DrawFn) -> RequestContext:
    keys: dict[str, str | tuple[str, ...]] = {}
    if draw(st.booleans()):
        keys["a:k"] = draw(st.sampled_from(["b", "", "*"]))
    if draw(st.booleans()):
        keys["a:m"] = draw(st.sampled_from([(), ("x",), ("x", "z"), ("",)]))
    if draw(st.booleans()):
        keys["a:b"] = draw(st.sampled_from(["true", "false"]))
    return RequestContext(
        draw(st.sampled_from(["s3:GetObject", "iam:GetUser", "S3:getobject"])),
        draw(st.sampled_from(["*", "arn:aws:s3:::b/o", "arn:aws:s3:::c"])),
        draw(st.sampled_from(PRINCIPALS)),
        draw(st.sampled_from([None, A, B])),
        keys,
    )


LAYER_NAMES = ("identity", "boundary", "session", "scope_downs", "resource", "trust", "scps", "rcps", "vpc_endpoint")
TYPES = dict(
    zip(
        LAYER_NAMES,
        (
            PolicyType.INLINE,
            PolicyType.MANAGED,
            PolicyType.SESSION,
            PolicyType.SESSION,
            PolicyType.RESOURCE,
            PolicyType.TRUST,
            PolicyType.SERVICE_CONTROL,
            PolicyType.RESOURCE_CONTROL,
            PolicyType.VPC_ENDPOINT,
        ),
        strict=True,
    )
)


def policies_of(policies: PolicySet) -> list[CompiledPolicy]:
    """One policy for each statement of a set, so that sets can be made larger."""
    found = {}
    for action in ("s3:getobject", "iam:getuser"):
        for each in policies.candidates(action).statements:
            found[id(each)] = CompiledPolicy(each.id.source, (each,), each.keys)
    return list(found.values())


def with_more(base: Layers, name: str, more: CompiledPolicy) -> Layers | None:
    """The layers with one more policy in one of them; None if the layer is not there, so that it would be added."""
    current = getattr(base, name)
    if current is None or current == ():
        return None
    changed: dict[str, Any] = {}
    if isinstance(current, tuple):
        changed[name] = (PolicySet.of([*policies_of(current[0]), more]), *current[1:])
    else:
        changed[name] = PolicySet.of([*policies_of(current), more])
    return replace(base, **changed)


@given(layers(), requests(), st.data())
def test_a_policy_that_only_denies_never_widens_access(
    base: Layers, request: RequestContext, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(LAYER_NAMES))
    narrowed = with_more(base, name, data.draw(compiled(TYPES[name], ("Deny",))))

    if narrowed is not None and evaluate(narrowed, request).is_allowed:
        assert evaluate(base, request).is_allowed


@given(layers(), requests(), st.data())
def test_an_explicit_deny_of_everything_in_any_layer_wins(
    base: Layers, request: RequestContext, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(LAYER_NAMES))
    elements: dict[str, object] = {"Effect": "Deny", "Action": "*"}
    if TYPES[name] is not PolicyType.TRUST:
        elements["Resource"] = "*"
    if TYPES[name] in WITH_PRINCIPAL:
        elements["Principal"] = "*"
    policy = compile_policy(json.dumps({"Statement": elements}), PolicySource(TYPES[name], "deny"))
    narrowed = with_more(base, name, policy)

    if narrowed is not None:
        decision = evaluate(narrowed, request)
        assert decision.effect is Effect.DENY
        assert decision.reason is Reason.EXPLICIT_DENY


@given(st.data(), requests())
def test_policies_that_only_deny_allow_nothing(data: st.DataObject, request: RequestContext) -> None:
    if request.principal.kind is PrincipalKind.ROOT and request.resource_account != B:
        request = replace(request, principal=PRINCIPALS[1])
    own = PolicySet.of(data.draw(st.lists(compiled(PolicyType.INLINE, ("Deny",)), max_size=3)))
    resource = PolicySet.of(data.draw(st.lists(compiled(PolicyType.RESOURCE, ("Deny",)), max_size=3)))

    assert not evaluate(Layers(identity=own, resource=resource), request).is_allowed
    assert not evaluate(Layers(identity=own), request).is_allowed


@given(layers(), requests())
def test_a_ceiling_never_widens_access(base: Layers, request: RequestContext) -> None:
    allowed = evaluate(base, request).is_allowed
    unlimited = replace(base, boundary=None, scope_downs=(), scps=(), rcps=(), vpc_endpoint=None)
    if request.principal.kind is not PrincipalKind.FEDERATED_USER:
        unlimited = replace(unlimited, session=None)

    if allowed:
        assert evaluate(unlimited, request).is_allowed


@given(layers(), requests())
def test_the_order_of_policies_decides_nothing_but_which_is_named(base: Layers, request: RequestContext) -> None:
    turned = replace(base, identity=PolicySet.of(reversed(policies_of(base.identity))))

    first, second = evaluate(base, request), evaluate(turned, request)

    assert (first.effect, first.reason, first.layer) == (second.effect, second.reason, second.layer)
    assert first.missing_keys == second.missing_keys


@given(layers(), requests())
def test_a_decision_is_the_same_each_time_and_whole(base: Layers, request: RequestContext) -> None:
    decision = evaluate(base, request)

    assert evaluate(base, request) == decision
    assert isinstance(decision, Decision)
    assert decision.layer is not None
    assert (decision.reason is Reason.ALLOWED) is decision.is_allowed
    assert (decision.reason is Reason.EXPLICIT_DENY) <= (decision.statement is not None)
    assert not decision.missing_keys & request.keys.keys()


TEXT = st.text(max_size=6)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)


def distinct(
    keys: st.SearchStrategy[str], values: st.SearchStrategy[tuple[str, ...]]
) -> st.SearchStrategy[tuple[tuple[str, tuple[str, ...]], ...]]:
    return st.dictionaries(keys, values, max_size=3).map(lambda members: tuple(members.items()))


BLOCKS = st.just(PrincipalBlock((("*", ("*",)),))) | distinct(
    st.sampled_from(["AWS", "Service", "Federated", "CanonicalUser"]), TEXTS
).map(PrincipalBlock)
TESTS = st.dictionaries(TEXT, distinct(TEXT, TEXTS), max_size=3).map(
    lambda blocks: tuple(ConditionBlock(operator, tests) for operator, tests in blocks.items())
)
STATEMENTS = st.builds(
    Statement,
    sid=st.none() | TEXT,
    effect=st.none() | st.sampled_from(Effect),
    principal=st.none() | BLOCKS,
    not_principal=st.none() | BLOCKS,
    action=st.none() | TEXTS,
    not_action=st.none() | TEXTS,
    resource=st.none() | TEXTS,
    not_resource=st.none() | TEXTS,
    conditions=st.none() | TESTS,
)
DOCUMENTS = st.builds(
    PolicyDocument,
    version=st.sampled_from([None, "2008-10-17", "2012-10-17"]),
    id=st.none() | TEXT,
    statements=st.lists(STATEMENTS, min_size=1, max_size=3).map(tuple),
)


@given(DOCUMENTS)
@settings(max_examples=60)
def test_a_document_that_is_written_and_read_is_the_same(document: PolicyDocument) -> None:
    assert parse(render(document)) == document
