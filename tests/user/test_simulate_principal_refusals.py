"""SimulatePrincipalPolicy and its list of context keys: who can be asked about, and by whom."""

import json
from typing import Any

import pytest

from tests.user.client import Aws
from tests.user.refusals import refused
from tests.user.test_simulate_principal import allow


@pytest.fixture
def iam(aws: Aws) -> Any:
    return aws.admin("iam")


OPERATIONS = ["simulate_principal_policy", "get_context_keys_for_principal_policy"]


def ask(iam: Any, operation: str, arn: str) -> Any:
    more = {"ActionNames": ["s3:GetObject"]} if operation.startswith("simulate") else {}
    return getattr(iam, operation)(PolicySourceArn=arn, **more)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_only_those_whom_one_may_simulate_are_told_of(aws: Aws, operation: str) -> None:
    name = "".join(part.capitalize() for part in operation.split("_"))
    ana, eve = aws.user("ana", tags={"team": "ops"}), aws.user("eve")
    of_team = {"StringEquals": {"aws:ResourceTag/team": "ops"}}
    asker = aws.user("asker", policy=json.loads(allow(f"iam:{name}", Condition=of_team))).client("iam")

    ask(asker, operation, ana.arn)

    missing = eve.arn.replace("eve", "none")
    for arn in (eve.arn, missing):
        with refused("AccessDenied", having=f"is not authorized to perform: iam:{name} on resource: {arn} because"):
            ask(asker, operation, arn)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_whoever_is_not_there_is_refused(aws: Aws, iam: Any, operation: str, kind: str) -> None:
    with refused("NoSuchEntity", f"The {kind} with name none cannot be found."):
        ask(iam, operation, f"arn:aws:iam::{aws.account_id}:{kind}/none")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_arn_with_another_path_is_of_nobody(aws: Aws, iam: Any, operation: str) -> None:
    ana = aws.user("ana", path="/team/")

    ask(iam, operation, ana.arn)

    with refused("NoSuchEntity"):
        ask(iam, operation, ana.arn.replace("/team/", "/"))


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "arn",
    ["arn:aws:sts::{account}:assumed-role/worker/s", "arn:aws:iam::{account}:root", "arn:aws:iam::{account}:policy/p"],
)
def test_only_users_groups_and_roles_can_be_asked_about(aws: Aws, iam: Any, operation: str, arn: str) -> None:
    arn = arn.replace("{account}", aws.account_id)

    with refused("InvalidInput", f"Invalid Entity Arn: {arn} does not clearly define entity type and name."):
        ask(iam, operation, arn)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_principals_of_another_account_cannot_be_asked_about(aws: Aws, iam: Any, operation: str) -> None:
    other = aws.other()
    theirs = other.user("ana").arn

    with refused(
        "InvalidInput",
        f"Invalid Policy Source Arn: caller's account {aws.account_id} does not have access to policies in account "
        f"{other.account_id}",
    ):
        ask(iam, operation, theirs)


def test_context_keys_are_those_of_identity_policies_and_of_those_given(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana")
    bounded = allow("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    boundary = iam.create_policy(PolicyName="limit", PolicyDocument=bounded)["Policy"]["Arn"]
    attached = iam.create_policy(
        PolicyName="own", PolicyDocument=allow("*", Condition={"Bool": {"aws:SecureTransport": "true"}})
    )["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=boundary)
    iam.attach_user_policy(UserName="ana", PolicyArn=attached)

    keys = iam.get_context_keys_for_principal_policy(
        PolicySourceArn=ana.arn, PolicyInputList=[allow("*", Resource="arn:aws:s3:::${aws:userid}")]
    )["ContextKeyNames"]

    assert keys == ["aws:SecureTransport", "aws:userid"]


def test_pages_of_a_principal_go_on_where_they_ended(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["s3:Action2"])
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=ana.arn,
        ActionNames=[f"s3:Action{number}" for number in range(5)],
        PaginationConfig={"PageSize": 2},
    )

    found = [(each["EvalActionName"], each["EvalDecision"]) for page in pages for each in page["EvaluationResults"]]

    assert found == [(f"s3:Action{n}", "allowed" if n == 2 else "implicitDeny") for n in range(5)]
