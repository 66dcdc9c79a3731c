"""Instance profiles: made, tagged and deleted, and the one role in each, as boto3 sees it."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.user.accounts import Accounts
from tests.user.client import Aws, Keys
from tests.user.refusals import denial_of, refused
from tests.user.role_builders import make_role, trusting
from tests.user.server import Server

TRUST = trusting({"Service": "ec2.amazonaws.com"})


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


def make(iam: Any, name: str, **parameters: Any) -> dict[str, Any]:
    made: dict[str, Any] = iam.create_instance_profile(InstanceProfileName=name, **parameters)["InstanceProfile"]
    return made


def names_of(reply: dict[str, Any]) -> list[str]:
    return [profile["InstanceProfileName"] for profile in reply["InstanceProfiles"]]


# Making and showing


def test_a_new_profile_is_answered_with_its_id_arn_and_tags_and_holds_nothing(aws: Aws, iam: Any) -> None:
    tags = [{"Key": "Team", "Value": "ops"}, {"Key": "team", "Value": "other"}]

    profile = make(iam, "Web", Path="/edge/", Tags=tags)

    assert profile["Arn"] == f"arn:aws:iam::{aws.account_id}:instance-profile/edge/Web"
    assert (profile["InstanceProfileName"], profile["Path"], profile["Roles"]) == ("Web", "/edge/", [])
    assert profile["InstanceProfileId"].startswith("AIPA")
    assert len(profile["InstanceProfileId"]) == 21
    assert profile["Tags"] == tags
    assert iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"] == profile


def test_a_name_is_taken_in_every_spelling_and_a_new_one_of_it_is_another(iam: Any) -> None:
    first = make(iam, "web")

    with refused("EntityAlreadyExists", "Instance Profile WEB already exists."):
        make(iam, "WEB")
    iam.delete_instance_profile(InstanceProfileName="WEB")

    assert make(iam, "web")["InstanceProfileId"] != first["InstanceProfileId"]


def test_a_profile_that_is_not_there_is_not_found(aws: Aws, iam: Any) -> None:
    make(aws.other().admin("iam"), "web")
    make_role(iam, "deploy")
    words = "Instance Profile web cannot be found."

    for operation, further in (
        ("get_instance_profile", {}),
        ("delete_instance_profile", {}),
        ("list_instance_profile_tags", {}),
        ("tag_instance_profile", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("untag_instance_profile", {"TagKeys": ["a"]}),
        ("add_role_to_instance_profile", {"RoleName": "deploy"}),
        ("remove_role_from_instance_profile", {"RoleName": "deploy"}),
    ):
        with refused("NoSuchEntity", words):
            getattr(iam, operation)(InstanceProfileName="web", **further)


def test_a_name_or_path_of_another_form_is_refused_in_words(iam: Any) -> None:
    with refused("ValidationError", having="The specified value for instanceProfileName is invalid."):
        make(iam, "two words")
    with refused("ValidationError", having="The specified value for path is invalid."):
        make(iam, "web", Path="edge")


def test_one_bad_tag_makes_no_profile(iam: Any) -> None:
    with refused("InvalidInput", having="aws:"):
        make(iam, "web", Tags=[{"Key": "aws:team", "Value": "ops"}])
    with refused("InvalidInput", "Duplicate tag keys found."):
        make(iam, "web", Tags=[{"Key": "team", "Value": "ops"}, {"Key": "team", "Value": "web"}])

    assert names_of(iam.list_instance_profiles()) == []


# Lists


def test_the_list_is_paged_in_the_order_of_names_without_tags(iam: Any) -> None:
    for name in ("b", "A", "d", "C", "e"):
        make(iam, name, Tags=[{"Key": "team", "Value": "ops"}])

    pages = list(iam.get_paginator("list_instance_profiles").paginate(PaginationConfig={"PageSize": 2}))

    assert [names_of(page) for page in pages] == [["A", "b"], ["C", "d"], ["e"]]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    assert all("Tags" not in profile for page in pages for profile in page["InstanceProfiles"])


def test_the_list_is_narrowed_by_path(iam: Any) -> None:
    for name, path in (("a", "/"), ("b", "/edge/"), ("c", "/edge/web/"), ("d", "/edges/")):
        make(iam, name, Path=path)

    assert names_of(iam.list_instance_profiles(PathPrefix="/edge/")) == ["b", "c"]


def test_the_profiles_of_a_role_are_listed_page_by_page(aws: Aws, iam: Any) -> None:
    make_role(iam, "deploy")
    make_role(iam, "other")
    for name in ("c", "a", "b", "z"):
        make(iam, name)
        role = "other" if name == "z" else "deploy"
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)

    pages = iam.get_paginator("list_instance_profiles_for_role").paginate(
        RoleName="Deploy", PaginationConfig={"PageSize": 2}
    )

    assert [names_of(page) for page in pages] == [["a", "b"], ["c"]]
    marker = iam.list_instance_profiles_for_role(RoleName="deploy", MaxItems=1)["Marker"]
    with refused("ValidationError", "Invalid Marker."):
        iam.list_instance_profiles_for_role(RoleName="other", Marker=marker)
    with refused("NoSuchEntity", "The role with name nobody cannot be found."):
        iam.list_instance_profiles_for_role(RoleName="nobody")


# Tags


def test_tag_keys_are_told_apart_by_case_and_listed_in_their_order(iam: Any) -> None:
    make(iam, "web", Tags=[{"Key": "b", "Value": "1"}])
    iam.tag_instance_profile(
        InstanceProfileName="web",
        Tags=[{"Key": "B", "Value": "2"}, {"Key": "a", "Value": ""}, {"Key": "b", "Value": "3"}],
    )
    iam.untag_instance_profile(InstanceProfileName="web", TagKeys=["a", "absent"])

    assert iam.list_instance_profile_tags(InstanceProfileName="web")["Tags"] == [
        {"Key": "B", "Value": "2"},
        {"Key": "b", "Value": "3"},
    ]


def test_tagging_past_the_quota_changes_nothing(iam: Any) -> None:
    make(iam, "web", Tags=[{"Key": f"k{number}", "Value": ""} for number in range(50)])

    with refused("LimitExceeded", "Cannot exceed quota for TagsPerInstanceProfile: 50"):
        iam.tag_instance_profile(InstanceProfileName="web", Tags=[{"Key": "one-more", "Value": ""}])

    assert len(iam.list_instance_profile_tags(InstanceProfileName="web")["Tags"]) == 50


# The role


def test_a_profile_holds_one_role_which_is_shown_with_its_trust_policy(iam: Any) -> None:
    role = make_role(iam, "deploy", Path="/ci/", Description="Deploys.")
    make_role(iam, "other")
    make(iam, "web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="deploy")

    for name in ("deploy", "other"):
        with refused("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"):
            iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName=name)

    held = iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]["Roles"]
    assert held == [{**role, "AssumeRolePolicyDocument": TRUST}]
    assert iam.list_instance_profiles()["InstanceProfiles"][0]["Roles"] == held
    details = iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
    (detail,) = [each for each in details if each["RoleName"] == "deploy"]
    assert [(each["InstanceProfileName"], each["Roles"]) for each in detail["InstanceProfileList"]] == [("web", held)]


def test_a_role_that_is_taken_out_makes_room_for_another(iam: Any) -> None:
    make_role(iam, "deploy")
    make_role(iam, "other")
    make(iam, "web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="deploy")

    with refused("NoSuchEntity", "The role with name other cannot be found."):
        iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="other")
    iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="deploy")
    with refused("NoSuchEntity"):
        iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="deploy")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="other")

    (held,) = iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]["Roles"]
    assert held["RoleName"] == "other"


def test_neither_the_role_nor_the_profile_can_be_deleted_while_one_holds_the_other(iam: Any) -> None:
    make_role(iam, "deploy")
    make(iam, "web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="deploy")
    words = "Cannot delete entity, must remove roles from instance profile first."

    with refused("DeleteConflict", words):
        iam.delete_role(RoleName="deploy")
    with refused("DeleteConflict", words):
        iam.delete_instance_profile(InstanceProfileName="web")
    iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="deploy")

    iam.delete_role(RoleName="deploy")
    iam.delete_instance_profile(InstanceProfileName="web")


# Who may


def test_the_role_must_be_the_callers_to_pass_to_ec2(aws: Aws, iam: Any) -> None:
    make_role(iam, "deploy", Path="/ci/")
    make(iam, "web")
    role = f"arn:aws:iam::{aws.account_id}:role/ci/deploy"

    def passing(**condition: str) -> dict[str, object]:
        return {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role, "Condition": {"StringEquals": condition}}

    allowed = {"Effect": "Allow", "Action": "iam:*InstanceProfile", "Resource": "*"}
    unable = aws.user("unable", allow=["iam:AddRoleToInstanceProfile"])
    elsewhere = aws.user(
        "elsewhere",
        policy={
            "Version": "2012-10-17",
            "Statement": [allowed, passing(**{"iam:PassedToService": "lambda.amazonaws.com"})],
        },
    )
    able = aws.user(
        "able",
        policy={
            "Version": "2012-10-17",
            "Statement": [
                allowed,
                passing(
                    **{
                        "iam:PassedToService": "ec2.amazonaws.com",
                        "iam:AssociatedResourceArn": f"arn:aws:ec2:*:{aws.account_id}:instance/*",
                    }
                ),
            ],
        },
    )

    for user in (unable, elsewhere):
        for name in ("deploy", "nobody"):
            denial = denial_of(
                user.client("iam").add_role_to_instance_profile, InstanceProfileName="web", RoleName=name
            )
            assert denial.message == (
                f"User: {user.arn} is not authorized to perform: iam:PassRole on resource: "
                f"arn:aws:iam::{aws.account_id}:role/{name} because no identity-based policy allows the"
                " iam:PassRole action"
            )
    assert iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]["Roles"] == []
    able.client("iam").add_role_to_instance_profile(InstanceProfileName="web", RoleName="deploy")


def test_tags_given_to_a_new_profile_are_a_right_of_their_own(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["iam:CreateInstanceProfile"])
    make(ana.client("iam"), "plain")

    denial = denial_of(
        ana.client("iam").create_instance_profile, InstanceProfileName="web", Tags=[{"Key": "team", "Value": "ops"}]
    )

    assert "iam:TagInstanceProfile" in denial.message
    assert names_of(iam.list_instance_profiles()) == ["plain"]


def test_policies_see_the_path_and_the_tags_of_a_profile(aws: Aws, iam: Any) -> None:
    make(iam, "web", Path="/edge/", Tags=[{"Key": "team", "Value": "ops"}])
    make(iam, "db", Path="/edge/", Tags=[{"Key": "team", "Value": "data"}])
    ana = aws.user(
        "ana",
        policy={
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "iam:GetInstanceProfile",
                    "Resource": f"arn:aws:iam::{aws.account_id}:instance-profile/edge/*",
                    "Condition": {"StringEquals": {"aws:ResourceTag/team": "ops"}},
                }
            ],
        },
    ).client("iam")

    assert ana.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]["Path"] == "/edge/"
    for name in ("db", "absent"):
        assert (
            f"on resource: instance profile {name} because"
            in denial_of(ana.get_instance_profile, InstanceProfileName=name).message
        )


# Counting, and callers at once


def test_the_summary_counts_the_profiles(iam: Any) -> None:
    make(iam, "web")
    make(iam, "db")
    iam.delete_instance_profile(InstanceProfileName="db")

    summary = iam.get_account_summary()["SummaryMap"]

    assert (summary["InstanceProfiles"], summary["InstanceProfilesQuota"]) == (1, 1000)


def outcome(call: Any, **parameters: Any) -> str:
    """`done`, or the code of the refusal."""
    try:
        call(**parameters)
    except ClientError as refusal:
        return str(refusal.response["Error"]["Code"])
    return "done"


def test_of_many_that_make_one_name_or_fill_one_profile_at_once_one_succeeds(iam: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: outcome(iam.create_instance_profile, InstanceProfileName="web"), range(8)))
        for number in range(8):
            make_role(iam, f"role-{number}")
        filled = list(
            pool.map(
                lambda number: outcome(
                    iam.add_role_to_instance_profile, InstanceProfileName="web", RoleName=f"role-{number}"
                ),
                range(8),
            )
        )

    assert Counter(made) == {"done": 1, "EntityAlreadyExists": 7}
    assert Counter(filled) == {"done": 1, "LimitExceeded": 7}
    assert len(iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]["Roles"]) == 1


def test_many_at_once_make_no_more_profiles_than_the_quota(start_server: Callable[..., Server]) -> None:
    server = start_server("--quota", "InstanceProfilesPerAccount=3")
    with closing(Accounts(server.data, server.database_url)) as accounts:
        account_id, *keys = accounts.create()
        aws = Aws(server.url, account_id, Keys(*keys), accounts)
        iam = aws.admin("iam")

        with ThreadPoolExecutor(6) as pool:
            made = pool.map(
                lambda number: outcome(iam.create_instance_profile, InstanceProfileName=f"web-{number}"), range(6)
            )
            outcomes = Counter(made)

        assert outcomes == {"done": 3, "LimitExceeded": 3}
        with refused("LimitExceeded", "Cannot exceed quota for InstanceProfilesPerAccount: 3"):
            make(iam, "one-more")
        assert len(iam.list_instance_profiles()["InstanceProfiles"]) == 3
        for client in aws.clients:
            client.close()


def test_a_role_deleted_while_it_is_put_into_a_profile_leaves_nothing_dangling(iam: Any) -> None:
    make(iam, "web")
    for _ in range(10):
        make_role(iam, "deploy")
        with ThreadPoolExecutor(2) as pool:
            adding = pool.submit(
                outcome, iam.add_role_to_instance_profile, InstanceProfileName="web", RoleName="deploy"
            )
            deleting = pool.submit(outcome, iam.delete_role, RoleName="deploy")
        both = (adding.result(), deleting.result())

        assert both in {("done", "DeleteConflict"), ("NoSuchEntity", "done")}
        if both[0] == "done":
            iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="deploy")
            iam.delete_role(RoleName="deploy")
        assert iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]["Roles"] == []


def test_the_trust_policy_in_a_profile_is_encoded_once(aws: Aws, iam: Any) -> None:
    iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=json.dumps(TRUST))
    make(iam, "web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="deploy")

    sent = aws.raw(
        body="Action=GetInstanceProfile&Version=2010-05-08&InstanceProfileName=web", signer=aws.administrator
    ).text

    assert "<AssumeRolePolicyDocument>%7B%22Version%22%3A%20%222012-10-17%22" in sent
