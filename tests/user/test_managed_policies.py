"""Managed policies: made, versioned, attached, listed and deleted, and AWS's own, as boto3 sees it."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.user.client import Aws
from tests.user.policy_builders import allowing, make_owner, make_policy
from tests.user.refusals import refused

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
VIEW_ONLY = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


# Making and showing


def test_a_new_policy_is_answered_with_its_id_arn_and_first_version(aws: Aws, iam: Any) -> None:
    before = datetime.now(UTC).replace(microsecond=0)

    made = iam.create_policy(
        PolicyName="Reader",
        Path="/team/",
        PolicyDocument=json.dumps(allowing("s3:Get*")),
        Description="Reads.",
        Tags=[{"Key": "team", "Value": "blue"}],
    )["Policy"]

    assert made["Arn"] == f"arn:aws:iam::{aws.account_id}:policy/team/Reader"
    assert made["PolicyId"].startswith("ANPA")
    assert (made["DefaultVersionId"], made["AttachmentCount"], made["PermissionsBoundaryUsageCount"]) == ("v1", 0, 0)
    assert made["IsAttachable"] is True
    assert before <= made["CreateDate"] == made["UpdateDate"]
    assert "Description" not in made
    assert made["Tags"] == [{"Key": "team", "Value": "blue"}]
    assert iam.get_policy(PolicyArn=made["Arn"])["Policy"] == {**made, "Description": "Reads."}


def test_the_document_is_kept_as_it_was_given(iam: Any) -> None:
    text = '{"Version":"2012-10-17",\n\t"Statement" : {"Effect":"Allow","Resource":"*","Action":"s3:*", "Sid":""}}'
    arn = iam.create_policy(PolicyName="p", PolicyDocument=text)["Policy"]["Arn"]
    sent: list[str] = []
    iam.meta.events.register_first(
        "after-call.iam.GetPolicyVersion", lambda http_response, **_: sent.append(http_response.text)
    )

    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]

    assert version["Document"] == json.loads(text)
    assert "%7B%22Version%22%3A%222012-10-17%22%2C%0A%09%22Statement%22%20%3A" in sent[0]


def test_names_are_taken_in_any_case_whatever_the_path(iam: Any) -> None:
    make_policy(iam, "Reader")

    with refused("EntityAlreadyExists", having="A policy called reader already exists. Duplicate names are not"):
        make_policy(iam, "reader", Path="/elsewhere/")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("not json", "Syntax errors in policy."),
        (json.dumps({**allowing("s3:*"), "Version": "2008-10-17"}), "Policy document must be version 2012-10-17"),
        (json.dumps(allowing("s3:*", Principal="*")), "Policy document should not specify a principal."),
        (json.dumps(allowing("s3:*", resource="bucket")), 'Resource bucket must be in ARN format or "*".'),
    ],
)
def test_what_is_no_managed_policy_is_refused(iam: Any, document: str, words: str) -> None:
    arn = make_policy(iam)

    with refused("MalformedPolicyDocument", having=words):
        iam.create_policy(PolicyName="bad", PolicyDocument=document)
    with refused("MalformedPolicyDocument", having=words):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document)


def test_a_policy_is_bounded_without_its_white_space(iam: Any) -> None:
    def sized(length: int) -> str:
        fixed = len("".join(json.dumps(allowing("s3:*", resource="arn:aws:s3:::")).split()))
        return json.dumps(allowing("s3:*", resource="arn:aws:s3:::" + "b" * (length - fixed)), indent=20)

    iam.create_policy(PolicyName="largest", PolicyDocument=sized(6144))

    with refused("LimitExceeded", having="Cannot exceed quota for PolicySize: 6144"):
        iam.create_policy(PolicyName="larger", PolicyDocument=sized(6145))


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::{account}:role/anything",
        "arn:aws:iam::{account}:policy/ trailing",
        "arn:aws-cn:iam::aws:policy/AdministratorAccess",
        "arn:aws:iam:us-east-1:{account}:policy/p",
        "arn:aws:s3:::policy/AdministratorAccess",
        "AdministratorAccess-and-more",
    ],
)
def test_what_is_no_arn_of_a_policy_is_refused_as_such(aws: Aws, iam: Any, arn: str) -> None:
    arn = arn.format(account=aws.account_id)

    with refused("InvalidInput", having=f"ARN {arn} is not valid."):
        iam.get_policy(PolicyArn=arn)
    iam.create_user(UserName="ana")
    with refused("InvalidInput", having=f"ARN {arn} is not valid."):
        iam.attach_user_policy(UserName="ana", PolicyArn=arn)


def test_a_policy_that_does_not_exist_cannot_be_found(aws: Aws, iam: Any) -> None:
    missing = f"arn:aws:iam::{aws.account_id}:policy/ghost"

    with refused("NoSuchEntity", having=f"Policy {missing} was not found."):
        iam.get_policy(PolicyArn=missing)
    with refused("NoSuchEntity"):
        iam.delete_policy(PolicyArn=missing)
    with refused("NoSuchEntity"):
        iam.list_entities_for_policy(PolicyArn=missing)


def test_a_policy_of_another_account_is_out_of_reach(aws: Aws, iam: Any) -> None:
    theirs = make_policy(aws.other().admin("iam"))
    iam.create_user(UserName="ana")

    with refused("AccessDenied"):
        iam.get_policy(PolicyArn=theirs)
    with refused("AccessDenied"):
        iam.delete_policy(PolicyArn=theirs)
    with refused("NoSuchEntity"):
        iam.attach_user_policy(UserName="ana", PolicyArn=theirs)


# Attaching


@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_attaching_twice_and_detaching_once(iam: Any, kind: str) -> None:
    arn = make_policy(iam)
    name = make_owner(iam, kind)
    attach, detach = getattr(iam, f"attach_{kind}_policy"), getattr(iam, f"detach_{kind}_policy")
    listed = getattr(iam, f"list_attached_{kind}_policies")

    attach(**name, PolicyArn=arn)
    attach(**name, PolicyArn=arn)
    assert listed(**name)["AttachedPolicies"] == [{"PolicyName": "p", "PolicyArn": arn}]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1

    detach(**name, PolicyArn=arn)
    assert listed(**name)["AttachedPolicies"] == []
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 0
    with refused("NoSuchEntity", having=f"Policy {arn} was not found."):
        detach(**name, PolicyArn=arn)


@pytest.mark.parametrize(("kind", "quota"), [("user", 10), ("group", 10), ("role", 20)])
def test_no_more_policies_are_attached_than_the_quota(iam: Any, kind: str, quota: int) -> None:
    name = make_owner(iam, kind)
    attach = getattr(iam, f"attach_{kind}_policy")
    arns = [make_policy(iam, f"p{number}") for number in range(quota + 1)]
    for arn in arns[:-1]:
        attach(**name, PolicyArn=arn)

    with refused("LimitExceeded", having=f"Cannot exceed quota for PoliciesPer{kind.capitalize()}: {quota}"):
        attach(**name, PolicyArn=arns[-1])
    attach(**name, PolicyArn=arns[0])  # it is there already


def test_parallel_attachments_do_not_pass_the_quota(iam: Any) -> None:
    iam.create_user(UserName="ana")
    arns = [make_policy(iam, f"p{number}") for number in range(14)]

    def attach(arn: str) -> str:
        try:
            iam.attach_user_policy(UserName="ana", PolicyArn=arn)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "attached"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(attach, arns))

    assert outcomes == ["LimitExceeded"] * 4 + ["attached"] * 10
    assert len(iam.list_attached_user_policies(UserName="ana")["AttachedPolicies"]) == 10


def test_attached_policies_are_listed_by_name_path_and_page(iam: Any) -> None:
    iam.create_user(UserName="ana")
    for arn in (make_policy(iam, "Zulu", Path="/team/"), make_policy(iam, "alpha"), VIEW_ONLY):
        iam.attach_user_policy(UserName="ana", PolicyArn=arn)

    def names(**parameters: object) -> list[str]:
        answer = iam.list_attached_user_policies(UserName="ana", **parameters)
        return [each["PolicyName"] for each in answer["AttachedPolicies"]]

    assert names() == ["alpha", "ViewOnlyAccess", "Zulu"]
    assert names(PathPrefix="/team/") == ["Zulu"]
    assert names(PathPrefix="/job-function/") == ["ViewOnlyAccess"]
    marker = iam.list_attached_user_policies(UserName="ana", MaxItems=1)["Marker"]
    assert names(Marker=marker) == ["ViewOnlyAccess", "Zulu"]


def test_a_policy_that_does_not_exist_cannot_be_attached(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="ana")
    missing = f"arn:aws:iam::{aws.account_id}:policy/ghost"

    with refused("NoSuchEntity", having=f"Policy {missing} does not exist or is not attachable."):
        iam.attach_user_policy(UserName="ana", PolicyArn=missing)
    with refused("NoSuchEntity", having="does not exist or is not attachable."):
        iam.attach_user_policy(UserName="ana", PolicyArn="arn:aws:iam::aws:policy/ViewOnlyAccess")


@pytest.mark.parametrize("kind", ["user", "group"])
def test_what_is_attached_grants_on_the_very_next_call_until_it_is_detached(aws: Aws, iam: Any, kind: str) -> None:
    ana = aws.user("ana")
    if kind == "group":
        aws.group("staff", members=[ana])
    name = {"UserName": "ana"} if kind == "user" else {"GroupName": "staff"}
    with refused("AccessDenied"):
        ana.client("iam").list_users()

    getattr(iam, f"attach_{kind}_policy")(**name, PolicyArn=READ_ONLY)
    ana.client("iam").list_users()

    getattr(iam, f"detach_{kind}_policy")(**name, PolicyArn=READ_ONLY)
    with refused("AccessDenied"):
        ana.client("iam").list_users()


def test_which_policies_may_be_attached_can_be_limited(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="bob")
    condition = {"ArnEquals": {"iam:PolicyARN": READ_ONLY}}
    policy = allowing("iam:AttachUserPolicy", "iam:DetachUserPolicy", Condition=condition)
    delegate = aws.user("delegate", policy=policy).client("iam")

    delegate.attach_user_policy(UserName="bob", PolicyArn=READ_ONLY)
    delegate.detach_user_policy(UserName="bob", PolicyArn=READ_ONLY)
    with refused("AccessDenied"):
        delegate.attach_user_policy(UserName="bob", PolicyArn=ADMINISTRATOR)
    with refused("AccessDenied"):
        delegate.attach_user_policy(UserName="delegate", PolicyArn=ADMINISTRATOR)


# Deleting


def test_a_policy_is_deleted_once_nothing_holds_it_and_one_version_is_left(iam: Any) -> None:
    arn = make_policy(iam)
    iam.create_user(UserName="ana")
    iam.attach_user_policy(UserName="ana", PolicyArn=arn)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(allowing("s3:Put*")))

    with refused("DeleteConflict", having="Cannot delete a policy attached to entities."):
        iam.delete_policy(PolicyArn=arn)
    iam.detach_user_policy(UserName="ana", PolicyArn=arn)
    with refused("DeleteConflict", having="This policy has more than one version."):
        iam.delete_policy(PolicyArn=arn)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.delete_policy(PolicyArn=arn)

    with refused("NoSuchEntity"):
        iam.get_policy(PolicyArn=arn)


def test_a_policy_made_again_is_another_one(iam: Any) -> None:
    arn = make_policy(iam, Tags=[{"Key": "a", "Value": "b"}])
    first = iam.get_policy(PolicyArn=arn)["Policy"]["PolicyId"]
    iam.delete_policy(PolicyArn=arn)

    assert make_policy(iam) == arn
    again = iam.get_policy(PolicyArn=arn)["Policy"]
    assert again["PolicyId"] != first
    assert again["Tags"] == []


# Tags


def test_tags_of_a_policy_are_told_apart_by_case(iam: Any) -> None:
    arn = make_policy(iam, Tags=[{"Key": "Team", "Value": "blue"}])

    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "team", "Value": "red"}])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [
        {"Key": "Team", "Value": "blue"},
        {"Key": "team", "Value": "red"},
    ]

    iam.untag_policy(PolicyArn=arn, TagKeys=["Team"])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "team", "Value": "red"}]


def test_the_tags_of_a_policy_decide_who_may_change_it(aws: Aws, iam: Any) -> None:
    blue = make_policy(iam, "blue", Tags=[{"Key": "team", "Value": "blue"}])
    red = make_policy(iam, "red", Tags=[{"Key": "team", "Value": "red"}])
    condition = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    ana = aws.user("ana", policy=allowing("iam:CreatePolicyVersion", Condition=condition)).client("iam")
    document = json.dumps(allowing("s3:Put*"))

    ana.create_policy_version(PolicyArn=blue, PolicyDocument=document)
    with refused("AccessDenied", having=f"iam:CreatePolicyVersion on resource: policy {red}"):
        ana.create_policy_version(PolicyArn=red, PolicyDocument=document)


# AWS's own


def test_a_policy_of_aws_is_shown_with_its_default_version(iam: Any) -> None:
    policy = iam.get_policy(PolicyArn=ADMINISTRATOR)["Policy"]

    assert (policy["PolicyName"], policy["DefaultVersionId"]) == ("AdministratorAccess", "v1")
    version = iam.get_policy_version(PolicyArn=ADMINISTRATOR, VersionId="v1")["PolicyVersion"]
    assert version["Document"]["Statement"] == [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    assert [each["VersionId"] for each in iam.list_policy_versions(PolicyArn=ADMINISTRATOR)["Versions"]] == ["v1"]
    assert iam.list_policy_tags(PolicyArn=ADMINISTRATOR)["Tags"] == []


def test_nobody_changes_a_policy_of_aws(iam: Any) -> None:
    document = json.dumps(allowing("s3:*"))

    with refused("AccessDenied", having=f"iam:CreatePolicyVersion on resource: policy {READ_ONLY}"):
        iam.create_policy_version(PolicyArn=READ_ONLY, PolicyDocument=document, SetAsDefault=True)
    with refused("AccessDenied"):
        iam.delete_policy(PolicyArn=READ_ONLY)
    with refused("AccessDenied"):
        iam.set_default_policy_version(PolicyArn=READ_ONLY, VersionId="v1")
    with refused("AccessDenied"):
        iam.delete_policy_version(PolicyArn=READ_ONLY, VersionId="v1")
    with refused("AccessDenied"):
        iam.tag_policy(PolicyArn=READ_ONLY, Tags=[{"Key": "a", "Value": "b"}])
    with refused("AccessDenied"):
        iam.untag_policy(PolicyArn=READ_ONLY, TagKeys=["a"])


def test_use_of_a_policy_of_aws_is_counted_for_each_account_by_itself(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="ana")
    iam.attach_user_policy(UserName="ana", PolicyArn=VIEW_ONLY)

    other = aws.other().admin("iam")

    assert iam.get_policy(PolicyArn=VIEW_ONLY)["Policy"]["AttachmentCount"] == 1
    assert other.get_policy(PolicyArn=VIEW_ONLY)["Policy"]["AttachmentCount"] == 0


def test_read_only_access_reads_everything_and_changes_nothing(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana")
    iam.attach_user_policy(UserName="ana", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")

    ana.client("iam").list_users()
    ana.client("iam").get_account_summary()
    with refused("AccessDenied"):
        ana.client("iam").create_user(UserName="bob")


# What callers may do


def test_a_caller_without_the_right_learns_nothing_of_what_exists(aws: Aws, iam: Any) -> None:
    arn = make_policy(iam, "secret")
    ana = aws.user("ana").client("iam")

    for asked in (arn, arn.replace("secret", "ghost")):
        with refused("AccessDenied", having=f"is not authorized to perform: iam:GetPolicy on resource: policy {asked}"):
            ana.get_policy(PolicyArn=asked)
    with refused("AccessDenied", having="iam:ListPolicies"):
        ana.list_policies()


def test_creating_with_tags_needs_the_right_to_tag(aws: Aws) -> None:
    ana = aws.user("ana", allow=["iam:CreatePolicy"]).client("iam")

    make_policy(ana, "plain")
    with refused("AccessDenied", having="iam:TagPolicy"):
        make_policy(ana, "tagged", Tags=[{"Key": "team", "Value": "blue"}])
