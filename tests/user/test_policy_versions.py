"""Versions of managed policies: added, put in force and deleted, as boto3 sees it."""

import json
from typing import Any

import pytest

from tests.user.client import Aws
from tests.user.policy_builders import allowing, make_policy
from tests.user.refusals import refused


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


def test_a_new_version_is_in_force_only_when_it_is_said_so(iam: Any) -> None:
    arn = make_policy(iam)

    second = iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(allowing("s3:Put*")))["PolicyVersion"]
    assert (second["VersionId"], second["IsDefaultVersion"]) == ("v2", False)
    assert "Document" not in second
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"

    document = json.dumps(allowing("s3:*"))
    third = iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)["PolicyVersion"]
    assert (third["VersionId"], third["IsDefaultVersion"]) == ("v3", True)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v3"

    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(each["VersionId"], each["IsDefaultVersion"]) for each in versions] == [
        ("v3", True),
        ("v2", False),
        ("v1", False),
    ]


def test_at_most_five_versions_are_held_and_numbers_are_not_given_again(iam: Any) -> None:
    arn = make_policy(iam)
    document = json.dumps(allowing("s3:Put*"))
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document)

    with refused("LimitExceeded", having="A managed policy can have up to 5 versions."):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v5")
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=document)["PolicyVersion"]

    assert made["VersionId"] == "v6"


def test_versions_are_listed_over_pages(iam: Any) -> None:
    arn = make_policy(iam)
    for _ in range(2):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(allowing("s3:Put*")))

    pages = list(iam.get_paginator("list_policy_versions").paginate(PolicyArn=arn, PaginationConfig={"PageSize": 2}))

    assert [[each["VersionId"] for each in page["Versions"]] for page in pages] == [["v3", "v2"], ["v1"]]


def test_the_version_in_force_cannot_be_deleted(iam: Any) -> None:
    arn = make_policy(iam)

    with refused("DeleteConflict", having="Cannot delete the default version of a policy."):
        iam.delete_policy_version(PolicyArn=arn, VersionId="v1")


@pytest.mark.parametrize("version", ["v2", "v99999999999999999999999", "v1.x"])
def test_a_version_that_does_not_exist_cannot_be_found(iam: Any, version: str) -> None:
    arn = make_policy(iam)

    for call in (iam.get_policy_version, iam.set_default_policy_version, iam.delete_policy_version):
        with refused("NoSuchEntity", having=f"Policy {arn} version {version} does not exist or is not attachable."):
            call(PolicyArn=arn, VersionId=version)


def test_the_version_put_in_force_holds_for_the_very_next_call(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana")
    arn = make_policy(iam, "p", "iam:ListUsers")
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(allowing("iam:ListRoles")))
    iam.attach_user_policy(UserName="ana", PolicyArn=arn)
    ana.client("iam").list_users()

    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")

    ana.client("iam").list_roles()
    with refused("AccessDenied"):
        ana.client("iam").list_users()
