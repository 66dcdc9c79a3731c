"""Small generated worlds: documents for every layer and requests, made of few values so that they often meet."""

import json
from typing import Any

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
)

Json = dict[str, Any]
World = dict[str, Any]
"""By layer, as `Layers` names them: documents, or levels of documents; None for a layer that is not there."""

A, B = "111111111111", "222222222222"
ROOT_ARN = f"arn:aws:iam::{A}:root"
USER_ARN = f"arn:aws:iam::{A}:user/u"
ROLE_ARN = f"arn:aws:iam::{A}:role/r"
SESSION_ARN = f"arn:aws:sts::{A}:assumed-role/r/s"
FEDERATED_ARN = f"arn:aws:sts::{A}:federated-user/f"
USER = Principal(PrincipalKind.USER, A, USER_ARN, "AIDAU")
SESSION = Principal(PrincipalKind.ROLE_SESSION, A, SESSION_ARN, "AROAR", ROLE_ARN)
FEDERATED_USER = Principal(PrincipalKind.FEDERATED_USER, A, FEDERATED_ARN, "AIDAU", USER_ARN)
ROOT = Principal(PrincipalKind.ROOT, A, ROOT_ARN)
SERVICE = Principal(PrincipalKind.SERVICE, None, "logs.amazonaws.com")
FEDERATED = Principal(PrincipalKind.FEDERATED, A, "accounts.google.com")
PRINCIPALS = [ANONYMOUS, USER, USER, SESSION, SESSION, FEDERATED_USER, ROOT, SERVICE, FEDERATED]
TYPES = {
    "rcps": PolicyType.RESOURCE_CONTROL,
    "scps": PolicyType.SERVICE_CONTROL,
    "resource": PolicyType.RESOURCE,
    "trust": PolicyType.TRUST,
    "identity": PolicyType.INLINE,
    "boundary": PolicyType.MANAGED,
    "session": PolicyType.SESSION,
    "scope_downs": PolicyType.SESSION,
    "vpc_endpoint": PolicyType.VPC_ENDPOINT,
}
LEVELS = ("rcps", "scps", "scope_downs")
NAMING = ("rcps", "resource", "trust", "vpc_endpoint")
CONDITIONS: list[Json] = [
    {"StringEquals": {"S:Text": ["b", "c"]}},
    {"StringNotEquals": {"s:text": "b"}},
    {"StringLike": {"s:text": "b*?"}},
    {"StringNotLike": {"s:text": "${s:other}*"}},
    {"StringEqualsIgnoreCaseIfExists": {"s:text": "B"}},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    {"Null": {"s:text": "true"}},
    {"Null": {"aws:MultiFactorAuthPresent": "false"}, "StringEquals": {"s:other": "b"}},
    {"NumericLessThan": {"s:number": "10"}},
    {"NumericGreaterThanEquals": {"s:number": ["10", "1e9999"]}},
    {"DateLessThan": {"s:date": "2026-11-24T10:00:00.5Z"}},
    {"DateGreaterThan": {"s:date": ["1795514400", "x"]}},
    {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]}},
    {"NotIpAddress": {"aws:SourceIp": "10.1.2.3"}},
    {"ArnLike": {"s:arn": "arn:aws:s3:::b/*"}},
    {"ArnNotEquals": {"aws:PrincipalArn": ROLE_ARN}},
    {"BinaryEquals": {"s:bytes": "QQ=="}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}},
    {"ForAnyValue:StringLike": {"aws:TagKeys": "a*"}},
    {"ForAllValues:StringNotEquals": {"aws:TagKeys": ["c"]}, "StringEquals": {"s:text": "b"}},
]
GIVEN: dict[str, list[Any]] = {
    "s:text": ["b", "c", "", "bx"],
    "s:other": ["b", "*"],
    "aws:multifactorauthpresent": ["true", "false"],
    "s:number": ["9", "10", "x"],
    "s:date": ["2026-11-24T10:00:00Z", "2026-11-25T00:00:00Z"],
    "aws:sourceip": ["10.1.2.3", "11.0.0.1", "2001:db8::1"],
    "s:arn": ["arn:aws:s3:::b/o", "x"],
    "s:bytes": ["QQ==", "Qg=="],
    "aws:tagkeys": [("a",), ("a", "c"), (), ("c", "c")],
}
ACTIONS = ["*", "s3:*", "S3:Get*", "s3:GetObject", "iam:GetUser"]
RESOURCES = ["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/o", "arn:aws:s3:::${s:text}/o", "arn:aws:s3"]
NAMED: list[Any] = [
    "*",
    *({"AWS": each} for each in ("*", A, ROOT_ARN, USER_ARN, ROLE_ARN, SESSION_ARN, FEDERATED_ARN, "AIDAU", B)),
    {"Service": "logs.amazonaws.com", "Federated": ["accounts.google.com"]},
]


def everything(layer: str) -> Json:
    """A document that allows everyone everything."""
    elements: Json = {"Effect": "Allow", "Action": "*"}
    if layer != "trust":
        elements["Resource"] = "*"
    if layer in NAMING:
        elements["Principal"] = "*"
    return {"Statement": [elements]}


@st.composite
def statements(draw: st.DrawFn, layer: str) -> Json:
    statement: Json = {"Effect": draw(st.sampled_from(["Allow"] * 6 + ["Deny"]))}
    statement[draw(st.sampled_from(["Action"] * 5 + ["NotAction"]))] = draw(st.sampled_from(ACTIONS))
    if layer != "trust":
        statement[draw(st.sampled_from(["Resource"] * 5 + ["NotResource"]))] = draw(st.sampled_from(RESOURCES))
    if layer in NAMING:
        is_spared = layer in ("resource", "vpc_endpoint") and draw(st.integers(0, 5)) == 5
        name, among = ("NotPrincipal", NAMED[1:]) if is_spared else ("Principal", NAMED)
        statement[name] = draw(st.sampled_from(among))
    if draw(st.booleans()):
        statement["Condition"] = draw(st.sampled_from(CONDITIONS))
    return statement


@st.composite
def documents(draw: st.DrawFn, layer: str) -> Json | str:
    if draw(st.integers(0, 60)) == 60:
        return '{"Statement": '  # no JSON
    found = draw(st.lists(statements(layer), min_size=1, max_size=3))
    return {"Version": draw(st.sampled_from(["2012-10-17"] * 4 + ["2008-10-17"])), "Statement": found}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    side = draw(st.sampled_from(["resource", "resource", "trust", "none"]))
    world: World = {"resource_must_allow": draw(st.integers(0, 4)) == 4}
    for layer in TYPES:
        is_ceiling = layer not in ("resource", "trust", "identity")
        start = [everything(layer)] if is_ceiling and draw(st.integers(0, 5)) < 5 else []
        content = st.lists(documents(layer), max_size=2).map(start.__add__)
        if layer in ("resource", "trust"):
            world[layer] = draw(content) if layer == side else None
        elif layer == "identity":
            world[layer] = draw(content) + ([everything(layer)] if draw(st.booleans()) else [])
        elif draw(st.integers(0, 3)) < 3:
            world[layer] = [] if layer in LEVELS else None
        else:
            world[layer] = draw(st.lists(content, min_size=1, max_size=2)) if layer in LEVELS else draw(content)
    return world


@st.composite
def requests(draw: st.DrawFn) -> RequestContext:
    keys = {key: draw(st.sampled_from(values)) for key, values in GIVEN.items() if draw(st.integers(0, 2))}
    principal = draw(st.sampled_from(PRINCIPALS))
    if principal in (USER, SESSION) and draw(st.booleans()):
        keys["aws:principalarn"] = principal.parent_arn or principal.arn
    return RequestContext(
        draw(st.sampled_from(["s3:GetObject"] * 4 + ["S3:getobject", "iam:GetUser"])),
        draw(st.sampled_from(["arn:aws:s3:::b/o"] * 4 + ["arn:aws:s3:::b/${x}*?", "*", "x"])),
        principal,
        draw(st.sampled_from([None, A, A, B])),
        keys,
    )


def compiled(world: World) -> Layers:
    """The world's documents, each named by its layer, level and place."""

    def one(layer: str, level: int, documents: list[Json | str]) -> PolicySet:
        return PolicySet.of(
            compile_policy(
                each if isinstance(each, str) else json.dumps(each),
                PolicySource(TYPES[layer], f"{layer}/{level}/{index}"),
            )
            for index, each in enumerate(documents)
        )

    found: dict[str, Any] = {"resource_must_allow": world["resource_must_allow"]}
    for layer in TYPES:
        if layer in LEVELS:
            found[layer] = tuple(one(layer, level, documents) for level, documents in enumerate(world[layer]))
        else:
            found[layer] = None if world[layer] is None else one(layer, 0, world[layer])
    return Layers(**found)
