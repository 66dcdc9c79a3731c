"""A thing made again under an old name is another thing, wherever the old one was named."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.user.client import Aws, User
from tests.user.refusals import refused


def trusted(aws: Aws, role: str) -> Any:
    """Whom a role trusts, as IAM shows it."""
    document = aws.admin("iam").get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    return document["Statement"][0]["Principal"]


def trusting(principal: str) -> Mapping[str, object]:
    """A trust policy."""
    allow = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [allow]}


def delete_role(aws: Aws, name: str) -> None:
    iam = aws.admin("iam")
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def delete_user(aws: Aws, user: User) -> None:
    iam = aws.admin("iam")
    iam.delete_access_key(UserName=user.name, AccessKeyId=user.access_key_id)
    for policy in iam.list_user_policies(UserName=user.name)["PolicyNames"]:
        iam.delete_user_policy(UserName=user.name, PolicyName=policy)
    iam.delete_user(UserName=user.name)


def test_a_user_made_again_is_not_the_one_that_was_trusted(aws: Aws) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    vault = aws.role("vault", trust=ana)
    aws.assume(ana, vault)
    delete_user(aws, ana)

    again = aws.user("ana", allow=["sts:AssumeRole"])

    with refused("AccessDenied"):
        aws.assume(again, vault)
    assert trusted(aws, "vault") == {"AWS": ana.user_id}


@pytest.mark.parametrize("named", ["role", "session"])
def test_a_role_made_again_is_not_the_one_that_was_trusted(aws: Aws, named: str) -> None:
    """Neither by its own ARN nor by that of one of its sessions."""
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    deploy = aws.role("deploy", trust=ana, allow=["sts:AssumeRole"], path="/ops/")
    session_arn = f"arn:aws:sts::{aws.account_id}:assumed-role/deploy/monday"
    principal = deploy.arn if named == "role" else session_arn
    vault = aws.role("vault", trust=trusting(principal))
    assert trusted(aws, "vault") == {"AWS": principal}
    aws.assume(aws.assume(ana, deploy, "monday"), vault)
    delete_role(aws, "deploy")

    again = aws.role("deploy", trust=ana, allow=["sts:AssumeRole"], path="/ops/")

    with refused("AccessDenied"):
        aws.assume(aws.assume(ana, again, "monday"), vault)
    assert trusted(aws, "vault") == {"AWS": deploy.role_id if named == "role" else f"{deploy.role_id}:monday"}


def test_only_the_session_that_is_named_is_trusted(aws: Aws) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    deploy = aws.role("deploy", trust=ana, allow=["sts:AssumeRole"])
    aws.role("other", trust=ana, allow=["sts:AssumeRole"])
    vault = aws.role("vault", trust=trusting(f"arn:aws:sts::{aws.account_id}:assumed-role/deploy/monday"))

    aws.assume(aws.assume(ana, deploy, "monday"), vault)

    for stranger in (
        aws.assume(ana, deploy, "Monday"),
        aws.assume(ana, deploy, "monday2"),
        aws.assume(ana, aws.role("deploy2", trust=ana, allow=["sts:AssumeRole"]), "monday"),
    ):
        with refused("AccessDenied"):
            aws.assume(stranger, vault)


def test_an_id_that_is_no_longer_anybodys_cannot_be_saved_again(aws: Aws) -> None:
    ana = aws.user("ana")
    deploy = aws.role("deploy", trust=ana)
    aws.role("vault", trust=trusting(f"arn:aws:sts::{aws.account_id}:assumed-role/deploy/monday"))
    delete_role(aws, "deploy")
    iam = aws.admin("iam")
    shown = iam.get_role(RoleName="vault")["Role"]["AssumeRolePolicyDocument"]

    with refused("MalformedPolicyDocument", having=f'Invalid principal in policy: "AWS":"{deploy.role_id}:monday"'):
        iam.update_assume_role_policy(RoleName="vault", PolicyDocument=json.dumps(shown))


def test_sessions_of_what_was_made_again_are_not_its_own(two_nodes: tuple[Aws, Aws]) -> None:
    here, there = two_nodes
    ana = here.user("ana", allow=["sts:AssumeRole"])
    old = here.assume(ana, here.role("deploy", trust=ana, allow=["iam:ListUsers"]))
    there.client("iam", old).list_users()
    delete_role(here, "deploy")
    here.role("deploy", trust=ana, allow=["iam:ListUsers"])

    for aws in two_nodes:
        with refused("InvalidClientTokenId"):
            aws.client("iam", old).list_users()


def test_a_policy_made_again_is_attached_to_nobody(aws: Aws) -> None:
    iam = aws.admin("iam")
    ana = aws.user("ana")
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}]}
    )
    arn = iam.create_policy(PolicyName="readers", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="ana", PolicyArn=arn)
    ana.client("iam").list_users()
    iam.detach_user_policy(UserName="ana", PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)

    iam.create_policy(PolicyName="readers", PolicyDocument=document)

    with refused("AccessDenied"):
        ana.client("iam").list_users()
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 0
