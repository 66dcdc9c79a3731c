"""The tags of users, as boto3 sees it."""

from typing import Any

import pytest

from tests.user.client import Aws
from tests.user.refusals import refused


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


def tags_of(iam: Any, name: str = "ana") -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in iam.list_user_tags(UserName=name)["Tags"]}


def tags(**given: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in given.items()]


@pytest.fixture
def ana(iam: Any) -> None:
    iam.create_user(UserName="ana")


@pytest.mark.usefixtures("ana")
def test_tags_are_added_changed_and_listed_in_the_order_of_their_keys(iam: Any) -> None:
    iam.tag_user(UserName="ana", Tags=tags(zone="1", Area="2"))
    iam.tag_user(UserName="ANA", Tags=tags(zone="3", mid=""))

    assert iam.list_user_tags(UserName="ana")["Tags"] == tags(Area="2", mid="", zone="3")
    assert iam.get_user(UserName="ana")["User"]["Tags"] == tags(Area="2", mid="", zone="3")


@pytest.mark.usefixtures("ana")
def test_pages_go_on_behind_the_longest_keys(iam: Any) -> None:
    keys = [f"{number}{'漢' * 127}" for number in range(3)]
    iam.tag_user(UserName="ana", Tags=[{"Key": key, "Value": ""} for key in keys])

    pages = iam.get_paginator("list_user_tags").paginate(UserName="ana", PaginationConfig={"PageSize": 1})

    assert [tag["Key"] for page in pages for tag in page["Tags"]] == keys


@pytest.mark.usefixtures("ana")
def test_a_key_in_another_case_is_the_same_key_and_takes_the_new_spelling(iam: Any) -> None:
    iam.tag_user(UserName="ana", Tags=tags(Test="old"))

    iam.tag_user(UserName="ana", Tags=tags(test="new"))

    assert tags_of(iam) == {"test": "new"}
    iam.untag_user(UserName="ana", TagKeys=["TEST"])
    assert tags_of(iam) == {}


@pytest.mark.usefixtures("ana")
def test_a_key_given_twice_is_refused_and_nothing_is_tagged(iam: Any) -> None:
    with refused("InvalidInput", having="Duplicate tag keys found. Please note that Tag keys are case insensitive."):
        iam.tag_user(UserName="ana", Tags=tags(other="1", Team="1", team="2"))

    assert tags_of(iam) == {}


def test_a_bad_tag_makes_no_user(iam: Any) -> None:
    with refused("InvalidInput"):
        iam.create_user(UserName="ana", Tags=tags(Team="1", team="2"))

    with refused("NoSuchEntity"):
        iam.get_user(UserName="ana")


@pytest.mark.usefixtures("ana")
@pytest.mark.parametrize("tag", [("aws:team", "x"), ("AWS:team", "x"), ("team", "aws:x")])
def test_the_prefix_of_aws_is_refused(iam: Any, tag: tuple[str, str]) -> None:
    with refused("InvalidInput", having="aws:"):
        iam.tag_user(UserName="ana", Tags=[{"Key": tag[0], "Value": tag[1]}])

    assert tags_of(iam) == {}


@pytest.mark.usefixtures("ana")
@pytest.mark.parametrize(
    ("tag", "member"),
    [
        ({"Key": "a*", "Value": ""}, "tags.1.member.key"),
        ({"Key": "a", "Value": "*"}, "tags.1.member.value"),
        ({"Key": "a" * 129, "Value": ""}, "tags.1.member.key"),
        ({"Key": "a", "Value": "v" * 257}, "tags.1.member.value"),
        ({"Key": "<b>", "Value": ""}, "tags.1.member.key"),
    ],
)
def test_tags_of_another_form_are_refused(iam: Any, tag: dict[str, str], member: str) -> None:
    with refused("ValidationError", having=member):
        iam.tag_user(UserName="ana", Tags=[tag])


@pytest.mark.usefixtures("ana")
def test_tags_hold_letters_of_every_script_and_their_longest_forms(iam: Any) -> None:
    given = {"größe ключ": "значение @_.:/=+-", "k" * 128: "v" * 256}

    iam.tag_user(UserName="ana", Tags=tags(**given))

    assert tags_of(iam) == given


@pytest.mark.usefixtures("ana")
def test_a_user_holds_fifty_tags(iam: Any) -> None:
    iam.tag_user(UserName="ana", Tags=tags(**{f"key-{number}": "" for number in range(50)}))

    with refused("LimitExceeded", having="Cannot exceed quota for TagsPerUser: 50"):
        iam.tag_user(UserName="ana", Tags=tags(more=""))
    iam.tag_user(UserName="ana", Tags=tags(**{"KEY-1": "changed"}))
    iam.untag_user(UserName="ana", TagKeys=["key-0"])
    iam.tag_user(UserName="ana", Tags=tags(more=""))

    assert len(tags_of(iam)) == 50


@pytest.mark.usefixtures("ana")
def test_removing_a_key_that_is_not_there_succeeds(iam: Any) -> None:
    iam.tag_user(UserName="ana", Tags=tags(keep="1", drop="2"))

    iam.untag_user(UserName="ana", TagKeys=["drop", "none"])
    iam.untag_user(UserName="ana", TagKeys=["drop"])

    assert tags_of(iam) == {"keep": "1"}


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [("tag_user", {"Tags": []}), ("untag_user", {"TagKeys": []}), ("list_user_tags", {})],
)
def test_a_user_that_is_not_there_has_no_tags(iam: Any, operation: str, parameters: dict[str, Any]) -> None:
    with refused("NoSuchEntity", having="The user with name none cannot be found."):
        getattr(iam, operation)(UserName="none", **parameters)


@pytest.mark.usefixtures("ana")
def test_tags_are_listed_page_by_page(iam: Any) -> None:
    given = {f"key-{number}": str(number) for number in range(5)}
    iam.tag_user(UserName="ana", Tags=tags(**given))

    pages = list(iam.get_paginator("list_user_tags").paginate(UserName="ana", PaginationConfig={"PageSize": 2}))

    assert [len(page["Tags"]) for page in pages] == [2, 2, 1]
    assert [tag for page in pages for tag in page["Tags"]] == tags(**given)


def test_a_user_cannot_tag_itself_into_a_right_without_the_right_to_tag(aws: Aws, iam: Any) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "iam:ListUsers",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalTag/level": "high"}},
        },
    }
    eve = aws.user("eve", policy=policy)

    with refused("AccessDenied", having="iam:TagUser"):
        eve.client("iam").tag_user(UserName="eve", Tags=tags(level="high"))
    with refused("AccessDenied"):
        eve.client("iam").list_users()

    iam.tag_user(UserName="eve", Tags=tags(Level="high"))
    eve.client("iam").list_users()
    iam.untag_user(UserName="eve", TagKeys=["level"])
    with refused("AccessDenied"):
        eve.client("iam").list_users()


@pytest.mark.usefixtures("ana")
def test_which_tags_may_be_written_is_decided_by_the_request(aws: Aws, iam: Any) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": ["iam:TagUser", "iam:UntagUser"],
            "Resource": "*",
            "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["color", "size"]}},
        },
    }
    clerk = aws.user("clerk", policy=policy).client("iam")

    clerk.tag_user(UserName="ana", Tags=tags(color="blue", size="m"))
    clerk.untag_user(UserName="ana", TagKeys=["size"])

    with refused("AccessDenied"):
        clerk.tag_user(UserName="ana", Tags=tags(color="red", role="admin"))
    with refused("AccessDenied"):
        clerk.untag_user(UserName="ana", TagKeys=["role"])
    assert tags_of(iam) == {"color": "blue"}
