"""Whom a role trusts: principals checked, kept by unique id and shown again, as boto3 sees it."""

import json
from typing import Any

import pytest

from tests.user.client import Aws
from tests.user.refusals import refused
from tests.user.role_builders import make_role, trusted, trusting

NOBODY = "arn:aws:iam::aws:policy/IAMUserChangePassword"


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


def test_a_user_is_trusted_by_id_so_that_one_made_again_under_its_name_is_not(aws: Aws, iam: Any) -> None:
    ana = iam.create_user(UserName="ana", Path="/ops/")["User"]
    role = make_role(iam, "deploy", {"AWS": ana["Arn"]})
    assert trusted(role) == {"AWS": ana["Arn"]}

    iam.delete_user(UserName="ana")
    assert trusted(iam.get_role(RoleName="deploy")["Role"]) == {"AWS": ana["UserId"]}

    iam.create_user(UserName="ana", Path="/ops/")
    assert trusted(iam.get_role(RoleName="deploy")["Role"]) == {"AWS": ana["UserId"]}


def test_a_renamed_user_stays_trusted_under_its_new_name(aws: Aws, iam: Any) -> None:
    ana = iam.create_user(UserName="ana")["User"]
    make_role(iam, "deploy", {"AWS": ana["Arn"]})

    iam.update_user(UserName="ana", NewUserName="anna", NewPath="/ops/")

    expected = f"arn:aws:iam::{aws.account_id}:user/ops/anna"
    assert trusted(iam.get_role(RoleName="deploy")["Role"]) == {"AWS": expected}
    (listed,) = [each for each in iam.list_roles()["Roles"] if each["RoleName"] == "deploy"]
    assert trusted(listed) == {"AWS": expected}


def test_a_trust_policy_with_a_principal_that_is_gone_cannot_be_saved_again(iam: Any) -> None:
    ana = iam.create_user(UserName="ana")["User"]
    make_role(iam, "deploy", {"AWS": ana["Arn"]})
    iam.delete_user(UserName="ana")
    shown = iam.get_role(RoleName="deploy")["Role"]["AssumeRolePolicyDocument"]

    with refused("MalformedPolicyDocument", having=f'Invalid principal in policy: "AWS":"{ana["UserId"]}"'):
        iam.update_assume_role_policy(RoleName="deploy", PolicyDocument=json.dumps(shown))


def test_the_id_of_a_living_role_is_shown_as_its_arn(iam: Any) -> None:
    other = make_role(iam, "other")

    role = make_role(iam, "deploy", {"AWS": other["RoleId"]})

    assert trusted(role) == {"AWS": other["Arn"]}


def test_users_and_roles_of_another_account_can_be_trusted(aws: Aws, iam: Any) -> None:
    other = aws.other()
    bob = other.admin("iam").create_user(UserName="bob", Path="/x/")["User"]

    role = make_role(iam, "deploy", {"AWS": [bob["Arn"], f"arn:aws:iam::{other.account_id}:root"]})

    assert trusted(role) == {"AWS": [bob["Arn"], f"arn:aws:iam::{other.account_id}:root"]}


def test_an_account_is_shown_by_its_root_arn(aws: Aws, iam: Any) -> None:
    role = make_role(iam, "deploy", {"AWS": aws.account_id})

    assert trusted(role) == {"AWS": f"arn:aws:iam::{aws.account_id}:root"}


def test_a_session_of_a_role_that_exists_can_be_trusted_by_name(aws: Aws, iam: Any) -> None:
    make_role(iam, "other", Path="/x/")
    session = f"arn:aws:sts::{aws.account_id}:assumed-role/other/monday"

    assert trusted(make_role(iam, "deploy", {"AWS": session})) == {"AWS": session}
    with refused("MalformedPolicyDocument", having="Invalid principal in policy"):
        make_role(iam, "deploy2", {"AWS": session.replace("/other/", "/ghost/")})


def test_everybody_and_federated_users_can_be_named(aws: Aws, iam: Any) -> None:
    federated = f"arn:aws:sts::{aws.account_id}:federated-user/bob"

    assert trusted(make_role(iam, "everybody", {"AWS": "*"})) == {"AWS": "*"}
    assert trusted(make_role(iam, "federated", {"AWS": federated})) == {"AWS": federated}


@pytest.mark.parametrize(
    "principal",
    [
        "arn:aws:iam::{account}:user/ghost",
        "arn:aws:iam::{account}:user/ana",  # made at another path
        "arn:aws:iam::{account}:user/ops/Ana",  # spelled otherwise
        "arn:aws:iam::{account}:user/ops/*",
        "arn:aws:iam::{account}:group/devs",
        "arn:aws:iam::{account}:role/ghost",
        "arn:aws:sts::{account}:assumed-role/deploy/*",
        "arn:aws:iam::999999999999:root",
        "999999999999",
        "arn:aws:iam::999999999999:user/ana",
        "arn:aws-cn:iam::{account}:root",
        "AIDAAAAAAAAAAAAAAAAAA",
        "ana",
    ],
)
def test_a_principal_that_does_not_exist_is_refused(aws: Aws, iam: Any, principal: str) -> None:
    iam.create_user(UserName="ana", Path="/ops/")
    iam.create_group(GroupName="devs")
    principal = principal.format(account=aws.account_id)

    with refused("MalformedPolicyDocument", having=f'Invalid principal in policy: "AWS":"{principal}"'):
        make_role(iam, "deploy", {"AWS": [f"arn:aws:iam::{aws.account_id}:root", principal]})


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("not json", "This policy contains invalid Json"),
        (json.dumps(trusting("*")), 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'),
        (json.dumps(trusting({"Service": "ec2.amazonaws.com"}, Resource="*")), "Has prohibited field Resource"),
        (
            json.dumps(trusting({"Service": "ec2.amazonaws.com"}, Action="s3:GetObject")),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
    ],
)
def test_what_is_no_trust_policy_is_refused(iam: Any, document: str, words: str) -> None:
    with refused("MalformedPolicyDocument", having=words):
        iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=document)


def test_a_trust_policy_is_bounded_without_its_white_space(iam: Any) -> None:
    def sized(condition: int, space: int) -> str:
        trust = trusting(
            {"Service": "ec2.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceAccount": "1" * condition}}
        )
        return json.dumps(trust) + " " * space

    fixed = len("".join(sized(0, 0).split()))
    iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=sized(2048 - fixed, 500))

    with refused("LimitExceeded", having="Cannot exceed quota for ACLSizePerRole: 2048"):
        iam.update_assume_role_policy(RoleName="deploy", PolicyDocument=sized(2049 - fixed, 0))


def test_a_user_made_again_under_a_trusted_name_cannot_assume_the_role(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    role = make_role(iam, "deploy", {"AWS": ana.arn})
    ana.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="first")
    iam.delete_access_key(UserName="ana", AccessKeyId=ana.access_key_id)
    for name in iam.list_user_policies(UserName="ana")["PolicyNames"]:
        iam.delete_user_policy(UserName="ana", PolicyName=name)
    iam.delete_user(UserName="ana")

    again = aws.user("ana", allow=["sts:AssumeRole"])

    assert again.arn == ana.arn
    with refused("AccessDenied", having="sts:AssumeRole"):
        again.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="second")
