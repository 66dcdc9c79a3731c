"""SimulatePrincipalPolicy and GetContextKeysForPrincipalPolicy: the stored policies of users, groups and roles."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.user.aws_cli import AwsCli, variables
from tests.user.client import REGION, Aws, User
from tests.user.refusals import refused
from tests.user.sessions import trusting

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.fixture
def iam(aws: Aws) -> Any:
    return aws.admin("iam")


def document(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect: str, action: object, **elements: object) -> dict[str, object]:
    return {"Effect": effect, "Action": action, "Resource": "*", **elements}


def allow(action: object, **elements: object) -> str:
    return document(statement("Allow", action, **elements))


def simulate(iam: Any, arn: str, *actions: str, **parameters: Any) -> Any:
    """The result of one action, or the results of several."""
    reply = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=list(actions), **parameters)
    results = reply["EvaluationResults"]
    assert [result["EvalActionName"] for result in results] == list(actions)
    return results[0] if len(actions) == 1 else results


def decision(iam: Any, arn: str, action: str, **parameters: Any) -> Any:
    return simulate(iam, arn, action, **parameters)["EvalDecision"]


def sources(result: Any) -> list[tuple[str, str]]:
    return [(each["SourcePolicyId"], each["SourcePolicyType"]) for each in result["MatchedStatements"]]


def entry(name: str, key_type: str, *values: str) -> dict[str, object]:
    return {"ContextKeyName": name, "ContextKeyType": key_type, "ContextKeyValues": list(values)}


# --- the samples of AWS's CLI reference


def test_the_command_shows_what_the_reference_shows(aws: Aws, iam: Any, tmp_path: Path) -> None:
    text = (
        '{\n    "Version": "2012-10-17",\n    "Statement": [\n        {\n            "Effect": "Allow",\n'
        '            "Action": "codecommit:ListRepositories",\n            "Resource": "*"\n\n        }\n    ]\n}'
    )
    arn = iam.create_policy(PolicyName="Grant-Access-To-CodeCommit-ListRepo", PolicyDocument=text)["Policy"]["Arn"]
    user = aws.user("alejandro").arn
    iam.attach_user_policy(UserName="alejandro", PolicyArn=arn)
    settings = {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_DEFAULT_REGION": REGION}
    cli = AwsCli(tmp_path, {**settings, **variables(aws.administrator)})

    shown = cli.ask(
        *("iam", "simulate-principal-policy", "--policy-source-arn", user),
        *("--action-names", "codecommit:ListRepositories"),
    )

    assert shown == {
        "EvaluationResults": [
            {
                "EvalActionName": "codecommit:ListRepositories",
                "EvalResourceName": "*",
                "EvalDecision": "allowed",
                "MatchedStatements": [
                    {
                        "SourcePolicyId": "Grant-Access-To-CodeCommit-ListRepo",
                        "SourcePolicyType": "user-managed",
                        "StartPosition": {"Line": 3, "Column": 19},
                        "EndPosition": {"Line": 9, "Column": 10},
                    }
                ],
                "MissingContextValues": [],
            }
        ]
    }


def test_the_command_lists_context_keys_as_the_reference_does(aws: Aws, iam: Any, tmp_path: Path) -> None:
    own = allow("dynamodb:*", Resource="arn:aws:dynamodb:us-west-2:1:table/${aws:username}")
    later = allow("dynamodb:*", Condition={"DateGreaterThan": {"aws:CurrentTime": "2015-08-16T12:00:00Z"}})
    saanvi = aws.user("saanvi", policy=json.loads(own))
    aws.group("team", members=[saanvi], policy=json.loads(later))
    settings = {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_DEFAULT_REGION": REGION}
    cli = AwsCli(tmp_path, {**settings, **variables(aws.administrator)})

    shown = cli.ask("iam", "get-context-keys-for-principal-policy", "--policy-source-arn", saanvi.arn)

    assert sorted(shown["ContextKeyNames"]) == ["aws:CurrentTime", "aws:username"]


# --- which policies count


def test_a_users_policies_are_its_own_and_those_of_its_groups(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["s3:GetObject"])
    aws.group("team", members=[ana], allow=["s3:GetObject"])
    managed = iam.create_policy(PolicyName="objects", PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="team", PolicyArn=managed)
    iam.attach_user_policy(UserName="ana", PolicyArn=managed)
    iam.attach_user_policy(UserName="ana", PolicyArn=ADMINISTRATOR)

    result = simulate(iam, ana.arn, "s3:GetObject", PolicyInputList=[allow("s3:Get*")])

    assert result["EvalDecision"] == "allowed"
    assert sorted(sources(result)) == [
        ("AdministratorAccess", "aws-managed"),
        ("PolicyInputList.1", "none"),
        ("group_team_given-0", "group"),
        ("objects", "user-managed"),
        ("user_ana_given-0", "user"),
    ]


def test_a_group_and_a_role_have_their_own_policies_alone(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["s3:PutObject"])
    team = aws.group("team", members=[ana], allow=["s3:GetObject"])
    role = aws.role("worker", trust=aws.account_id, allow=["s3:GetObject"])

    for arn, source in ((team.arn, ("group_team_given-0", "group")), (role.arn, ("role_worker_given-0", "role"))):
        allowed, denied = simulate(iam, arn, "s3:GetObject", "s3:PutObject")
        assert (allowed["EvalDecision"], sources(allowed)) == ("allowed", [source])
        assert denied["EvalDecision"] == "implicitDeny"


def test_the_version_in_force_counts_from_the_moment_it_is(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana")
    policy = iam.create_policy(PolicyName="objects", PolicyDocument=allow("s3:GetObject"))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="ana", PolicyArn=policy)
    before = decision(iam, ana.arn, "s3:GetObject")

    iam.create_policy_version(PolicyArn=policy, PolicyDocument=allow("s3:PutObject"), SetAsDefault=True)

    assert (before, decision(iam, ana.arn, "s3:GetObject")) == ("allowed", "implicitDeny")


def test_a_boundary_counts_unless_another_is_given(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["s3:*", "iam:*"])
    iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=READ_ONLY)

    stored, other = (
        simulate(iam, ana.arn, "s3:GetObject", PermissionsBoundaryPolicyInputList=given)
        for given in ([], [allow("s3:*")])
    )

    assert (stored["EvalDecision"], other["EvalDecision"]) == ("implicitDeny", "allowed")
    assert stored["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    assert other["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}


def test_a_deny_in_a_group_is_the_only_thing_told(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["iam:ListUsers"])
    aws.group("contractors", members=[ana], deny=["iam:List*"])

    result = simulate(iam, ana.arn, "iam:ListUsers")

    assert (result["EvalDecision"], sources(result)) == ("explicitDeny", [("group_contractors_given-0", "group")])


@pytest.mark.parametrize(
    ("excluded", "decided"),
    [
        ({"PolicyType": "inline"}, "implicitDeny"),
        ({"PolicyType": "user-managed"}, "allowed"),
        ({"PolicyType": "permission-boundary"}, "explicitDeny"),
        ({"PolicyType": "scp"}, "explicitDeny"),
        ({"PolicyArn": "arn:aws:iam::{account}:policy/no-*"}, "allowed"),
        ({"PolicyArn": "arn:aws:iam::{account}:policy/other"}, "explicitDeny"),
        (
            {"InlinePolicyIdentifier": {"PolicyName": "given-0", "AttachmentType": "group", "AttachmentName": "te*"}},
            "implicitDeny",
        ),
        (
            {"InlinePolicyIdentifier": {"PolicyName": "given-0", "AttachmentType": "user", "AttachmentName": "ana"}},
            "explicitDeny",
        ),
    ],
)
def test_policies_can_be_left_out(aws: Aws, iam: Any, excluded: dict[str, Any], decided: str) -> None:
    """The group allows, a managed policy denies unless it is left out, and the boundary allows all but one action."""
    ana = aws.user("ana")
    aws.group("team", members=[ana], allow=["s3:*"])
    denying = document(statement("Deny", "s3:GetObject"))
    policy = iam.create_policy(PolicyName="no-objects", PolicyDocument=denying)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="ana", PolicyArn=policy)
    given = json.loads(json.dumps(excluded).replace("{account}", aws.account_id))
    also = [{"PolicyType": "user-managed"}] if decided == "implicitDeny" else []

    assert decision(iam, ana.arn, "s3:GetObject", PolicyExclusionList=[given, *also]) == decided


def test_a_boundary_can_be_left_out(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["s3:*"])
    iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=READ_ONLY)

    result = simulate(iam, ana.arn, "s3:GetObject", PolicyExclusionList=[{"PolicyType": "permission-boundary"}])

    assert result["EvalDecision"] == "allowed"
    assert "PermissionsBoundaryDecisionDetail" not in result


@pytest.mark.parametrize(
    "identifier",
    [
        {"PolicyArn": "arn:aws:iam::aws:policy/*Read*"},
        {"PolicyArn": "arn:aws:iam::*:policy/ReadOnly"},
        {"InlinePolicyIdentifier": {"PolicyName": "p", "AttachmentType": "user", "AttachmentName": "*a*"}},
    ],
)
def test_what_can_be_no_policy_is_not_left_out(aws: Aws, iam: Any, identifier: dict[str, Any]) -> None:
    with refused("InvalidInput", having="*"):
        simulate(iam, aws.user("ana").arn, "s3:GetObject", PolicyExclusionList=[identifier])


# --- what is known of the principal


def test_the_principals_name_tags_id_and_the_time_need_not_be_told(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", tags={"Team": "ops"})
    iam.put_user_policy(
        UserName="ana",
        PolicyName="own",
        PolicyDocument=allow(
            "s3:GetObject",
            Resource="arn:aws:s3:::${aws:username}/*",
            Condition={
                "StringEquals": {"aws:PrincipalTag/team": "ops", "aws:userid": ana.user_id},
                "ArnEquals": {"aws:PrincipalArn": ana.arn},
                "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"},
                "NumericGreaterThan": {"aws:EpochTime": "1500000000"},
            },
        ),
    )

    result = simulate(iam, ana.arn, "s3:GetObject", ResourceArns=["arn:aws:s3:::ana/k"])

    assert (result["EvalDecision"], result["MissingContextValues"]) == ("allowed", [])


def test_what_is_told_wins_over_what_is_known(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", tags={"team": "ops"})
    iam.put_user_policy(
        UserName="ana",
        PolicyName="own",
        PolicyDocument=allow("s3:GetObject", Condition={"StringEquals": {"aws:PrincipalTag/team": "dev"}}),
    )

    told = [entry("aws:PrincipalTag/Team", "string", "dev")]

    assert decision(iam, ana.arn, "s3:GetObject") == "implicitDeny"
    assert decision(iam, ana.arn, "s3:GetObject", ContextEntries=told) == "allowed"


def test_another_caller_is_known_by_its_arn_alone(aws: Aws, iam: Any) -> None:
    """Its tags are not for whoever may simulate somebody else."""
    ana = aws.user("ana")
    bob = aws.user("bob", tags={"team": "secret"})
    guess = allow("s3:GetObject", Condition={"StringEquals": {"aws:PrincipalTag/team": "secret"}})
    named = allow("s3:GetObject", Condition={"StringEquals": {"aws:username": "bob"}})

    guessed = simulate(iam, ana.arn, "s3:GetObject", PolicyInputList=[guess], CallerArn=bob.arn)
    known = simulate(iam, ana.arn, "s3:GetObject", PolicyInputList=[named], CallerArn=bob.arn)

    assert (guessed["EvalDecision"], guessed["MissingContextValues"]) == ("implicitDeny", ["aws:PrincipalTag/team"])
    assert known["EvalDecision"] == "allowed"


def test_a_resource_policy_meets_the_principal_as_caller(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana")
    bucket = {**statement("Allow", "s3:*", Resource="arn:aws:s3:::b/*"), "Principal": {"AWS": ana.arn}}
    parameters = {"ResourcePolicy": document(bucket), "ResourceArns": ["arn:aws:s3:::b/k"]}

    own = simulate(iam, ana.arn, "s3:GetObject", **parameters)
    foreign = simulate(iam, ana.arn, "s3:GetObject", ResourceOwner="222222222222", **parameters)

    assert (own["EvalDecision"], sources(own)) == ("allowed", [("ResourcePolicy", "resource")])
    assert (foreign["EvalDecision"], foreign["EvalDecisionDetails"]) == (
        "implicitDeny",
        {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"},
    )


# --- assuming roles


def can_assume(user: User, role_arn: str) -> bool:
    client = user.client("sts")
    try:
        client.assume_role(RoleArn=role_arn, RoleSessionName="work")
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


@pytest.mark.parametrize("trusted", ["account", "user", "other"])
@pytest.mark.parametrize("allowed", [True, False])
def test_whether_a_role_can_be_assumed_is_told_as_it_is(aws: Aws, iam: Any, trusted: str, allowed: bool) -> None:
    ana, eve = aws.user("ana", allow=["sts:AssumeRole"] if allowed else []), aws.user("eve")
    role = aws.role("worker", trust={"account": aws.account_id, "user": ana.arn, "other": eve.arn}[trusted])

    result = simulate(iam, ana.arn, "sts:AssumeRole", ResourceArns=[role.arn])

    assert (result["EvalDecision"] == "allowed") is can_assume(ana, role.arn)
    assert result["EvalDecisionDetails"]["Role Trust Policy"] == ("implicitDeny" if trusted == "other" else "allowed")
    assert result["EvalDecisionDetails"]["IAM Policy"] == ("allowed" if allowed else "implicitDeny")
    if trusted == "user":
        assert ("role_worker_AssumeRolePolicyDocument", "resource") in sources(result)


def test_a_user_made_again_is_not_the_one_that_the_role_trusts(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="ana")
    role = aws.role("worker", trust=f"arn:aws:iam::{aws.account_id}:user/ana")
    iam.delete_user(UserName="ana")
    ana = aws.user("ana", allow=["sts:AssumeRole"])

    assert decision(iam, ana.arn, "sts:AssumeRole", ResourceArns=[role.arn]) == "implicitDeny"
    assert not can_assume(ana, role.arn)


def test_a_condition_of_the_trust_policy_can_be_met(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana")
    trust = trusting(ana.arn, StringEquals={"sts:ExternalId": "x"})
    role = aws.role("worker", trust=trust)

    without = simulate(iam, ana.arn, "sts:AssumeRole", ResourceArns=[role.arn])
    told = [entry("sts:ExternalId", "string", "x")]

    assert (without["EvalDecision"], without["MissingContextValues"]) == ("implicitDeny", ["sts:ExternalId"])
    assert decision(iam, ana.arn, "sts:AssumeRole", ResourceArns=[role.arn], ContextEntries=told) == "allowed"


def test_a_role_that_is_not_there_cannot_be_assumed(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    role = aws.role("worker", trust=aws.account_id, path="/team/")
    missing = [f"arn:aws:iam::{aws.account_id}:role/none", role.arn.replace("team", "other")]

    assert decision(iam, ana.arn, "sts:AssumeRole", ResourceArns=[role.arn]) == "allowed"
    for arn in missing:
        assert decision(iam, ana.arn, "sts:AssumeRole", ResourceArns=[arn]) == "implicitDeny"


def test_a_trust_policy_that_is_given_counts_instead_of_the_roles_own(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    role = aws.role("worker", trust=aws.account_id)
    stricter = json.dumps(trusting(aws.user("eve").arn))

    result = simulate(iam, ana.arn, "sts:AssumeRole", ResourceArns=[role.arn], ResourcePolicy=stricter)

    assert result["EvalDecision"] == "implicitDeny"


def test_of_roles_in_general_only_the_principals_side_is_told(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])

    for resource in ("*", f"arn:aws:iam::{aws.account_id}:role/*"):
        assert decision(iam, ana.arn, "sts:AssumeRole", ResourceArns=[resource]) == "allowed"


def test_a_trust_policy_counts_only_for_those_who_may_read_it(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    role = aws.role("worker", trust=aws.account_id)
    reader = aws.user("reader", allow=["iam:SimulatePrincipalPolicy", "iam:GetRole"]).client("iam")
    asker = aws.user("asker", allow=["iam:SimulatePrincipalPolicy"]).client("iam")

    assert decision(reader, ana.arn, "sts:AssumeRole", ResourceArns=[role.arn]) == "allowed"
    assert decision(asker, ana.arn, "iam:PassRole", ResourceArns=[role.arn]) == "implicitDeny"
    for arn, name in ((role.arn, "worker"), (role.arn.replace("worker", "none"), "none")):
        with refused("AccessDenied", having=f"is not authorized to perform: iam:GetRole on resource: role {name}"):
            simulate(asker, ana.arn, "sts:AssumeRole", ResourceArns=[arn])


# --- the simulator and the real thing


CALLS: Mapping[str, tuple[Callable[[Any], object], str]] = {
    "iam:ListUsers": (lambda client: client.list_users(), "*"),
    "iam:GetUser": (lambda client: client.get_user(UserName="eve"), "user/eve"),
    "iam:GetGroup": (lambda client: client.get_group(GroupName="team"), "group/team"),
    "iam:ListRoles": (lambda client: client.list_roles(), "*"),
    "iam:TagUser": (
        lambda client: client.tag_user(UserName="eve", Tags=[{"Key": "a", "Value": "b"}]),
        "user/eve",
    ),
}


def test_the_simulator_says_what_the_service_does(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["iam:ListUsers", "iam:Tag*"], tags={"team": "ops"})
    aws.user("eve")
    aws.group("team", members=[ana], deny=["iam:ListRoles"])
    own = {"StringEquals": {"aws:PrincipalTag/team": "ops", "aws:username": "ana"}}
    iam.put_user_policy(
        UserName="ana",
        PolicyName="more",
        PolicyDocument=document(
            statement("Allow", "iam:Get*", Resource=f"arn:aws:iam::{aws.account_id}:user/*", Condition=own),
            statement("Allow", "iam:ListRoles"),
        ),
    )
    boundary = iam.create_policy(PolicyName="limit", PolicyDocument=allow(["iam:Get*", "iam:List*"]))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=boundary)

    simulated, real = {}, {}
    for action, (make, resource) in CALLS.items():
        arn = resource if resource == "*" else f"arn:aws:iam::{aws.account_id}:{resource}"
        simulated[action] = decision(iam, ana.arn, action, ResourceArns=[arn])
        try:
            make(ana.client("iam"))
            real[action] = "allowed"
        except ClientError as error:
            words = error.response["Error"]["Message"]
            real[action] = "explicitDeny" if "explicit deny" in words else "implicitDeny"

    assert simulated == real
    assert simulated == {
        "iam:ListUsers": "allowed",
        "iam:GetUser": "allowed",
        "iam:GetGroup": "implicitDeny",
        "iam:ListRoles": "explicitDeny",
        "iam:TagUser": "implicitDeny",
    }


# --- who may ask about whom
