"""Access keys: made, used, switched off and deleted, as boto3 sees it."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.user.client import Aws
from tests.user.refusals import refused
from tests.user.server import Server


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


def ids(answer: Any) -> list[str]:
    return [key["AccessKeyId"] for key in answer["AccessKeyMetadata"]]


def test_a_new_key_is_active_and_signs_requests_at_once(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="ana")

    key = iam.create_access_key(UserName="ANA")["AccessKey"]

    assert key["UserName"] == "ana"
    assert key["Status"] == "Active"
    assert re.fullmatch("AKIA[A-Z2-7]{16}", key["AccessKeyId"])
    assert re.fullmatch("[A-Za-z0-9+/]{40}", key["SecretAccessKey"])
    identity = aws.client("sts", key).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{aws.account_id}:user/ana"


def test_the_secret_is_never_shown_again(iam: Any) -> None:
    iam.create_user(UserName="ana")
    made = iam.create_access_key(UserName="ana")["AccessKey"]

    [listed] = iam.list_access_keys(UserName="ana")["AccessKeyMetadata"]

    assert listed == {name: made[name] for name in ["UserName", "AccessKeyId", "Status", "CreateDate"]}


def test_the_secret_is_nowhere_in_what_the_server_writes(aws: Aws, iam: Any, server: Server) -> None:
    iam.create_user(UserName="ana")
    key = iam.create_access_key(UserName="ana")["AccessKey"]
    aws.client("sts", key).get_caller_identity()

    written = server.log.encode() + b"".join(file.read_bytes() for file in server.data.rglob("*") if file.is_file())

    assert key["SecretAccessKey"].encode() not in written
    assert (key["AccessKeyId"].encode() in written) == server.database_url.startswith("sqlite:")


def test_a_user_makes_lists_and_deletes_its_own_keys_without_naming_itself(aws: Aws) -> None:
    ana = aws.user("ana", allow=["iam:*AccessKey*"])
    client = ana.client("iam")

    second = client.create_access_key()["AccessKey"]

    assert second["UserName"] == "ana"
    assert ids(client.list_access_keys()) == [ana.access_key_id, second["AccessKeyId"]]
    client.update_access_key(AccessKeyId=second["AccessKeyId"], Status="Inactive")
    client.delete_access_key(AccessKeyId=second["AccessKeyId"])
    assert ids(client.list_access_keys()) == [ana.access_key_id]


def test_a_session_of_a_role_must_name_the_user_whose_keys_it_means(aws: Aws) -> None:
    role = aws.role("deploy", trust=aws.account_id, allow=["iam:*"])
    deploy = aws.client("iam", aws.assume(aws.administrator, role))
    key = aws.user("ana").access_key_id

    for operation, parameters in {
        "create_access_key": {},
        "list_access_keys": {},
        "update_access_key": {"AccessKeyId": key, "Status": "Inactive"},
        "delete_access_key": {"AccessKeyId": key},
    }.items():
        with refused("ValidationError", having="Must specify userName when calling with non-User credentials"):
            getattr(deploy, operation)(**parameters)
    assert ids(deploy.list_access_keys(UserName="ana")) == [key]


def test_a_user_holds_two_keys_active_or_not(iam: Any) -> None:
    iam.create_user(UserName="ana")
    first = iam.create_access_key(UserName="ana")["AccessKey"]["AccessKeyId"]
    iam.create_access_key(UserName="ana")
    iam.update_access_key(UserName="ana", AccessKeyId=first, Status="Inactive")

    with refused("LimitExceeded", having="Cannot exceed quota for AccessKeysPerUser: 2"):
        iam.create_access_key(UserName="ana")

    iam.delete_access_key(UserName="ana", AccessKeyId=first)
    iam.create_access_key(UserName="ana")


def test_many_at_once_make_no_more_than_two_keys(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="ana")
    clients = [aws.admin("iam") for _ in range(8)]

    def make(client: Any) -> str:
        try:
            client.create_access_key(UserName="ana")
        except client.exceptions.LimitExceededException:
            return "LimitExceeded"
        return "made"

    with ThreadPoolExecutor(len(clients)) as pool:
        outcomes = sorted(pool.map(make, clients))

    assert outcomes == ["LimitExceeded"] * 6 + ["made"] * 2
    assert len(ids(iam.list_access_keys(UserName="ana"))) == 2


def test_a_key_made_while_its_user_is_deleted_is_either_refused_or_keeps_the_user(aws: Aws, iam: Any) -> None:
    clients = [aws.admin("iam"), aws.admin("iam")]

    def attempt(operation: Any) -> Any:
        try:
            return operation(UserName="ana")
        except ClientError as error:
            return error.response["Error"]["Code"]

    for _ in range(10):
        iam.create_user(UserName="ana")
        with ThreadPoolExecutor(2) as pool:
            made = pool.submit(attempt, clients[0].create_access_key)
            deleted = pool.submit(attempt, clients[1].delete_user)
        if made.result() == "NoSuchEntity":
            with refused("NoSuchEntity"):
                iam.list_access_keys(UserName="ana")
            continue
        assert deleted.result() == "DeleteConflict"
        key = made.result()["AccessKey"]
        assert aws.client("sts", key).get_caller_identity()["Account"] == aws.account_id
        iam.delete_access_key(UserName="ana", AccessKeyId=key["AccessKeyId"])
        iam.delete_user(UserName="ana")


def test_an_inactive_key_signs_nothing_until_it_is_active_again(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana")
    sts = ana.client("sts")
    sts.get_caller_identity()

    iam.update_access_key(UserName="ana", AccessKeyId=ana.access_key_id, Status="Inactive")
    with refused("InvalidClientTokenId"):
        sts.get_caller_identity()
    assert iam.list_access_keys(UserName="ana")["AccessKeyMetadata"][0]["Status"] == "Inactive"

    iam.update_access_key(UserName="ana", AccessKeyId=ana.access_key_id, Status="Active")
    iam.update_access_key(UserName="ana", AccessKeyId=ana.access_key_id, Status="Active")
    sts.get_caller_identity()


def test_a_deleted_key_signs_nothing_from_the_next_request_on(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana")
    sts = ana.client("sts")
    sts.get_caller_identity()

    iam.delete_access_key(UserName="ana", AccessKeyId=ana.access_key_id)

    with refused("InvalidClientTokenId"):
        sts.get_caller_identity()
    with refused("NoSuchEntity", having=f"The Access Key with id {ana.access_key_id} cannot be found."):
        iam.delete_access_key(UserName="ana", AccessKeyId=ana.access_key_id)


def test_a_status_that_only_aws_sets_is_refused(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana")

    with refused("InvalidInput"):
        iam.update_access_key(UserName="ana", AccessKeyId=ana.access_key_id, Status="Expired")
    with refused("ValidationError", having="Member must satisfy enum value set"):
        iam.update_access_key(UserName="ana", AccessKeyId=ana.access_key_id, Status="Off")
    assert ana.client("sts").get_caller_identity()["Arn"] == ana.arn


def test_a_key_is_changed_only_under_the_name_of_its_owner(aws: Aws, iam: Any) -> None:
    key = aws.user("ana").access_key_id
    aws.user("bob")

    for operation, parameters in [
        (iam.delete_access_key, {"UserName": "bob"}),
        (iam.update_access_key, {"UserName": "bob", "Status": "Inactive"}),
        (iam.delete_access_key, {}),
    ]:
        with refused("NoSuchEntity", having=f"The Access Key with id {key} cannot be found."):
            operation(AccessKeyId=key, **parameters)
    assert ids(iam.list_access_keys(UserName="ana")) == [key]


def test_the_right_over_ones_own_keys_reaches_no_others_under_any_spelling(aws: Aws) -> None:
    own = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "iam:*AccessKey*",
            "Resource": "arn:aws:iam::*:user/${aws:username}",
        },
    }
    eve = aws.user("eve", policy=own).client("iam")
    victim = aws.user("ana").access_key_id

    eve.list_access_keys(UserName="EVE")

    for name in ["ana", "ANA", "none"]:
        with refused("AccessDenied", having=f"iam:CreateAccessKey on resource: user {name} "):
            eve.create_access_key(UserName=name)
    with refused("NoSuchEntity"):
        eve.delete_access_key(AccessKeyId=victim)
    with refused("AccessDenied"):
        eve.delete_access_key(UserName="ana", AccessKeyId=victim)


def test_the_keys_of_another_account_are_out_of_reach(aws: Aws) -> None:
    ours = aws.user("ana")
    theirs = aws.other()
    theirs.user("ana")

    with refused("NoSuchEntity"):
        theirs.admin("iam").delete_access_key(UserName="ana", AccessKeyId=ours.access_key_id)
    with refused("AccessDenied", having=f"on resource: access key {ours.access_key_id}"):
        theirs.admin("iam").get_access_key_last_used(AccessKeyId=ours.access_key_id)
    assert ours.client("sts").get_caller_identity()["Arn"] == ours.arn


def test_keys_are_listed_oldest_first_page_by_page(iam: Any) -> None:
    iam.create_user(UserName="ana")
    made = [iam.create_access_key(UserName="ana")["AccessKey"]["AccessKeyId"] for _ in range(2)]

    first = iam.list_access_keys(UserName="ana", MaxItems=1)
    rest = iam.list_access_keys(UserName="ana", MaxItems=1, Marker=first["Marker"])

    assert ids(first) + ids(rest) == made
    assert rest["IsTruncated"] is False


def test_a_user_without_keys_has_an_empty_list(iam: Any) -> None:
    iam.create_user(UserName="ana")

    assert ids(iam.list_access_keys(UserName="ana")) == []
    with refused("NoSuchEntity", having="The user with name none cannot be found."):
        iam.list_access_keys(UserName="none")


def test_a_key_that_was_never_used_says_so(iam: Any) -> None:
    iam.create_user(UserName="ana")
    key = iam.create_access_key(UserName="ana")["AccessKey"]["AccessKeyId"]

    answer = iam.get_access_key_last_used(AccessKeyId=key)

    assert answer["UserName"] == "ana"
    assert answer["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}


def test_who_may_not_ask_about_a_key_cannot_tell_whether_it_exists(aws: Aws) -> None:
    known, unknown = aws.user("ana").access_key_id, "AKIAIOSFODNN7EXAMPLE"
    eve = aws.user("eve").client("iam")

    def answer(key: str) -> str:
        with pytest.raises(ClientError, match="AccessDenied") as denied:
            eve.get_access_key_last_used(AccessKeyId=key)
        return str(denied.value).replace(key, "KEY")

    assert answer(known) == answer(unknown)


def test_a_key_that_does_not_exist_is_denied_also_to_an_administrator(iam: Any) -> None:
    with refused("AccessDenied", having="iam:GetAccessKeyLastUsed on resource: access key AKIAIOSFODNN7EXAMPLE"):
        iam.get_access_key_last_used(AccessKeyId="AKIAIOSFODNN7EXAMPLE")


@pytest.mark.parametrize("key", ["AKIA-OSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPL*", "A" * 129])
def test_a_key_id_of_another_form_is_refused(iam: Any, key: str) -> None:
    with refused("ValidationError", having="accessKeyId"):
        iam.get_access_key_last_used(AccessKeyId=key)
