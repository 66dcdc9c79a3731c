"""What tests of roles act with: trust policies, and roles that hold them."""

import json
from typing import Any


def trusting(principal: object, **statement: object) -> dict[str, object]:
    """A trust policy with one statement."""
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **statement}],
    }


def trusted(role: Any) -> object:
    """The principal in the first statement of a role's trust policy."""
    return role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]


def make_role(iam: Any, name: str, principal: object = None, **parameters: object) -> Any:
    """A role that trusts a principal, by default a service; as CreateRole answers it."""
    trust = trusting(principal or {"Service": "ec2.amazonaws.com"})
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), **parameters)["Role"]
