"""GetCallerIdentity and GetAccessKeyInfo: who am I, and whose key is this, as boto3 sees it."""

from tests.user.client import Aws
from tests.user.refusals import refused
from tests.user.sessions import using


def test_a_user_is_told_its_id_account_and_arn(aws: Aws) -> None:
    ana = aws.user("ana", path="/ops/")

    identity = ana.client("sts").get_caller_identity()

    assert (identity["UserId"], identity["Account"], identity["Arn"]) == (ana.user_id, aws.account_id, ana.arn)


def test_no_policy_can_deny_it(aws: Aws) -> None:
    ana = aws.user("ana", deny=["*"])

    assert ana.client("sts").get_caller_identity()["Arn"] == ana.arn


def test_a_role_session_is_told_the_role_without_its_path_and_the_sessions_name(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana.arn, path="/ci/")

    identity = aws.client("sts", aws.assume(ana, role, "release-7")).get_caller_identity()

    assert identity["Arn"] == f"arn:aws:sts::{aws.account_id}:assumed-role/deploy/release-7"
    assert identity["UserId"] == f"{role.role_id}:release-7"


def test_a_renamed_user_is_told_its_new_name_and_its_old_id(aws: Aws) -> None:
    ana = aws.user("ana")
    session = using(aws, ana.client("sts").get_session_token(), "sts")

    aws.admin("iam").update_user(UserName="ana", NewUserName="anna")

    for sts in (ana.client("sts"), session):
        identity = sts.get_caller_identity()
        assert identity["Arn"] == f"arn:aws:iam::{aws.account_id}:user/anna"
        assert identity["UserId"] == ana.user_id


def test_an_unsigned_call_has_nobody_to_tell_of(aws: Aws) -> None:
    with refused("MissingAuthenticationToken"):
        aws.client("sts", None).get_caller_identity()


# GetAccessKeyInfo


def test_a_key_of_the_account_is_known_active_or_not_long_term_or_temporary(aws: Aws) -> None:
    ana = aws.user("ana", allow=["sts:GetAccessKeyInfo"])
    temporary = ana.client("sts").get_session_token()["Credentials"]["AccessKeyId"]
    ben = aws.user("ben")
    aws.admin("iam").update_access_key(UserName="ben", AccessKeyId=ben.access_key_id, Status="Inactive")

    for key in (ana.access_key_id, ben.access_key_id, temporary):
        assert ana.client("sts").get_access_key_info(AccessKeyId=key)["Account"] == aws.account_id


def test_a_key_of_another_account_is_answered_as_one_that_does_not_exist(aws: Aws) -> None:
    sts = aws.user("ana", allow=["sts:GetAccessKeyInfo"]).client("sts")
    theirs = aws.other().user("ben")
    temporary = theirs.client("sts").get_session_token()["Credentials"]["AccessKeyId"]

    for key in (theirs.access_key_id, temporary, "AKIAAAAAAAAAAAAAAAAA"):
        with refused("ValidationError", f"The access key {key} does not exist."):
            sts.get_access_key_info(AccessKeyId=key)


def test_asking_for_a_key_needs_the_right_to(aws: Aws) -> None:
    ana = aws.user("ana")

    with refused("AccessDenied", having="sts:GetAccessKeyInfo"):
        ana.client("sts").get_access_key_info(AccessKeyId=ana.access_key_id)
