"""Policies made to be slow: each is decided, and the suite's time limit is the only clock."""

import json

import pytest

from bailiwick.policy import (
    Layers,
    PolicySet,
    PolicySource,
    PolicyType,
    Principal,
    PrincipalKind,
    RequestContext,
    compile_policy,
    evaluate,
)

USER = Principal(PrincipalKind.USER, "111111111111", "arn:aws:iam::111111111111:user/u", "AIDAU")
LONG_KEY = "arn:aws:s3:::b/" + "a" * 20_000
PREFIX = "arn:aws:s3:::"
PATTERNS = {
    "stars": [PREFIX + "*a" * 3_000 + "b"],
    "question marks": [PREFIX + "*" + "a?" * 2_000 + "b*"],
    "many short": [PREFIX + f"*a?b{number}*" for number in range(500)],
    "variables": [PREFIX + "${a:k}*" * 700 + "b"],
    "many variables": [PREFIX + f"*${{a:k}}{number}*" for number in range(500)],
    "unclosed variables": [PREFIX + "${" * 3_000],
}


def layers(elements: dict[str, object]) -> Layers:
    text = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*"} | elements})
    compiled = compile_policy(text, PolicySource(PolicyType.INLINE, "p"))
    assert compiled.fault is None
    return Layers(identity=PolicySet.of([compiled]))


def is_allowed(found: Layers, action: str = "s3:GetObject", **keys: str | tuple[str, ...]) -> bool:
    named = {key.replace("_", ":"): value for key, value in keys.items()}
    return evaluate(found, RequestContext(action, LONG_KEY, USER, "111111111111", named)).is_allowed


@pytest.mark.parametrize("patterns", PATTERNS.values(), ids=PATTERNS)
def test_resources(patterns: list[str]) -> None:
    assert not is_allowed(layers({"Action": "*", "Resource": patterns}), a_k="a?*")


@pytest.mark.parametrize("operator", ["StringLike", "ArnLike", "ForAllValues:StringLike", "ForAnyValue:ArnLike"])
@pytest.mark.parametrize("patterns", PATTERNS.values(), ids=PATTERNS)
def test_conditions(patterns: list[str], operator: str) -> None:
    found = layers({"Action": "*", "Condition": {operator: {"a:v": patterns}}})

    assert not is_allowed(found, a_k="a?*", a_v=(LONG_KEY, LONG_KEY))


def test_many_operators_keys_and_values() -> None:
    tests = {f"a:k{number}": [f"v{value}" for value in range(20)] for number in range(200)}

    assert not is_allowed(layers({"Action": "*", "Condition": {"StringEquals": tests}}), a_k0="v19", a_k1="none")


def test_actions() -> None:
    assert not is_allowed(layers({"Action": ["s3:" + "*a" * 3_000 + "b"]}), "s3:" + "a" * 20_000)
    assert is_allowed(layers({"NotAction": [f"s3:*{number}?*x" for number in range(1_000)]}))


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("NumericEquals", "9" * 100_000),
        ("NumericGreaterThan", "0." + "0" * 100_000 + "1"),
        ("DateEquals", "9" * 100_000),
        ("DateLessThan", "2026-11-24T10:00:00." + "0" * 100_000 + "Z"),
        ("IpAddress", "1." * 50_000),
        ("IpAddress", ":" * 100_000),
        ("BinaryEquals", "A" * 100_001),
        ("Bool", "true" * 25_000),
        ("Null", "true" * 25_000),
    ],
)
def test_values(operator: str, value: str) -> None:
    assert not is_allowed(layers({"Action": "*", "Condition": {operator: {"a:v": value}}}), a_v="0")
    assert not is_allowed(layers({"Action": "*", "Condition": {operator: {"a:v": "1"}}}), a_v=value)
