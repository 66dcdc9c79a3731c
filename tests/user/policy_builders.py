"""What tests of policies act with: documents, managed policies, and those who hold them."""

import json
from typing import Any

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
    }
)


def allowing(*actions: str, resource: str = "*", **statement: object) -> dict[str, object]:
    """A policy with one statement."""
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": resource, **statement}],
    }


def make_policy(iam: Any, name: str = "p", *actions: str, **parameters: object) -> str:
    """A managed policy that allows the actions; returns its ARN."""
    document = json.dumps(allowing(*(actions or ("s3:GetObject",))))
    return str(iam.create_policy(PolicyName=name, PolicyDocument=document, **parameters)["Policy"]["Arn"])


def make_owner(iam: Any, kind: str) -> dict[str, str]:
    """A user, group or role named ana; returns the parameter that names it."""
    name = {f"{kind.capitalize()}Name": "ana"}
    match kind:
        case "user":
            iam.create_user(**name)
        case "group":
            iam.create_group(**name)
        case _:
            iam.create_role(**name, AssumeRolePolicyDocument=TRUST)
    return name
