"""SimulateCustomPolicy and GetContextKeysForCustomPolicy, as boto3 and the `aws` command see them.

The samples are those of AWS's CLI reference.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.user.aws_cli import AwsCli, variables
from tests.user.client import REGION, Aws
from tests.user.refusals import refused
from tests.user.simulated import ALLOW, EVERYTHING, document, simulate, statement

A, B = "111111111111", "222222222222"
ANA = f"arn:aws:iam::{A}:user/ana"
AFTER_A_DATE = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",'
    '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
)
OWN_TABLE = AFTER_A_DATE.replace('"Resource":"*"', '"Resource":"arn:aws:dynamodb:us-west-2:1:table/${aws:username}"')
EC2 = f"arn:aws:ec2:us-east-1:{A}"
LAUNCH = [
    f"{EC2}:instance/*",
    f"{EC2}:network-interface/*",
    f"{EC2}:security-group/sg-1",
    "arn:aws:ec2:us-east-1::image/ami-1",
]


@pytest.fixture
def iam(aws: Aws) -> Any:
    return aws.admin("iam")


@pytest.fixture
def cli(aws: Aws, tmp_path: Path) -> AwsCli:
    settings = {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_DEFAULT_REGION": REGION}
    return AwsCli(tmp_path, {**settings, **variables(aws.administrator)})


def entry(name: str, key_type: str, *values: str) -> dict[str, object]:
    return {"ContextKeyName": name, "ContextKeyType": key_type, "ContextKeyValues": list(values)}


# --- the samples of AWS's CLI reference


@pytest.mark.parametrize(
    ("time", "decision", "matched"),
    [
        (
            "2019-04-25T11:00:00Z",
            "allowed",
            [
                {
                    "SourcePolicyId": "PolicyInputList.1",
                    "SourcePolicyType": "none",
                    "StartPosition": {"Line": 1, "Column": 38},
                    "EndPosition": {"Line": 1, "Column": 167},
                }
            ],
        ),
        ("2014-04-25T11:00:00Z", "implicitDeny", []),
    ],
)
def test_the_command_shows_what_the_reference_shows(
    cli: AwsCli, time: str, decision: str, matched: list[object]
) -> None:
    shown = cli.ask(
        *("iam", "simulate-custom-policy", "--policy-input-list", AFTER_A_DATE),
        *("--action-names", "dynamodb:CreateBackup", "--context-entries"),
        f"ContextKeyName='aws:CurrentTime',ContextKeyValues='{time}',ContextKeyType=date",
    )

    assert shown == {
        "EvaluationResults": [
            {
                "EvalActionName": "dynamodb:CreateBackup",
                "EvalResourceName": "*",
                "EvalDecision": decision,
                "MatchedStatements": matched,
                "MissingContextValues": [],
            }
        ]
    }


def test_the_command_lists_context_keys_as_the_reference_does(cli: AwsCli) -> None:
    shown = cli.ask("iam", "get-context-keys-for-custom-policy", "--policy-input-list", OWN_TABLE)

    assert shown == {"ContextKeyNames": ["aws:username", "aws:CurrentTime"]}


def test_context_keys_of_several_policies_are_listed_once(iam: Any) -> None:
    other = document(statement(Condition={"Bool": {"aws:SecureTransport": "true"}, "Null": {"aws:UserName": "true"}}))

    keys = iam.get_context_keys_for_custom_policy(PolicyInputList=[OWN_TABLE, other])["ContextKeyNames"]

    assert keys == ["aws:username", "aws:CurrentTime", "aws:SecureTransport"]


# --- what a result says


def test_each_resource_is_told_of_when_resources_are_named(iam: Any) -> None:
    only_one = document(statement(Resource="arn:aws:s3:::b/one"), statement("Deny", Resource="arn:aws:s3:::b/three"))
    resources = [f"arn:aws:s3:::b/{key}" for key in ("one", "two", "three")]

    (result,) = simulate(iam, only_one, ResourceArns=resources)

    assert result["EvalDecision"] == "explicitDeny"
    assert result["EvalResourceName"] == "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
    assert result["EvalDecisionDetails"] == {}
    assert len(result["MatchedStatements"]) == 1
    assert [(each["EvalResourceName"], each["EvalResourceDecision"]) for each in result["ResourceSpecificResults"]] == [
        (resources[0], "allowed"),
        (resources[1], "implicitDeny"),
        (resources[2], "explicitDeny"),
    ]
    assert "EvalDecisionDetails" not in result["ResourceSpecificResults"][0]


@pytest.mark.parametrize("parameters", [{}, {"ResourceArns": ["*"]}])
def test_of_all_resources_there_is_one_answer(iam: Any, parameters: dict[str, Any]) -> None:
    (result,) = simulate(iam, ALLOW, **parameters)

    assert result["EvalResourceName"] == "*"
    assert "ResourceSpecificResults" not in result
    assert "EvalDecisionDetails" not in result
    assert "PermissionsBoundaryDecisionDetail" not in result
    assert "OrganizationsDecisionDetail" not in result


def test_a_missing_key_is_told_above_and_at_its_resource(iam: Any) -> None:
    guarded = document(
        statement(
            Resource="arn:aws:s3:::b/one", Condition={"StringEquals": {"aws:SourceVpc": "${aws:PrincipalOrgID}"}}
        ),
        statement(Resource="arn:aws:s3:::b/two"),
    )

    (result,) = simulate(iam, guarded, ResourceArns=["arn:aws:s3:::b/one", "arn:aws:s3:::b/two"])

    assert result["MissingContextValues"] == ["aws:SourceVpc", "aws:PrincipalOrgID"]
    assert [each["MissingContextValues"] for each in result["ResourceSpecificResults"]] == [
        ["aws:SourceVpc", "aws:PrincipalOrgID"],
        [],
    ]


def test_a_key_is_no_longer_missing_once_it_is_given(iam: Any) -> None:
    guarded = document(statement(Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}))

    (result,) = simulate(iam, guarded, ContextEntries=[entry("AWS:tagkeys", "stringList", "a", "c")])

    assert (result["EvalDecision"], result["MissingContextValues"]) == ("implicitDeny", [])


@pytest.mark.parametrize(("limit", "allowed"), [("s3:*", True), ("ec2:*", False)])
def test_a_boundary_is_told_of_apart(iam: Any, limit: str, allowed: bool) -> None:
    boundary = document(statement(action=limit))

    (result,) = simulate(iam, ALLOW, PermissionsBoundaryPolicyInputList=[boundary], ResourceArns=["arn:aws:s3:::b/k"])

    detail = {"AllowedByPermissionsBoundary": allowed}
    assert result["EvalDecision"] == ("allowed" if allowed else "implicitDeny")
    assert result["PermissionsBoundaryDecisionDetail"] == detail
    assert result["ResourceSpecificResults"][0]["PermissionsBoundaryDecisionDetail"] == detail


@pytest.mark.parametrize(
    ("levels", "decision", "allowed"),
    [
        ([[EVERYTHING], [EVERYTHING], [EVERYTHING]], "allowed", True),
        ([[EVERYTHING], [], [EVERYTHING]], "implicitDeny", False),
        ([[EVERYTHING], [EVERYTHING], [document(statement(action="ec2:*"))]], "implicitDeny", False),
        ([[EVERYTHING, document(statement("Deny"))], [EVERYTHING]], "explicitDeny", False),
    ],
)
def test_every_level_of_the_organization_must_allow(
    iam: Any, levels: list[list[str]], decision: str, allowed: bool
) -> None:
    given = [{"ServiceControlPolicyInputList": level} for level in levels]

    (result,) = simulate(iam, ALLOW, OrderedOrganizationPolicyInputList=given)

    assert result["EvalDecision"] == decision
    assert result["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": allowed}


def test_a_key_that_only_the_organization_asks_for_is_missing(iam: Any) -> None:
    guard = statement("Deny", "*", Condition={"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}})
    level = {"ServiceControlPolicyInputList": [document(statement(action="*"), guard)]}

    (without,) = simulate(iam, ALLOW, OrderedOrganizationPolicyInputList=[level])
    (given,) = simulate(
        iam,
        ALLOW,
        OrderedOrganizationPolicyInputList=[level],
        ContextEntries=[entry("aws:RequestedRegion", "string", "eu-west-1")],
    )

    assert (without["EvalDecision"], without["MissingContextValues"]) == ("explicitDeny", ["aws:RequestedRegion"])
    assert (given["EvalDecision"], given["MissingContextValues"]) == ("allowed", [])


# --- resource policies


def bucket_policy(principal: object, effect: str = "Allow") -> str:
    return document(statement(effect, Resource="arn:aws:s3:::b/*", Principal=principal))


def test_a_resource_policy_allows_its_own_accounts_user_alone(iam: Any) -> None:
    nothing = document(statement(action="ec2:*"))
    policy = bucket_policy({"AWS": ANA})

    (result,) = simulate(iam, nothing, ResourcePolicy=policy, CallerArn=ANA, ResourceArns=["arn:aws:s3:::b/k"])

    assert result["EvalDecision"] == "allowed"
    assert [(each["SourcePolicyId"], each["SourcePolicyType"]) for each in result["MatchedStatements"]] == [
        ("ResourcePolicy", "resource")
    ]


@pytest.mark.parametrize(
    ("owner", "identity", "decision", "details"),
    [
        (B, EVERYTHING, "allowed", {"IAM Policy": "allowed", "Resource Policy": "allowed"}),
        (B, ALLOW.replace("s3", "ec2"), "implicitDeny", {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"}),
        (A, ALLOW.replace("s3", "ec2"), "allowed", {}),
    ],
)
def test_between_accounts_each_type_of_policy_is_told_of(
    iam: Any, owner: str, identity: str, decision: str, details: dict[str, str]
) -> None:
    (result,) = simulate(
        iam,
        identity,
        ResourcePolicy=bucket_policy({"AWS": ANA}),
        CallerArn=ANA,
        ResourceOwner=f"arn:aws:iam::{owner}:root",
        ResourceArns=["arn:aws:s3:::b/k"],
    )

    assert (result["EvalDecision"], result["EvalDecisionDetails"]) == (decision, details)


def test_a_roles_trust_policy_counts_as_its_resource_policy(iam: Any) -> None:
    role = f"arn:aws:iam::{A}:role/deploy"
    parameters = {"CallerArn": ANA, "ResourceArns": [role], "actions": ("sts:AssumeRole",)}
    denying = {"Effect": "Deny", "Principal": {"AWS": ANA}, "Action": "sts:AssumeRole"}
    allowing = {**denying, "Effect": "Allow"}

    (denied,) = simulate(iam, EVERYTHING, ResourcePolicy=document(denying), **parameters)
    (allowed,) = simulate(iam, ALLOW, ResourcePolicy=document(allowing), **parameters)

    assert denied["EvalDecision"] == "explicitDeny"
    assert [each["SourcePolicyType"] for each in denied["MatchedStatements"]] == ["resource"]
    assert denied["EvalDecisionDetails"] == {"IAM Policy": "allowed", "Role Trust Policy": "explicitDeny"}
    assert (allowed["EvalDecision"], allowed["EvalDecisionDetails"]) == (
        "allowed",
        {"IAM Policy": "implicitDeny", "Role Trust Policy": "allowed"},
    )


def test_a_role_as_caller_is_limited_by_its_boundary_where_its_arn_is_named(iam: Any) -> None:
    role = f"arn:aws:iam::{A}:role/deploy"
    limit = document(statement(action="ec2:*"))
    parameters = {"CallerArn": role, "ResourceArns": ["arn:aws:s3:::b/k"]}

    (free,) = simulate(iam, limit, ResourcePolicy=bucket_policy({"AWS": role}), **parameters)
    (bounded,) = simulate(
        iam,
        limit,
        ResourcePolicy=bucket_policy({"AWS": role}),
        PermissionsBoundaryPolicyInputList=[limit],
        **parameters,
    )

    assert (free["EvalDecision"], bounded["EvalDecision"]) == ("allowed", "implicitDeny")


def test_the_callers_arn_gives_the_keys_that_it_tells(iam: Any) -> None:
    own = document(
        statement(
            Resource="arn:aws:s3:::${aws:username}/*",
            Condition={"ArnEquals": {"aws:PrincipalArn": ANA}, "StringEquals": {"aws:PrincipalAccount": A}},
        )
    )

    (known,) = simulate(iam, own, CallerArn=ANA, ResourceArns=["arn:aws:s3:::ana/k"])
    (told,) = simulate(
        iam,
        own,
        CallerArn=ANA,
        ResourceArns=["arn:aws:s3:::eve/k"],
        ContextEntries=[entry("aws:username", "string", "eve")],
    )
    (nobody,) = simulate(iam, own, ResourceArns=["arn:aws:s3:::ana/k"])

    assert (known["EvalDecision"], told["EvalDecision"], nobody["EvalDecision"]) == (
        "allowed",
        "allowed",
        "implicitDeny",
    )
    assert nobody["MissingContextValues"] == ["aws:username", "aws:PrincipalArn", "aws:PrincipalAccount"]


# --- launching an instance


def test_a_launch_is_allowed_when_all_that_it_needs_is(iam: Any) -> None:
    run = document(statement(action="ec2:RunInstances"))
    all_but_images = document(statement(action="ec2:RunInstances", Resource=f"{EC2}:*"))
    scenario = {"actions": ("ec2:RunInstances",), "ResourceHandlingOption": "EC2-VPC-InstanceStore"}

    (allowed,) = simulate(iam, run, ResourceArns=LAUNCH, **scenario)
    (denied,) = simulate(iam, all_but_images, ResourceArns=LAUNCH, **scenario)

    assert (allowed["EvalDecision"], denied["EvalDecision"]) == ("allowed", "implicitDeny")


@pytest.mark.parametrize(
    ("option", "resources", "words"),
    [
        ("EC2-VPC-EBS-Subnet", LAUNCH, "needs resources of these types: subnet, volume."),
        ("EC2-VPC-InstanceStore", LAUNCH[1:], "needs resources of these types: instance."),
        ("EC2-VPC-InstanceStore", [], "instance, image, security-group, network-interface."),
        ("EC2-Classic-EBS", LAUNCH, "EC2-Classic-EBS is not a valid ResourceHandlingOption"),
    ],
)
def test_a_launch_that_lacks_something_is_refused(iam: Any, option: str, resources: list[str], words: str) -> None:
    with refused("InvalidInput", having=words):
        simulate(iam, EVERYTHING, actions=("ec2:RunInstances",), ResourceHandlingOption=option, ResourceArns=resources)


# --- what cannot be simulated


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"actions": ("s3:*",)}, "Invalid Input Actions: [s3:*]."),
        (
            {"actions": ("s3:GetObject", "GetObject", "s3:Get?bject")},
            "Invalid Input Actions: [GetObject, s3:Get?bject].",
        ),
        ({"ResourceArns": ["b/k"]}, "ResourceNames are not in a valid ARN format: b/k."),
        ({"ResourceArns": [f"arn:aws:s3:::b/{n}" for n in range(1001)]}, "No more than 1000 resources"),
        ({"ResourceOwner": A}, f"'{A}' is not a valid as a Resource Owner."),
        ({"ResourceOwner": f"arn:aws:iam::{A}:user/ana"}, "is not a valid as a Resource Owner."),
        (
            {"CallerArn": f"arn:aws:sts::{A}:assumed-role/r/s"},
            f"Invalid Entity Arn: arn:aws:sts::{A}:assumed-role/r/s does not clearly define entity type and name.",
        ),
        ({"CallerArn": f"arn:aws:iam::{A}:root"}, "Invalid Entity Arn"),
        ({"ResourcePolicy": bucket_policy("*")}, "CallerArn is required"),
        (
            {
                "ResourcePolicy": bucket_policy("*"),
                "CallerArn": ANA,
                "ResourceArns": ["arn:aws:s3:::b", "arn:aws:sqs:us-east-1:1:q"],
            },
            "applicable to all of the resources: arn:aws:sqs:us-east-1:1:q",
        ),
        (
            {
                "ResourcePolicy": bucket_policy("*"),
                "CallerArn": ANA,
                "ResourceArns": ["arn:aws:s3:::b", f"arn:aws:iam::{A}:role/r"],
            },
            "applicable to all of the resources",
        ),
        ({"PermissionsBoundaryPolicyInputList": [ALLOW, ALLOW]}, "Only one policy"),
        ({"ContextEntries": [entry("aws:CurrentTime", "date", "yesterday")]}, "yesterday of the context key"),
        ({"ContextEntries": [entry("aws:SourceIp", "ip", "10.0.0.0/8")]}, "is not of the type ip."),
        ({"ContextEntries": [entry("aws:username", "string", "a", "b")]}, "exactly one value"),
        ({"ContextEntries": [entry("aws:username", "string")]}, "exactly one value"),
        ({"ContextEntries": [{"ContextKeyName": "aws:username", "ContextKeyValues": ["a"]}]}, "ContextKeyType"),
        ({"ContextEntries": [{"ContextKeyType": "string", "ContextKeyValues": ["a"]}]}, "ContextKeyName"),
        (
            {"ContextEntries": [entry("aws:username", "string", "a"), entry("AWS:UserName", "string", "b")]},
            "AWS:UserName is given more than once",
        ),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_the_reason(iam: Any, parameters: dict[str, Any], words: str) -> None:
    with refused("InvalidInput", having=words):
        simulate(iam, ALLOW, **parameters)


@pytest.mark.parametrize(
    ("parameters", "place"),
    [
        ({"PolicyInputList": [ALLOW, "{"]}, "PolicyInputList.2: "),
        ({"PolicyInputList": [bucket_policy("*")]}, "PolicyInputList.1: "),
        ({"PermissionsBoundaryPolicyInputList": ["[]"]}, "PermissionsBoundaryPolicyInputList.1: "),
        ({"ResourcePolicy": ALLOW, "CallerArn": ANA}, "ResourcePolicy: "),
        (
            {"ResourcePolicy": bucket_policy("*"), "CallerArn": ANA, "ResourceArns": [f"arn:aws:iam::{A}:role/r"]},
            "ResourcePolicy: ",
        ),
        (
            {
                "OrderedOrganizationPolicyInputList": [
                    {"ServiceControlPolicyInputList": []},
                    {"ServiceControlPolicyInputList": [ALLOW, "{"]},
                ]
            },
            "OrderedOrganizationPolicyInputList.2.ServiceControlPolicyInputList.2: ",
        ),
    ],
)
def test_a_policy_that_cannot_be_read_is_named(iam: Any, parameters: dict[str, Any], place: str) -> None:
    with refused("InvalidInput", having=place):
        iam.simulate_custom_policy(**{"PolicyInputList": [ALLOW], "ActionNames": ["s3:GetObject"], **parameters})


def test_context_keys_of_a_policy_that_cannot_be_read_are_refused(iam: Any) -> None:
    with refused("InvalidInput", having="PolicyInputList.1: "):
        iam.get_context_keys_for_custom_policy(PolicyInputList=["{}"])
