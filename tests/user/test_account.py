"""The account's alias and summary, as boto3 sees it."""

from typing import Any

import pytest
from botocore.session import Session

from tests.user.client import Aws
from tests.user.refusals import refused


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


def aliases(iam: Any) -> list[str]:
    found: list[str] = iam.list_account_aliases()["AccountAliases"]
    return found


def test_an_account_has_no_alias_until_it_is_given_one(aws: Aws, iam: Any) -> None:
    alias = f"acme-{aws.account_id}"
    assert aliases(iam) == []

    iam.create_account_alias(AccountAlias=alias)

    assert aliases(iam) == [alias]
    assert iam.list_account_aliases()["IsTruncated"] is False


def test_a_new_alias_replaces_the_old_one_which_others_may_then_take(aws: Aws, iam: Any) -> None:
    first, second = f"first-{aws.account_id}", f"second-{aws.account_id}"
    iam.create_account_alias(AccountAlias=first)

    iam.create_account_alias(AccountAlias=second)

    assert aliases(iam) == [second]
    aws.other().admin("iam").create_account_alias(AccountAlias=first)


def test_an_alias_belongs_to_one_account(aws: Aws, iam: Any) -> None:
    alias = f"acme-{aws.account_id}"
    iam.create_account_alias(AccountAlias=alias)
    other = aws.other().admin("iam")

    for client in [other, iam]:
        with refused("EntityAlreadyExists", having=f"The account alias {alias} already exists."):
            client.create_account_alias(AccountAlias=alias)
    assert aliases(other) == []


@pytest.mark.parametrize("alias", ["Acme", "-acme", "acme-", "ac--me", "ac_me", "a" * 64, "ac me"])
def test_aliases_of_another_form_are_refused(iam: Any, alias: str) -> None:
    with refused("ValidationError", having="accountAlias"):
        iam.create_account_alias(AccountAlias=alias)


def test_an_alias_cannot_look_like_an_account_id(iam: Any) -> None:
    with refused("ValidationError", having="accountAlias"):
        iam.create_account_alias(AccountAlias="123456789012")


def test_only_the_accounts_own_alias_can_be_deleted(aws: Aws, iam: Any) -> None:
    alias = f"acme-{aws.account_id}"
    iam.create_account_alias(AccountAlias=alias)
    other = aws.other().admin("iam")

    with refused("NoSuchEntity"):
        other.delete_account_alias(AccountAlias=alias)
    with refused("NoSuchEntity"):
        iam.delete_account_alias(AccountAlias="other-alias")
    iam.delete_account_alias(AccountAlias=alias)

    assert aliases(iam) == []
    with refused("NoSuchEntity"):
        iam.delete_account_alias(AccountAlias=alias)


def test_the_alias_needs_a_right_on_everything(aws: Aws) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "iam:*", "Resource": f"arn:aws:iam::{aws.account_id}:*"},
    }
    ana = aws.user("ana", policy=policy).client("iam")

    with refused("AccessDenied", having="iam:CreateAccountAlias"):
        ana.create_account_alias(AccountAlias=f"acme-{aws.account_id}")
    with refused("AccessDenied", having="iam:GetAccountSummary"):
        ana.get_account_summary()


def test_the_summary_has_every_key_of_the_model(iam: Any) -> None:
    model = Session().get_service_model("iam").shape_for("summaryKeyType")

    summary = iam.get_account_summary()["SummaryMap"]

    assert set(summary) == set(model.enum)
    assert all(isinstance(value, int) for value in summary.values())


def test_the_summary_counts_what_is_made_and_deleted(aws: Aws, iam: Any) -> None:
    before = iam.get_account_summary()["SummaryMap"]

    iam.create_user(UserName="ana")
    iam.create_user(UserName="bob")
    iam.create_group(GroupName="ops")
    aws.role("deploy", trust=f"arn:aws:iam::{aws.account_id}:root")
    policy = iam.create_policy(
        PolicyName="p",
        PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}',
    )["Policy"]["Arn"]
    iam.create_policy_version(
        PolicyArn=policy,
        PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}',
    )
    iam.delete_user(UserName="bob")

    after = iam.get_account_summary()["SummaryMap"]
    grown = {key: after[key] - before[key] for key in after if after[key] != before[key]}
    assert grown == {"Users": 1, "Groups": 1, "Roles": 1, "Policies": 1, "PolicyVersionsInUse": 2}


def test_the_summary_shows_the_quotas(iam: Any) -> None:
    summary = iam.get_account_summary()["SummaryMap"]

    assert {key: summary[key] for key in summary if key.endswith("Quota")} == {
        "UsersQuota": 5000,
        "GroupsQuota": 300,
        "RolesQuota": 1000,
        "PoliciesQuota": 1500,
        "InstanceProfilesQuota": 1000,
        "ServerCertificatesQuota": 20,
        "PolicySizeQuota": 6144,
        "UserPolicySizeQuota": 2048,
        "GroupPolicySizeQuota": 5120,
        "RolePolicySizeQuota": 10240,
        "AssumeRolePolicySizeQuota": 2048,
        "PolicyVersionsInUseQuota": 10000,
        "VersionsPerPolicyQuota": 5,
        "AttachedPoliciesPerUserQuota": 10,
        "AttachedPoliciesPerGroupQuota": 10,
        "AttachedPoliciesPerRoleQuota": 20,
        "GroupsPerUserQuota": 10,
        "AccessKeysPerUserQuota": 2,
        "SigningCertificatesPerUserQuota": 2,
    }
