"""ExplainAccess: may this principal do that, and why, without its doing it."""

import json
from typing import Any

import pytest

from tests.user.client import Aws
from tests.user.explanations import can, layer_of
from tests.user.refusals import denial_of, refused
from tests.user.sessions import allowing, trusting

INVALID = "InvalidInput"


def user_arn(aws: Aws, name: str) -> str:
    return f"arn:aws:iam::{aws.account_id}:user/{name}"


# Which principals


def test_a_users_answer_is_what_really_happens(aws: Aws) -> None:
    ana = aws.user("ana", allow=["iam:GetUser"], deny=["iam:DeleteUser"])
    target = user_arn(aws, "ana")

    assert can(aws, ana.arn, "iam:GetUser", target)["Effect"] == "Allow"
    assert can(aws, ana.arn, "iam:DeleteUser", target)["Explanation"]["decision"]["reason"] == "explicit deny"
    assert can(aws, ana.arn, "iam:ListUsers", "*")["Explanation"]["decision"]["reason"] == "implicit deny"
    ana.client("iam").get_user(UserName="ana")
    for call in (ana.client("iam").list_users, lambda: ana.client("iam").delete_user(UserName="ana")):
        denial_of(call)


def test_group_policies_and_the_boundary_count(aws: Aws) -> None:
    ana = aws.user("ana")
    aws.group("readers", members=[ana], allow=["iam:Get*", "iam:List*"])
    policy = aws.admin("iam").create_policy(PolicyName="only", PolicyDocument=allowing("iam:Get*"))["Policy"]["Arn"]
    aws.admin("iam").put_user_permissions_boundary(UserName="ana", PermissionsBoundary=policy)

    assert can(aws, ana.arn, "iam:GetUser", user_arn(aws, "x"))["Effect"] == "Allow"
    denied = can(aws, ana.arn, "iam:ListUsers", "*")
    assert denied["Explanation"]["decision"]["layer"] == "boundary"
    assert layer_of(denied, "identity")["outcome"] == "allows"


def test_a_role_answers_as_one_of_its_sessions(aws: Aws) -> None:
    statement = {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}
    statement["Condition"] = {"StringLike": {"aws:userid": "*:night"}}  # type: ignore[assignment]
    role = aws.role("deploy", trust=aws.account_id, policy={"Version": "2012-10-17", "Statement": [statement]})
    session = f"arn:aws:sts::{aws.account_id}:assumed-role/deploy/"

    assert can(aws, role.arn, "iam:ListUsers", "*")["Effect"] == "Deny"
    assert can(aws, session + "day", "iam:ListUsers", "*")["Effect"] == "Deny"
    assert can(aws, session + "night", "iam:ListUsers", "*")["Effect"] == "Allow"


def test_a_session_policy_can_be_supposed(aws: Aws) -> None:
    role = aws.role("deploy", trust=aws.account_id, allow=["iam:*"])

    answer = can(aws, role.arn, "iam:ListUsers", "*", SessionPolicy=allowing("iam:GetUser"))

    assert (answer["Effect"], answer["Explanation"]["decision"]["layer"]) == ("Deny", "session")
    assert can(aws, role.arn, "iam:GetUser", "*", SessionPolicy=allowing("iam:GetUser"))["Effect"] == "Allow"


def test_root_may_what_nothing_denies(aws: Aws) -> None:
    root = f"arn:aws:iam::{aws.account_id}:root"

    answer = can(aws, root, "iam:DeleteUser", user_arn(aws, "x"))

    assert (answer["Effect"], answer["Explanation"]["decision"]["layer"]) == ("Allow", "root")


def test_a_federated_user_is_its_parent_cut_to_a_session_policy(aws: Aws) -> None:
    ana = aws.user("ana", allow=["sts:GetFederationToken", "s3:*"])
    ana.client("sts").get_federation_token(Name="guest")
    guest, bucket = f"arn:aws:sts::{aws.account_id}:federated-user/guest", "arn:aws:s3:::b/o"

    without = can(aws, guest, "s3:GetObject", bucket)
    assert (without["Effect"], without["Explanation"]["decision"]["layer"]) == ("Deny", "session")
    narrow = allowing("s3:GetObject")
    assert can(aws, guest, "s3:GetObject", bucket, SessionPolicy=narrow)["Effect"] == "Allow"
    assert can(aws, guest, "s3:PutObject", bucket, SessionPolicy=narrow)["Effect"] == "Deny"


def test_credentials_that_cannot_call_a_service_at_all_are_told(aws: Aws) -> None:
    ana = aws.user("ana", allow=["sts:GetFederationToken", "iam:*"])
    ana.client("sts").get_federation_token(Name="guest")
    guest = f"arn:aws:sts::{aws.account_id}:federated-user/guest"

    answer = can(aws, guest, "iam:ListUsers", "*", SessionPolicy=allowing("iam:*"))

    assert answer["Effect"] == "Deny"
    assert answer["Notes"] == ["Credentials of a federated user cannot call IAM."]
    assert answer["Remedies"] == []


def test_what_needs_no_permission_cannot_be_denied(aws: Aws) -> None:
    ana = aws.user("ana", deny=["*"])

    answer = can(aws, ana.arn, "sts:GetCallerIdentity", "*")

    assert answer["Effect"] == "Allow"
    assert answer["Notes"] == ["This operation needs no permission, and no policy can deny it."]
    ana.client("sts").get_caller_identity()


# Conditions


def test_condition_keys_can_be_given(aws: Aws) -> None:
    statement = {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}
    statement["Condition"] = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}  # type: ignore[assignment]
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": [statement]})

    without = can(aws, ana.arn, "iam:ListUsers", "*")
    assert (without["Effect"], without["Explanation"]["decision"]["missingKeys"]) == ("Deny", ["aws:sourceip"])
    assert can(aws, ana.arn, "iam:ListUsers", "*", context={"AWS:sourceIp": "203.0.113.9"})["Effect"] == "Allow"
    assert can(aws, ana.arn, "iam:ListUsers", "*", context={"aws:SourceIp": "198.51.100.1"})["Effect"] == "Deny"


def test_what_is_given_takes_the_place_of_what_is_known(aws: Aws) -> None:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    statement["Condition"] = {"StringEquals": {"aws:PrincipalTag/team": "ops"}}  # type: ignore[assignment]
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": [statement]}, tags={"team": "ops"})
    bucket = "arn:aws:s3:::b"

    assert can(aws, ana.arn, "s3:ListBucket", bucket)["Effect"] == "Allow"
    assert can(aws, ana.arn, "s3:ListBucket", bucket, context={"aws:PrincipalTag/team": "dev"})["Effect"] == "Deny"
    assert can(aws, ana.arn, "s3:ListBucket", bucket, context={"aws:PrincipalTag/team": []})["Effect"] == "Deny"


def test_several_values_are_a_key_with_several_values(aws: Aws) -> None:
    statement = {"Effect": "Allow", "Action": "iam:TagUser", "Resource": "*"}
    statement["Condition"] = {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}  # type: ignore[assignment]
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": [statement]})
    target = user_arn(aws, "x")

    assert can(aws, ana.arn, "iam:TagUser", target, context={"aws:TagKeys": ["a", "b"]})["Effect"] == "Allow"
    assert can(aws, ana.arn, "iam:TagUser", target, context={"aws:TagKeys": ["a", "c"]})["Effect"] == "Deny"


def test_tags_of_users_and_roles_of_the_account_are_known(aws: Aws) -> None:
    statement = {"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}
    statement["Condition"] = {"StringEquals": {"iam:ResourceTag/team": "ops"}}  # type: ignore[assignment]
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": [statement]})
    eve, ben = aws.user("eve", tags={"team": "ops"}), aws.user("ben")

    assert can(aws, ana.arn, "iam:GetUser", eve.arn)["Effect"] == "Allow"
    assert can(aws, ana.arn, "iam:GetUser", ben.arn)["Effect"] == "Deny"


def test_the_boundary_of_a_user_is_known_to_operations_on_it(aws: Aws) -> None:
    boundary = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    statement = {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}
    statement["Condition"] = {"StringEquals": {"iam:PermissionsBoundary": boundary}}  # type: ignore[assignment]
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": [statement]})
    eve = aws.user("eve")
    aws.admin("iam").put_user_permissions_boundary(UserName="eve", PermissionsBoundary=boundary)

    assert can(aws, ana.arn, "iam:DeleteUserPolicy", eve.arn)["Effect"] == "Allow"
    assert can(aws, ana.arn, "iam:DeleteUserPolicy", ana.arn)["Effect"] == "Deny"


# Resource policies and trust policies


def test_a_resource_policy_can_be_given(aws: Aws) -> None:
    ana, bucket = aws.user("ana"), "arn:aws:s3:::b/o"
    statement = {"Effect": "Allow", "Principal": {"AWS": ana.arn}, "Action": "s3:GetObject", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    answer = can(aws, ana.arn, "s3:GetObject", bucket, ResourcePolicy=policy)

    assert (answer["Effect"], answer["Explanation"]["decision"]["layer"]) == ("Allow", "resource")
    assert can(aws, ana.arn, "s3:GetObject", bucket)["Effect"] == "Deny"


def test_a_resource_of_another_account_needs_both_sides(aws: Aws) -> None:
    ana = aws.user("ana", allow=["sqs:*"])
    queue = "arn:aws:sqs:us-east-1:999999999999:q"
    statement = {"Effect": "Allow", "Principal": {"AWS": ana.arn}, "Action": "sqs:*", "Resource": queue}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    assert can(aws, ana.arn, "sqs:SendMessage", queue)["Explanation"]["decision"]["layer"] == "resource"
    assert can(aws, ana.arn, "sqs:SendMessage", queue, ResourcePolicy=policy)["Effect"] == "Allow"


def test_the_trust_policy_of_a_role_of_the_account_decides_who_may_assume_it(aws: Aws) -> None:
    ana, eve = aws.user("ana"), aws.user("eve", allow=["sts:AssumeRole"])
    role = aws.role("deploy", trust=trusting(ana.arn, StringEquals={"sts:ExternalId": "x-1"}))

    allowed = can(aws, ana.arn, "sts:AssumeRole", role.arn, context={"sts:ExternalId": "x-1"})
    assert (allowed["Effect"], allowed["Explanation"]["decision"]["layer"]) == ("Allow", "trust")
    assert can(aws, ana.arn, "sts:AssumeRole", role.arn)["Effect"] == "Deny"
    denied = can(aws, eve.arn, "sts:AssumeRole", role.arn, context={"sts:ExternalId": "x-1"})
    assert (denied["Effect"], denied["Explanation"]["decision"]["layer"]) == ("Deny", "trust")
    assert layer_of(denied, "identity")["outcome"] == "allows"


def test_another_trust_policy_can_be_supposed(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=aws.account_id)

    answer = can(aws, ana.arn, "sts:AssumeRole", role.arn, ResourcePolicy=json.dumps(trusting(ana.arn)))

    assert answer["Effect"] == "Allow"
    assert can(aws, ana.arn, "sts:AssumeRole", role.arn)["Effect"] == "Deny"


def test_of_a_role_of_another_account_only_the_answer_is_told(aws: Aws) -> None:
    theirs = aws.other()
    ana, eve = aws.user("ana", allow=["sts:AssumeRole"]), aws.user("eve", allow=["sts:AssumeRole"])
    role = theirs.role("deploy", trust=ana, tags={"team": "their-secret"})
    missing = role.arn + "2"

    allowed = can(aws, ana.arn, "sts:AssumeRole", role.arn)
    assert allowed["Effect"] == "Allow"
    denied, nothing = (can(aws, eve.arn, "sts:AssumeRole", arn) for arn in (role.arn, missing))
    assert (denied["Effect"], denied["Explanation"]["decision"]["effect"]) == ("Deny", "Allow")
    for answer in (allowed, denied, nothing):
        assert layer_of(answer, "trust") is None
        assert "their-secret" not in json.dumps(answer)
        assert answer["Remedies"] == []
        for of_the_time in ("aws:currenttime", "aws:epochtime"):
            del answer["Explanation"]["request"]["keys"][of_the_time]
    assert json.dumps(denied) == json.dumps(nothing).replace(missing, role.arn)


# What is refused


def test_it_needs_permission_on_the_principal(aws: Aws) -> None:
    ana = aws.user("ana")
    statement = {"Effect": "Allow", "Action": "bailiwick:ExplainAccess", "Resource": ana.arn}
    helpdesk = aws.user("helpdesk", policy={"Version": "2012-10-17", "Statement": [statement]})
    eve = aws.user("eve")

    assert can(aws, ana.arn, "iam:ListUsers", "*", signer=helpdesk)["Effect"] == "Deny"
    words = denial_of(lambda: can(aws, eve.arn, "iam:ListUsers", "*", signer=helpdesk)).message
    assert f"is not authorized to perform: bailiwick:ExplainAccess on resource: {eve.arn} because" in words


def test_whether_one_may_is_asked_before_whether_there_is_such_a_principal(aws: Aws) -> None:
    nobody = aws.user("nobody")

    for name in ("nobody", "missing"):
        denial_of(lambda name=name: can(aws, user_arn(aws, name), "iam:ListUsers", "*", signer=nobody))


@pytest.mark.parametrize("kind", ["user/missing", "user/other/ana", "role/missing", "user/ANA"])
def test_a_principal_that_is_not_there_is_not_found(aws: Aws, kind: str) -> None:
    aws.user("ana")

    with refused("NoSuchEntity"):
        can(aws, f"arn:aws:iam::{aws.account_id}:{kind}", "iam:ListUsers", "*")


def test_a_federated_user_without_a_session_is_not_found(aws: Aws) -> None:
    with refused("NoSuchEntity", having="none of its sessions is on record"):
        can(aws, f"arn:aws:sts::{aws.account_id}:federated-user/guest", "s3:GetObject", "arn:aws:s3:::b/o")


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::999999999999:user/ana",
        "arn:aws:iam::ACCOUNT:group/developers",
        "arn:aws:iam::ACCOUNT:user/",
        "arn:aws:sts::ACCOUNT:assumed-role/deploy",
        "arn:aws:s3:::bucket-of-somebody",
        "not an arn, but long enough",
    ],
)
def test_what_is_no_principal_of_the_account_is_refused(aws: Aws, arn: str) -> None:
    with refused(INVALID, having="is not the ARN of a user, a role"):
        can(aws, arn.replace("ACCOUNT", aws.account_id), "iam:ListUsers", "*")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"Action": "ListUsers"}, "is not an action"),
        ({"Action": "iam:*"}, "is not an action"),
        ({"ResourceArn": "bucket"}, "is not a resource"),
        ({"ResourcePolicy": "{"}, "ResourcePolicy: "),
        ({"ResourcePolicy": allowing("s3:*")}, "ResourcePolicy: "),
        ({"SessionPolicy": "{}"}, "SessionPolicy: "),
        ({"ContextEntries": [{"Key": "aws:a", "Values": ["x" * 2000] * 33}]}, "more than 65536 characters"),
        ({"ContextEntries": [{"Key": "aws:a", "Values": ["x"]}, {"Key": "AWS:A", "Values": ["y"]}]}, "AWS:A twice"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(aws: Aws, given: dict[str, Any], words: str) -> None:
    asked = {
        "PrincipalArn": f"arn:aws:iam::{aws.account_id}:user/admin",
        "Action": "s3:GetObject",
        "ResourceArn": "arn:aws:s3:::b/o",
    }

    with refused(INVALID, having=words):
        aws.admin("bailiwick").explain_access(**{**asked, **given})
