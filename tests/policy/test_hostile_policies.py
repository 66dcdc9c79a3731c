"""Policies made to be slow: each is decided rightly, in steps that grow no faster than the policy and the request.

A step is a call of a function, ours or built in. A built-in one reads at most the text that it is given, so that steps
tell whether patterns, values and statements multiply, whatever the machine does meanwhile.
"""

import json
import sys
from collections.abc import Callable, Mapping
from types import FrameType

import pytest

from bailiwick.policy import (
    ContextValue,
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


CHARACTERS = "bcdefghijklmnopqrstuvwxyz"
TAG_KEYS = tuple(f"{number:02}{CHARACTERS}".ljust(128, "a") for number in range(50))
ARNS = tuple(f"arn:aws:s3:::{key}" for key in TAG_KEYS)
HEADER = (CHARACTERS + "a30" * 3_000)[:8_192]

Elements = dict[str, object]
Bomb = Callable[[int], list[Elements]]


def names(count: int) -> list[str]:
    return [CHARACTERS[number % 25] + CHARACTERS[number // 25 % 25] * (1 + number // 625) for number in range(count)]


def on(operator: str, key: str, pattern: str) -> Bomb:
    return lambda n: [{"Condition": {operator: {key: [pattern.replace("X", name) for name in names(n)]}}}]


BEFORE_MANY_VALUES: dict[str, Bomb] = {
    "stars": on("ForAnyValue:StringLike", "aws:TagKeys", "*a*X"),
    "many stars": on("ForAnyValue:StringLike", "aws:TagKeys", "*a" * 20 + "X*"),
    "question marks": on("ForAnyValue:StringLike", "aws:TagKeys", "*a??????????X*"),
    "variables": on("ForAnyValue:StringLike", "aws:TagKeys", "*${aws:userid}?X*"),
    "equal variables": on("ForAnyValue:StringEquals", "aws:TagKeys", "${aws:UserAgent}X"),
    "variables in any case": on("ForAnyValue:StringEqualsIgnoreCase", "aws:TagKeys", "${aws:UserAgent}X"),
    "without a set operator": on("StringLike", "aws:TagKeys", "*a*X"),
    "ARNs": on("ForAnyValue:ArnLike", "a:arns", "arn:*:*:*:*:*a*X"),
}
BOMBS: dict[str, Bomb] = BEFORE_MANY_VALUES | {
    "a header": on("StringLike", "aws:UserAgent", "*a*X"),
    "question marks before a header": on("StringLike", "aws:UserAgent", "*a??????????X*"),
    "headers in variables": on("StringLike", "aws:UserAgent", "*${aws:referer}?X*"),
    "ARN patterns": on("ArnLike", "aws:PrincipalArn", "arn:*:*:*:*:*a*X"),
    "resources": lambda n: [{"Resource": [f"arn:*a*{name}Z*" for name in names(n)]}],
    "resources with variables": lambda n: [{"Resource": [f"arn:*:*:*:*:*${{aws:userid}}?{x}" for x in names(n)]}],
    "actions": lambda n: [{"Action": [f"iam:*{name}Z" for name in names(n)]}],
    "not the actions": lambda n: [{"NotAction": [f"iam:*{name}Z" for name in names(n)], "Resource": "arn:x"}],
    "statements": lambda n: [{"Resource": f"arn:*{name}Z"} for name in names(n)],
    "statements without an action": lambda n: [{"NotAction": "a:b", "Resource": f"arn:*{x}Z"} for x in names(n)],
    "statements before many values": lambda n: [on("ForAnyValue:StringLike", "aws:TagKeys", "*a*X")(20)[0]] * n,
    "statements before a header": lambda n: [
        on("StringLike", "aws:UserAgent", f"*${{aws:referer}}?{name}*")(1)[0] for name in names(n)
    ],
    "keys": lambda n: [
        {"Condition": {"StringNotEquals": {f"a:{name}": "x" for name in names(n)}}, "Resource": "arn:x"}
    ],
}
KEYS: Mapping[str, ContextValue] = {
    "aws:tagkeys": TAG_KEYS,
    "a:arns": ARNS,
    "aws:useragent": HEADER,
    "aws:referer": "a30" * 1_365,
    "aws:userid": "AIDAEXAMPLE:" + "a" * 64,
    "aws:principalarn": "arn:aws:iam::111111111111:role/" + "a" * 576,
}


def document(bomb: Bomb, size: int) -> str:
    statements = []
    for elements in bomb(size):
        action = {} if "NotAction" in elements else {"Action": "*"}
        statements.append({"Effect": "Deny", "Resource": "*", **action, **elements})
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def prepared(bomb: Bomb, size: int) -> Layers:
    compiled = compile_policy(document(bomb, size), PolicySource(PolicyType.INLINE, "p"))
    assert compiled.fault is None
    return Layers(identity=PolicySet.of([compiled]))


def steps(call: Callable[[], object]) -> int:
    """How many functions were called."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return count


def first_decision(found: Layers, keys: Mapping[str, ContextValue] = KEYS) -> int:
    return steps(lambda: evaluate(found, RequestContext("iam:GetRole", LONG_KEY, USER, "111111111111", keys)))


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_the_steps_of_a_first_decision_grow_as_the_policy_does(bomb: Bomb) -> None:
    small, large = prepared(bomb, 40), prepared(bomb, 400)

    assert first_decision(large) <= 12 * first_decision(small)


@pytest.mark.parametrize("bomb", BEFORE_MANY_VALUES.values(), ids=BEFORE_MANY_VALUES)
def test_values_and_patterns_do_not_multiply(bomb: Bomb) -> None:
    found = prepared(bomb, 400)

    def asked(count: int) -> int:
        return first_decision(found, {**KEYS, "aws:tagkeys": TAG_KEYS[:count], "a:arns": ARNS[:count]})

    # Each value is laid out, for ARNs in six fields; then all are followed together.
    assert asked(50) <= asked(10) + 40 * 60


@pytest.mark.parametrize("name", ["statements before many values", "statements before a header"])
def test_what_one_statement_found_out_about_a_value_the_next_need_not(name: str) -> None:
    first, next_ones = (first_decision(prepared(BOMBS[name], count)) for count in (1, 11))

    assert (next_ones - first) / 10 <= first / 2


def test_steps_do_not_grow_with_the_text_that_a_pattern_is_tried_on() -> None:
    found = prepared(BOMBS["question marks before a header"], 100)

    short, long = (first_decision(found, {**KEYS, "aws:useragent": HEADER[:length]}) for length in (1_000, 8_000))

    assert long <= short + 20


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_the_steps_of_compiling_grow_as_the_policy_does(bomb: Bomb) -> None:
    small, large = document(bomb, 40), document(bomb, 400)
    source = PolicySource(PolicyType.INLINE, "p")

    assert steps(lambda: compile_policy(large, source)) <= 12 * steps(lambda: compile_policy(small, source))


def test_how_many_policies_are_attached_takes_no_step() -> None:
    def attached(count: int) -> Layers:
        source = PolicySource(PolicyType.MANAGED, "p")
        statement = {"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*"}
        others = [statement | {"Action": [f"s3:Get{number}", f"ec2:Run{number}*"]} for number in range(count)]
        texts = [json.dumps({"Version": "2012-10-17", "Statement": each}) for each in (statement, *others)]
        return Layers(identity=PolicySet.of(compile_policy(text, source) for text in texts))

    assert first_decision(attached(1_000)) == first_decision(attached(1))
