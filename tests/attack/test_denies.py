"""An explicit deny in any one layer wins over allows in all the others."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.user.client import Aws, Keys
from tests.user.refusals import refused

ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY = {"Effect": "Deny", "Action": "iam:List*", "Resource": "*"}


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def managed(aws: Aws, name: str, *statements: object) -> str:
    """The ARN of a new managed policy."""
    policy = aws.admin("iam").create_policy(PolicyName=name, PolicyDocument=document(*statements))["Policy"]
    return str(policy["Arn"])


@pytest.fixture
def allowed(aws: Aws) -> str:
    """A managed policy that allows everything; a user, a group and a role that hold it, and it as their boundary."""
    iam, arn = aws.admin("iam"), managed(aws, "everything", ALLOW)
    aws.user("ana", allow=["*"])
    aws.group("all", allow=["*"])
    aws.role("deploy", trust=f"arn:aws:iam::{aws.account_id}:root", allow=["*"])
    iam.add_user_to_group(GroupName="all", UserName="ana")
    for attach, name in ((iam.attach_user_policy, "ana"), (iam.attach_group_policy, "all")):
        attach(**{"UserName" if name == "ana" else "GroupName": name}, PolicyArn=arn)
    iam.attach_role_policy(RoleName="deploy", PolicyArn=arn)
    iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=arn)
    iam.put_role_permissions_boundary(RoleName="deploy", PermissionsBoundary=arn)
    return arn


def key_of_ana(aws: Aws) -> Keys:
    key = aws.admin("iam").create_access_key(UserName="ana")["AccessKey"]
    return Keys(key["AccessKeyId"], key["SecretAccessKey"])


def session(aws: Aws, **policies: Any) -> Keys:
    """A session of the role."""
    credentials = aws.admin("sts").assume_role(
        RoleArn=f"arn:aws:iam::{aws.account_id}:role/deploy", RoleSessionName="one", **policies
    )["Credentials"]
    return Keys(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])


def in_user_inline(aws: Aws, iam: Any) -> Keys:
    iam.put_user_policy(UserName="ana", PolicyName="deny", PolicyDocument=document(DENY))
    return key_of_ana(aws)


def in_user_managed(aws: Aws, iam: Any) -> Keys:
    iam.attach_user_policy(UserName="ana", PolicyArn=managed(aws, "deny", DENY))
    return key_of_ana(aws)


def in_group_inline(aws: Aws, iam: Any) -> Keys:
    iam.put_group_policy(GroupName="all", PolicyName="deny", PolicyDocument=document(DENY))
    return key_of_ana(aws)


def in_group_managed(aws: Aws, iam: Any) -> Keys:
    iam.attach_group_policy(GroupName="all", PolicyArn=managed(aws, "deny", DENY))
    return key_of_ana(aws)


def in_user_boundary(aws: Aws, iam: Any) -> Keys:
    iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=managed(aws, "deny", ALLOW, DENY))
    return key_of_ana(aws)


def in_role_inline(aws: Aws, iam: Any) -> Keys:
    iam.put_role_policy(RoleName="deploy", PolicyName="deny", PolicyDocument=document(DENY))
    return session(aws)


def in_role_managed(aws: Aws, iam: Any) -> Keys:
    iam.attach_role_policy(RoleName="deploy", PolicyArn=managed(aws, "deny", DENY))
    return session(aws)


def in_role_boundary(aws: Aws, iam: Any) -> Keys:
    iam.put_role_permissions_boundary(RoleName="deploy", PermissionsBoundary=managed(aws, "deny", ALLOW, DENY))
    return session(aws)


def in_session_policy(aws: Aws, iam: Any) -> Keys:
    return session(aws, Policy=document(ALLOW, DENY))


def in_a_managed_session_policy(aws: Aws, iam: Any) -> Keys:
    arns = [{"arn": managed(aws, "deny", DENY)}, {"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}]
    return session(aws, PolicyArns=arns, Policy=document(ALLOW))


LAYERS: list[tuple[Callable[[Aws, Any], Keys], str]] = [
    (in_user_inline, "an identity-based policy"),
    (in_user_managed, "an identity-based policy"),
    (in_group_inline, "an identity-based policy"),
    (in_group_managed, "an identity-based policy"),
    (in_user_boundary, "a permissions boundary"),
    (in_role_inline, "an identity-based policy"),
    (in_role_managed, "an identity-based policy"),
    (in_role_boundary, "a permissions boundary"),
    (in_session_policy, "a session policy"),
    (in_a_managed_session_policy, "a session policy"),
]


@pytest.mark.parametrize(("deny", "words"), LAYERS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_deny_in_one_layer_wins(aws: Aws, allowed: str, deny: Callable[[Aws, Any], Keys], words: str) -> None:
    iam = aws.client("iam", deny(aws, aws.admin("iam")))

    iam.get_user(UserName="ana")
    with refused("AccessDenied", having=f"iam:ListUsers on resource: arn:aws:iam::{aws.account_id}:user/ with an "):
        iam.list_users()
    with refused("AccessDenied", having=f"explicit deny in {words}"):
        iam.list_roles()


def test_a_deny_in_the_trust_policy_wins(aws: Aws, allowed: str) -> None:
    root = f"arn:aws:iam::{aws.account_id}:root"
    trusting = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole"}
    ana = f"arn:aws:iam::{aws.account_id}:user/ana"
    session(aws)
    aws.admin("iam").update_assume_role_policy(
        RoleName="deploy",
        PolicyDocument=document(trusting, {**trusting, "Effect": "Deny", "Principal": {"AWS": ana}}),
    )

    with refused("AccessDenied"):
        aws.client("sts", key_of_ana(aws)).assume_role(
            RoleArn=f"arn:aws:iam::{aws.account_id}:role/deploy", RoleSessionName="one"
        )
    session(aws)
