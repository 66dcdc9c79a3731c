"""AssumeRoot where no account is in an organization, and the policies for its tasks."""

import pytest

from tests.user.client import Aws
from tests.user.refusals import refused
from tests.user.root_sessions import root_task_keys
from tests.user.server import Server
from tests.user.sessions import SESSION_RIGHTS, assume, trusting, using

TASKS = (
    "IAMAuditRootUserCredentials",
    "IAMCreateRootUserPassword",
    "IAMDeleteRootUserCredentials",
    "S3UnlockBucketPolicy",
    "SQSUnlockQueuePolicy",
)


def task(name: str) -> dict[str, str]:
    return {"arn": f"arn:aws:iam::aws:policy/root-task/{name}"}


@pytest.mark.parametrize("name", TASKS)
def test_nobody_outside_an_organization_may(aws: Aws, name: str) -> None:
    other = aws.other()
    admin = f"arn:aws:iam::{aws.account_id}:user/admin"

    for target, root in (
        (other.account_id, other.account_id),
        (f"arn:aws:iam::{other.account_id}:root", other.account_id),
        (aws.account_id, aws.account_id),
        ("000000000000", "000000000000"),
    ):
        with refused(
            "AccessDenied",
            f"User: {admin} is not authorized to perform: sts:AssumeRoot on resource: arn:aws:iam::{root}:root",
        ):
            aws.admin("sts").assume_root(TargetPrincipal=target, TaskPolicyArn=task(name))


def test_no_credentials_make_a_difference(aws: Aws) -> None:
    ana = aws.user("ana", allow=["*"])
    role = aws.role("deploy", trust=trusting(ana.arn, actions=list(SESSION_RIGHTS)), allow=["*"])
    sts = ana.client("sts")

    for client in (
        sts,
        using(aws, sts.get_session_token(), "sts"),
        using(aws, assume(sts, role.arn), "sts"),
        using(aws, sts.get_federation_token(Name="fed", PolicyArns=[ADMINISTRATOR]), "sts"),
    ):
        with refused("AccessDenied", having="is not authorized to perform: sts:AssumeRoot"):
            client.assume_root(TargetPrincipal=aws.account_id, TaskPolicyArn=task(TASKS[0]))


ADMINISTRATOR = {"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}


@pytest.mark.parametrize(
    "target",
    [
        "ACCOUNT:root",
        "arn:aws:iam::ACCOUNT:user/admin",
        "arn:aws:iam::ACCOUNT:root/",
        "1234567890123",
        "root-of-all-accounts",
        "１２３４５６７８９０１２",
    ],
)
def test_only_a_root_user_can_be_assumed_so(aws: Aws, target: str) -> None:
    target = target.replace("ACCOUNT", aws.account_id)

    with refused("ValidationError", f"{target} is invalid"):
        aws.admin("sts").assume_root(TargetPrincipal=target, TaskPolicyArn=task(TASKS[0]))


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/AdministratorAccess",
        "arn:aws:iam::aws:policy/IAMAuditRootUserCredentials",
        "arn:aws:iam::aws:policy/root-task/Everything",
        "arn:aws:iam::aws:policy/root-task/iamauditrootusercredentials",
    ],
)
def test_only_task_policies_scope_it(aws: Aws, arn: str) -> None:
    with refused("ValidationError", having=f"The task policy {arn} is not one"):
        aws.admin("sts").assume_root(TargetPrincipal=aws.account_id, TaskPolicyArn={"arn": arn})


def test_what_is_asked_for_is_checked(aws: Aws) -> None:
    sts = aws.client("sts", aws.administrator, validates=False)

    with refused("ValidationError", having="Member must have value less than or equal to 900"):
        sts.assume_root(TargetPrincipal=aws.account_id, TaskPolicyArn=task(TASKS[0]), DurationSeconds=901)
    with refused("ValidationError", having="Member must not be null"):
        sts.assume_root(TargetPrincipal=aws.account_id, TaskPolicyArn={})
    with refused("ValidationError", having="'taskPolicyArn' failed to satisfy constraint: Member must not be null"):
        sts.assume_root(TargetPrincipal=aws.account_id)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_policy_can_be_read_and_is_held_by_nobody(aws: Aws, name: str) -> None:
    iam, arn = aws.admin("iam"), task(name)["arn"]
    aws.user("ana")

    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]["Document"]

    assert (policy["Path"], policy["IsAttachable"]) == ("/root-task/", False)
    assert {statement["Effect"] for statement in document["Statement"]} == {"Deny"}
    with refused("PolicyNotAttachable"):
        iam.attach_user_policy(UserName="ana", PolicyArn=arn)
    with refused("PolicyNotAttachable"):
        iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=arn)


def test_a_task_policy_as_a_session_policy_allows_nothing(aws: Aws) -> None:
    ana = aws.user("ana", allow=["*"])
    role = aws.role("deploy", trust=trusting(ana.arn, actions=list(SESSION_RIGHTS)), allow=["*"])

    session = assume(ana.client("sts"), role.arn, PolicyArns=[task("IAMAuditRootUserCredentials")])

    with refused("AccessDenied"):
        using(aws, session, "iam").get_account_summary()


def test_a_root_session_calls_iam_for_its_task_alone(aws: Aws, server: Server) -> None:
    keys = root_task_keys(server, aws.account_id, "IAMAuditRootUserCredentials")
    iam = aws.client("iam", keys)
    aws.user("ana")

    assert iam.get_user()["User"]["Arn"] == f"arn:aws:iam::{aws.account_id}:root"
    iam.get_account_summary()
    iam.list_access_keys()
    iam.list_mfa_devices()
    iam.list_signing_certificates()
    assert aws.client("sts", keys).get_caller_identity()["Arn"] == f"arn:aws:iam::{aws.account_id}:root"
    for call, parameters in (
        (iam.list_users, {}),
        (iam.get_user, {"UserName": "ana"}),
        (iam.list_access_keys, {"UserName": "ana"}),
        (iam.create_access_key, {"UserName": "ana"}),
        (iam.delete_account_alias, {"AccountAlias": "acme"}),
    ):
        with refused("AccessDenied", having="explicit deny in a session policy"):
            call(**parameters)
    with refused("AccessDenied"):
        aws.client("sts", keys).get_session_token()
    with refused("AccessDenied"):
        aws.client("sts", keys).get_federation_token(Name="fed")
