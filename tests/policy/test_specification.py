"""The engine decides generated cases as the executable specification (in `conftest`) does."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bailiwick.policy import (
    ANONYMOUS,
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

A, B = "111111111111", "222222222222"
ROOT_ARN = f"arn:aws:iam::{A}:root"
USER_ARN = f"arn:aws:iam::{A}:user/u"
ROLE_ARN = f"arn:aws:iam::{A}:role/r"
SESSION_ARN = f"arn:aws:sts::{A}:assumed-role/r/s"
FEDERATED_ARN = f"arn:aws:sts::{A}:federated-user/f"
Json = dict[str, Any]
World = dict[str, Any]
Specification = Callable[[World, RequestContext], tuple[str, str, str]]
TYPES = {
    "identity": PolicyType.INLINE,
    "boundary": PolicyType.MANAGED,
    "session": PolicyType.SESSION,
    "scope_downs": PolicyType.SESSION,
    "resource": PolicyType.RESOURCE,
    "trust": PolicyType.TRUST,
    "scps": PolicyType.SERVICE_CONTROL,
    "rcps": PolicyType.RESOURCE_CONTROL,
    "vpc_endpoint": PolicyType.VPC_ENDPOINT,
}
LEVELS = ("rcps", "scps", "scope_downs")

PRINCIPALS = [
    ANONYMOUS,
    Principal(PrincipalKind.USER, A, USER_ARN, "AIDAU"),
    Principal(PrincipalKind.ROLE_SESSION, A, SESSION_ARN, "AROAR", ROLE_ARN),
    Principal(PrincipalKind.FEDERATED_USER, A, FEDERATED_ARN, "AIDAU", USER_ARN),
    Principal(PrincipalKind.ROOT, A, ROOT_ARN),
    Principal(PrincipalKind.SERVICE, None, "logs.amazonaws.com"),
    Principal(PrincipalKind.FEDERATED, A, "accounts.google.com"),
]
TEXTS = ["a", "A", "ab", "*", "a*", "?", "${a:k}", "${a:k}*", "${a:none, 'ab'}", "${*}", "${", "", "x${a:m}"]
ARNS = [
    "arn:aws:s3:::b/o",
    "arn:aws:s3:::b/*",
    "*",
    "arn:*:s3:?::b",
    "arn:aws:s3:::${a:k}/o",
    "arn:aws:s3",
    "x",
    "a*:b",
]
TYPED: dict[str, list[str]] = {
    "String": TEXTS,
    "Arn": ARNS,
    "Numeric": ["1", "1.0", "2", "-1", "x"],
    "Date": ["2026-11-24", "2026-11-24T10:00:00Z", "1795514400", "x"],
    "Bool": ["true", "False", "x"],
    "Binary": ["QQ==", "Qg=="],
    "Ip": ["10.0.0.0/8", "10.1.2.3", "::/0"],
}
GIVEN: dict[str, list[str]] = {
    "String": ["a", "A", "ab", "", "*", "xab", "${"],
    "Arn": ["arn:aws:s3:::b/o", "arn:aws:s3:x::b", "arn:aws:s3:::a/o:p", "x", ""],
    "Numeric": ["1", "2.0", "x"],
    "Date": ["2026-11-24T00:00:00Z", "2026-11-24T10:00:00Z", "x"],
    "Bool": ["true", "false", "x"],
    "Binary": ["QQ==", "Qg=="],
    "Ip": ["10.1.2.3", "11.0.0.1", "::1"],
}
ORDERS = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
OPERATORS = {
    "String": [
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
    ],
    "Arn": ["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"],
    "Numeric": [f"Numeric{order}" for order in ORDERS],
    "Date": [f"Date{order}" for order in ORDERS],
    "Bool": ["Bool"],
    "Binary": ["BinaryEquals"],
    "Ip": ["IpAddress", "NotIpAddress"],
}


@st.composite
def conditions(draw: st.DrawFn) -> Json:
    if draw(st.integers(0, 5)) == 0:
        return {"Null": {"a:ip": draw(st.sampled_from(["true", "false", ["true", "false"]]))}}
    family = draw(st.sampled_from(list(TYPED)))
    name = draw(st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"])) + draw(st.sampled_from(OPERATORS[family]))
    name += draw(st.sampled_from(["", "", "IfExists"]))
    values = draw(st.lists(st.sampled_from(TYPED[family]), min_size=1, max_size=2))
    return {name: {draw(st.sampled_from(["a:{}", "A:{}"])).format(family.upper()): values}}


def some(values: list[str], maximum: int = 2) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=maximum)


ACTIONS = ["*", "s3:*", "S3:Get*", "s3:GetObject", "iam:Get?ser", "s?:*", "*:GetUser"]
RESOURCES = [
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/o",
    "arn:aws:s3",
    "arn:aws:s3:::${a:k}/o",
    "arn:aws:s3::${a:k}:b/o",
    "arn:*o",
    "${a:k}",
    "?",
]
AWS_NAMES = ["*", A, ROOT_ARN, USER_ARN, ROLE_ARN, SESSION_ARN, FEDERATED_ARN, "AIDAU", "AROAR", B]
NAMING = ("resource", "trust", "rcps", "vpc_endpoint")


@st.composite
def documents(draw: st.DrawFn, layer: str) -> Json:
    found = []
    for _ in range(draw(st.integers(1, 3))):
        statement: Json = {"Effect": draw(st.sampled_from(["Allow"] * 5 + ["Deny"]))}
        statement[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(some(ACTIONS))
        if layer != "trust":
            statement[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(some(RESOURCES))
        if layer in NAMING:
            named: Any = draw(st.just("*") | st.fixed_dictionaries({"AWS": some(AWS_NAMES, 4)}))
            other = {"Service": "logs.amazonaws.com", "Federated": ["accounts.google.com"]}
            statement["Principal"] = named if draw(st.integers(0, 4)) else other
            # The specification spares no service, provider or anonymous caller, so none of them is listed here.
            if (
                layer == "resource"
                and statement["Effect"] == "Deny"
                and isinstance(named, dict)
                and "*" not in named["AWS"]
            ):
                statement["NotPrincipal"] = named
                del statement["Principal"]
        if draw(st.booleans()):
            statement["Condition"] = draw(conditions())
        found.append(statement)
    version = draw(
        st.sampled_from([{}, {"Version": "2008-10-17"}, {"Version": "2012-10-17"}, {"Version": "2012-10-17"}])
    )
    return {**version, "Statement": found}


def everything(layer: str) -> Json:
    """A document that allows everyone everything, so that a layer does not end most cases early."""
    elements: Json = {"Effect": "Allow", "Action": "*"}
    if layer != "trust":
        elements["Resource"] = "*"
    if layer in NAMING:
        elements["Principal"] = "*"
    return {"Statement": elements}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    side = draw(st.sampled_from(["resource", "resource", "trust", "none"]))
    world: World = {"resource_must_allow": draw(st.integers(0, 4)) == 0}
    for layer in TYPES:
        start = [everything(layer)] if layer not in ("resource", "trust") and draw(st.integers(0, 3)) else []
        content = st.lists(documents(layer), max_size=2).map(start.__add__)
        if layer in ("resource", "trust"):
            world[layer] = draw(content) if layer == side else None
        elif layer == "identity":
            world[layer] = draw(content)
        elif draw(st.integers(0, 2)):
            world[layer] = [] if layer in LEVELS else None
        else:
            world[layer] = [draw(content)] if layer in LEVELS else draw(content)
    return world


@st.composite
def requests(draw: st.DrawFn) -> RequestContext:
    keys: dict[str, Any] = {}
    for family, values in GIVEN.items():
        one = st.sampled_from(values)
        value = draw(st.none() | one | one | st.lists(one, max_size=2).map(tuple))
        if value is not None:
            keys[f"a:{family.lower()}"] = value
    if draw(st.booleans()):
        keys["a:k"] = draw(st.sampled_from(["b", "*", "a", ""]))
    keys["a:m"] = ("a",)
    return RequestContext(
        draw(st.sampled_from(["s3:GetObject", "iam:GetUser"])),
        draw(st.sampled_from(["arn:aws:s3:::b/o", "arn:aws:s3:::*/o", "*"])),
        draw(st.sampled_from(PRINCIPALS)),
        draw(st.sampled_from([None, A, A, B])),
        keys,
    )


def compiled(world: World) -> Layers:
    def one(layer: str, level: list[Json]) -> PolicySet:
        policies = [compile_policy(json.dumps(each), PolicySource(TYPES[layer], layer)) for each in level]
        assert [policy.fault for policy in policies] == [None] * len(policies)
        return PolicySet.of(policies)

    found: dict[str, Any] = {"resource_must_allow": world["resource_must_allow"]}
    for layer in TYPES:
        if layer in LEVELS:
            found[layer] = tuple(one(layer, level) for level in world[layer])
        else:
            found[layer] = None if world[layer] is None else one(layer, world[layer])
    return Layers(**found)


@given(world=worlds(), request_context=requests())
def test_the_engine_decides_as_the_specification_does(
    specification: Callable[[World, RequestContext], tuple[str, str, str]],
    world: World,
    request_context: RequestContext,
) -> None:
    decision = evaluate(compiled(world), request_context)

    assert decision.layer is not None
    assert (decision.effect.value, decision.reason.value, decision.layer.value) == specification(world, request_context)
