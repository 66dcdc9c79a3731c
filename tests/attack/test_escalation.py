"""An administrator by delegation, who may do all of IAM under a permissions boundary, stays under it.

The policy is that of the IAM User Guide, "Permissions boundaries for IAM entities", section on delegating.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.user.client import Aws, User
from tests.user.refusals import refused

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
)

_GIVING = [
    *("iam:CreateUser", "iam:CreateRole", "iam:PutUserPolicy", "iam:PutRolePolicy"),
    *("iam:AttachUserPolicy", "iam:AttachRolePolicy", "iam:DetachUserPolicy", "iam:DetachRolePolicy"),
    *("iam:DeleteUserPolicy", "iam:DeleteRolePolicy"),
    *("iam:PutUserPermissionsBoundary", "iam:PutRolePermissionsBoundary"),
]


@pytest.fixture
def boundary(aws: Aws) -> str:
    """What nobody made by the delegate may exceed."""
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["iam:*", "sts:*"], "Resource": "*"}],
    }
    policy = aws.admin("iam").create_policy(PolicyName="Boundary", PolicyDocument=json.dumps(document))["Policy"]
    return str(policy["Arn"])


@pytest.fixture
def delegate(aws: Aws, boundary: str) -> User:
    """The administrator by delegation; `boss` is another user of the account, without a boundary."""
    aws.user("boss")
    aws.role("vault", trust=f"arn:aws:iam::{aws.account_id}:root")
    user = aws.user(
        "delegate",
        policy={
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "iam:*", "Resource": "*"},
                {
                    "Effect": "Deny",
                    "Action": _GIVING,
                    "Resource": "*",
                    "Condition": {"StringNotEquals": {"iam:PermissionsBoundary": boundary}},
                },
                {
                    "Effect": "Deny",
                    "Action": ["iam:*PolicyVersion", "iam:DeletePolicy", "iam:TagPolicy"],
                    "Resource": boundary,
                },
                {"Effect": "Deny", "Action": "iam:Delete*PermissionsBoundary", "Resource": "*"},
                {
                    "Effect": "Deny",
                    "Action": "iam:*",
                    "Resource": [
                        f"arn:aws:iam::{aws.account_id}:user/boss",
                        f"arn:aws:iam::{aws.account_id}:user/delegate",
                        f"arn:aws:iam::{aws.account_id}:role/vault",
                    ],
                },
            ],
        },
    )
    aws.admin("iam").put_user_permissions_boundary(UserName="delegate", PermissionsBoundary=boundary)
    user.client("iam").create_user(UserName="bounded", PermissionsBoundary=boundary)
    return user


WAYS_OUT: dict[str, Callable[[Any, str], Any]] = {
    "make a user without a boundary": lambda iam, _: iam.create_user(UserName="free"),
    "make a user under another boundary": lambda iam, _: iam.create_user(
        UserName="free", PermissionsBoundary=ADMINISTRATOR
    ),
    "make a role without a boundary": lambda iam, _: iam.create_role(RoleName="free", AssumeRolePolicyDocument=TRUST),
    "change another's boundary": lambda iam, _: iam.put_user_permissions_boundary(
        UserName="bounded", PermissionsBoundary=ADMINISTRATOR
    ),
    "take a boundary away": lambda iam, _: iam.delete_user_permissions_boundary(UserName="bounded"),
    "widen the boundary": lambda iam, boundary: iam.create_policy_version(
        PolicyArn=boundary, PolicyDocument=EVERYTHING, SetAsDefault=True
    ),
    "go back to a wider version": lambda iam, boundary: iam.set_default_policy_version(
        PolicyArn=boundary, VersionId="v1"
    ),
    "delete the boundary": lambda iam, boundary: iam.delete_policy(PolicyArn=boundary),
    "give to who has no boundary": lambda iam, _: iam.put_user_policy(
        UserName="boss", PolicyName="all", PolicyDocument=EVERYTHING
    ),
    "attach to who has no boundary": lambda iam, _: iam.attach_user_policy(UserName="boss", PolicyArn=ADMINISTRATOR),
    "make a key of another": lambda iam, _: iam.create_access_key(UserName="boss"),
    "make a key of another, spelled otherwise": lambda iam, _: iam.create_access_key(UserName="BOSS"),
    "rename what is denied": lambda iam, _: iam.update_user(UserName="Boss", NewUserName="other"),
    "rename to what is denied": lambda iam, _: iam.update_user(UserName="bounded", NewUserName="boss"),
    "trust oneself": lambda iam, _: iam.update_assume_role_policy(RoleName="vault", PolicyDocument=TRUST),
    "trust oneself, spelled otherwise": lambda iam, _: iam.update_assume_role_policy(
        RoleName="VAULT", PolicyDocument=TRUST
    ),
    "tag oneself": lambda iam, _: iam.tag_user(UserName="delegate", Tags=[{"Key": "role", "Value": "admin"}]),
}


def test_no_single_call_leads_out_of_the_boundary(delegate: User, boundary: str) -> None:
    iam = delegate.client("iam")

    for way in WAYS_OUT.values():
        with refused("AccessDenied"):
            way(iam, boundary)


def test_what_the_boundary_does_not_allow_stays_denied_whatever_is_attached(aws: Aws, delegate: User) -> None:
    """By a group, whose policies the delegate may write, and by policies of its own making for who is bounded."""
    iam = delegate.client("iam")
    iam.create_group(GroupName="all")
    iam.put_group_policy(GroupName="all", PolicyName="all", PolicyDocument=EVERYTHING)
    iam.add_user_to_group(GroupName="all", UserName="delegate")
    iam.put_user_policy(UserName="bounded", PolicyName="all", PolicyDocument=EVERYTHING)
    bounded = iam.create_access_key(UserName="bounded")["AccessKey"]

    for signer in (delegate, bounded):
        with refused("AccessDeniedException", having="no permissions boundary allows the bailiwick:ListSessions"):
            aws.client("bailiwick", signer).list_sessions()


def test_a_role_made_under_the_boundary_has_sessions_under_it(aws: Aws, delegate: User, boundary: str) -> None:
    iam = delegate.client("iam")
    role = iam.create_role(RoleName="wide", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=boundary)["Role"]
    iam.put_role_policy(RoleName="wide", PolicyName="all", PolicyDocument=EVERYTHING)
    session = aws.admin("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="one")["Credentials"]

    aws.client("iam", session).list_users()
    with refused("AccessDeniedException", having="no permissions boundary allows"):
        aws.client("bailiwick", session).list_sessions()


ONE_POLICY_BY_OTHER_NAMES = [
    "arn:aws:iam::aws:policy/administratoraccess",
    "arn:aws:iam::aws:policy//AdministratorAccess",
    "arn:aws:iam::aws:policy/./AdministratorAccess",
    "arn:aws:iam:us-east-1:aws:policy/AdministratorAccess",
    "arn:aws:iam::AWS:policy/AdministratorAccess",
    "arn:aws:iam::aws:policy/AdministratorAccess ",
    "arn:aws-cn:iam::aws:policy/AdministratorAccess",
    "ARN:aws:iam::aws:policy/AdministratorAccess",
    "arn:aws:iam::aws:policy/%41dministratorAccess",
]


def test_a_policy_that_may_not_be_attached_has_no_second_name(aws: Aws) -> None:
    ana = aws.user(
        "ana",
        policy={
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*"},
                {
                    "Effect": "Deny",
                    "Action": "iam:AttachUserPolicy",
                    "Resource": "*",
                    "Condition": {"ArnEquals": {"iam:PolicyARN": ADMINISTRATOR}},
                },
            ],
        },
    )
    iam = ana.client("iam")

    with refused("AccessDenied"):
        iam.attach_user_policy(UserName="ana", PolicyArn=ADMINISTRATOR)
    for arn in ONE_POLICY_BY_OTHER_NAMES:
        with pytest.raises(iam.exceptions.ClientError):
            iam.attach_user_policy(UserName="ana", PolicyArn=arn)

    assert aws.admin("iam").list_attached_user_policies(UserName="ana")["AttachedPolicies"] == []


def test_a_tag_key_that_only_looks_like_another_is_another(aws: Aws) -> None:
    ana = aws.user(
        "ana",
        policy={
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "iam:ListUsers",
                    "Resource": "*",
                    "Condition": {"StringEquals": {"aws:PrincipalTag/role": "admin"}},
                },
            ],
        },
    )
    iam = aws.admin("iam")

    for key in ("r\N{CYRILLIC SMALL LETTER O}le", "\N{FULLWIDTH LATIN SMALL LETTER R}ole", "role ", " role", "role:"):
        iam.tag_user(UserName="ana", Tags=[{"Key": key, "Value": "admin"}])
        with refused("AccessDenied"):
            ana.client("iam").list_users()
    iam.tag_user(UserName="ana", Tags=[{"Key": "ROLE", "Value": "admin"}])
    ana.client("iam").list_users()
