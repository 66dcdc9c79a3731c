"""IAM as an account's root user sees it: no user, without access keys, and none can be made for it."""

from typing import Any

import pytest

from tests.user.client import Aws
from tests.user.refusals import refused
from tests.user.root_sessions import root_keys
from tests.user.server import Server


@pytest.fixture
def root(aws: Aws, server: Server) -> Any:
    """IAM as the account's root user."""
    return aws.client("iam", root_keys(server, aws.account_id))


def test_root_asked_about_itself_has_the_accounts_id_and_no_name(aws: Aws, root: Any) -> None:
    answer = root.get_user()["User"]

    assert answer["UserId"] == aws.account_id
    assert answer["Arn"] == f"arn:aws:iam::{aws.account_id}:root"
    assert set(answer) == {"UserId", "Arn", "CreateDate"}


def test_root_asked_about_itself_is_called_by_the_accounts_alias(aws: Aws, root: Any) -> None:
    root.create_account_alias(AccountAlias=f"acme-{aws.account_id}")

    assert root.get_user()["User"]["UserName"] == f"acme-{aws.account_id}"


def test_root_has_no_access_keys_and_gets_none(aws: Aws, root: Any) -> None:
    before = root.get_account_summary()["SummaryMap"]

    with refused("AccessDenied", having="The account root user cannot have access keys."):
        root.create_access_key()

    answer = root.list_access_keys()
    assert answer["AccessKeyMetadata"] == []
    assert answer["IsTruncated"] is False
    assert root.get_account_summary()["SummaryMap"] == before
    assert before["AccountAccessKeysPresent"] == 0


def test_root_reaches_no_key_of_a_user_without_naming_the_user(aws: Aws, root: Any) -> None:
    ana = aws.user("ana")

    with refused("NoSuchEntity", having=f"The Access Key with id {ana.access_key_id} cannot be found."):
        root.update_access_key(AccessKeyId=ana.access_key_id, Status="Inactive")
    with refused("NoSuchEntity", having=f"The Access Key with id {ana.access_key_id} cannot be found."):
        root.delete_access_key(AccessKeyId=ana.access_key_id)
    root.delete_access_key(UserName="ana", AccessKeyId=ana.access_key_id)

    with refused("InvalidClientTokenId"):
        ana.client("sts").get_caller_identity()


def test_root_makes_the_keys_of_users_by_their_names(aws: Aws, root: Any) -> None:
    root.create_user(UserName="ana")

    key = root.create_access_key(UserName="ana")["AccessKey"]

    identity = aws.client("sts", key).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{aws.account_id}:user/ana"


def test_root_may_do_everything_in_its_own_account_and_nothing_in_another(aws: Aws, root: Any) -> None:
    other = aws.other()
    other.user("theirs")
    root.create_group(GroupName="ops")

    with refused("NoSuchEntity"):
        root.get_user(UserName="theirs")
    with refused("NoSuchEntity"):
        other.admin("iam").get_group(GroupName="ops")
