import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from bailiwick.policy import (
    ANONYMOUS,
    Grant,
    Layer,
    Layers,
    LayerTrace,
    Outcome,
    PolicySet,
    PolicySource,
    PolicyType,
    Principal,
    Reason,
    RequestContext,
    compile_policy,
    evaluate,
    explain,
    explanation_as_json,
)
from tests.policy.cases import OBJECT, READ, asked, elements, layer, policies
from tests.policy.worlds import (
    FEDERATED_USER,
    ROLE_ARN,
    ROOT,
    SESSION,
    SESSION_ARN,
    USER,
    USER_ARN,
    A,
    B,
    World,
    compiled,
    requests,
    worlds,
)

INLINE, RESOURCE, TRUST = PolicyType.INLINE, PolicyType.RESOURCE, PolicyType.TRUST


# --- what must hold whatever the policies say ---------------------------------------------------------------------


@settings(deadline=None)
@given(world=worlds(), request_context=requests())
def test_an_explanation_makes_the_very_decision_of_the_engine(world: World, request_context: RequestContext) -> None:
    layers = compiled(world)

    assert explain(layers, request_context).decision == evaluate(layers, request_context)


@settings(deadline=None)
@given(world=worlds(), request_context=requests())
def test_the_decision_can_be_read_from_the_trace(world: World, request_context: RequestContext) -> None:
    explanation = explain(compiled(world), request_context)
    decision = explanation.decision
    denying = [trace for trace in explanation.layers if trace.outcome is Outcome.DENIES]
    lacking = [trace.layer for trace in explanation.layers if trace.must_allow and trace.outcome is not Outcome.ALLOWS]

    if denying:
        denies = [
            statement.id
            for policy in denying[0].policies
            for statement in policy.statements
            if statement.applies and statement.effect.value == "Deny"
        ]
        told: tuple[Any, ...] = (Reason.EXPLICIT_DENY, denying[0].layer, denies[0])
    elif decision.is_allowed or (explanation.note is not None and not lacking):
        told = (decision.reason, decision.layer, decision.statement)  # whether it may be is what is asserted below
    elif explanation.note is not None:
        told = (Reason.IMPLICIT_DENY, decision.layer, None)
    else:
        told = (Reason.IMPLICIT_DENY, lacking[0], None)

    assert (decision.reason, decision.layer, decision.statement) == told
    if not denying and not lacking and explanation.note is None:
        assert decision.is_allowed
    if decision.is_allowed:
        assert not denying
        assert not lacking
        assert decision.statement is None or decision.statement in {
            statement.id
            for trace in explanation.layers
            if trace.layer is decision.layer
            for policy in trace.policies
            for statement in policy.statements
            if statement.applies and statement.effect.value == "Allow"
        }


@settings(deadline=None)
@given(world=worlds(), request_context=requests())
def test_every_statement_of_every_layer_is_traced(world: World, request_context: RequestContext) -> None:
    explanation = explain(compiled(world), request_context)

    traced: dict[tuple[str, int], list[int]] = {}
    for trace in explanation.layers:
        for policy in trace.policies:
            name, level, _ = policy.source.name.split("/")
            assert trace.level in (None, int(level))
            traced.setdefault((name, int(level)), []).append(len(policy.statements))
            for statement in policy.statements:
                assert statement.applies == all(element.matched for element in statement.elements)
                assert (policy.fault is None) == bool(statement.elements)
    written = {
        (name, level): [1 if isinstance(each, str) else len(each["Statement"]) for each in documents]
        for name, content in world.items()
        if name != "resource_must_allow" and content is not None
        for level, documents in enumerate(content if name in ("rcps", "scps", "scope_downs") else [content])
        if documents
    }
    assert traced == written
    assert json.loads(json.dumps(explanation_as_json(explanation)))["decision"]["effect"] in ("Allow", "Deny")


# --- layers -------------------------------------------------------------------------------------------------------


def test_layers_come_in_the_order_of_evaluation_with_their_levels() -> None:
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    own = policies(INLINE, allow)
    levels = (policies(PolicyType.SERVICE_CONTROL, allow),) * 3
    named = policies(PolicyType.RESOURCE_CONTROL, {**allow, "Principal": "*"})
    layers = Layers(own, own, own, (own, own), named, None, False, levels, (named,), named)

    explanation = explain(layers, asked())

    assert [(trace.layer, trace.level) for trace in explanation.layers] == [
        (Layer.RCP, 0),
        (Layer.SCP, 0),
        (Layer.SCP, 1),
        (Layer.SCP, 2),
        (Layer.RESOURCE, None),
        (Layer.IDENTITY, None),
        (Layer.BOUNDARY, None),
        (Layer.SESSION, None),
        (Layer.SCOPE_DOWN, 0),
        (Layer.SCOPE_DOWN, 1),
        (Layer.VPC_ENDPOINT, None),
    ]


def test_a_layer_that_is_not_there_has_no_trace_but_the_identity_policies_always_have() -> None:
    explanation = explain(Layers(), asked())

    [identity] = explanation.layers
    assert identity == LayerTrace(Layer.IDENTITY, None, Outcome.SILENT, None, True, ())


@pytest.mark.parametrize(
    ("named", "principal", "grant", "must_allow"),
    [
        (USER_ARN, USER, Grant.DIRECT, {Layer.RESOURCE}),
        (A, USER, Grant.DELEGATED, {Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION}),
        (B, USER, None, {Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION}),
        (ROLE_ARN, SESSION, Grant.INHERITED, {Layer.RESOURCE, Layer.BOUNDARY, Layer.SESSION}),
        (SESSION_ARN, SESSION, Grant.DIRECT, {Layer.RESOURCE}),
        (A, ROOT, Grant.DELEGATED, {Layer.BOUNDARY, Layer.SESSION}),
        ("*", ANONYMOUS, Grant.DIRECT, {Layer.RESOURCE}),
    ],
)
def test_which_layers_must_allow_depends_on_how_the_resource_policy_reached_the_caller(
    named: str, principal: Principal, grant: Grant | None, must_allow: set[Layer]
) -> None:
    own = policies(INLINE, READ)
    resource = policies(RESOURCE, {**READ, "Principal": "*" if named == "*" else {"AWS": named}})

    explanation = explain(Layers(own, own, own, resource=resource), asked(principal))

    assert layer(explanation, Layer.RESOURCE).grant is grant
    assert {trace.layer for trace in explanation.layers if trace.must_allow} == must_allow
    assert layer(explanation, Layer.IDENTITY).grant is None


def test_across_accounts_both_sides_must_allow() -> None:
    resource = policies(RESOURCE, {**READ, "Principal": {"AWS": USER_ARN}})

    explanation = explain(Layers(resource=resource), asked(owner=B))

    assert {trace.layer for trace in explanation.layers if trace.must_allow} == {Layer.RESOURCE, Layer.IDENTITY}
    assert explanation.decision.layer is Layer.IDENTITY
    assert explanation.note is None


@pytest.mark.parametrize("must_allow", [True, False])
def test_a_key_policy_must_allow_by_itself(must_allow: bool) -> None:
    layers = Layers(policies(INLINE, READ), resource=PolicySet.of([]), resource_must_allow=must_allow)

    explanation = explain(layers, asked())

    assert layer(explanation, Layer.RESOURCE).must_allow is must_allow
    assert explanation.decision.is_allowed is not must_allow


def test_a_trust_policy_that_names_the_user_leaves_only_the_boundary_to_be_asked() -> None:
    own = policies(INLINE, READ)
    trust = policies(TRUST, {"Effect": "Allow", "Principal": {"AWS": USER_ARN}, "Action": "sts:AssumeRole"})

    explanation = explain(Layers(own, own, own, trust=trust), asked(action="sts:AssumeRole"))

    assert {trace.layer for trace in explanation.layers if trace.must_allow} == {Layer.TRUST, Layer.BOUNDARY}
    [principal, action] = elements(layer(explanation, Layer.TRUST))
    assert (principal.element, action.element) == ("Principal", "Action")


def test_a_deny_outweighs_the_allows_of_its_layer() -> None:
    deny = {**READ, "Effect": "Deny"}

    explanation = explain(Layers(policies(INLINE, READ, deny)), asked())

    assert layer(explanation, Layer.IDENTITY).outcome is Outcome.DENIES


def test_an_unreadable_policy_says_its_fault_and_denies() -> None:
    broken = compile_policy("{", PolicySource(INLINE, "broken"))

    [policy] = layer(explain(Layers(PolicySet.of([broken])), asked()), Layer.IDENTITY).policies

    [statement] = policy.statements
    assert policy.fault == "Syntax errors in policy."
    assert (statement.effect.value, statement.applies, statement.elements) == ("Deny", True, ())


# --- notes on the whole -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "request_context", "note"),
    [
        (Layers(), asked(ROOT), "The account's root may do everything in its account that nothing denies."),
        (
            Layers(trust=policies(TRUST, {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"})),
            asked(ROOT, "sts:AssumeRole"),
            "Roles are never assumed by an account's root; no policy can allow it.",
        ),
        (
            Layers(policies(INLINE, READ)),
            asked(FEDERATED_USER),
            "A federated user without a session policy may do only what resource policies grant.",
        ),
        (
            Layers(policies(INLINE, READ)),
            asked(owner=B),
            "The resource's own policy must allow this, and the resource has none.",
        ),
        (Layers(policies(INLINE, READ)), asked(), None),
        (Layers(), asked(), None),
        (Layers(policies(INLINE, {**READ, "Effect": "Deny"})), asked(ROOT), None),
        (Layers(session=policies(PolicyType.SESSION, {**READ, "Action": "s3:PutObject"})), asked(ROOT), None),
        (
            Layers(trust=policies(TRUST, {"Effect": "Allow", "Principal": {"AWS": B}, "Action": "sts:AssumeRole"})),
            asked(USER, "sts:AssumeRole"),
            None,
        ),
        (
            Layers(trust=policies(TRUST, {"Effect": "Deny", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"})),
            asked(ROOT, "sts:AssumeRole"),
            None,
        ),
    ],
)
def test_what_no_policy_shows_is_said(layers: Layers, request_context: RequestContext, note: str | None) -> None:
    assert explain(layers, request_context).note == note


# --- for programs -------------------------------------------------------------------------------------------------


def test_an_explanation_as_json_has_everything_under_stable_names() -> None:
    resource = policies(RESOURCE, {**READ, "Sid": "One", "Principal": {"AWS": A}})

    found = explanation_as_json(explain(Layers(resource=resource), asked(SESSION, s__m=("a", "b"), a__x="1")))

    assert found == {
        "decision": {
            "effect": "Deny",
            "reason": "implicit deny",
            "layer": "identity",
            "statement": None,
            "missingKeys": [],
        },
        "request": {
            "action": "s3:GetObject",
            "resource": OBJECT,
            "resourceAccount": A,
            "principal": {
                "kind": "role session",
                "account": A,
                "arn": SESSION_ARN,
                "uniqueId": "AROAR",
                "parentArn": ROLE_ARN,
            },
            "keys": {"a:x": "1", "s:m": ["a", "b"]},
        },
        "note": None,
        "layers": [
            {
                "layer": "resource",
                "level": None,
                "outcome": "allows",
                "grant": "delegated",
                "mustAllow": False,
                "policies": [
                    {
                        "policy": {"type": "resource", "name": "p", "arn": None},
                        "fault": None,
                        "statements": [
                            {
                                "index": 0,
                                "sid": "One",
                                "effect": "Allow",
                                "applies": True,
                                "elements": [
                                    {
                                        "element": "Principal",
                                        "matched": True,
                                        "expected": [f"AWS: {A}"],
                                        "actual": [SESSION_ARN, "AROAR", ROLE_ARN, A],
                                        "operator": None,
                                        "key": None,
                                        "note": "reached through the account, "
                                        "which leaves it to the caller's own policies to allow",
                                    },
                                    {
                                        "element": "Action",
                                        "matched": True,
                                        "expected": ["s3:GetObject"],
                                        "actual": ["s3:GetObject"],
                                        "operator": None,
                                        "key": None,
                                        "note": None,
                                    },
                                    {
                                        "element": "Resource",
                                        "matched": True,
                                        "expected": [OBJECT],
                                        "actual": [OBJECT],
                                        "operator": None,
                                        "key": None,
                                        "note": None,
                                    },
                                ],
                            }
                        ],
                    }
                ],
            },
            {
                "layer": "identity",
                "level": None,
                "outcome": "silent",
                "grant": None,
                "mustAllow": True,
                "policies": [],
            },
        ],
    }


def test_what_decided_and_what_was_missing_is_named_in_json() -> None:
    deny = {**READ, "Sid": "No", "Effect": "Deny", "Condition": {"StringNotEquals": {"s:x": "a"}}}

    found = explanation_as_json(explain(Layers(policies(INLINE, READ, deny)), asked(ANONYMOUS, owner=None)))

    assert found["decision"] == {
        "effect": "Deny",
        "reason": "explicit deny",
        "layer": "identity",
        "statement": {"policy": {"type": "inline", "name": "p", "arn": None}, "index": 1, "sid": "No"},
        "missingKeys": ["s:x"],
    }
    [identity] = json.loads(json.dumps(found))["layers"]
    [_, denying] = identity["policies"][0]["statements"]
    assert denying["elements"][2] == {
        "element": "Condition",
        "matched": True,
        "expected": ["a"],
        "actual": None,
        "operator": "StringNotEquals",
        "key": "s:x",
        "note": "the request has no s:x, and a negated operator matches where there is no value",
    }


def test_a_decision_that_no_layer_settled_has_null_for_it_in_json() -> None:
    explanation = explain(Layers(), asked(ANONYMOUS))
    unsettled = replace(explanation, decision=replace(explanation.decision, layer=None))

    found = explanation_as_json(unsettled)["decision"]

    assert found == {
        "effect": "Deny",
        "reason": "implicit deny",
        "layer": None,
        "statement": None,
        "missingKeys": [],
    }
