import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from bailiwick.policy import (
    ANONYMOUS,
    ElementTrace,
    Explanation,
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
from tests.policy.worlds import (
    FEDERATED_USER,
    ROLE_ARN,
    ROOT,
    ROOT_ARN,
    SERVICE,
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

OBJECT = "arn:aws:s3:::b/o"
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": OBJECT}
INLINE, RESOURCE, TRUST = PolicyType.INLINE, PolicyType.RESOURCE, PolicyType.TRUST


def policies(policy_type: PolicyType, *statements: object, version: str = "2012-10-17") -> PolicySet:
    text = json.dumps({"Version": version, "Statement": statements})
    policy = compile_policy(text, PolicySource(policy_type, "p"))
    assert policy.fault is None
    return PolicySet.of([policy])


def asked(
    principal: Principal = USER,
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    owner: str | None = A,
    **keys: Any,
) -> RequestContext:
    return RequestContext(action, resource, principal, owner, {name.replace("__", ":"): keys[name] for name in keys})


def layer(explanation: Explanation, wanted: Layer) -> LayerTrace:
    [found] = [trace for trace in explanation.layers if trace.layer is wanted]
    return found


def elements(trace: LayerTrace) -> tuple[ElementTrace, ...]:
    """The elements of a layer's only statement."""
    [policy] = trace.policies
    [statement] = policy.statements
    assert statement.applies == all(element.matched for element in statement.elements)
    return statement.elements


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


# --- elements -----------------------------------------------------------------------------------------------------


def test_every_element_is_traced_whether_or_not_one_before_it_matched() -> None:
    statement = {
        "Effect": "Allow",
        "Action": ["S3:Put*", "s3:List*"],
        "Resource": ["arn:aws:s3:::c", "arn:aws:s3:::d"],
        "Condition": {"StringEquals": {"AWS:PrincipalTag/Team": ["a", "b"], "s:x": "1"}, "Bool": {"s:y": True}},
    }

    keys = {"aws:principaltag/team": "b", "s:y": "true"}

    explanation = explain(Layers(policies(INLINE, statement)), RequestContext("s3:GetObject", OBJECT, USER, A, keys))

    assert elements(layer(explanation, Layer.IDENTITY)) == (
        ElementTrace("Action", False, ("S3:Put*", "s3:List*"), ("s3:GetObject",)),
        ElementTrace("Resource", False, ("arn:aws:s3:::c", "arn:aws:s3:::d"), (OBJECT,)),
        ElementTrace("Condition", True, ("a", "b"), ("b",), "StringEquals", "AWS:PrincipalTag/Team"),
        ElementTrace(
            "Condition", False, ("1",), None, "StringEquals", "s:x", "the request has no s:x, so nothing matches"
        ),
        ElementTrace("Condition", True, ("true",), ("true",), "Bool", "s:y"),
    )


def test_not_action_and_not_resource_match_what_they_do_not_list() -> None:
    statement = {"Effect": "Deny", "NotAction": "s3:get*", "NotResource": "arn:aws:s3:::c"}

    explanation = explain(Layers(policies(INLINE, statement)), asked())

    assert elements(layer(explanation, Layer.IDENTITY)) == (
        ElementTrace("NotAction", False, ("s3:get*",), ("s3:GetObject",)),
        ElementTrace("NotResource", True, ("arn:aws:s3:::c",), (OBJECT,)),
    )


def principal_element(
    element: str, block: object, principal: Principal, effect: str = "Allow", *, bounded: bool = False
) -> ElementTrace:
    statement = {"Effect": effect, "Action": "*", "Resource": "*", element: block}
    layers = Layers(resource=policies(RESOURCE, statement), boundary=policies(INLINE, READ) if bounded else None)
    return elements(layer(explain(layers, asked(principal)), Layer.RESOURCE))[0]


@pytest.mark.parametrize(
    ("block", "principal", "matched", "expected", "actual", "note"),
    [
        ("*", USER, True, ("*",), (USER_ARN, "AIDAU", A), None),
        (
            {"AWS": [A, "AIDAX"], "Service": "x.amazonaws.com"},
            USER,
            True,
            (f"AWS: {A}", "AWS: AIDAX", "Service: x.amazonaws.com"),
            (USER_ARN, "AIDAU", A),
            "reached through the account, which leaves it to the caller's own policies to allow",
        ),
        (
            {"AWS": ROLE_ARN},
            SESSION,
            True,
            (f"AWS: {ROLE_ARN}",),
            (SESSION_ARN, "AROAR", ROLE_ARN, A),
            "reached through the session's role",
        ),
        (
            {"AWS": USER_ARN},
            FEDERATED_USER,
            True,
            (f"AWS: {USER_ARN}",),
            (FEDERATED_USER.arn, "AIDAU", USER_ARN, A),
            "reached through the user that the federated user comes from",
        ),
        ({"AWS": B}, USER, False, (f"AWS: {B}",), (USER_ARN, "AIDAU", A), None),
        ({"AWS": B}, ANONYMOUS, False, (f"AWS: {B}",), (), "the caller is anonymous, and only * reaches it"),
        ({"AWS": A}, SERVICE, False, (f"AWS: {A}",), ("logs.amazonaws.com",), None),
    ],
)
def test_a_principal_is_held_against_every_name_of_the_caller(
    block: object,
    principal: Principal,
    matched: bool,
    expected: tuple[str, ...],
    actual: tuple[str, ...],
    note: str | None,
) -> None:
    assert principal_element("Principal", block, principal) == ElementTrace(
        "Principal", matched, expected, actual, note=note
    )


@pytest.mark.parametrize(
    ("listed", "effect", "bounded", "matched", "note"),
    [
        ([USER_ARN, ROOT_ARN], "Deny", False, False, "spared, as all its names are listed"),
        ([USER_ARN], "Deny", False, True, "not every name of the caller is listed"),
        ([USER_ARN, ROOT_ARN], "Deny", True, True, "NotPrincipal spares nobody who has a permissions boundary"),
        ([USER_ARN], "Allow", True, False, "left out, as it is listed"),
        ([B], "Allow", True, True, "the caller is not listed"),
    ],
)
def test_why_a_not_principal_spares_or_does_not(
    listed: list[str], effect: str, bounded: bool, matched: bool, note: str
) -> None:
    found = principal_element("NotPrincipal", {"AWS": listed}, USER, effect, bounded=bounded)

    assert (found.element, found.matched, found.note) == ("NotPrincipal", matched, note)


def test_an_allow_without_a_principal_reaches_nobody_as_a_resource_policy() -> None:
    explanation = explain(Layers(resource=policies(INLINE, READ)), asked())

    [principal, *_] = elements(layer(explanation, Layer.RESOURCE))
    assert principal == ElementTrace(
        "Principal", False, (), (USER_ARN, "AIDAU", A), note="an Allow that names no principal reaches nobody here"
    )
    assert not explanation.decision.is_allowed


def resource_note(
    patterns: object, resource: str = OBJECT, version: str = "2012-10-17", policy_type: PolicyType = INLINE, **keys: Any
) -> str | None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": patterns}
    own = policies(policy_type, statement, version=version)
    return elements(layer(explain(Layers(own), asked(resource=resource, **keys)), Layer.IDENTITY))[1].note


def test_what_a_resource_pattern_means_is_said() -> None:
    with_variable = "arn:aws:s3:::b/${aws:username}"

    assert resource_note("arn:aws:s3:::b/*") is None
    assert resource_note("arn:aws:s3") == "arn:aws:s3 stands for arn:aws:s3:*:*:*"
    assert resource_note("arn:aws:s3", policy_type=PolicyType.SESSION) is None
    assert resource_note(with_variable, aws__username="ana") == "b/${aws:username} means b/ana here"
    assert resource_note(with_variable) == "the request has no aws:username, so b/${aws:username} matches nothing"
    assert resource_note(with_variable, aws__username=("a", "b")) == (
        "aws:username has several values, so b/${aws:username} matches nothing"
    )
    assert resource_note(with_variable, version="2008-10-17") == (
        "b/${aws:username} is taken as it is: only policies of version 2012-10-17 have variables"
    )
    assert resource_note("arn:aws:s3::${aws:username}:b") is None
    assert resource_note("arn:aws:s3::${owner}:b", owner="x") is None
    assert resource_note("*${aws:username}", aws__username="ana") is None
    assert resource_note(f"{with_variable}/*", aws__username="ana") == "b/${aws:username}/* means b/ana/* here"


def test_why_a_resource_did_not_match_is_said() -> None:
    assert resource_note("arn:aws:s3:::*", resource="*") == "the action has no resource level, so that only * matches"
    assert resource_note("*", resource="*") is None
    assert resource_note("arn:aws:s3:::B/o") == "differs in upper and lower case"
    assert resource_note("arn:aws:s3:::c") is None


def condition(test: dict[str, Any], version: str = "2012-10-17", **keys: Any) -> ElementTrace:
    own = policies(INLINE, {**READ, "Condition": test}, version=version)
    return elements(layer(explain(Layers(own), asked(**keys)), Layer.IDENTITY))[2]


@pytest.mark.parametrize(
    ("test", "matched", "note"),
    [
        ({"StringEquals": {"S:X": "a"}}, False, "the request has no S:X, so nothing matches"),
        (
            {"StringNotEquals": {"S:X": "a"}},
            True,
            "the request has no S:X, and a negated operator matches where there is no value",
        ),
        (
            {"StringNotEqualsIfExists": {"S:X": "a"}},
            True,
            "the request has no S:X, and IfExists matches where there is no value",
        ),
        (
            {"ForAllValues:StringEquals": {"S:X": "a"}},
            True,
            "the request has no S:X, and ForAllValues matches where there is no value",
        ),
        ({"ForAnyValue:StringNotEquals": {"S:X": "a"}}, False, "the request has no S:X, and ForAnyValue needs one"),
        (
            {"ForAnyValue:StringEqualsIfExists": {"S:X": "a"}},
            True,
            "the request has no S:X, and IfExists matches where there is no value",
        ),
        ({"Null": {"S:X": "true"}}, True, "the request has no S:X"),
        ({"Null": {"S:X": "false"}}, False, "the request has no S:X"),
        (
            {"Bool": {"S:X": "x"}},
            False,
            'the request has no S:X, so nothing matches; "x" is not true or false, so it matches nothing',
        ),
    ],
)
def test_what_a_missing_key_did_is_said(test: dict[str, Any], matched: bool, note: str) -> None:
    found = condition(test)

    assert (found.matched, found.actual, found.note) == (matched, None, note)


@pytest.mark.parametrize("value", [(), ("",)])
def test_a_key_without_a_value_is_told_from_a_missing_one(value: tuple[str, ...]) -> None:
    found = condition({"ForAnyValue:StringEquals": {"s:x": "a"}}, s__x=value)

    assert (found.actual, found.note) == (value, "s:x has no value in the request, and ForAnyValue needs one")


@pytest.mark.parametrize(
    ("test", "value", "note"),
    [
        ({"NumericEquals": {"s:x": "1"}}, "one", '"one" is not a number, so it matches nothing'),
        ({"NumericEquals": {"s:x": "one"}}, "1", '"one" is not a number, so it matches nothing'),
        ({"DateEquals": {"s:x": "2026"}}, "never", '"never" is not a date, so it matches nothing'),
        ({"Bool": {"s:x": "true"}}, "yes", '"yes" is not true or false, so it matches nothing'),
        ({"BinaryEquals": {"s:x": "QQ=="}}, "%", '"%" is not base64 text, so it matches nothing'),
        ({"IpAddress": {"s:x": "10.0.0.0/8"}}, "here", '"here" is not an IP address, so it matches nothing'),
        (
            {"IpAddress": {"s:x": "x/8"}},
            "10.1.2.3",
            '"x/8" is not an IP address or a CIDR block, so it matches nothing',
        ),
        ({"ArnLike": {"s:x": "arn:aws:s3:::*"}}, "b", '"b" is not an ARN, so it matches nothing'),
        ({"ArnLike": {"s:x": "arn:aws:*"}}, OBJECT, '"arn:aws:*" is not an ARN of six fields, so it matches nothing'),
        ({"ArnLike": {"s:x": "*"}}, OBJECT, None),
        ({"Null": {"s:x": "perhaps"}}, "b", '"perhaps" is not true or false, so it matches nothing'),
        ({"Null": {"s:x": "false"}}, "b", None),
        (
            {"IpAddress": {"s:x": "10.0.0.0/8"}},
            "2001:db8::1",
            "2001:db8::1 is an IPv6 address, and no such block is listed",
        ),
        ({"IpAddress": {"s:x": ["10.0.0.0/8", "2001:db8::/32"]}}, "2001:db8::1", None),
        ({"StringEquals": {"s:x": "Ana"}}, "ana", "differs in upper and lower case"),
        ({"StringNotEquals": {"s:x": "Ana"}}, "ana", "differs in upper and lower case"),
        ({"StringEquals": {"s:x": "ana"}}, "ana", None),
        (
            {"StringEquals": {"s:x": "a*"}},
            "ana",
            "this operator takes * and ? as they are; StringLike takes them as wildcards",
        ),
        (
            {"StringEqualsIgnoreCase": {"s:x": "a?a"}},
            "ana",
            "this operator takes * and ? as they are; StringLike (which minds the case) takes them as wildcards",
        ),
        ({"StringLike": {"s:x": "b*"}}, "ana", None),
        (
            {"StringEquals": {"s:x": "a"}},
            ("a", "b"),
            "several values without ForAllValues or ForAnyValue: one that matches is enough",
        ),
        (
            {"StringNotEquals": {"s:x": "a"}},
            ("c", "b"),
            "several values without ForAllValues or ForAnyValue: none of them may match",
        ),
        ({"ForAllValues:StringEquals": {"s:x": "a"}}, ("a",), None),
        ({"Null": {"s:x": "true"}}, ("a", "b"), None),
    ],
)
def test_why_a_value_did_or_did_not_match_is_said(
    test: dict[str, Any], value: str | tuple[str, ...], note: str | None
) -> None:
    assert condition(test, s__x=value).note == note


def test_what_a_variable_in_a_condition_stands_for_is_said() -> None:
    test = {"StringEquals": {"s:x": "team-${s:Team}"}}

    assert condition(test, s__x="team-a", s__team="a").note == "team-${s:Team} means team-a here"
    assert condition(test, s__x="team-a").note == "the request has no s:team, so team-${s:Team} matches nothing"
    assert condition(test, "2008-10-17", s__x="team-a", s__team="a").note == (
        "team-${s:Team} is taken as it is: only policies of version 2012-10-17 have variables"
    )
    assert condition({"NumericEquals": {"s:x": "${s:n}"}}, s__x="1").note == (
        '"${s:n}" is not a number, so it matches nothing'
    )


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
