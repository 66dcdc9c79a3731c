"""What tests of sessions act with: policy documents, AssumeRole, and clients that sign with what STS gave."""

import json
from collections.abc import Mapping
from typing import Any

from tests.user.client import Aws

SESSION_RIGHTS = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
"""All that a caller may need to be allowed for a session of a role."""


def trusting(*principals: str, actions: object = "sts:AssumeRole", **condition: object) -> dict[str, object]:
    """A trust policy with one statement; `condition` is operator → tests."""
    statement: dict[str, object] = {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": actions}
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}


def allowing(*actions: str, **condition: object) -> str:
    """The text of a policy with one statement, on every resource; `condition` is operator → tests."""
    statement: dict[str, object] = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def root_of(aws: Aws) -> str:
    """The account, as a principal."""
    return f"arn:aws:iam::{aws.account_id}:root"


def assume(client: Any, role_arn: str, tags: Mapping[str, str] | None = None, **parameters: object) -> Any:
    """AssumeRole's reply; the session is called `work` unless it is given a name."""
    if tags is not None:
        parameters["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return client.assume_role(**{"RoleArn": role_arn, "RoleSessionName": "work", **parameters})


def using(aws: Aws, issued: Mapping[str, Any], service: str) -> Any:
    """A client that signs with the Credentials of a reply of STS."""
    return aws.client(service, issued["Credentials"])
