"""Users: made, found, listed, renamed and deleted, as boto3 sees it."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.user.accounts import Accounts
from tests.user.client import Aws, Keys
from tests.user.refusals import refused
from tests.user.server import Server

ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


# Making


def test_a_new_user_is_answered_with_its_id_arn_and_path(aws: Aws, iam: Any) -> None:
    before = datetime.now(UTC).replace(microsecond=0)

    user = iam.create_user(UserName="ana", Path="/ops/eu/")["User"]

    assert user["UserName"] == "ana"
    assert user["Path"] == "/ops/eu/"
    assert user["Arn"] == f"arn:aws:iam::{aws.account_id}:user/ops/eu/ana"
    assert user["UserId"].startswith("AIDA")
    assert len(user["UserId"]) == 21
    assert before <= user["CreateDate"] <= datetime.now(UTC)
    assert iam.get_user(UserName="ana")["User"] == user


def test_a_user_without_a_path_is_at_the_root(aws: Aws, iam: Any) -> None:
    user = iam.create_user(UserName="ana")["User"]

    assert user["Path"] == "/"
    assert user["Arn"] == f"arn:aws:iam::{aws.account_id}:user/ana"
    assert not user.keys() & {"Tags", "PermissionsBoundary", "PasswordLastUsed"}


def test_a_user_is_made_with_tags_and_boundary_which_lists_leave_out(iam: Any) -> None:
    boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"

    made = iam.create_user(
        UserName="ana",
        PermissionsBoundary=boundary,
        Tags=[{"Key": "Team", "Value": "blue"}, {"Key": "cost", "Value": ""}],
    )["User"]

    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert made["Tags"] == [{"Key": "cost", "Value": ""}, {"Key": "Team", "Value": "blue"}]
    assert iam.get_user(UserName="ana")["User"] == made
    [listed] = [user for user in iam.list_users()["Users"] if user["UserName"] == "ana"]
    assert not listed.keys() & {"Tags", "PermissionsBoundary"}


def test_names_are_unique_and_found_without_regard_to_case_and_shown_as_given(iam: Any) -> None:
    iam.create_user(UserName="Ana")

    with refused("EntityAlreadyExists", having="User with name aNA already exists."):
        iam.create_user(UserName="aNA", Path="/elsewhere/")

    assert iam.get_user(UserName="ANA")["User"]["UserName"] == "Ana"


def test_a_taken_name_is_a_conflict(iam: Any) -> None:
    iam.create_user(UserName="ana")

    with pytest.raises(iam.exceptions.EntityAlreadyExistsException) as taken:
        iam.create_user(UserName="ana")

    assert taken.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409


@pytest.mark.parametrize("name", ["a b", "ana/root", "ana*", "añа", "ana\n", "${aws:username}", "ana:x", "a\u200bb"])
def test_names_with_other_characters_are_refused(iam: Any, name: str) -> None:
    with refused("ValidationError", having="The specified value for userName is invalid."):
        iam.create_user(UserName=name)


def test_a_name_may_have_64_characters_and_every_allowed_sign(iam: Any) -> None:
    iam.create_user(UserName="a" * 64)
    iam.create_user(UserName="a.b_c+d=e,f@g-h")

    with refused("ValidationError", having="Member must have length less than or equal to 64"):
        iam.create_user(UserName="a" * 65)


@pytest.mark.parametrize("path", ["ops/", "/ops", "/o ps/", "//\u00e9/"])
def test_paths_begin_and_end_with_a_slash_and_are_ascii(iam: Any, path: str) -> None:
    with refused("ValidationError"):
        iam.create_user(UserName="ana", Path=path)


def test_a_boundary_that_does_not_exist_makes_no_user(aws: Aws, iam: Any) -> None:
    with refused("NoSuchEntity"):
        iam.create_user(UserName="ana", PermissionsBoundary=f"arn:aws:iam::{aws.account_id}:policy/none")

    with refused("NoSuchEntity", having="The user with name ana cannot be found."):
        iam.get_user(UserName="ana")


def test_a_boundary_limits_the_user_from_its_first_request(aws: Aws, iam: Any) -> None:
    boundary = iam.create_policy(
        PolicyName="edge",
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}}
        ),
    )["Policy"]["Arn"]
    ana = aws.user("ana", policy=ALLOW_ALL)
    iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=boundary)

    ana.client("iam").list_users()

    with refused("AccessDenied", having="permissions boundary"):
        ana.client("iam").list_groups()


def test_of_many_who_make_the_same_user_at_once_one_wins(aws: Aws) -> None:
    clients = [aws.admin("iam") for _ in range(8)]

    def make(client: Any) -> str:
        try:
            client.create_user(UserName="ana")
        except client.exceptions.EntityAlreadyExistsException:
            return "EntityAlreadyExists"
        return "made"

    with ThreadPoolExecutor(len(clients)) as pool:
        outcomes = sorted(pool.map(make, clients))

    assert outcomes == ["EntityAlreadyExists"] * 7 + ["made"]


def test_many_at_once_make_no_more_users_than_the_quota(start_server: Callable[..., Server]) -> None:
    server = start_server("--quota", "UsersPerAccount=3")
    with closing(Accounts(server.data, server.database_url)) as accounts:
        account_id, *keys = accounts.create()
        aws = Aws(server.url, account_id, Keys(*keys), accounts)
        clients = [aws.admin("iam") for _ in range(6)]

        def make(number: int) -> str:
            try:
                clients[number].create_user(UserName=f"user-{number}")
            except ClientError as error:
                return str(error.response["Error"]["Message"])
            return "made"

        with ThreadPoolExecutor(len(clients)) as pool:
            outcomes = sorted(pool.map(make, range(len(clients))))

        assert outcomes == ["Cannot exceed quota for UsersPerAccount: 3"] * 4 + ["made"] * 2
        iam = aws.admin("iam")
        assert iam.get_account_summary()["SummaryMap"]["Users"] == len(iam.list_users()["Users"]) == 3
        for client in aws.clients:
            client.close()


def test_another_account_has_its_own_names_and_sees_none_of_ours(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="ana")
    other = aws.other()

    with refused("NoSuchEntity"):
        other.admin("iam").get_user(UserName="ana")
    theirs = other.admin("iam").create_user(UserName="ana")["User"]

    assert theirs["Arn"] == f"arn:aws:iam::{other.account_id}:user/ana"
    assert theirs["UserId"] != iam.get_user(UserName="ana")["User"]["UserId"]


# Finding


def test_a_user_that_is_not_there_cannot_be_found(iam: Any) -> None:
    with pytest.raises(iam.exceptions.NoSuchEntityException) as missing:
        iam.get_user(UserName="nobody")

    assert missing.value.response["Error"]["Message"] == "The user with name nobody cannot be found."
    assert missing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_the_waiter_of_the_sdk_finds_a_new_user(iam: Any) -> None:
    iam.create_user(UserName="ana")

    iam.get_waiter("user_exists").wait(UserName="ana", WaiterConfig={"Delay": 1, "MaxAttempts": 1})


def test_get_user_without_a_name_is_the_caller(aws: Aws) -> None:
    ana = aws.user("ana", allow=["iam:GetUser"])

    assert ana.client("iam").get_user()["User"]["Arn"] == ana.arn


def test_get_user_without_a_name_is_decided_on_the_callers_own_arn(aws: Aws) -> None:
    own = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "iam:GetUser", "Resource": "arn:aws:iam::*:user/${aws:username}"},
    }
    ana = aws.user("ana", policy=own)
    aws.user("bob")

    assert ana.client("iam").get_user()["User"]["UserName"] == "ana"
    with refused("AccessDenied"):
        ana.client("iam").get_user(UserName="bob")


def test_a_session_of_a_role_must_name_the_user_it_means(aws: Aws) -> None:
    role = aws.role("deploy", trust=aws.account_id, allow=["iam:*"])
    deploy = aws.client("iam", aws.assume(aws.administrator, role))

    with refused("ValidationError", having="Must specify userName when calling with non-User credentials"):
        deploy.get_user()


def test_who_may_not_look_cannot_tell_which_users_exist(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="Secret", Path="/hidden/")
    eve = aws.user("eve").client("iam")

    def answer(name: str) -> str:
        with pytest.raises(ClientError, match="AccessDenied") as denied:
            eve.get_user(UserName=name)
        return str(denied.value).replace(name, "NAME")

    assert answer("Secret") == answer("secret") == answer("nobody")


# Renaming


def test_a_renamed_user_keeps_id_keys_groups_policies_and_tags(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["iam:GetUser"])
    iam.create_group(GroupName="ops")
    iam.add_user_to_group(GroupName="ops", UserName="ana")
    iam.tag_user(UserName="ana", Tags=[{"Key": "team", "Value": "blue"}])
    before = iam.get_user(UserName="ana")["User"]

    iam.update_user(UserName="ana", NewUserName="Anna", NewPath="/people/")

    after = ana.client("iam").get_user()["User"]
    assert after["UserId"] == before["UserId"]
    assert after["CreateDate"] == before["CreateDate"]
    assert after["Tags"] == before["Tags"]
    assert after["Arn"] == f"arn:aws:iam::{aws.account_id}:user/people/Anna"
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="Anna")["Groups"]] == ["ops"]
    assert iam.list_access_keys(UserName="Anna")["AccessKeyMetadata"][0]["AccessKeyId"] == ana.access_key_id
    assert ana.client("sts").get_caller_identity()["Arn"] == after["Arn"]
    with refused("NoSuchEntity"):
        iam.get_user(UserName="ana")
    iam.create_user(UserName="ana")


def test_a_user_cannot_take_the_name_of_another(iam: Any) -> None:
    iam.create_user(UserName="ana")
    iam.create_user(UserName="Bob")

    with refused("EntityAlreadyExists", having="User with name bob already exists."):
        iam.update_user(UserName="ana", NewUserName="bob")


def test_a_user_can_change_the_case_of_its_name_and_be_renamed_to_what_it_is(iam: Any) -> None:
    iam.create_user(UserName="ana")

    iam.update_user(UserName="ana", NewUserName="ANA")
    iam.update_user(UserName="ana", NewUserName="ANA", NewPath="/")
    iam.update_user(UserName="ana")

    assert iam.get_user(UserName="ana")["User"]["UserName"] == "ANA"


def test_renaming_needs_the_right_on_the_old_and_the_new_arn(aws: Aws, iam: Any) -> None:
    def renamer(name: str, *users: str) -> Any:
        statement = {
            "Effect": "Allow",
            "Action": "iam:UpdateUser",
            "Resource": [f"arn:aws:iam::{aws.account_id}:user/{user}" for user in users],
        }
        return aws.user(name, policy={"Version": "2012-10-17", "Statement": statement}).client("iam")

    iam.create_user(UserName="bob")

    with refused("AccessDenied"):
        renamer("only-old", "bob").update_user(UserName="bob", NewUserName="robert")
    with refused("AccessDenied"):
        renamer("only-new", "robert").update_user(UserName="bob", NewUserName="robert")
    with refused("AccessDenied"):
        renamer("other-path", "bob", "robert").update_user(UserName="bob", NewUserName="robert", NewPath="/x/")
    renamer("both", "bob", "robert").update_user(UserName="bob", NewUserName="robert")

    assert iam.get_user(UserName="robert")["User"]["UserName"] == "robert"


# Deleting


def test_a_deleted_user_is_gone_and_deleting_it_again_finds_none(iam: Any) -> None:
    iam.create_user(UserName="ana")

    iam.delete_user(UserName="ANA")

    with refused("NoSuchEntity", having="The user with name ana cannot be found."):
        iam.delete_user(UserName="ana")


def test_a_user_is_deleted_only_when_nothing_hangs_on_it(iam: Any) -> None:
    iam.create_user(UserName="ana")
    iam.create_group(GroupName="ops")
    iam.put_user_policy(UserName="ana", PolicyName="p", PolicyDocument=json.dumps(ALLOW_ALL))
    iam.attach_user_policy(UserName="ana", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    key = iam.create_access_key(UserName="ana")["AccessKey"]["AccessKeyId"]
    iam.add_user_to_group(GroupName="ops", UserName="ana")

    with refused("DeleteConflict", having="Cannot delete entity, must delete policies first."):
        iam.delete_user(UserName="ana")
    iam.delete_user_policy(UserName="ana", PolicyName="p")
    with refused("DeleteConflict", having="Cannot delete entity, must detach all policies first."):
        iam.delete_user(UserName="ana")
    iam.detach_user_policy(UserName="ana", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    with refused("DeleteConflict", having="Cannot delete entity, must delete access keys first."):
        iam.delete_user(UserName="ana")
    iam.delete_access_key(UserName="ana", AccessKeyId=key)
    with refused("DeleteConflict", having="Cannot delete entity, must remove users from group first."):
        iam.delete_user(UserName="ana")
    iam.remove_user_from_group(GroupName="ops", UserName="ana")

    iam.delete_user(UserName="ana")

    with refused("NoSuchEntity"):
        iam.get_user(UserName="ana")


def test_tags_and_boundary_do_not_keep_a_user_and_go_with_it(aws: Aws, iam: Any) -> None:
    edge = iam.create_policy(PolicyName="edge", PolicyDocument=json.dumps(ALLOW_ALL))["Policy"]["Arn"]
    first = iam.create_user(UserName="ana", PermissionsBoundary=edge, Tags=[{"Key": "k", "Value": "v"}])["User"]
    with refused("DeleteConflict"):
        iam.delete_policy(PolicyArn=edge)

    iam.delete_user(UserName="ana")

    second = iam.create_user(UserName="ana")["User"]
    assert second["UserId"] != first["UserId"]
    assert second["Arn"] == first["Arn"]
    assert not second.keys() & {"Tags", "PermissionsBoundary"}
    assert iam.list_user_tags(UserName="ana")["Tags"] == []
    iam.delete_policy(PolicyArn=edge)


def test_a_user_made_again_under_the_old_name_has_none_of_the_old_ones_rights(aws: Aws, iam: Any) -> None:
    old = aws.user("ana", allow=["iam:ListUsers"])
    old.client("iam").list_users()
    for policy in iam.list_user_policies(UserName="ana")["PolicyNames"]:
        iam.delete_user_policy(UserName="ana", PolicyName=policy)
    iam.delete_access_key(UserName="ana", AccessKeyId=old.access_key_id)
    iam.delete_user(UserName="ana")

    new = aws.user("ana")

    with refused("AccessDenied"):
        new.client("iam").list_users()
    with refused("InvalidClientTokenId"):
        old.client("iam").list_users()


# Who may


def test_creating_is_decided_on_the_arn_that_the_user_would_have(aws: Aws) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "iam:CreateUser",
            "Resource": f"arn:aws:iam::{aws.account_id}:user/contractors/*",
        },
    }
    clerk = aws.user("clerk", policy=policy).client("iam")

    clerk.create_user(UserName="ana", Path="/contractors/")

    with refused("AccessDenied", having=f"on resource: arn:aws:iam::{aws.account_id}:user/bob"):
        clerk.create_user(UserName="bob")


def test_creating_with_tags_needs_the_right_to_tag(aws: Aws) -> None:
    clerk = aws.user("clerk", allow=["iam:CreateUser"]).client("iam")
    tagger = aws.user("tagger", allow=["iam:CreateUser", "iam:TagUser"]).client("iam")

    clerk.create_user(UserName="plain")
    with refused("AccessDenied", having="iam:TagUser"):
        clerk.create_user(UserName="tagged", Tags=[{"Key": "k", "Value": "v"}])
    tagger.create_user(UserName="tagged", Tags=[{"Key": "k", "Value": "v"}])


def test_a_delegated_administrator_makes_users_only_with_the_boundary_it_must_set(aws: Aws, iam: Any) -> None:
    edge = iam.create_policy(PolicyName="edge", PolicyDocument=json.dumps(ALLOW_ALL))["Policy"]["Arn"]
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "iam:CreateUser",
            "Resource": "*",
            "Condition": {"StringEquals": {"iam:PermissionsBoundary": edge}},
        },
    }
    delegate = aws.user("delegate", policy=policy).client("iam")

    delegate.create_user(UserName="bound", PermissionsBoundary=edge)

    with refused("AccessDenied"):
        delegate.create_user(UserName="free")
    with refused("AccessDenied"):
        delegate.create_user(UserName="other", PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess")


def test_the_stored_spelling_is_what_policies_see(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="Root-Ops")
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "iam:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "iam:*", "Resource": f"arn:aws:iam::{aws.account_id}:user/Root-Ops"},
        ],
    }
    eve = aws.user("eve", policy=policy).client("iam")

    for spelling in ["Root-Ops", "root-ops", "ROOT-OPS"]:
        with refused("AccessDenied", having="explicit deny"):
            eve.delete_user(UserName=spelling)


def test_the_tags_of_a_user_decide_who_may_change_it(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="blue", Tags=[{"Key": "Team", "Value": "blue"}])
    iam.create_user(UserName="red", Tags=[{"Key": "Team", "Value": "red"}])
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "iam:*User",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/team": "blue", "iam:ResourceTag/Team": "blue"}},
        },
    }
    lead = aws.user("lead", policy=policy).client("iam")

    lead.update_user(UserName="blue", NewPath="/blue/")

    with refused("AccessDenied"):
        lead.update_user(UserName="red", NewPath="/blue/")
