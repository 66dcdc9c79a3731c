"""Permissions boundaries of users and roles: set, replaced and removed, and who may do so, as boto3 sees it."""

import json
from typing import Any

import pytest

from tests.user.client import Aws
from tests.user.refusals import refused

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
PASSWORD = "arn:aws:iam::aws:policy/IAMUserChangePassword"
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


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


@pytest.fixture(params=["user", "role"])
def principal(request: pytest.FixtureRequest, iam: Any) -> "Principal":
    """A user, and then a role, without a boundary."""
    if request.param == "user":
        iam.create_user(UserName="ana")
    else:
        iam.create_role(RoleName="ana", AssumeRolePolicyDocument=TRUST)
    return Principal(iam, request.param)


class Principal:
    """A user or role named ana, and the calls about its boundary."""

    def __init__(self, iam: Any, kind: str) -> None:
        self.iam = iam
        self.kind = kind
        self.name = {f"{kind.capitalize()}Name": "ana"}

    def put(self, arn: str) -> None:
        getattr(self.iam, f"put_{self.kind}_permissions_boundary")(**self.name, PermissionsBoundary=arn)

    def remove(self) -> None:
        getattr(self.iam, f"delete_{self.kind}_permissions_boundary")(**self.name)

    def boundary(self) -> Any:
        shown = getattr(self.iam, f"get_{self.kind}")(**self.name)[self.kind.capitalize()]
        return shown.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")


def uses(iam: Any, arn: str) -> Any:
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    return policy["AttachmentCount"], policy["PermissionsBoundaryUsageCount"]


def test_a_boundary_is_set_replaced_and_removed_and_its_uses_are_counted(iam: Any, principal: Principal) -> None:
    principal.put(READ_ONLY)
    principal.put(READ_ONLY)
    assert principal.boundary() == READ_ONLY
    assert uses(iam, READ_ONLY) == (0, 1)

    principal.put(PASSWORD)
    assert principal.boundary() == PASSWORD
    assert (uses(iam, READ_ONLY), uses(iam, PASSWORD)) == ((0, 0), (0, 1))

    principal.remove()
    principal.remove()
    assert principal.boundary() is None
    assert uses(iam, PASSWORD) == (0, 0)


def test_a_policy_that_does_not_exist_cannot_be_a_boundary(aws: Aws, principal: Principal) -> None:
    missing = f"arn:aws:iam::{aws.account_id}:policy/ghost"

    with refused("NoSuchEntity", having=f"Policy {missing} does not exist or is not attachable."):
        principal.put(missing)
    with refused("InvalidInput", having="ARN arn:aws:iam::aws:role/ReadOnlyAccess is not valid."):
        principal.put("arn:aws:iam::aws:role/ReadOnlyAccess")


def test_a_policy_of_another_account_cannot_be_a_boundary(aws: Aws, principal: Principal) -> None:
    theirs = aws.other().admin("iam").create_policy(PolicyName="p", PolicyDocument=json.dumps(allowing("s3:*")))

    with refused("NoSuchEntity"):
        principal.put(theirs["Policy"]["Arn"])


def test_a_policy_that_is_a_boundary_cannot_be_deleted(iam: Any, principal: Principal) -> None:
    arn = iam.create_policy(PolicyName="limit", PolicyDocument=json.dumps(allowing("s3:*")))["Policy"]["Arn"]
    principal.put(arn)

    with refused("DeleteConflict", having="Cannot delete a policy attached to entities."):
        iam.delete_policy(PolicyArn=arn)
    principal.remove()
    iam.delete_policy(PolicyArn=arn)


def test_a_deleted_principal_no_longer_uses_its_boundary(iam: Any, principal: Principal) -> None:
    principal.put(READ_ONLY)

    getattr(iam, f"delete_{principal.kind}")(**principal.name)

    assert uses(iam, READ_ONLY) == (0, 0)


def test_a_boundary_narrows_what_a_user_may_do_and_grants_nothing(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["iam:ListUsers", "iam:CreateUser"])
    ana.client("iam").create_user(UserName="before")

    iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=READ_ONLY)

    ana.client("iam").list_users()
    with refused("AccessDenied", having="permissions boundary"):
        ana.client("iam").create_user(UserName="after")
    with refused("AccessDenied"):
        ana.client("iam").list_roles()


def test_a_new_version_of_a_boundary_holds_for_the_very_next_call(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["iam:ListUsers"])
    arn = iam.create_policy(PolicyName="limit", PolicyDocument=json.dumps(allowing("iam:*")))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=arn)
    ana.client("iam").list_users()

    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(allowing("s3:*")), SetAsDefault=True)

    with refused("AccessDenied", having="permissions boundary"):
        ana.client("iam").list_users()


def test_an_administrator_can_be_made_to_pass_the_boundary_on(aws: Aws, iam: Any) -> None:
    condition = {"StringEquals": {"iam:PermissionsBoundary": READ_ONLY}}
    actions = ["iam:CreateUser", "iam:CreateRole", "iam:PutUserPermissionsBoundary", "iam:AttachUserPolicy"]
    delegate = aws.user("delegate", policy=allowing(*actions, Condition=condition)).client("iam")

    delegate.create_user(UserName="bound", PermissionsBoundary=READ_ONLY)
    delegate.create_role(RoleName="bound", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=READ_ONLY)
    delegate.attach_user_policy(UserName="bound", PolicyArn=PASSWORD)
    with refused("AccessDenied"):
        delegate.create_user(UserName="free")
    with refused("AccessDenied"):
        delegate.create_role(RoleName="free", AssumeRolePolicyDocument=TRUST)
    with refused("AccessDenied"):
        delegate.create_user(UserName="free", PermissionsBoundary=PASSWORD)


def test_the_boundary_that_is_being_set_decides_and_not_the_one_that_is_there(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="ana", PermissionsBoundary=READ_ONLY)
    condition = {"StringEquals": {"iam:PermissionsBoundary": READ_ONLY}}
    delegate = aws.user("delegate", policy=allowing("iam:PutUserPermissionsBoundary", Condition=condition))

    with refused("AccessDenied"):
        delegate.client("iam").put_user_permissions_boundary(UserName="ana", PermissionsBoundary=PASSWORD)
    delegate.client("iam").put_user_permissions_boundary(UserName="ana", PermissionsBoundary=READ_ONLY)


def test_a_boundary_can_be_kept_from_being_removed(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="bound", PermissionsBoundary=READ_ONLY)
    iam.create_user(UserName="other", PermissionsBoundary=PASSWORD)
    policy = allowing("iam:DeleteUserPermissionsBoundary")
    deny = {
        "Effect": "Deny",
        "Action": "iam:DeleteUserPermissionsBoundary",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PermissionsBoundary": READ_ONLY}},
    }
    policy["Statement"] = [*list(policy["Statement"]), deny]  # type: ignore[call-overload]
    delegate = aws.user("delegate", policy=policy).client("iam")

    delegate.delete_user_permissions_boundary(UserName="other")
    with refused("AccessDenied", having="explicit deny"):
        delegate.delete_user_permissions_boundary(UserName="bound")
