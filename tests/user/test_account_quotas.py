"""Quotas of an account's own: set by the operator on the host, and held to at every node from the next request on."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bailiwick.access.account_quotas import ADJUSTABLE
from tests.user import server as servers
from tests.user.client import Aws
from tests.user.events import Events
from tests.user.refusals import refused
from tests.user.server import Server, run

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
Quota = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def quota(aws: Aws, server: Server, database_url: str | None) -> Quota:
    """Runs `bailiwick account quota` for the account, beside its server: `quota("GroupsPerAccount=1")`."""
    on_store = ("--data", str(server.data), *servers.flags_for(database_url))

    def command(*values: str) -> list[dict[str, Any]]:
        done = run("account", "quota", aws.account_id, *values, "--json", *on_store)
        assert done.returncode == 0, done.stderr
        shown: list[dict[str, Any]] = json.loads(done.stdout)
        return shown

    return command


def of(shown: list[dict[str, Any]], name: str) -> dict[str, Any]:
    [found] = [each for each in shown if each["name"] == name]
    return found


def test_an_account_has_the_installations_quotas_until_it_is_given_its_own(quota: Quota) -> None:
    shown = quota()

    assert [each["name"] for each in shown] == sorted(ADJUSTABLE)
    assert of(shown, "PoliciesPerRole") == {
        "name": "PoliciesPerRole",
        "code": "L-0DA4ABF3",
        "value": 20,
        "default": 20,
        "maximum": 25,
        "is_own": False,
    }
    assert all(not each["is_own"] for each in shown)


def test_two_nodes_hold_to_a_new_quota_at_once(two_nodes: tuple[Aws, Aws], quota: Quota) -> None:
    one, other = (node.admin("iam") for node in two_nodes)
    held = one.get_account_summary()["SummaryMap"]["Groups"]
    other.get_account_summary()

    for value in (held, held + 1):
        quota(f"GroupsPerAccount={value}")
        for node in (one, other):
            assert node.get_account_summary()["SummaryMap"]["GroupsQuota"] == value

    one.create_group(GroupName="last")
    with refused("LimitExceeded", having=f"Cannot exceed quota for GroupsPerAccount: {held + 1}"):
        other.create_group(GroupName="one-more")
    quota("GroupsPerAccount=default")
    other.create_group(GroupName="one-more")


def test_a_higher_quota_lets_a_role_hold_more_policies(aws: Aws, quota: Quota) -> None:
    iam = aws.admin("iam")
    aws.role("deploy", trust=aws.account_id)
    quota("PoliciesPerRole=1")
    iam.attach_role_policy(RoleName="deploy", PolicyArn=READ_ONLY)
    with refused("LimitExceeded", having="Cannot exceed quota for PoliciesPerRole: 1"):
        iam.attach_role_policy(RoleName="deploy", PolicyArn="arn:aws:iam::aws:policy/SecurityAudit")

    assert of(quota("PoliciesPerRole=2"), "PoliciesPerRole")["is_own"]

    iam.attach_role_policy(RoleName="deploy", PolicyArn="arn:aws:iam::aws:policy/SecurityAudit")


def test_a_trust_policy_may_be_as_large_as_the_accounts_quota(aws: Aws, quota: Quota) -> None:
    iam = aws.admin("iam")
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    long = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Sid": f"S{n:050}"} for n in range(20)]})
    with refused("LimitExceeded", having="Cannot exceed quota for ACLSizePerRole: 2048"):
        iam.create_role(RoleName="trusting", AssumeRolePolicyDocument=long)

    quota("ACLSizePerRole=8192")

    iam.create_role(RoleName="trusting", AssumeRolePolicyDocument=long)
    assert iam.get_account_summary()["SummaryMap"]["AssumeRolePolicySizeQuota"] == 8192


def test_the_quotas_of_other_accounts_stay_as_they_are(aws: Aws, quota: Quota) -> None:
    quota("RolesPerAccount=1")

    assert aws.admin("iam").get_account_summary()["SummaryMap"]["RolesQuota"] == 1
    assert aws.other().admin("iam").get_account_summary()["SummaryMap"]["RolesQuota"] == 1000


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["GroupsPerAccount=501"], "GroupsPerAccount can be at most 500, as in AWS; not 501."),
        (["UsersPerAccount=6000"], "The quota UsersPerAccount cannot be set for one account."),
        (["RolePerAccount=6000"], "The quota RolePerAccount is not known."),
        (["RolesPerAccount=7", "PoliciesPerUser=21"], "PoliciesPerUser can be at most 20"),
    ],
)
def test_what_aws_would_not_give_is_refused_and_nothing_is_set(
    aws: Aws, quota: Quota, server: Server, database_url: str | None, values: list[str], words: str
) -> None:
    flags = ("--data", str(server.data), *servers.flags_for(database_url))

    done = run("account", "quota", aws.account_id, *values, *flags)

    assert done.returncode == 1
    assert words in done.stderr
    assert not any(each["is_own"] for each in quota())


def test_an_account_that_is_not_there_has_no_quotas(server: Server, database_url: str | None) -> None:
    flags = ("--data", str(server.data), *servers.flags_for(database_url))

    for values in ([], ["RolesPerAccount=7"]):
        done = run("account", "quota", "000000000000", *values, *flags)

        assert (done.returncode, done.stderr) == (1, "bailiwick: There is no account 000000000000.\n")


def test_people_see_a_table(aws: Aws, quota: Quota, server: Server, database_url: str | None) -> None:
    quota("RolesPerAccount=1500")

    done = run("account", "quota", aws.account_id, "--data", str(server.data), *servers.flags_for(database_url))

    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == ["QUOTA", "VALUE", "FROM", "MAXIMUM", "CODE"]
    assert ["RolesPerAccount", "1500", "account", "10000", "L-FE177D64"] in lines
    assert ["GroupsPerAccount", "300", "installation", "500", "L-F4A5425F"] in lines


def test_an_installations_own_quota_is_the_default_and_may_pass_aws_s_maximum(
    aws: Aws, server: Server, database_url: str | None
) -> None:
    flags = ("--json", "--quota", "GroupsPerAccount=900", "--data", str(server.data), *servers.flags_for(database_url))

    done = run("account", "quota", aws.account_id, "GroupsPerAccount=700", *flags)

    assert of(json.loads(done.stdout), "GroupsPerAccount") == {
        "name": "GroupsPerAccount",
        "code": "L-F4A5425F",
        "value": 700,
        "default": 900,
        "maximum": 900,
        "is_own": True,
    }


def test_who_sets_a_quota_leaves_an_event(aws: Aws, quota: Quota, server: Server) -> None:
    quota("RolesPerAccount=1234")

    events = Events(server.database_url)
    try:
        [event] = events.named(aws.account_id, "RequestServiceQuotaIncrease")
    finally:
        events.close()
    assert event["eventSource"] == "servicequotas.amazonaws.com"
    assert event["requestParameters"] == {"serviceCode": "iam", "quotaCode": "L-FE177D64", "desiredValue": 1234}
    assert (event["userIdentity"]["type"], event["userAgent"]) == ("Root", "bailiwick-cli")
