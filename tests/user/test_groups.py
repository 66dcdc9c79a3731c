"""Groups and who is in them, as boto3 sees it."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.user.client import Aws
from tests.user.refusals import refused

ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


def names(things: list[Any], kind: str = "GroupName") -> list[str]:
    return [thing[kind] for thing in things]


# Making and finding


def test_a_new_group_is_answered_with_its_id_arn_and_path(aws: Aws, iam: Any) -> None:
    group = iam.create_group(GroupName="Ops", Path="/teams/")["Group"]

    assert group["GroupName"] == "Ops"
    assert group["Path"] == "/teams/"
    assert group["Arn"] == f"arn:aws:iam::{aws.account_id}:group/teams/Ops"
    assert group["GroupId"].startswith("AGPA")
    found = iam.get_group(GroupName="OPS")
    assert found["Group"] == group
    assert found["Users"] == []
    assert found["IsTruncated"] is False


def test_a_taken_group_name_is_a_conflict_in_any_case(iam: Any) -> None:
    iam.create_group(GroupName="Ops")

    with refused("EntityAlreadyExists", having="Group with name OPS already exists."):
        iam.create_group(GroupName="OPS", Path="/other/")


def test_a_user_and_a_group_may_share_a_name(iam: Any) -> None:
    iam.create_user(UserName="ops")

    iam.create_group(GroupName="ops")

    assert iam.get_group(GroupName="ops")["Users"] == []


@pytest.mark.parametrize("operation", ["get_group", "delete_group", "update_group", "list_group_policies"])
def test_a_group_that_is_not_there_cannot_be_found(iam: Any, operation: str) -> None:
    with refused("NoSuchEntity", having="The group with name none cannot be found."):
        getattr(iam, operation)(GroupName="none")


def test_groups_are_listed_by_name_and_by_path_prefix_in_pages(iam: Any) -> None:
    for name, path in [("delta", "/t/"), ("Bravo", "/t/"), ("alpha", "/t/x/"), ("charlie", "/other/")]:
        iam.create_group(GroupName=name, Path=path)

    def listed(**parameters: Any) -> list[str]:
        pages = iam.get_paginator("list_groups").paginate(**parameters, PaginationConfig={"PageSize": 1})
        return [name for page in pages for name in names(page["Groups"])]

    everything = listed()
    assert everything == sorted(everything, key=str.lower)
    assert {"alpha", "Bravo", "charlie", "delta"} <= set(everything)
    assert listed(PathPrefix="/t/") == ["Bravo", "delta", "alpha"]


def test_an_account_holds_no_more_groups_than_its_quota(iam: Any) -> None:
    room = 300 - iam.get_account_summary()["SummaryMap"]["Groups"]
    for number in range(room):
        iam.create_group(GroupName=f"group-{number}")

    with refused("LimitExceeded", having="Cannot exceed quota for GroupsPerAccount: 300"):
        iam.create_group(GroupName="one-too-many")
    iam.delete_group(GroupName="group-0")
    iam.create_group(GroupName="one-too-many")


def test_who_may_not_look_cannot_tell_which_groups_exist(aws: Aws, iam: Any) -> None:
    iam.create_group(GroupName="Secret", Path="/hidden/")
    eve = aws.user("eve").client("iam")

    def answer(name: str) -> str:
        with pytest.raises(ClientError, match="AccessDenied") as denied:
            eve.get_group(GroupName=name)
        return str(denied.value).replace(name, "NAME")

    assert answer("Secret") == answer("secret") == answer("none")


# Members


def test_adding_a_member_again_and_removing_one_that_is_not_there_succeed(iam: Any) -> None:
    iam.create_group(GroupName="ops")
    iam.create_user(UserName="ana")

    iam.add_user_to_group(GroupName="ops", UserName="ana")
    iam.add_user_to_group(GroupName="OPS", UserName="ANA")
    assert names(iam.get_group(GroupName="ops")["Users"], "UserName") == ["ana"]

    iam.remove_user_from_group(GroupName="ops", UserName="ana")
    iam.remove_user_from_group(GroupName="ops", UserName="ana")
    assert iam.get_group(GroupName="ops")["Users"] == []


def test_members_must_exist_and_so_must_the_group(iam: Any) -> None:
    iam.create_group(GroupName="ops")
    iam.create_user(UserName="ana")

    for operation in [iam.add_user_to_group, iam.remove_user_from_group]:
        with refused("NoSuchEntity", having="The user with name none cannot be found."):
            operation(GroupName="ops", UserName="none")
        with refused("NoSuchEntity", having="The group with name none cannot be found."):
            operation(GroupName="none", UserName="ana")


def test_a_group_shows_its_members_page_by_page_in_the_order_of_their_names(iam: Any) -> None:
    iam.create_group(GroupName="ops")
    for name in ["delta", "Bravo", "alpha", "Charlie", "echo"]:
        iam.create_user(UserName=name)
        iam.add_user_to_group(GroupName="ops", UserName=name)
    iam.update_user(UserName="alpha", NewUserName="zulu")

    pages = list(iam.get_paginator("get_group").paginate(GroupName="ops", PaginationConfig={"PageSize": 2}))

    assert [names(page["Users"], "UserName") for page in pages] == [["Bravo", "Charlie"], ["delta", "echo"], ["zulu"]]
    assert {page["Group"]["GroupName"] for page in pages} == {"ops"}


def test_the_groups_of_a_user_are_listed_page_by_page(iam: Any) -> None:
    iam.create_user(UserName="ana")
    for name in ["Bravo", "alpha", "charlie"]:
        iam.create_group(GroupName=name)
        iam.add_user_to_group(GroupName=name, UserName="ana")

    first = iam.list_groups_for_user(UserName="ana", MaxItems=2)
    rest = iam.list_groups_for_user(UserName="ana", MaxItems=2, Marker=first["Marker"])

    assert names(first["Groups"]) == ["alpha", "Bravo"]
    assert names(rest["Groups"]) == ["charlie"]
    assert rest["IsTruncated"] is False
    with refused("NoSuchEntity", having="The user with name none cannot be found."):
        iam.list_groups_for_user(UserName="none")


def test_a_user_is_in_no_more_than_ten_groups(iam: Any) -> None:
    iam.create_user(UserName="ana")
    for number in range(11):
        iam.create_group(GroupName=f"group-{number}")
    for number in range(10):
        iam.add_user_to_group(GroupName=f"group-{number}", UserName="ana")

    with refused("LimitExceeded", having="Cannot exceed quota for GroupsPerUser: 10"):
        iam.add_user_to_group(GroupName="group-10", UserName="ana")

    iam.add_user_to_group(GroupName="group-9", UserName="ana")
    iam.remove_user_from_group(GroupName="group-9", UserName="ana")
    iam.add_user_to_group(GroupName="group-10", UserName="ana")


def test_a_membership_gives_and_takes_rights_from_the_next_request_on(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana").client("iam")
    aws.group("readers", allow=["iam:ListUsers"])

    with refused("AccessDenied"):
        ana.list_users()
    iam.add_user_to_group(GroupName="readers", UserName="ana")
    ana.list_users()
    iam.remove_user_from_group(GroupName="readers", UserName="ana")
    with refused("AccessDenied"):
        ana.list_users()


def test_an_explicit_deny_in_a_group_overrides_the_users_own_allow(aws: Aws) -> None:
    ana = aws.user("ana", allow=["iam:ListUsers"])
    ana.client("iam").list_users()

    aws.group("contractors", members=[ana], deny=["iam:List*"])

    with refused("AccessDenied", having="explicit deny"):
        ana.client("iam").list_users()


def test_adding_to_a_group_is_decided_on_the_group(aws: Aws, iam: Any) -> None:
    for group in ["open", "admins"]:
        iam.create_group(GroupName=group)
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": ["iam:AddUserToGroup", "iam:RemoveUserFromGroup"],
            "Resource": f"arn:aws:iam::{aws.account_id}:group/open",
        },
    }
    eve = aws.user("eve", policy=policy).client("iam")

    eve.add_user_to_group(GroupName="open", UserName="eve")

    for group in ["admins", "Admins"]:
        with refused("AccessDenied", having="iam:AddUserToGroup"):
            eve.add_user_to_group(GroupName=group, UserName="eve")


# Renaming and deleting


def test_a_renamed_group_keeps_id_members_and_policies(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana")
    aws.group("ops", members=[ana], allow=["iam:ListUsers"])
    before = iam.get_group(GroupName="ops")["Group"]

    iam.update_group(GroupName="ops", NewGroupName="Operations", NewPath="/teams/")

    after = iam.get_group(GroupName="operations")
    assert after["Group"]["GroupId"] == before["GroupId"]
    assert after["Group"]["Arn"] == f"arn:aws:iam::{aws.account_id}:group/teams/Operations"
    assert names(after["Users"], "UserName") == ["ana"]
    assert names(iam.list_groups_for_user(UserName="ana")["Groups"]) == ["Operations"]
    ana.client("iam").list_users()
    with refused("NoSuchEntity"):
        iam.get_group(GroupName="ops")


def test_a_group_cannot_take_the_name_of_another_but_can_change_its_case(iam: Any) -> None:
    iam.create_group(GroupName="ops")
    iam.create_group(GroupName="dev")

    with refused("EntityAlreadyExists", having="Group with name DEV already exists."):
        iam.update_group(GroupName="ops", NewGroupName="DEV")
    iam.update_group(GroupName="ops", NewGroupName="OPS")

    assert iam.get_group(GroupName="ops")["Group"]["GroupName"] == "OPS"


def test_renaming_a_group_needs_the_right_on_the_old_and_the_new_arn(aws: Aws, iam: Any) -> None:
    iam.create_group(GroupName="ops")

    def renamer(name: str, *groups: str) -> Any:
        statement = {
            "Effect": "Allow",
            "Action": "iam:UpdateGroup",
            "Resource": [f"arn:aws:iam::{aws.account_id}:group/{group}" for group in groups],
        }
        return aws.user(name, policy={"Version": "2012-10-17", "Statement": statement}).client("iam")

    with refused("AccessDenied"):
        renamer("only-old", "ops").update_group(GroupName="ops", NewGroupName="dev")
    with refused("AccessDenied"):
        renamer("only-new", "dev").update_group(GroupName="ops", NewGroupName="dev")
    renamer("both", "ops", "dev").update_group(GroupName="ops", NewGroupName="dev")


def test_a_group_is_deleted_only_when_nothing_hangs_on_it(iam: Any) -> None:
    read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam.create_user(UserName="ana")
    iam.create_group(GroupName="ops")
    iam.add_user_to_group(GroupName="ops", UserName="ana")
    iam.put_group_policy(GroupName="ops", PolicyName="p", PolicyDocument=json.dumps(ALLOW_ALL))
    iam.attach_group_policy(GroupName="ops", PolicyArn=read_only)

    with refused("DeleteConflict", having="Cannot delete entity, must delete policies first."):
        iam.delete_group(GroupName="ops")
    iam.delete_group_policy(GroupName="ops", PolicyName="p")
    with refused("DeleteConflict", having="Cannot delete entity, must detach all policies first."):
        iam.delete_group(GroupName="ops")
    iam.detach_group_policy(GroupName="ops", PolicyArn=read_only)
    with refused("DeleteConflict", having="Cannot delete entity, must remove users from group first."):
        iam.delete_group(GroupName="ops")
    iam.remove_user_from_group(GroupName="ops", UserName="ana")

    iam.delete_group(GroupName="ops")

    with refused("NoSuchEntity"):
        iam.delete_group(GroupName="ops")
    assert iam.create_group(GroupName="ops")["Group"]["GroupName"] == "ops"
