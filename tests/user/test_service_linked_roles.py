"""Service-linked roles: made for a service, protected from everybody else, and deleted by tasks, as boto3 sees it."""

import json
import time
import uuid
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

ECS = "AWSServiceRoleForECS"
POLICY = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"
PROTECTED = f"Cannot perform the operation on the protected role '{ECS}' - this role is only modifiable by AWS"


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


def make(iam: Any, service: str = "ecs.amazonaws.com", **parameters: str) -> Any:
    return iam.create_service_linked_role(AWSServiceName=service, **parameters)["Role"]


def finished(iam: Any, task: str) -> Any:
    """The status of a deletion task once it has ended."""
    deadline = time.monotonic() + 30
    while (status := iam.get_service_linked_role_deletion_status(DeletionTaskId=task))["Status"] not in (
        "SUCCEEDED",
        "FAILED",
    ):
        assert time.monotonic() < deadline, status
        time.sleep(0.2)
    return status


# Making


def test_a_role_is_made_with_the_services_name_trust_and_policy(aws: Aws, iam: Any) -> None:
    role = make(iam, Description="For our clusters.")

    assert role["Arn"] == f"arn:aws:iam::{aws.account_id}:role/aws-service-role/ecs.amazonaws.com/{ECS}"
    assert (role["RoleName"], role["Path"]) == (ECS, "/aws-service-role/ecs.amazonaws.com/")
    assert role["RoleId"].startswith("AROA")
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement == {
        "Action": ["sts:AssumeRole"],
        "Effect": "Allow",
        "Principal": {"Service": ["ecs.amazonaws.com"]},
    }
    shown = iam.get_role(RoleName=ECS)["Role"]
    assert (shown["Description"], shown["MaxSessionDuration"]) == ("For our clusters.", 3600)
    attached = iam.list_attached_role_policies(RoleName=ECS)["AttachedPolicies"]
    assert attached == [{"PolicyName": "AmazonECSServiceRolePolicy", "PolicyArn": POLICY}]
    policy = iam.get_policy(PolicyArn=POLICY)["Policy"]
    assert (policy["IsAttachable"], policy["AttachmentCount"]) == (False, 1)
    assert ECS in [role["RoleName"] for role in iam.list_roles(PathPrefix="/aws-service-role/")["Roles"]]


def test_a_role_that_is_there_is_not_made_again(iam: Any) -> None:
    make(iam)

    with refused(
        "InvalidInput",
        f"Service role name {ECS} has been taken in this account, please try a different suffix.",
    ):
        make(iam)


def test_a_suffix_makes_another_role_where_the_service_takes_one(iam: Any) -> None:
    make(iam, "autoscaling.amazonaws.com")

    assert make(iam, "autoscaling.amazonaws.com", CustomSuffix="web")["RoleName"] == "AWSServiceRoleForAutoScaling_web"
    with refused("InvalidInput", "Custom suffix is not allowed for es.amazonaws.com"):
        make(iam, "es.amazonaws.com", CustomSuffix="web")
    with refused("InvalidInput", having="longer than 64"):
        make(iam, "autoscaling.amazonaws.com", CustomSuffix="x" * 40)


@pytest.mark.parametrize("service", ["ECS.amazonaws.com", "ecs", "ecs.example.com", "OpenSearch.amazonaws.com"])
def test_what_is_not_a_service_has_no_role(iam: Any, service: str) -> None:
    with refused("NoSuchEntity", f"Cannot find Service Linked Role template for {service}"):
        make(iam, service)


def test_a_service_that_is_not_known_has_a_role_without_policies_called_by_the_rule(iam: Any) -> None:
    role = make(iam, "ops.new-thing.amazonaws.com")

    assert role["RoleName"] == "AWSServiceRoleForOpsNewThing"
    assert role["Path"] == "/aws-service-role/ops.new-thing.amazonaws.com/"
    assert iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"] == []


def test_nobody_of_the_account_can_assume_it(aws: Aws, iam: Any) -> None:
    role = make(iam)

    denial_of(aws.admin("sts").assume_role, RoleArn=role["Arn"], RoleSessionName="mine")


def test_policies_see_the_service_and_the_role_that_it_would_be(aws: Aws) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "iam:CreateServiceLinkedRole",
        "Resource": f"arn:aws:iam::{aws.account_id}:role/aws-service-role/ecs.amazonaws.com/{ECS}*",
        "Condition": {"StringEquals": {"iam:AWSServiceName": "ecs.amazonaws.com"}},
    }
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": [statement]})

    make(ana.client("iam"))

    denial = denial_of(ana.client("iam").create_service_linked_role, AWSServiceName="rds.amazonaws.com")
    assert denial.message.startswith(
        f"User: {ana.arn} is not authorized to perform: iam:CreateServiceLinkedRole on resource: arn:aws:iam::"
        f"{aws.account_id}:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS because"
    )


def test_the_quota_of_roles_counts_it_and_does_not_stop_it(start_server: Callable[..., Server]) -> None:
    server = start_server("--quota", "RolesPerAccount=1")
    with closing(Accounts(server.data, server.database_url)) as accounts:
        account_id, *keys = accounts.create()
        aws = Aws(server.url, account_id, Keys(*keys), accounts)
        iam = aws.admin("iam")
        make(iam)

        with refused("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1"):
            make_role(iam, "ordinary")
        make(iam, "rds.amazonaws.com")

        assert iam.get_account_summary()["SummaryMap"]["Roles"] == 2
        for client in aws.clients:
            client.close()


# Protection


def test_only_its_description_and_tags_can_be_changed(iam: Any) -> None:
    make(iam)
    make_role(iam, "ordinary")
    iam.create_instance_profile(InstanceProfileName="web")
    document = json.dumps({"Version": "2012-10-17", "Statement": []})
    trust = json.dumps(trusting({"Service": "ec2.amazonaws.com"}))

    for operation, parameters in (
        ("delete_role", {}),
        ("update_assume_role_policy", {"PolicyDocument": trust}),
        ("put_role_policy", {"PolicyName": "p", "PolicyDocument": document}),
        ("delete_role_policy", {"PolicyName": "p"}),
        ("attach_role_policy", {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        ("detach_role_policy", {"PolicyArn": POLICY}),
        ("put_role_permissions_boundary", {"PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        ("delete_role_permissions_boundary", {}),
        ("update_role", {"MaxSessionDuration": 7200}),
        ("add_role_to_instance_profile", {"InstanceProfileName": "web"}),
        ("remove_role_from_instance_profile", {"InstanceProfileName": "web"}),
    ):
        with refused("UnmodifiableEntity", PROTECTED):
            getattr(iam, operation)(RoleName=ECS, **parameters)
    with refused("PolicyNotAttachable"):
        iam.attach_role_policy(RoleName="ordinary", PolicyArn=POLICY)

    iam.update_role(RoleName=ECS, Description="Changed.")
    iam.tag_role(RoleName=ECS, Tags=[{"Key": "team", "Value": "ops"}])
    shown = iam.get_role(RoleName=ECS)["Role"]
    assert (shown["Description"], shown["Tags"]) == ("Changed.", [{"Key": "team", "Value": "ops"}])


# Deletion


def test_a_deletion_is_a_task_that_ends_with_the_role_gone(aws: Aws, iam: Any) -> None:
    before = iam.get_account_summary()["SummaryMap"]["Roles"]
    first = make(iam)
    assert iam.get_account_summary()["SummaryMap"]["Roles"] == before + 1

    task = iam.delete_service_linked_role(RoleName=ECS)["DeletionTaskId"]

    prefix, _, number = task.rpartition("/")
    assert prefix == f"task/aws-service-role/ecs.amazonaws.com/{ECS}"
    assert str(uuid.UUID(number)) == number
    assert finished(iam, task)["Status"] == "SUCCEEDED"
    with refused("NoSuchEntity"):
        iam.get_role(RoleName=ECS)
    assert iam.get_policy(PolicyArn=POLICY)["Policy"]["AttachmentCount"] == 0
    assert iam.get_account_summary()["SummaryMap"]["Roles"] == before
    assert make(iam)["RoleId"] != first["RoleId"]
    assert "Reason" not in iam.get_service_linked_role_deletion_status(DeletionTaskId=task)


def test_asking_again_before_the_task_has_ended_answers_the_same_task(iam: Any) -> None:
    def ask(_: int) -> str:
        try:
            return str(iam.delete_service_linked_role(RoleName=ECS)["DeletionTaskId"])
        except iam.exceptions.NoSuchEntityException:
            return "too late"

    tasks = {"too late"}
    while "too late" in tasks:  # the role was gone before all had asked
        make(iam)
        with ThreadPoolExecutor(8) as pool:
            tasks = set(pool.map(ask, range(8)))

    assert len(tasks) == 1


def test_only_service_linked_roles_are_deleted_so(aws: Aws, iam: Any) -> None:
    make_role(iam, "ordinary")
    make(aws.other().admin("iam"))

    for name in ("ordinary", "nobody", ECS):
        with refused("NoSuchEntity", f"The role with name {name} cannot be found."):
            iam.delete_service_linked_role(RoleName=name)


def test_a_task_is_told_to_its_own_account_only(aws: Aws, iam: Any) -> None:
    other = aws.other().admin("iam")
    make(other)
    task = other.delete_service_linked_role(RoleName=ECS)["DeletionTaskId"]

    with refused("NoSuchEntity"):
        iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
    for wrong in ("x", "task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/1", f"{task}x"):
        with refused("InvalidInput"):
            iam.get_service_linked_role_deletion_status(DeletionTaskId=wrong)


def test_of_many_that_make_one_role_at_once_one_succeeds(iam: Any) -> None:
    def outcome(_: int) -> str:
        try:
            make(iam)
        except ClientError as refusal:
            return str(refusal.response["Error"]["Code"])
        return "done"

    with ThreadPoolExecutor(8) as pool:
        outcomes = Counter(pool.map(outcome, range(8)))

    assert outcomes == {"done": 1, "InvalidInput": 7}
