"""Scenarios for tests of the simulator, from documents."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bailiwick.analyzer import Scenario, SimulatedPolicies, SourceType
from bailiwick.policy import PolicySet, PolicyType, Principal, PrincipalKind

A, B = "111111111111", "222222222222"
USER_ARN = f"arn:aws:iam::{A}:user/u"
USER = Principal(PrincipalKind.USER, A, USER_ARN)
OBJECT = "arn:aws:s3:::b/k"
ROLE_ARN = f"arn:aws:iam::{A}:role/r"

Json = dict[str, Any]


def statement(effect: str = "Allow", action: object = "s3:GetObject", resource: object = "*", **more: object) -> Json:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def document(*statements: Json) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trusting(principal: object, effect: str = "Allow", **more: object) -> str:
    return document({"Effect": effect, "Action": "sts:AssumeRole", "Principal": principal, **more})


def scene(
    *identity: str,
    boundary: str | None = None,
    scps: Sequence[Sequence[str]] = (),
    resource: str | None = None,
    trusts: Mapping[str, str] | None = None,
    principal: Principal = USER,
    **facts: Any,
) -> Scenario:
    policies = SimulatedPolicies()

    def read(texts: Iterable[str], policy_type: PolicyType, name: str, kind: SourceType) -> PolicySet:
        return PolicySet.of(
            policies.given(text, policy_type, f"{name}.{number}", kind) for number, text in enumerate(texts, 1)
        )

    made = Scenario(policies, principal, read(identity, PolicyType.INLINE, "PolicyInputList", SourceType.NONE))
    return replace(
        made,
        boundary=None if boundary is None else read([boundary], PolicyType.INLINE, "Boundary", SourceType.NONE),
        scps=tuple(read(level, PolicyType.SERVICE_CONTROL, "Level", SourceType.NONE) for level in scps),
        resource=None if resource is None else read([resource], PolicyType.RESOURCE, "Resource", SourceType.RESOURCE),
        trusts={
            arn: read([text], PolicyType.TRUST, "Trust", SourceType.RESOURCE) for arn, text in (trusts or {}).items()
        },
        **facts,
    )
