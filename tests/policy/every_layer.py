"""Every kind of caller, every form that names it, and worlds in which each layer allows: what cases begin from.

A case takes the Allow away from one layer of such a world, or adds a Deny there, and looks who says no.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bailiwick.policy import (
    ANONYMOUS,
    Layer,
    Layers,
    PolicySet,
    PolicySource,
    PolicyType,
    Reason,
    RequestContext,
    compile_policy,
    evaluate,
    principal_of,
    request_of,
)

A, B = "111111111111", "222222222222"
ROOT_ARN = f"arn:aws:iam::{A}:root"
USER_ARN = f"arn:aws:iam::{A}:user/staff/u"
ROLE_ARN = f"arn:aws:iam::{A}:role/app/r"
SESSION_ARN = f"arn:aws:sts::{A}:assumed-role/r/s"
FEDERATED_ARN = f"arn:aws:sts::{A}:federated-user/f"
AIDA, AROA = "AIDAUUUUUUUUUUUUUUUUU", "AROARRRRRRRRRRRRRRRRR"

CALLERS = {
    "user": principal_of(USER_ARN, unique_id=AIDA),
    "role session": principal_of(SESSION_ARN, unique_id=AROA, parent_arn=ROLE_ARN),
    "federated user": principal_of(FEDERATED_ARN, unique_id=AIDA, parent_arn=USER_ARN),
    "root": principal_of(ROOT_ARN),
    "root's federated user": principal_of(FEDERATED_ARN, parent_arn=ROOT_ARN),
    "service": principal_of("logs.amazonaws.com"),
    "SAML provider": principal_of(f"arn:aws:iam::{A}:saml-provider/idp"),
    "anonymous": ANONYMOUS,
}
"""A GetSessionToken session is the user, with further condition keys."""

Json = dict[str, Any]
FORMS: dict[str, Json] = {
    "user ARN": {"Principal": {"AWS": USER_ARN}},
    "user id": {"Principal": {"AWS": AIDA}},
    "session ARN": {"Principal": {"AWS": SESSION_ARN}},
    "session id": {"Principal": {"AWS": f"{AROA}:s"}},
    "role ARN": {"Principal": {"AWS": ROLE_ARN}},
    "role id": {"Principal": {"AWS": AROA}},
    "federated-user ARN": {"Principal": {"AWS": FEDERATED_ARN}},
    "account id": {"Principal": {"AWS": A}},
    "root ARN": {"Principal": {"AWS": ROOT_ARN}},
    "*": {"Principal": "*"},
    "AWS *": {"Principal": {"AWS": "*"}},
    "service": {"Principal": {"Service": "logs.amazonaws.com"}},
    "provider": {"Principal": {"Federated": f"arn:aws:iam::{A}:saml-provider/idp"}},
    "others": {"Principal": {"AWS": [f"arn:aws:iam::{A}:user/v", f"arn:aws:iam::{A}:role/q", B]}},
    "* + PrincipalArn user": {
        "Principal": "*",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": USER_ARN}},
    },
    "* + PrincipalArn role": {
        "Principal": "*",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": ROLE_ARN}},
    },
    "account + PrincipalArn user": {
        "Principal": {"AWS": A},
        "Condition": {"ArnEquals": {"aws:PrincipalArn": USER_ARN}},
    },
    "account + PrincipalArn role": {
        "Principal": {"AWS": A},
        "Condition": {"ArnEquals": {"aws:PrincipalArn": ROLE_ARN}},
    },
}

TYPES = {
    "identity": PolicyType.MANAGED,
    "boundary": PolicyType.MANAGED,
    "session": PolicyType.SESSION,
    "resource": PolicyType.RESOURCE,
    "trust": PolicyType.TRUST,
    "scps": PolicyType.SERVICE_CONTROL,
    "rcps": PolicyType.RESOURCE_CONTROL,
    "vpc_endpoint": PolicyType.VPC_ENDPOINT,
    "scope_downs": PolicyType.SESSION,
}
LAYERS = {
    "identity": Layer.IDENTITY,
    "boundary": Layer.BOUNDARY,
    "session": Layer.SESSION,
    "resource": Layer.RESOURCE,
    "trust": Layer.TRUST,
    "scps": Layer.SCP,
    "rcps": Layer.RCP,
    "vpc_endpoint": Layer.VPC_ENDPOINT,
    "scope_downs": Layer.SCOPE_DOWN,
}
ALLOW: Json = {"Effect": "Allow", "Action": "*"}
DENY: Json = {"Effect": "Deny", "Action": "*"}
ELSEWHERE: Json = {"Effect": "Allow", "Action": "ec2:*"}
"""Allows, but not what is asked for."""

LETTER = {"identity": "i", "boundary": "b", "session": "s"}
"""How the tables name the layers of the caller's side."""


def policy(layer: str, *statements: Mapping[str, object]) -> PolicySet:
    """A policy of a layer's type; statements that need them are for everyone and everything."""
    policy_type = TYPES[layer]
    complete = []
    for statement in statements:
        found = dict(statement)
        if layer != "trust":
            found.setdefault("Resource", "*")
        if layer in ("resource", "trust", "rcps", "vpc_endpoint") and "NotPrincipal" not in found:
            found.setdefault("Principal", "*")
        complete.append(found)
    text = json.dumps({"Version": "2012-10-17", "Statement": complete})
    compiled = compile_policy(text, PolicySource(policy_type, layer))
    assert compiled.fault is None
    return PolicySet.of([compiled])


def put(layers: Layers, layer: str, *statements: Mapping[str, object]) -> Layers:
    """The layers with one replaced; of those that come in levels, a second level below one that allows."""
    found = policy(layer, *statements)
    if layer in ("scps", "rcps", "scope_downs"):
        return replace(layers, **{layer: (policy(layer, ALLOW), found)})  # type: ignore[arg-type]  # by the name
    return replace(layers, **{layer: found})  # type: ignore[arg-type]  # by the name


def allowing_world(caller: str, side: str = "resource", form: str | None = "*") -> Layers:
    """Every layer that this caller can have, allowing everything; the resource's policy only to whom the form names."""
    layers = Layers()
    for layer in ("scps", "rcps", "vpc_endpoint", "scope_downs"):
        layers = put(layers, layer, ALLOW)
    for layer in caller_side(caller):
        layers = put(layers, layer, ALLOW)
    return layers if form is None else put(layers, side, ALLOW | FORMS[form])


def caller_side(caller: str) -> tuple[str, ...]:
    """The layers that a caller of this kind can have. Root has no policies of its own."""
    return {
        "user": ("identity", "boundary"),
        "role session": ("identity", "boundary", "session"),
        "federated user": ("identity", "boundary", "session"),
        "root's federated user": ("session",),
    }.get(caller, ())


def get_object(caller: str, owner: str = A) -> RequestContext:
    return request_of(CALLERS[caller], "s3:GetObject", "arn:aws:s3:::b/o", resource_account=owner)


def outcome(layers: Layers, request: RequestContext) -> str:
    """`allowed`, or which layer denied, and how."""
    decision = evaluate(layers, request)
    assert decision.layer is not None
    return "allowed" if decision.is_allowed else f"{decision.reason.value} in {decision.layer.value}"


def no_allow(layer: str) -> str:
    return f"{Reason.IMPLICIT_DENY.value} in {LAYERS[layer].value}"


def denied(layer: str) -> str:
    return f"{Reason.EXPLICIT_DENY.value} in {LAYERS[layer].value}"
