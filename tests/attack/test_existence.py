"""Who may not ask learns nothing: not what exists in the account, nor what exists in another."""

import functools
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.user.client import Aws

NAMES = {"there": "boss", "missing": "ghst"}
"""Of one length, so that the answers are."""

CALLS: dict[str, Callable[[Any, str, str], Any]] = {
    "GetUser": lambda iam, name, _: iam.get_user(UserName=name),
    "CreateUser": lambda iam, name, _: iam.create_user(UserName=name),
    "UpdateUser": lambda iam, name, _: iam.update_user(UserName=name, NewUserName="other"),
    "DeleteUser": lambda iam, name, _: iam.delete_user(UserName=name),
    "GetUserPolicy": lambda iam, name, _: iam.get_user_policy(UserName=name, PolicyName="given-0"),
    "ListGroupsForUser": lambda iam, name, _: iam.list_groups_for_user(UserName=name),
    "CreateAccessKey": lambda iam, name, _: iam.create_access_key(UserName=name),
    "GetGroup": lambda iam, name, _: iam.get_group(GroupName=name),
    "UpdateGroup": lambda iam, name, _: iam.update_group(GroupName=name, NewGroupName="other"),
    "AddUserToGroup": lambda iam, name, _: iam.add_user_to_group(GroupName=name, UserName=name),
    "GetRole": lambda iam, name, _: iam.get_role(RoleName=name),
    "CreateRole": lambda iam, name, _: iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}"),
    "DeleteRole": lambda iam, name, _: iam.delete_role(RoleName=name),
    "GetPolicy": lambda iam, name, account: iam.get_policy(PolicyArn=f"arn:aws:iam::{account}:policy/{name}"),
    "DeletePolicy": lambda iam, name, account: iam.delete_policy(PolicyArn=f"arn:aws:iam::{account}:policy/{name}"),
    "GetPolicyVersion": lambda iam, name, account: iam.get_policy_version(
        PolicyArn=f"arn:aws:iam::{account}:policy/{name}", VersionId="v1"
    ),
}


def answer(call: Callable[[], Any], *hidden: str) -> tuple[str, str]:
    """Code and message of a refusal, without the words that the caller gave."""
    with pytest.raises(ClientError) as refusal:
        call()
    error = refusal.value.response["Error"]
    message = str(error["Message"])
    for word in hidden:
        message = message.replace(word, "#")
    return str(error["Code"]), message


@pytest.fixture
def populated(aws: Aws) -> Aws:
    """An account with a user, a group, a role and a policy of one name."""
    name = NAMES["there"]
    aws.user(name, allow=["iam:ListUsers"], path="/hidden/")
    aws.group(name, path="/hidden/")
    aws.role(name, trust=f"arn:aws:iam::{aws.account_id}:root", path="/hidden/")
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'
    aws.admin("iam").create_policy(PolicyName=name, PolicyDocument=document)
    return aws


def test_what_is_there_and_what_is_not_are_refused_alike(populated: Aws) -> None:
    iam = populated.user("nobody").client("iam")

    for operation, call in CALLS.items():
        seen = {answer(functools.partial(call, iam, name, populated.account_id), name) for name in NAMES.values()}
        assert len(seen) == 1, operation
        assert {code for code, _ in seen} == {"AccessDenied"}, operation


def test_access_keys_there_and_not_are_refused_alike(populated: Aws) -> None:
    iam = populated.user("nobody").client("iam")
    there, missing = populated.administrator.access_key_id, "AKIAIOSFODNN7EXAMPLE"

    assert answer(lambda: iam.get_access_key_last_used(AccessKeyId=there), there) == answer(
        lambda: iam.get_access_key_last_used(AccessKeyId=missing), missing
    )


def test_another_accounts_administrator_learns_nothing(populated: Aws) -> None:
    iam, sts = populated.other().admin("iam"), populated.other().admin("sts")
    account, key = populated.account_id, populated.administrator.access_key_id

    def both(call: Callable[[str], Any]) -> set[tuple[str, str]]:
        return {answer(functools.partial(call, name), name) for name in NAMES.values()}

    policy, role = f"arn:aws:iam::{account}:policy/", f"arn:aws:iam::{account}:role/hidden/"
    asking: list[Callable[[str], Any]] = [
        lambda name: iam.get_policy(PolicyArn=policy + name),
        lambda name: iam.attach_user_policy(UserName="admin", PolicyArn=policy + name),
        lambda name: iam.put_user_permissions_boundary(UserName="admin", PermissionsBoundary=policy + name),
        lambda name: iam.list_entities_for_policy(PolicyArn=policy + name),
        lambda name: sts.assume_role(RoleArn=role + name, RoleSessionName="one"),
        lambda name: sts.get_federation_token(Name="fed", PolicyArns=[{"arn": policy + name}]),
    ]
    changing: list[Callable[[], Any]] = [
        lambda: iam.update_access_key(AccessKeyId=key, Status="Inactive"),
        lambda: iam.delete_access_key(AccessKeyId=key),
        lambda: sts.get_access_key_info(AccessKeyId=key),
        lambda: iam.get_access_key_last_used(AccessKeyId=key),
    ]

    for call in asking:
        assert len(both(call)) == 1
    for change in changing:
        with pytest.raises(ClientError):
            change()
    populated.admin("sts").get_caller_identity()
