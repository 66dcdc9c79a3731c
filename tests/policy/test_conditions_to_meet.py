"""Remedies by a condition: a value of one key with which an Allow applies, or a Deny does not."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bailiwick.policy import (
    Layers,
    PolicySet,
    PolicySource,
    PolicyType,
    compile_policy,
    remedies,
)
from tests.policy.cases import DENY, KINDS, READ, asked, found, identity, policies
from tests.policy.worlds import (
    USER_ARN,
    B,
)


def met(condition: object, *, effect: str = "Allow", version: str = "2012-10-17", **keys: Any) -> list[str]:
    """The texts of the conditions to meet for a request that lacks nothing else."""
    statements = [{**READ, "Effect": effect, "Condition": condition}] + ([READ] if effect == "Deny" else [])
    text = json.dumps({"Version": version, "Statement": statements})
    layers = Layers(identity=PolicySet.of([compile_policy(text, PolicySource(PolicyType.INLINE, "p"))]))
    changes = [change for [change] in remedies(layers, asked(**keys)) if change.kind is KINDS.MEET_CONDITION]
    return [f"{change.key}={change.value}" for change in changes]


@pytest.mark.parametrize(
    ("condition", "keys", "value"),
    [
        ({"StringEquals": {"s:Text": ["b", "c"]}}, {}, "s:Text=b"),
        ({"StringEquals": {"s:Text": "a*"}}, {"s__text": "x"}, "s:Text=a*"),
        ({"StringLike": {"s:Text": "a*b?c"}}, {}, "s:Text=abxc"),
        ({"StringEquals": {"s:Text": "${s:other}"}}, {"s__other": "o"}, "s:Text=o"),
        ({"StringEqualsIgnoreCase": {"s:Text": "B"}}, {"s__text": "c"}, "s:Text=B"),
        ({"StringEqualsIfExists": {"s:Text": "${s:none}"}}, {"s__text": "c"}, "s:Text=None"),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {}, "aws:MultiFactorAuthPresent=true"),
        ({"Null": {"s:Text": "true"}}, {"s__text": "c"}, "s:Text=None"),
        ({"StringEquals": {"s:M": "a"}}, {"s__m": ("x", "y")}, "s:M=('a',)"),
        ({"NumericEquals": {"s:N": "1.50"}}, {"s__n": "2"}, "s:N=1.50"),
        ({"NumericEquals": {"s:N": "1e19"}}, {}, "s:N=10000000000000000000"),
        ({"NumericLessThan": {"s:N": "10"}}, {"s__n": "10"}, "s:N=9"),
        ({"NumericGreaterThan": {"s:N": ["x", "10"]}}, {}, "s:N=11"),
        ({"DateEquals": {"s:D": "2026-11-24"}}, {}, "s:D=2026-11-24T00:00:00Z"),
        ({"DateGreaterThan": {"s:D": "2026-11-24T10:00:00+01:00"}}, {}, "s:D=2026-11-24T09:00:01Z"),
        ({"DateLessThan": {"s:D": ["x", "2026"]}}, {}, "s:D=2025-12-31T23:59:59Z"),
        ({"IpAddress": {"aws:SourceIp": ["x", "10.0.0.0/8"]}}, {}, "aws:SourceIp=10.0.0.1"),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/30"}}, {}, "aws:SourceIp=10.0.0.1"),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/31"}}, {}, "aws:SourceIp=10.0.0.0"),
        ({"IpAddress": {"aws:SourceIp": "2001:db8::/127"}}, {}, "aws:SourceIp=2001:db8::"),
        ({"ArnLike": {"s:A": "arn:aws:s3:::b/*"}}, {}, "s:A=arn:aws:s3:::b/"),
        ({"BinaryEquals": {"s:B": "QQ=="}}, {}, "s:B=QQ=="),
        ({"ForAnyValue:StringEquals": {"s:M": "a"}}, {}, "s:M=('a',)"),
        ({"ForAllValues:StringEquals": {"s:M": ["a", "b"]}}, {"s__m": ("a", "c", "b")}, "s:M=('a', 'b')"),
        ({"ForAllValues:StringEquals": {"s:M": "a"}}, {"s__m": ("c",)}, "s:M=('a',)"),
    ],
)
def test_one_condition_that_an_allow_lacks_can_be_met(condition: object, keys: dict[str, Any], value: str) -> None:
    assert met(condition, **keys) == [value]


@pytest.mark.parametrize(
    ("condition", "keys", "value"),
    [
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, {}, "aws:MultiFactorAuthPresent=true"),
        ({"StringNotEquals": {"s:Text": "b"}}, {}, "s:Text=b"),
        ({"StringEquals": {"s:Text": "b"}}, {"s__text": "b"}, "s:Text=None"),
        ({"StringEquals": {"aws:RequestTag/Team": "b"}}, {"aws__requesttag/team": "b"}, "aws:RequestTag/Team=None"),
        ({"NumericGreaterThan": {"s:N": "10"}}, {"s__n": "11"}, "s:N=10"),
        ({"NumericEquals": {"aws:N": "10"}}, {"aws__n": "10"}, "aws:N=11"),
        ({"DateEquals": {"aws:D": "2026-11-24"}}, {"aws__d": "2026-11-24T00:00:00Z"}, "aws:D=2026-11-24T00:00:01Z"),
        ({"StringNotEquals": {"s:Text": "b"}, "StringNotLike": {"s:Text": "c*"}}, {}, "s:Text=b"),
        ({"StringNotEquals": {"aws:PrincipalArn": "x", "s:Text": "b"}}, {"aws__principalarn": "y"}, "s:Text=b"),
        ({"NotIpAddress": {"aws:SourceIp": "10.1.2.3"}}, {"aws__sourceip": "11.0.0.1"}, "aws:SourceIp=10.1.2.3"),
        ({"ForAnyValue:StringEquals": {"s:M": "a"}}, {"s__m": ("a", "c")}, "s:M=('c',)"),
    ],
)
def test_one_condition_that_a_deny_makes_can_be_failed(condition: object, keys: dict[str, Any], value: str) -> None:
    assert met(condition, effect="Deny", **keys) == [value]


def test_a_key_of_a_deny_with_two_conditions_is_enough_and_either_will_do() -> None:
    condition = {"StringNotEquals": {"s:Text": "b", "s:Other": "c"}}

    assert met(condition, effect="Deny") == ["s:Text=b", "s:Other=c"]


def test_a_condition_to_meet_may_not_be_all_that_is_needed() -> None:
    deny = {**DENY, "Condition": {"StringNotEquals": {"s:Text": "b"}}}

    assert found(identity(deny), asked()) == [
        ["MEET_CONDITION identity s:Text=b", "ADD_STATEMENT identity"],
        ["REMOVE_DENY identity [0]", "ADD_STATEMENT identity"],
    ]


def test_a_condition_of_a_level_names_it() -> None:
    nearly = {**READ, "Condition": {"StringEquals": {"s:Text": "b"}}}
    levels = policies(PolicyType.SERVICE_CONTROL, READ), policies(PolicyType.SERVICE_CONTROL, nearly)

    assert found(replace(identity(READ), scps=levels), asked())[0] == ["MEET_CONDITION SCP 1 s:Text=b"]


def test_an_allow_of_the_resource_that_names_the_caller_can_be_met() -> None:
    nearly = {**READ, "Principal": {"AWS": USER_ARN}, "Condition": {"StringEquals": {"s:Text": "b"}}}

    assert found(Layers(resource=policies(PolicyType.RESOURCE, nearly)), asked())[0] == [
        "MEET_CONDITION resource s:Text=b"
    ]


def needing(number: int) -> dict[str, object]:
    """An Allow that asks for one key of its own."""
    return {**READ, "Condition": {"StringEquals": {f"s:Key{number}": "b"}}}


def test_of_many_near_misses_the_first_eight_are_told() -> None:
    statements = [needing(number) for number in range(10)]

    told = [change for change, *_ in found(identity(*statements), asked()) if "MEET" in change]

    assert told == [f"MEET_CONDITION identity s:Key{number}=b" for number in range(8)]


@pytest.mark.parametrize(
    "far",
    [
        {"Action": "s3:PutObject"},
        {"Resource": "arn:aws:s3:::c"},
        {"Principal": {"AWS": B}},
        {"Condition": {"StringEquals": {"s:One": "b", "s:Two": "b"}}},
    ],
)
def test_what_misses_by_more_is_not_counted_among_near_misses(far: dict[str, object]) -> None:
    principal = {"Principal": {"AWS": USER_ARN}}
    statements = [{**needing(number), **principal, **far} for number in range(8)] + [{**needing(8), **principal}]

    assert found(Layers(resource=policies(PolicyType.RESOURCE, *statements)), asked())[0] == [
        "MEET_CONDITION resource s:Key8=b"
    ]


def test_of_many_values_the_first_sixteen_are_tried() -> None:
    values = [f"v{number}" for number in range(17)]
    allow = {**READ, "Condition": {"StringEquals": {"s:Text": values}}}

    def lifting(count: int) -> list[str]:
        deny = {**DENY, "Condition": {"StringEquals": {"s:Text": values[:count]}}}
        return found(identity(allow, deny), asked())[0]

    assert lifting(15) == ["MEET_CONDITION identity s:Text=v15"]
    assert lifting(16) != ["MEET_CONDITION identity s:Text=v16"]


def test_of_several_values_one_that_also_meets_the_rest_is_chosen() -> None:
    allow = {**READ, "Condition": {"StringEquals": {"s:Text": ["b", "c"]}}}
    deny = {**DENY, "Condition": {"StringEquals": {"s:Text": "b"}}}

    assert found(identity(allow, deny), asked())[0] == ["MEET_CONDITION identity s:Text=c"]


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ({"StringEquals": {"aws:PrincipalArn": "x"}}, {"aws__principalarn": "y"}),
        ({"StringEquals": {"s:Text": "b", "s:Other": "c"}}, {}),
        ({"StringEquals": {"s:Text": "${s:none}"}}, {}),
        ({"NumericEquals": {"s:N": "1e9999"}}, {}),
        ({"NumericEquals": {"s:N": "1e20"}}, {}),
        ({"DateEquals": {"s:D": "1970-01-01T00:00:00Z"}}, {}),
        ({"DateEquals": {"s:D": "250000000000"}}, {}),
        ({"DateEquals": {"s:D": "999999999999999"}}, {}),
        ({"Null": {"s:Text": "false"}}, {}),
        ({"StringNotEquals": {"aws:SourceVpc": "b"}}, {"aws__sourcevpc": "b"}),
    ],
)
def test_nothing_is_suggested_that_no_request_can_choose_or_whose_value_is_unknown(
    condition: object, keys: dict[str, Any]
) -> None:
    assert met(condition, **keys) == []


def test_old_versions_have_no_variables_but_wildcards() -> None:
    assert met({"StringLike": {"s:Text": "${s:other}*"}}, version="2008-10-17", s__other="o") == ["s:Text=${s:other}"]
    assert met({"StringEquals": {"s:Text": "${s:other}"}}, version="2008-10-17", s__other="o") == ["s:Text=${s:other}"]
    assert met({"StringEquals": {"s:Text": "a*"}}, version="2008-10-17") == ["s:Text=a*"]


def test_an_allow_that_fails_in_anything_but_a_condition_is_no_near_miss() -> None:
    condition = {"Condition": {"StringEquals": {"s:Text": "b"}}}
    nearly = {**READ, **condition}
    elsewhere = identity({**nearly, "Resource": "arn:aws:s3:::c"}, {**nearly, "Action": "s3:Put*"})
    another = Layers(resource=policies(PolicyType.RESOURCE, {**nearly, "Principal": {"AWS": B}}))

    assert found(elsewhere, asked()) == [["ADD_STATEMENT identity"]]
    assert all("MEET" not in change for remedy in found(another, asked()) for change in remedy)


@pytest.mark.parametrize(
    ("condition", "keys", "text"),
    [
        (
            {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            {},
            (
                "Send the request with credentials made with MFA (aws:MultiFactorAuthPresent = true): "
                "Statement[0] of p then allows it (Bool true)."
            ),
        ),
        (
            {"Bool": {"aws:MultiFactorAuthPresent": "false"}},
            {},
            (
                "Send the request with credentials made without MFA (aws:MultiFactorAuthPresent = false): "
                "Statement[0] of p then allows it (Bool false)."
            ),
        ),
        (
            {"StringEquals": {"aws:PrincipalTag/Team": ["a", "b"]}},
            {},
            "Tag the caller so that aws:PrincipalTag/Team = a: Statement[0] of p then allows it (StringEquals a, b).",
        ),
        (
            {"StringEquals": {"iam:ResourceTag/Team": "a"}},
            {},
            "Tag the resource so that iam:ResourceTag/Team = a: Statement[0] of p then allows it (StringEquals a).",
        ),
        (
            {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
            {},
            (
                "Send the request with aws:SourceIp = 10.0.0.1, for example: "
                "Statement[0] of p then allows it (IpAddress 10.0.0.0/8)."
            ),
        ),
        (
            {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}},
            {"aws__tagkeys": ("a", "b", "c")},
            (
                "Send the request with aws:TagKeys = [a, b]: "
                "Statement[0] of p then allows it (ForAllValues:StringEquals a, b)."
            ),
        ),
        (
            {"Null": {"s:Text": "true"}},
            {"s__text": "x"},
            "Send the request without s:Text: Statement[0] of p then allows it (Null true).",
        ),
        (
            {"StringEquals": {"aws:ResourceTag/cost:center": "7"}},
            {},
            (
                "Tag the resource so that aws:ResourceTag/cost:center = 7: "
                "Statement[0] of p then allows it (StringEquals 7)."
            ),
        ),
    ],
)
def test_a_condition_to_meet_is_said_in_words(condition: object, keys: dict[str, Any], text: str) -> None:
    [first, *_] = remedies(identity({**READ, "Condition": condition}), asked(**keys))

    assert [change.text for change in first] == [text]


def test_a_deny_whose_condition_is_not_to_hold_is_said_in_words() -> None:
    deny = {**DENY, "Condition": {"StringNotEquals": {"s:Text": "b"}}}

    [[change], _] = remedies(identity(READ, deny), asked())

    assert change.text == (
        'Send the request with s:Text = b: Statement[1] "No" of p no longer denies it (StringNotEquals b).'
    )
