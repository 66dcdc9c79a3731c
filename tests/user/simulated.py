"""What tests of the simulator act with: policies, and a simulation of them."""

import json
from collections.abc import Mapping
from typing import Any


def document(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect: str = "Allow", action: object = "s3:GetObject", **elements: object) -> dict[str, object]:
    return {"Effect": effect, "Action": action, "Resource": "*", **elements}


ALLOW = document(statement())
EVERYTHING = document(statement(action="*"))


def simulate(iam: Any, *policies: str, actions: Any = ("s3:GetObject",), **parameters: Any) -> Any:
    """The results, action by action."""
    reply = iam.simulate_custom_policy(PolicyInputList=list(policies), ActionNames=list(actions), **parameters)
    assert reply["IsTruncated"] is False
    return reply["EvaluationResults"]
