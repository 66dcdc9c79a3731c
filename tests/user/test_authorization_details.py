"""The whole of an account's authorization, as boto3 sees it."""

import json
from typing import Any

import pytest

from tests.user.client import Aws

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


@pytest.fixture
def policy_arn(iam: Any) -> str:
    """A customer policy with two versions, held by a user, a group and a role named `held`."""
    arn = str(iam.create_policy(PolicyName="own", PolicyDocument=json.dumps(ALLOW), Description="d")["Policy"]["Arn"])
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(ALLOW))
    iam.create_user(UserName="held", Tags=[{"Key": "a", "Value": "b"}], PermissionsBoundary=READ_ONLY)
    iam.create_group(GroupName="held")
    iam.create_role(RoleName="held", AssumeRolePolicyDocument=json.dumps(TRUST), Tags=[{"Key": "a", "Value": "b"}])
    iam.add_user_to_group(UserName="held", GroupName="held")
    for kind in ("user", "group", "role"):
        name = {f"{kind.capitalize()}Name": "held"}
        getattr(iam, f"put_{kind}_policy")(**name, PolicyName="inline", PolicyDocument=json.dumps(ALLOW))
        getattr(iam, f"attach_{kind}_policy")(**name, PolicyArn=arn)
    return arn


def only(answer: list[Any], member: str) -> Any:
    (found,) = [each for each in answer if each[member] == "held"]
    return found


def test_users_groups_and_roles_are_shown_with_what_they_hold(iam: Any, policy_arn: str) -> None:
    details = iam.get_account_authorization_details(MaxItems=1000)

    user = only(details["UserDetailList"], "UserName")
    group = only(details["GroupDetailList"], "GroupName")
    role = only(details["RoleDetailList"], "RoleName")
    inline = [{"PolicyName": "inline", "PolicyDocument": ALLOW}]
    attached = [{"PolicyName": "own", "PolicyArn": policy_arn}]
    assert (user["UserPolicyList"], user["AttachedManagedPolicies"]) == (inline, attached)
    assert (group["GroupPolicyList"], group["AttachedManagedPolicies"]) == (inline, attached)
    assert (role["RolePolicyList"], role["AttachedManagedPolicies"]) == (inline, attached)
    assert user["GroupList"] == ["held"]
    assert user["Tags"] == role["Tags"] == [{"Key": "a", "Value": "b"}]
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY
    assert (role["AssumeRolePolicyDocument"], role["InstanceProfileList"]) == (TRUST, [])
    assert role["RoleLastUsed"] == {}
    assert user["UserId"] == iam.get_user(UserName="held")["User"]["UserId"]


def test_policies_are_shown_with_every_version_and_its_document(iam: Any, policy_arn: str) -> None:
    details = iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])

    (policy,) = details["Policies"]
    assert (policy["PolicyName"], policy["AttachmentCount"]) == ("own", 3)
    assert "Description" not in policy
    assert [
        (version["VersionId"], version["IsDefaultVersion"], version["Document"])
        for version in policy["PolicyVersionList"]
    ] == [("v2", False, ALLOW), ("v1", True, ALLOW)]
    assert details["UserDetailList"] == details["GroupDetailList"] == details["RoleDetailList"] == []


def test_policies_of_aws_are_shown_when_used_and_all_of_them_when_asked_for(iam: Any, policy_arn: str) -> None:
    used = {policy["PolicyName"] for policy in iam.get_account_authorization_details(MaxItems=1000)["Policies"]}
    every = iam.get_account_authorization_details(Filter=["AWSManagedPolicy"])["Policies"]

    assert {"own", "IAMReadOnlyAccess"} <= used
    assert "ViewOnlyAccess" not in used
    assert {"ViewOnlyAccess", "ReadOnlyAccess", "AdministratorAccess"} <= {policy["PolicyName"] for policy in every}
    assert all(policy["PolicyVersionList"][0]["IsDefaultVersion"] for policy in every)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_one_marker_runs_over_all_lists(iam: Any, policy_arn: str, size: int) -> None:
    whole = iam.get_account_authorization_details(MaxItems=1000)

    paginator = iam.get_paginator("get_account_authorization_details")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": size}))

    lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    for member in lists:
        assert [each for page in pages for each in page[member]] == whole[member]
    assert all(sum(len(page[member]) for member in lists) <= size for page in pages)


def test_the_filter_chooses_the_kinds(iam: Any, policy_arn: str) -> None:
    details = iam.get_account_authorization_details(Filter=["Role", "Group"])

    assert only(details["RoleDetailList"], "RoleName")
    assert only(details["GroupDetailList"], "GroupName")
    assert details["UserDetailList"] == details["Policies"] == []


def test_another_account_is_not_in_it(aws: Aws, policy_arn: str) -> None:
    details = aws.other().admin("iam").get_account_authorization_details(MaxItems=1000)

    assert "held" not in {user["UserName"] for user in details["UserDetailList"]}
    assert "own" not in {policy["PolicyName"] for policy in details["Policies"]}


@pytest.mark.parametrize("kind", ["policy", "user", "group", "role", "trust"])
def test_a_page_of_large_documents_holds_fewer_things_and_the_next_goes_on(iam: Any, kind: str) -> None:
    large = " " * 130_000  # which no quota counts
    names = [f"large-{number:02}" for number in range(10)]
    for name in names:
        if kind == "policy":
            iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(ALLOW) + large)
        elif kind == "trust":
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST) + large)
        else:
            trust = {"AssumeRolePolicyDocument": json.dumps(TRUST)} if kind == "role" else {}
            who = {f"{kind.capitalize()}Name": name}
            getattr(iam, f"create_{kind}")(**who, **trust)
            getattr(iam, f"put_{kind}_policy")(**who, PolicyName="inline", PolicyDocument=json.dumps(ALLOW) + large)
    asked = {"policy": "LocalManagedPolicy", "trust": "Role"}.get(kind, kind.capitalize())
    shown = {"LocalManagedPolicy": "Policies"}.get(asked, f"{asked}DetailList")
    member = {"LocalManagedPolicy": "PolicyName"}.get(asked, f"{asked}Name")

    pages = list(iam.get_paginator("get_account_authorization_details").paginate(Filter=[asked]))

    listed = [each[member] for page in pages for each in page[shown]]
    assert [name for name in listed if name.startswith("large-")] == names
    assert len(listed) == len(set(listed))
    assert [sum(each[member] in names for each in page[shown]) for page in pages] == [7, 3]


def test_all_of_aws_s_policies_come_page_by_page(iam: Any) -> None:
    names = [
        policy["PolicyName"]
        for page in iam.get_paginator("get_account_authorization_details").paginate(Filter=["AWSManagedPolicy"])
        for policy in page["Policies"]
    ]

    listed = [policy["PolicyName"] for policy in iam.list_policies(Scope="AWS", MaxItems=1000)["Policies"]]
    assert names == listed
