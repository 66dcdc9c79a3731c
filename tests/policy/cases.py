"""What tests of remedies and explanations ask: policies, requests, and what is found in short."""

import json
from typing import Any

from bailiwick.policy import (
    Change,
    ChangeKind,
    ElementTrace,
    Explanation,
    Layer,
    Layers,
    LayerTrace,
    PolicySet,
    PolicySource,
    PolicyType,
    Principal,
    RequestContext,
    compile_policy,
    remedies,
)
from tests.policy.worlds import (
    USER,
    A,
)

OBJECT = "arn:aws:s3:::b/o"
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": OBJECT}
DENY = {"Sid": "No", "Effect": "Deny", "Action": "*", "Resource": "*"}
KINDS = ChangeKind


def policies(policy_type: PolicyType, *statements: object, name: str = "p", version: str = "2012-10-17") -> PolicySet:
    """One policy of that type with these statements."""
    text = json.dumps({"Version": version, "Statement": statements})
    policy = compile_policy(text, PolicySource(policy_type, name))
    assert policy.fault is None
    return PolicySet.of([policy])


def identity(*statements: object) -> Layers:
    """A caller with one inline policy."""
    return Layers(identity=policies(PolicyType.INLINE, *statements))


def asked(
    principal: Principal = USER,
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    owner: str | None = A,
    **keys: Any,
) -> RequestContext:
    """A request; the names of keys have `__` for the colon."""
    return RequestContext(action, resource, principal, owner, {name.replace("__", ":"): keys[name] for name in keys})


def brief(change: Change) -> str:
    """A change in short, for tests to compare."""
    level = "" if change.level is None else f" {change.level}"
    what = ""
    if change.kind is KINDS.MEET_CONDITION:
        what = f" {change.key}={change.value}"
    elif change.addition is not None and change.addition.principal is not None:
        what = f" {dict(change.addition.principal.members)}"
    elif change.statement is not None:
        what = f" [{change.statement.index}]"
    return f"{change.kind.name} {change.layer.value}{level}{what}"


def found(layers: Layers, request: RequestContext) -> list[list[str]]:
    """The remedies in short."""
    return [[brief(change) for change in remedy] for remedy in remedies(layers, request)]


def layer(explanation: Explanation, wanted: Layer) -> LayerTrace:
    """The one trace of a layer."""
    [found] = [trace for trace in explanation.layers if trace.layer is wanted]
    return found


def elements(trace: LayerTrace) -> tuple[ElementTrace, ...]:
    """The elements of a layer's only statement."""
    [policy] = trace.policies
    [statement] = policy.statements
    assert statement.applies == all(element.matched for element in statement.elements)
    return statement.elements
