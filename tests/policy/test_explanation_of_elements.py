"""Explanations element by element: what was held against what, and why it matched or did not."""

from typing import Any

import pytest

from bailiwick.policy import (
    ANONYMOUS,
    ElementTrace,
    Layer,
    Layers,
    PolicyType,
    Principal,
    RequestContext,
    explain,
)
from tests.policy.cases import OBJECT, READ, asked, elements, layer, policies
from tests.policy.worlds import (
    FEDERATED_USER,
    ROLE_ARN,
    ROOT_ARN,
    SERVICE,
    SESSION,
    SESSION_ARN,
    USER,
    USER_ARN,
    A,
    B,
)

INLINE, RESOURCE, TRUST = PolicyType.INLINE, PolicyType.RESOURCE, PolicyType.TRUST


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
