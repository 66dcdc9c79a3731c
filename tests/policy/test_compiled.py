import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.policy import (
    CompiledPolicy,
    Decision,
    Effect,
    Layer,
    PolicySet,
    PolicySource,
    PolicyType,
    Reason,
    StatementId,
    compile_policy,
    parse,
    principal_of,
)
from bailiwick.policy.principals import Grant

INLINE, TRUST, RESOURCE = PolicyType.INLINE, PolicyType.TRUST, PolicyType.RESOURCE


def compiled(policy_type: PolicyType = INLINE, version: str = "2012-10-17", **elements: object) -> CompiledPolicy:
    statement = {"Effect": "Allow", "Action": "s3:*"} | elements
    if policy_type is not TRUST and "Resource" not in statement and "NotResource" not in statement:
        statement["Resource"] = "*"
    present = {name: value for name, value in statement.items() if value is not None}
    text = json.dumps({"Version": version, "Statement": present})
    return compile_policy(text, PolicySource(policy_type, "p"))


def covers(policy: CompiledPolicy, resource: str, **keys: str) -> bool:
    assert policy.fault is None
    [statement] = policy.statements
    found = statement.covers(resource, keys)
    if found:
        assert resource.startswith(statement.resource_heads)
    return found


def denies_everything(policy: CompiledPolicy) -> bool:
    [statement] = policy.statements
    return (
        policy.fault is not None
        and policy.condition_keys == frozenset()
        and statement.effect is Effect.DENY
        and statement.principal is None
        and statement.action_test("any:thing")
        and statement.is_not_action is False
        and statement.actions == ("*",)
        and statement.conditions == ()
        and statement.allowed.statement == statement.id
        and statement.covers("any", {})
        and statement.id == StatementId(policy.source, 0, None)
    )


def test_a_policy_keeps_the_place_and_effect_of_its_statements() -> None:
    source = PolicySource(PolicyType.MANAGED, "p", "arn:aws:iam::1:policy/p")
    text = (
        '{"Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:*","Resource":"*"},'
        '{"Effect":"Deny","NotAction":["IAM:Get*"],"Resource":"*"}]}'
    )

    policy = compile_policy(text, source)

    assert policy.fault is None
    assert policy.source == source
    first, second = policy.statements
    assert first.id == StatementId(source, 0, "A")
    assert (first.effect, first.is_not_action, first.actions) == (Effect.ALLOW, False, ("s3:*",))
    assert second.id == StatementId(source, 1, None)
    assert (second.effect, second.is_not_action, second.actions) == (Effect.DENY, True, ("iam:get*",))
    assert first.allowed.statement == first.id
    assert first.action_test("s3:getobject")
    assert not first.action_test("iam:getuser")
    assert second.action_test("s3:getobject")
    assert not second.action_test("iam:getuser")


def test_a_document_that_is_already_read_compiles_the_same() -> None:
    document = parse('{"Statement":{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b"}}')

    policy = compile_policy(document, PolicySource(INLINE, "p"))

    assert not policy.statements[0].covers("arn:aws:s3:::c", {})
    assert covers(policy, "arn:aws:s3:::b")


@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        ("*", "*", True),
        ("*", "arn:aws:s3:::b", True),
        ("arn:aws:s3:::*", "*", False),
        ("arn:aws:s3:::b*x", "arn:aws:s3:::b/a:x", True),
        ("arn:aws:logs:*:1:log-group:*", "arn:aws:logs:r:1:log-group:g:s", True),
        ("arn:aws:sqs", "arn:aws:sqs:r:1:q", True),
        ("arn:aws:s3:::b/${k:v}/*", "arn:aws:s3:::b/ana/x", True),
        ("arn:aws:s3:::b/${k:v}/*", "arn:aws:s3:::b/eva/x", False),
        ("arn:aws:s3:::b/${k:none}/*", "arn:aws:s3:::b/ana/x", False),
        ("arn:aws:s3::${k:v}:b", "arn:aws:s3::ana:b", False),
    ],
)
def test_a_resource_is_matched_as_one_text(pattern: str, resource: str, expected: bool) -> None:
    keys = {"k:v": "ana"}
    assert covers(compiled(Resource=pattern), resource, **keys) is expected
    assert covers(compiled(Resource=["arn:aws:s3:::other", pattern]), resource, **keys) is expected
    assert covers(compiled(NotResource=pattern), resource, **keys) is not expected
    assert covers(compiled(NotResource=["arn:aws:s3:::other", pattern]), resource, **keys) is not expected


def test_before_2012_a_variable_is_text() -> None:
    policy = compiled(version="2008-10-17", Resource="arn:aws:s3:::${k:v}")

    assert covers(policy, "arn:aws:s3:::${k:v}", **{"k:v": "x"})
    assert not covers(policy, "arn:aws:s3:::x", **{"k:v": "x"})
    assert policy.condition_keys == frozenset()


@pytest.mark.parametrize("policy_type", PolicyType)
def test_incomplete_arns_are_completed_where_aws_does(policy_type: PolicyType) -> None:
    if policy_type is TRUST:
        return
    named = policy_type in (RESOURCE, PolicyType.RESOURCE_CONTROL, PolicyType.VPC_ENDPOINT)
    policy = compiled(policy_type, Resource="arn:aws:sqs", Principal="*" if named else None)

    completes = policy_type not in (PolicyType.SESSION, RESOURCE, PolicyType.VPC_ENDPOINT)
    assert covers(policy, "arn:aws:sqs:r:1:q") is completes


def test_all_conditions_must_hold() -> None:
    policy = compiled(Condition={"StringEquals": {"a:b": "x", "c:d": "y"}, "Bool": {"e:f": "true"}})
    keys = {"a:b": "x", "c:d": "y", "e:f": "true"}

    assert covers(policy, "*", **keys)
    for key in keys:
        assert not covers(policy, "*", **(keys | {key: "z"}))


def test_a_policy_knows_the_keys_that_its_statements_ask_for() -> None:
    policy = compiled(
        Resource=["arn:aws:s3:::${aws:PrincipalTag/Team}", "*"],
        Condition={"StringLike": {"aws:ResourceTag/Owner": "${aws:Username}"}, "Null": {"A:B": "true"}},
    )

    assert policy.statements[0].keys == policy.condition_keys
    assert policy.condition_keys == {"aws:resourcetag/owner", "aws:username", "a:b"}
    assert compiled(NotResource="arn:aws:s3:::${X:Y}").condition_keys == {"x:y"}
    assert compiled(Resource="arn:aws:s3:::${X:Y}").condition_keys == {"x:y"}


ACTIONS = "a statement must have actions, in one of Action and NotAction"
RESOURCES = "a statement must have resources, in one of Resource and NotResource"
NO_PRINCIPAL = "a statement names a principal, which this type of policy cannot"
PRINCIPAL = "a statement must have one of Principal and NotPrincipal, as its type of policy allows"
NO_RESOURCE = "a role trust policy cannot name resources"
SYNTAX = "Syntax errors in policy."
RCP, ENDPOINT = PolicyType.RESOURCE_CONTROL, PolicyType.VPC_ENDPOINT


@pytest.mark.parametrize(("text", "fault"), [("", SYNTAX), ("{}", f"Statement[0]: {SYNTAX}"), ("[" * 100_000, SYNTAX)])
def test_a_text_that_is_no_policy_denies_everything_and_says_why(text: str, fault: str) -> None:
    policy = compile_policy(text, PolicySource(INLINE, "p"))

    assert denies_everything(policy)
    assert policy.fault == fault


@pytest.mark.parametrize(
    ("policy_type", "elements", "fault"),
    [
        (INLINE, {"Effect": "allow"}, "Statement[0].Effect: The policy failed legacy parsing"),
        (INLINE, {"Effect": None}, "a statement has no Effect"),
        (INLINE, {"Action": None}, ACTIONS),
        (INLINE, {"Action": []}, ACTIONS),
        (INLINE, {"NotAction": "s3:*"}, ACTIONS),
        (INLINE, {"Resource": []}, RESOURCES),
        (INLINE, {"NotResource": "*", "Resource": "*"}, RESOURCES),
        (INLINE, {"Principal": "*"}, NO_PRINCIPAL),
        (INLINE, {"NotPrincipal": "*"}, NO_PRINCIPAL),
        (PolicyType.SERVICE_CONTROL, {"Principal": "*"}, NO_PRINCIPAL),
        (INLINE, {"Unknown": "x"}, f"Statement[0].Unknown: {SYNTAX}"),
        (INLINE, {"Condition": {"StringEqual": {"a:b": "x"}}}, "no condition operator is called StringEqual"),
        (INLINE, {"Condition": {"StringEqual": {}}}, "no condition operator is called StringEqual"),
        (INLINE, {"version": "2026-01-01"}, f"Version: {SYNTAX}"),
        (TRUST, {"Principal": "*", "Resource": "*"}, NO_RESOURCE),
        (TRUST, {"Principal": "*", "NotResource": "*"}, NO_RESOURCE),
        (TRUST, {}, PRINCIPAL),
        (TRUST, {"NotPrincipal": {"AWS": "*"}}, PRINCIPAL),
        (RCP, {"NotPrincipal": {"AWS": "*"}}, PRINCIPAL),
        (RESOURCE, {}, PRINCIPAL),
        (ENDPOINT, {}, PRINCIPAL),
        (RESOURCE, {"Principal": "*", "NotPrincipal": "*"}, PRINCIPAL),
        (ENDPOINT, {"Principal": "*", "NotPrincipal": "*"}, PRINCIPAL),
        (RESOURCE, {"Principal": {"AWS": "arn:aws:iam::111111111111:user/*"}}, "arn:aws:iam::111111111111:user/*"),
        (RESOURCE, {"NotPrincipal": {"AWS": "ana"}, "Effect": "Deny"}, "ana"),
        (RESOURCE, {"Principal": {}, "Effect": "Deny"}, "a principal element names nobody"),
        (RESOURCE, {"Principal": {"AWS": [], "Service": []}, "Effect": "Deny"}, "a principal element names nobody"),
        (RESOURCE, {"Principal": {"Service": "*"}, "Effect": "Deny"}, "*"),
        (TRUST, {"Principal": {"Federated": ["accounts.google.com", "*"]}}, "*"),
        (RESOURCE, {"Principal": {"Service": "s3.?.amazonaws.com"}}, "s3.?.amazonaws.com"),
    ],
)
def test_what_cannot_be_understood_denies_everything_and_says_why(
    policy_type: PolicyType, elements: dict[str, Any], fault: str
) -> None:
    policy = compiled(policy_type, **elements)

    assert denies_everything(policy)
    assert policy.fault == fault


def test_a_set_of_many_policies_that_cannot_be_understood_denies() -> None:
    policies = PolicySet.of([compile_policy("{", PolicySource(INLINE, f"p{number}")) for number in range(20)])

    denials = list(policies.candidates("s3:getobject").denies("arn:aws:s3:::b"))

    assert [denial.id.source.name for denial in denials] == [f"p{number}" for number in range(20)]


@pytest.mark.parametrize("policy_type", PolicyType)
def test_a_statement_knows_the_decision_that_it_allows(policy_type: PolicyType) -> None:
    names = policy_type in (TRUST, RESOURCE, RCP, ENDPOINT)

    [statement] = compiled(policy_type, Principal="*" if names else None).statements

    layer = {TRUST: Layer.TRUST, RESOURCE: Layer.RESOURCE}.get(policy_type, Layer.IDENTITY)
    assert statement.allowed == Decision(Effect.ALLOW, Reason.ALLOWED, layer, statement.id)


def test_a_statement_knows_its_conditions_in_their_order() -> None:
    [statement] = compiled(Condition={"StringLike": {"C:D": "x*", "a:b": "y"}, "Null": {"E:F": "true"}}).statements

    found = [(condition.operator, condition.key) for condition in statement.conditions]
    assert found == [("StringLike", "c:d"), ("StringLike", "a:b"), ("Null", "e:f")]


def test_a_denied_canonical_user_denies_everybody_since_nobody_can_be_told_apart_from_it() -> None:
    block = {"CanonicalUser": "0" * 64}
    caller = principal_of("arn:aws:iam::111111111111:user/u")

    def reaches(effect: str) -> bool:
        [statement] = compiled(RESOURCE, Principal=block, Effect=effect).statements
        assert statement.principal is not None
        return statement.principal.reach(caller, bounded=False) is not Grant.NONE

    assert reaches("Deny")
    assert not reaches("Allow")


def test_one_statement_that_cannot_be_understood_makes_the_whole_policy_deny() -> None:
    sound = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    text = json.dumps({"Statement": [sound, sound | {"Condition": {"Nope": {}}}]})

    policy = compile_policy(text, PolicySource(INLINE, "p"))

    assert denies_everything(policy)
    assert policy.fault == "no condition operator is called Nope"


def test_the_fault_says_where() -> None:
    policy = compile_policy('{"Statement": {"Effect": "Maybe"}}', PolicySource(INLINE, "p"))

    assert policy.fault == "Statement[0].Effect: The policy failed legacy parsing"
    assert compile_policy("{", PolicySource(INLINE, "p")).fault == "Syntax errors in policy."


@pytest.mark.parametrize("policy_type", [TRUST, RESOURCE, PolicyType.RESOURCE_CONTROL, PolicyType.VPC_ENDPOINT])
def test_policies_of_resources_match_principals(policy_type: PolicyType) -> None:
    policy = compiled(policy_type, Principal="*")

    assert policy.fault is None
    assert policy.statements[0].principal is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(st.text() | JSON.map(json.dumps), st.sampled_from(PolicyType))
def test_arbitrary_text_never_raises_and_denies_everything(text: str, policy_type: PolicyType) -> None:
    assert denies_everything(compile_policy(text, PolicySource(policy_type, "p")))


VALUES: st.SearchStrategy[object] = st.sampled_from(
    ["*", "s3:*", "", "Allow", "Deny", "arn:aws:s3:::b/${k:v}", "111111111111", "${", "2026", None, 1, [], {}, ["*", 1]]
)
PRINCIPALS = st.just("*") | st.dictionaries(st.sampled_from(["AWS", "Service", "Federated", "x"]), VALUES, max_size=2)
CONDITION = st.dictionaries(
    st.sampled_from(["StringEquals", "DateLessThan", "Null", "Nope"]),
    st.dictionaries(st.sampled_from(["a:b", "x"]), VALUES, max_size=2),
    max_size=2,
)
NEARLY = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny", "x"])},
    optional={
        "Action": VALUES,
        "NotAction": VALUES,
        "Resource": VALUES,
        "NotResource": VALUES,
        "Principal": PRINCIPALS,
        "NotPrincipal": PRINCIPALS,
        "Condition": CONDITION,
        "Sid": VALUES,
    },
)


@given(NEARLY, st.sampled_from(PolicyType))
def test_nearly_sound_statements_never_raise(statement: dict[str, object], policy_type: PolicyType) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})

    policy = compile_policy(text, PolicySource(policy_type, "p"))

    [compiled_statement] = policy.statements
    if policy.fault is None:
        assert compiled_statement.effect.value == statement["Effect"]
    else:
        assert denies_everything(policy)
