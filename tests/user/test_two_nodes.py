"""Two servers on one store: what one acknowledged, the other knows at the very next request."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.user.client import Aws

TRIALS = int(os.environ.get("REVOCATION_TRIALS", "50"))


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value.response["Error"]["Code"])


def test_a_key_deactivated_at_one_is_refused_by_the_other_at_once(two_nodes: tuple[Aws, Aws]) -> None:
    one, other = two_nodes
    ana = one.user("ana", allow=["iam:ListUsers"])
    iam, elsewhere = one.admin("iam"), other.client("iam", ana)
    for _ in range(TRIALS):
        iam.update_access_key(UserName="ana", AccessKeyId=ana.access_key_id, Status="Active")
        elsewhere.list_users()

        iam.update_access_key(UserName="ana", AccessKeyId=ana.access_key_id, Status="Inactive")

        assert refusal(elsewhere.list_users) == "InvalidClientTokenId"


def test_a_policy_detached_at_one_is_gone_at_the_other_at_once(two_nodes: tuple[Aws, Aws]) -> None:
    one, other = two_nodes
    ana = one.user("ana")
    iam, elsewhere = one.admin("iam"), other.client("iam", ana)
    reads = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    for _ in range(TRIALS):
        iam.attach_user_policy(UserName="ana", PolicyArn=reads)
        elsewhere.list_users()

        iam.detach_user_policy(UserName="ana", PolicyArn=reads)

        assert refusal(elsewhere.list_users) == "AccessDenied"


def test_a_group_left_at_one_gives_nothing_at_the_other_at_once(two_nodes: tuple[Aws, Aws]) -> None:
    one, other = two_nodes
    ana = one.user("ana")
    one.group("readers", allow=["iam:ListUsers"])
    iam, elsewhere = one.admin("iam"), other.client("iam", ana)
    for _ in range(TRIALS):
        iam.add_user_to_group(GroupName="readers", UserName="ana")
        elsewhere.list_users()

        iam.remove_user_from_group(GroupName="readers", UserName="ana")

        assert refusal(elsewhere.list_users) == "AccessDenied"


def test_a_session_ended_at_one_is_refused_by_the_other_at_once(two_nodes: tuple[Aws, Aws]) -> None:
    one, other = two_nodes
    ana = one.user("ana")
    role = one.role("deploy", trust=ana, allow=["iam:ListUsers"])
    own = one.admin("bailiwick")
    for trial in range(TRIALS):
        elsewhere = other.client("iam", one.assume(ana, role, f"trial-{trial}"))
        elsewhere.list_users()
        [session] = [each for each in own.list_sessions()["Sessions"] if each["SessionName"] == f"trial-{trial}"]

        own.end_session(SessionId=session["SessionId"])

        assert refusal(elsewhere.list_users) == "InvalidClientTokenId"


def test_sessions_revoked_by_issue_time_at_one_are_refused_by_the_other_at_once(two_nodes: tuple[Aws, Aws]) -> None:
    one, other = two_nodes
    ana = one.user("ana")
    role = one.role("deploy", trust=ana, allow=["iam:ListUsers"])
    iam = one.admin("iam")
    for trial in range(TRIALS):
        elsewhere = other.client("iam", one.assume(ana, role, f"trial-{trial}"))
        elsewhere.list_users()
        everything_so_far = {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {"DateLessThan": {"aws:TokenIssueTime": _now()}},
            },
        }

        iam.put_role_policy(
            RoleName="deploy", PolicyName="AWSRevokeOlderSessions", PolicyDocument=json.dumps(everything_so_far)
        )

        assert refusal(elsewhere.list_users) == "AccessDenied"


def _now() -> str:
    """After the session was issued, and before the next one is."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
