"""Roles: made, shown, changed and deleted, and the trust policies that name their principals, as boto3 sees it."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.user.client import Aws
from tests.user.refusals import refused
from tests.user.role_builders import make_role, trusting

NOBODY = "arn:aws:iam::aws:policy/IAMUserChangePassword"


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


# Making and showing


def test_a_new_role_is_answered_with_its_id_arn_and_trust_policy(aws: Aws, iam: Any) -> None:
    before = datetime.now(UTC).replace(microsecond=0)

    role = make_role(iam, "deploy", Path="/ci/", Description="Deploys.", MaxSessionDuration=7200)

    assert role["Arn"] == f"arn:aws:iam::{aws.account_id}:role/ci/deploy"
    assert (role["RoleName"], role["Path"]) == ("deploy", "/ci/")
    assert role["RoleId"].startswith("AROA")
    assert len(role["RoleId"]) == 21
    assert before <= role["CreateDate"] <= datetime.now(UTC)
    assert role["AssumeRolePolicyDocument"] == trusting({"Service": "ec2.amazonaws.com"})
    shown = iam.get_role(RoleName="deploy")["Role"]
    assert "Description" not in role
    assert "MaxSessionDuration" not in role
    assert shown == {**role, "Description": "Deploys.", "MaxSessionDuration": 7200, "RoleLastUsed": {}}


def test_sessions_of_a_new_role_last_at_most_one_hour_unless_it_says_otherwise(iam: Any) -> None:
    make_role(iam, "deploy")

    assert iam.get_role(RoleName="deploy")["Role"]["MaxSessionDuration"] == 3600


def test_the_trust_policy_keeps_its_white_space_and_order(aws: Aws, iam: Any) -> None:
    principal = '"Principal":{"Service" :"ec2.amazonaws.com"}'
    text = '{ "Statement" : {\n\t' + principal + ',\r\n "Action":"sts:AssumeRole", "Effect":"Allow"}}'
    iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=text)
    sent: list[str] = []
    iam.meta.events.register_first("after-call.iam.GetRole", lambda http_response, **_: sent.append(http_response.text))

    iam.get_role(RoleName="deploy")

    assert "%7B%20%22Statement%22%20%3A%20%7B%0A%09%22Principal%22%3A" in sent[0]


def test_a_role_is_made_with_tags_and_boundary_which_lists_leave_out(iam: Any) -> None:
    role = make_role(iam, "deploy", PermissionsBoundary=NOBODY, Tags=[{"Key": "team", "Value": "blue"}])

    assert role["Tags"] == [{"Key": "team", "Value": "blue"}]
    assert role["PermissionsBoundary"] == {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": NOBODY}
    assert iam.get_role(RoleName="deploy")["Role"]["Tags"] == role["Tags"]
    (listed,) = [each for each in iam.list_roles()["Roles"] if each["RoleName"] == "deploy"]
    assert not listed.keys() & {"Tags", "PermissionsBoundary", "RoleLastUsed"}


def test_names_are_taken_in_any_case_and_shown_as_given(iam: Any) -> None:
    make_role(iam, "Deploy")

    with refused("EntityAlreadyExists", having="Role with name deploy already exists."):
        make_role(iam, "deploy", Path="/elsewhere/")
    assert iam.get_role(RoleName="DEPLOY")["Role"]["RoleName"] == "Deploy"


def test_a_role_made_again_has_another_id(iam: Any) -> None:
    first = make_role(iam, "deploy")
    iam.delete_role(RoleName="deploy")

    assert make_role(iam, "deploy")["RoleId"] != first["RoleId"]


@pytest.mark.parametrize("path", ["/aws-service-role/ec2.amazonaws.com/", "/aws-reserved/sso.amazonaws.com/"])
def test_paths_kept_for_services_are_refused(iam: Any, path: str) -> None:
    with refused("InvalidInput", having="can only be used for AWS Service linked Roles"):
        make_role(iam, "deploy", Path=path)


@pytest.mark.parametrize(
    "operation",
    [
        "get_role",
        "delete_role",
        "list_role_tags",
        "list_role_policies",
        "list_attached_role_policies",
        "delete_role_permissions_boundary",
    ],
)
def test_a_role_that_does_not_exist_cannot_be_found(iam: Any, operation: str) -> None:
    with refused("NoSuchEntity", having="The role with name ghost cannot be found."):
        getattr(iam, operation)(RoleName="ghost")


def test_one_bad_tag_makes_no_role(iam: Any) -> None:
    with refused("InvalidInput", having="Duplicate tag keys found. Please note that Tag keys are case insensitive."):
        make_role(iam, "deploy", Tags=[{"Key": "Team", "Value": "a"}, {"Key": "team", "Value": "b"}])

    with refused("NoSuchEntity"):
        iam.get_role(RoleName="deploy")


def test_a_role_shows_when_and_where_its_sessions_last_called(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana)
    before = datetime.now(UTC).replace(microsecond=0)

    aws.client("sts", aws.assume(ana, role)).get_caller_identity()

    assert before <= last_use(iam, "deploy")["LastUsedDate"] <= datetime.now(UTC)
    assert last_use(iam, "deploy")["Region"] == "us-east-1"


def last_use(iam: Any, name: str) -> Any:
    """A role's last use, once it is shown: it is written a moment after the call."""
    deadline = time.monotonic() + 20
    while not (used := iam.get_role(RoleName=name)["Role"]["RoleLastUsed"]):
        assert time.monotonic() < deadline, "the use is not shown"
    return used


# Listing


def test_roles_are_listed_by_name_over_pages(iam: Any) -> None:
    for name in ("Charlie", "alpha", "bravo"):
        make_role(iam, name, Path="/list/")

    first = iam.list_roles(PathPrefix="/list/", MaxItems=2)
    second = iam.list_roles(PathPrefix="/list/", MaxItems=2, Marker=first["Marker"])

    assert [role["RoleName"] for role in first["Roles"]] == ["alpha", "bravo"]
    assert first["IsTruncated"] is True
    assert [role["RoleName"] for role in second["Roles"]] == ["Charlie"]
    assert second["IsTruncated"] is False
    assert "Marker" not in second


def test_a_path_prefix_narrows_the_list_to_paths_that_begin_with_it(iam: Any) -> None:
    make_role(iam, "inside", Path="/team/a/")
    make_role(iam, "near", Path="/teams/")
    make_role(iam, "outside")

    assert [role["RoleName"] for role in iam.list_roles(PathPrefix="/team/")["Roles"]] == ["inside"]
    assert [role["RoleName"] for role in iam.list_roles(PathPrefix="/team")["Roles"]] == ["inside", "near"]


def test_a_marker_of_another_filter_is_refused(iam: Any) -> None:
    for name in ("alpha", "bravo"):
        make_role(iam, name, Path="/list/")
    marker = iam.list_roles(PathPrefix="/list/", MaxItems=1)["Marker"]

    with refused("ValidationError", having="Invalid Marker."):
        iam.list_roles(PathPrefix="/", Marker=marker)


# Changing


def test_the_trust_policy_can_be_replaced(aws: Aws, iam: Any) -> None:
    make_role(iam, "deploy")
    trust = trusting({"AWS": f"arn:aws:iam::{aws.account_id}:root"})

    iam.update_assume_role_policy(RoleName="deploy", PolicyDocument=json.dumps(trust))

    assert iam.get_role(RoleName="deploy")["Role"]["AssumeRolePolicyDocument"] == trust


def test_whom_a_role_trusts_holds_for_the_very_next_call(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    role = make_role(iam, "deploy", {"AWS": ana.arn})
    ana.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="before")

    trust = trusting({"Service": "ec2.amazonaws.com"})
    iam.update_assume_role_policy(RoleName="deploy", PolicyDocument=json.dumps(trust))

    with refused("AccessDenied", having="sts:AssumeRole"):
        ana.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="after")


def test_how_long_sessions_may_last_holds_for_the_very_next_call(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    role = make_role(iam, "deploy", {"AWS": ana.arn}, MaxSessionDuration=7200)
    request = {"RoleArn": role["Arn"], "RoleSessionName": "long", "DurationSeconds": 7200}
    ana.client("sts").assume_role(**request)

    iam.update_role(RoleName="deploy", MaxSessionDuration=3600)

    with refused("ValidationError", having="DurationSeconds exceeds the MaxSessionDuration"):
        ana.client("sts").assume_role(**request)


def test_an_update_without_a_duration_falls_back_to_one_hour_and_keeps_the_description(iam: Any) -> None:
    make_role(iam, "deploy", Description="Deploys.", MaxSessionDuration=7200)

    iam.update_role(RoleName="deploy", MaxSessionDuration=14400)
    assert iam.get_role(RoleName="deploy")["Role"]["MaxSessionDuration"] == 14400

    iam.update_role(RoleName="deploy")
    role = iam.get_role(RoleName="deploy")["Role"]
    assert (role["MaxSessionDuration"], role["Description"]) == (3600, "Deploys.")


def test_the_older_way_to_change_a_description_answers_with_the_role(iam: Any) -> None:
    make_role(iam, "deploy", Description="Deploys.")

    role = iam.update_role_description(RoleName="deploy", Description="Ships.")["Role"]

    assert role["Description"] == "Ships."
    assert iam.get_role(RoleName="deploy")["Role"]["Description"] == "Ships."


def test_the_length_of_console_sessions_is_set_kept_and_reset(iam: Any) -> None:
    make_role(iam, "deploy", MaxSigninSessionDuration=7200)

    iam.update_role(RoleName="deploy", Description="x")
    assert iam.get_role(RoleName="deploy")["Role"]["MaxSigninSessionDuration"] == 7200

    iam.update_role(RoleName="deploy", ResetMaxSigninSessionDuration=True)
    assert "MaxSigninSessionDuration" not in iam.get_role(RoleName="deploy")["Role"]
    with refused("InvalidInput"):
        iam.update_role(RoleName="deploy", MaxSigninSessionDuration=7200, ResetMaxSigninSessionDuration=True)


def test_tags_of_a_role_are_one_whatever_the_case_of_their_keys(iam: Any) -> None:
    make_role(iam, "deploy", Tags=[{"Key": "Team", "Value": "blue"}])

    iam.tag_role(RoleName="deploy", Tags=[{"Key": "team", "Value": "red"}, {"Key": "Cost", "Value": ""}])
    assert iam.list_role_tags(RoleName="deploy")["Tags"] == [
        {"Key": "Cost", "Value": ""},
        {"Key": "team", "Value": "red"},
    ]

    iam.untag_role(RoleName="deploy", TagKeys=["TEAM", "absent"])
    assert iam.list_role_tags(RoleName="deploy")["Tags"] == [{"Key": "Cost", "Value": ""}]


# Deleting


def test_a_role_is_deleted_once_nothing_grants_through_it(iam: Any) -> None:
    make_role(iam, "deploy", PermissionsBoundary=NOBODY, Tags=[{"Key": "a", "Value": "b"}])
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_role_policy(RoleName="deploy", PolicyName="inline", PolicyDocument=document)
    iam.attach_role_policy(RoleName="deploy", PolicyArn=NOBODY)

    with refused("DeleteConflict", having="Cannot delete entity, must delete policies first."):
        iam.delete_role(RoleName="deploy")
    iam.delete_role_policy(RoleName="deploy", PolicyName="inline")
    with refused("DeleteConflict", having="Cannot delete entity, must detach all policies first."):
        iam.delete_role(RoleName="deploy")
    iam.detach_role_policy(RoleName="deploy", PolicyArn=NOBODY)
    iam.delete_role(RoleName="deploy")

    with refused("NoSuchEntity"):
        iam.get_role(RoleName="deploy")
    with refused("NoSuchEntity"):
        iam.delete_role(RoleName="deploy")


# What callers may do


def test_a_caller_without_the_right_learns_nothing_of_what_exists(aws: Aws, iam: Any) -> None:
    make_role(iam, "deploy", Path="/secret/")
    ana = aws.user("ana", allow=["iam:ListRoles"]).client("iam")

    for name in ("deploy", "ghost"):
        with refused("AccessDenied", having=f"is not authorized to perform: iam:GetRole on resource: role {name}"):
            ana.get_role(RoleName=name)


def test_creating_with_tags_needs_the_right_to_tag(aws: Aws) -> None:
    ana = aws.user("ana", allow=["iam:CreateRole", "iam:GetRole"]).client("iam")

    make_role(ana, "deploy")
    with refused("AccessDenied", having="iam:TagRole"):
        make_role(ana, "tagged", Tags=[{"Key": "team", "Value": "blue"}])
    with refused("NoSuchEntity"):
        ana.get_role(RoleName="tagged")


def test_the_right_to_create_can_be_bound_to_a_path(aws: Aws) -> None:
    statement = {"Effect": "Allow", "Action": "iam:CreateRole", "Resource": f"arn:aws:iam::{aws.account_id}:role/ci/*"}
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": statement}).client("iam")

    make_role(ana, "inside", Path="/ci/")
    with refused("AccessDenied"):
        make_role(ana, "outside")


def test_the_tags_of_a_role_decide_who_may_change_it(aws: Aws, iam: Any) -> None:
    make_role(iam, "blue", Tags=[{"Key": "team", "Value": "blue"}])
    make_role(iam, "red", Tags=[{"Key": "team", "Value": "red"}])
    statement = {
        "Effect": "Allow",
        "Action": "iam:UpdateRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:ResourceTag/team": "blue"}},
    }
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": statement}).client("iam")

    ana.update_role(RoleName="blue", Description="mine")
    with refused("AccessDenied"):
        ana.update_role(RoleName="red", Description="not mine")


def test_a_page_of_large_trust_policies_holds_fewer_roles_and_the_next_goes_on(aws: Aws) -> None:
    iam = aws.admin("iam")
    text = json.dumps(trusting({"AWS": aws.account_id})) + " " * 130_000  # which no quota counts
    names = [f"large-{number}" for number in range(9)]
    for name in names:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=text)

    pages = list(iam.get_paginator("list_roles").paginate())

    assert [role["RoleName"] for page in pages for role in page["Roles"]] == names
    assert [len(page["Roles"]) for page in pages] == [7, 2]
