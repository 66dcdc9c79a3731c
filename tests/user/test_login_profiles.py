"""Passwords of users: given, shown, changed and taken away, as boto3 sees it."""

import datetime
import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.user.client import Aws, User
from tests.user.events import Events
from tests.user.refusals import refused
from tests.user.root_sessions import root_keys
from tests.user.server import Server

PASSWORD = "correct-Horse-1"
ANOTHER = "battery-Staple-2"
THIRD = "paper-Clip-3"
WRONG = "The old password was incorrect."
REUSED = "Policy constraint violation with password reuse prevention during password change"
COMMON = "Password should not be one of the passwords that are most often used"


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


@pytest.fixture
def ana(aws: Aws, iam: Any) -> User:
    """A user that may change its own password, and has `PASSWORD`."""
    user = aws.user("ana", allow=["iam:ChangePassword"])
    iam.create_login_profile(UserName="ana", Password=PASSWORD)
    return user


def outcome(call: Callable[..., Any], **parameters: Any) -> str:
    try:
        call(**parameters)
    except ClientError as refusal:
        return str(refusal.response["Error"]["Code"])
    return "done"


# Login profiles


def test_a_login_profile_tells_since_when_a_user_has_a_password(iam: Any) -> None:
    iam.create_user(UserName="ana")
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=2)

    made = iam.create_login_profile(UserName="ANA", Password=PASSWORD)["LoginProfile"]

    assert made.keys() == {"UserName", "CreateDate", "PasswordResetRequired"}
    assert made["UserName"] == "ana"
    assert made["PasswordResetRequired"] is False
    assert before < made["CreateDate"] < datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
    assert iam.get_login_profile(UserName="ana")["LoginProfile"] == made


def test_what_is_set_beside_the_password_is_shown(iam: Any) -> None:
    iam.create_user(UserName="ana")

    made = iam.create_login_profile(
        UserName="ana", Password=PASSWORD, PasswordResetRequired=True, MaxSigninSessionDuration=7200
    )["LoginProfile"]

    assert (made["PasswordResetRequired"], made["MaxSigninSessionDuration"]) == (True, 7200)
    assert iam.get_login_profile(UserName="ana")["LoginProfile"] == made


def test_a_user_has_one_password(iam: Any) -> None:
    iam.create_user(UserName="ana")
    iam.create_login_profile(UserName="ana", Password=PASSWORD)

    with refused("EntityAlreadyExists", "Login Profile for user ana already exists."):
        iam.create_login_profile(UserName="ana", Password=ANOTHER)


def test_of_many_at_once_one_is_made(iam: Any) -> None:
    iam.create_user(UserName="ana")
    with ThreadPoolExecutor(4) as pool:
        seen = Counter(
            pool.map(lambda _: outcome(iam.create_login_profile, UserName="ana", Password=PASSWORD), range(4))
        )

    assert seen == {"done": 1, "EntityAlreadyExists": 3}


def test_who_does_not_exist_or_has_no_password_is_told_as_such(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="ben")
    aws.other().admin("iam").create_user(UserName="eve")

    for name in ("nobody", "eve"):
        with refused("NoSuchEntity", f"The user with name {name} cannot be found."):
            iam.create_login_profile(UserName=name, Password=PASSWORD)
    for call, more in (
        (iam.get_login_profile, {}),
        (iam.update_login_profile, {"Password": PASSWORD}),
        (iam.delete_login_profile, {}),
    ):
        with refused("NoSuchEntity", "The user with name nobody cannot be found."):
            call(UserName="nobody", **more)
        with refused("NoSuchEntity", "Login Profile for User ben cannot be found."):
            call(UserName="BEN", **more)


def test_a_user_manages_its_own_password_without_naming_itself(aws: Aws) -> None:
    client = aws.user("ana", allow=["iam:*LoginProfile"]).client("iam")

    assert client.create_login_profile(Password=PASSWORD)["LoginProfile"]["UserName"] == "ana"
    assert client.get_login_profile()["LoginProfile"]["UserName"] == "ana"
    client.delete_login_profile()
    with refused("NoSuchEntity", "Login Profile for User ana cannot be found."):
        client.get_login_profile()


def test_root_and_sessions_must_name_a_user(aws: Aws, server: Server) -> None:
    role = aws.role("auditor", trust=aws.account_id, allow=["iam:*"])
    for keys in (aws.assume(aws.administrator, role), root_keys(server, aws.account_id)):
        client = aws.client("iam", keys)
        for call in (client.get_login_profile, client.delete_login_profile):
            with refused("ValidationError", "Must specify userName when calling with non-User credentials"):
                call()
        with refused("ValidationError", "Must specify userName when calling with non-User credentials"):
            client.create_login_profile(Password=PASSWORD)


def test_a_login_profile_needs_a_password(iam: Any) -> None:
    iam.create_user(UserName="ana")

    with refused("ValidationError", having="'password' failed to satisfy constraint: Member must not be null"):
        iam.create_login_profile(UserName="ana")


@pytest.mark.parametrize("password", ["", "x" * 129, "smile \u263a Horse-1"], ids=["empty", "long", "not Latin-1"])
def test_what_no_password_can_be_is_refused_without_being_shown(aws: Aws, iam: Any, password: str) -> None:
    iam.create_user(UserName="ana")
    unchecked = aws.client("iam", aws.administrator, validates=False)

    with pytest.raises(ClientError) as error:
        unchecked.create_login_profile(UserName="ana", Password=password)

    assert error.value.response["Error"]["Code"] == "ValidationError"
    assert "'password'" in error.value.response["Error"]["Message"]
    assert not password or password not in error.value.response["Error"]["Message"]


@pytest.mark.parametrize("seconds", [3599, 7_776_001])
def test_a_session_lasts_between_an_hour_and_ninety_days(aws: Aws, iam: Any, seconds: int) -> None:
    iam.create_user(UserName="ana")

    unchecked = aws.client("iam", aws.administrator, validates=False)
    with refused("ValidationError", having="'maxSigninSessionDuration'"):
        unchecked.create_login_profile(UserName="ana", Password=PASSWORD, MaxSigninSessionDuration=seconds)


def test_an_update_changes_what_it_gives_and_nothing_else(iam: Any) -> None:
    iam.create_user(UserName="ana")
    made = iam.create_login_profile(UserName="ana", Password=PASSWORD)["LoginProfile"]

    iam.update_login_profile(UserName="ana", PasswordResetRequired=True)
    iam.update_login_profile(UserName="ana", MaxSigninSessionDuration=3600)
    iam.update_login_profile(UserName="ana")

    changed = {"PasswordResetRequired": True, "MaxSigninSessionDuration": 3600}
    assert iam.get_login_profile(UserName="ana")["LoginProfile"] == {**made, **changed}
    iam.update_login_profile(UserName="ana", Password=ANOTHER, ResetMaxSigninSessionDuration=True)
    assert iam.get_login_profile(UserName="ana")["LoginProfile"] == {**made, "PasswordResetRequired": True}


def test_a_longest_session_is_not_both_set_and_reset(iam: Any) -> None:
    iam.create_user(UserName="ana")
    iam.create_login_profile(UserName="ana", Password=PASSWORD)

    with refused("InvalidInput"):
        iam.update_login_profile(UserName="ana", MaxSigninSessionDuration=3600, ResetMaxSigninSessionDuration=True)
    iam.update_login_profile(UserName="ana", MaxSigninSessionDuration=3600, ResetMaxSigninSessionDuration=False)


def test_a_user_with_a_password_is_not_deleted(ana: User, iam: Any) -> None:
    for name in iam.list_user_policies(UserName="ana")["PolicyNames"]:
        iam.delete_user_policy(UserName="ana", PolicyName=name)
    iam.delete_access_key(UserName="ana", AccessKeyId=ana.access_key_id)

    with refused("DeleteConflict", "Cannot delete entity, must delete login profile first."):
        iam.delete_user(UserName="ana")

    iam.delete_login_profile(UserName="ana")
    iam.delete_user(UserName="ana")


def test_keys_go_on_when_the_password_is_gone(ana: User, iam: Any) -> None:
    iam.delete_login_profile(UserName="ana")

    assert ana.client("sts").get_caller_identity()["Arn"] == ana.arn
    with refused("NoSuchEntity", "Login Profile for User ana cannot be found."):
        ana.client("iam").change_password(OldPassword=PASSWORD, NewPassword=ANOTHER)


# Changing one's own


def test_a_user_changes_its_password_by_knowing_it(ana: User, iam: Any) -> None:
    iam.update_login_profile(UserName="ana", PasswordResetRequired=True)
    client = ana.client("iam")

    client.change_password(OldPassword=PASSWORD, NewPassword=ANOTHER)

    assert iam.get_login_profile(UserName="ana")["LoginProfile"]["PasswordResetRequired"] is False
    with refused("AccessDenied", WRONG):
        client.change_password(OldPassword=PASSWORD, NewPassword=THIRD)
    client.change_password(OldPassword=ANOTHER, NewPassword=THIRD)


def test_an_administrators_password_is_the_one_to_know_then(ana: User, iam: Any) -> None:
    iam.update_login_profile(UserName="ana", Password=ANOTHER)

    with refused("AccessDenied", WRONG):
        ana.client("iam").change_password(OldPassword=PASSWORD, NewPassword=THIRD)
    ana.client("iam").change_password(OldPassword=ANOTHER, NewPassword=THIRD)


def test_only_users_change_their_own_password(aws: Aws, server: Server) -> None:
    role = aws.role("auditor", trust=aws.account_id, allow=["iam:*"])
    for keys in (aws.assume(aws.administrator, role), root_keys(server, aws.account_id)):
        with refused("InvalidUserType", "Only IAM Users can change their own password"):
            aws.client("iam", keys).change_password(OldPassword=PASSWORD, NewPassword=ANOTHER)


def test_after_some_wrong_passwords_none_is_looked_at_for_a_while(ana: User, iam: Any) -> None:
    client = ana.client("iam")
    for _ in range(5):
        with refused("AccessDenied", WRONG):
            client.change_password(OldPassword="wrong", NewPassword=ANOTHER)

    with refused("AccessDenied", WRONG):  # though it is right
        client.change_password(OldPassword=PASSWORD, NewPassword=ANOTHER)

    iam.update_login_profile(UserName="ana", Password=PASSWORD)
    client.change_password(OldPassword=PASSWORD, NewPassword=ANOTHER)


def test_wrong_passwords_that_come_at_once_are_all_counted(two_nodes: tuple[Aws, Aws]) -> None:
    first, second = two_nodes
    ana = first.user("ana", allow=["iam:ChangePassword"])
    first.admin("iam").create_login_profile(UserName="ana", Password=PASSWORD)
    clients = [node.client("iam", ana) for node in (first, second)]
    with ThreadPoolExecutor(6) as pool:
        seen = Counter(
            pool.map(
                lambda each: outcome(clients[each % 2].change_password, OldPassword="wrong", NewPassword=ANOTHER),
                range(6),
            )
        )

    assert seen == {"AccessDenied": 6}
    for client in clients:
        with refused("AccessDenied", WRONG):
            client.change_password(OldPassword=PASSWORD, NewPassword=ANOTHER)


def test_of_two_changes_at_once_one_is_made(two_nodes: tuple[Aws, Aws]) -> None:
    first, second = two_nodes
    ana = first.user("ana", allow=["iam:ChangePassword"])
    first.admin("iam").create_login_profile(UserName="ana", Password=PASSWORD)
    clients = [node.client("iam", ana) for node in (first, second)]
    wanted = [ANOTHER, THIRD]
    with ThreadPoolExecutor(2) as pool:
        seen = list(
            pool.map(
                lambda each: outcome(clients[each].change_password, OldPassword=PASSWORD, NewPassword=wanted[each]),
                range(2),
            )
        )

    # The other found the password changed, before or while it compared its own.
    assert seen.count("done") == 1
    assert {*seen} - {"done"} <= {"EntityTemporarilyUnmodifiable", "AccessDenied"}
    clients[0].change_password(OldPassword=wanted[seen.index("done")], NewPassword="glass-Door-4")


def test_no_password_is_in_what_the_server_writes(ana: User, iam: Any, server: Server) -> None:
    ana.client("iam").change_password(OldPassword=PASSWORD, NewPassword=ANOTHER)
    iam.update_login_profile(UserName="ana", Password=THIRD)
    with refused("PasswordPolicyViolation"):
        iam.update_login_profile(UserName="ana", Password="too-sho")

    written = server.log.encode() + b"".join(file.read_bytes() for file in server.data.rglob("*") if file.is_file())

    for password in (PASSWORD, ANOTHER, THIRD, "too-sho"):
        assert password.encode() not in written
    assert b"$argon2id$" not in written


# What may be chosen


def test_without_a_policy_awss_default_holds(iam: Any) -> None:
    iam.create_user(UserName="ana")
    iam.create_login_profile(UserName="ana", Password=PASSWORD)
    classes = "Password should meet {} more of the following requirements: {}"
    upper, lower, number, symbol = (
        f"Password should have at least one {kind}"
        for kind in ("uppercase letter", "lowercase letter", "number", "symbol")
    )

    for password, message in (
        ("hOrse-1", "Password should have a minimum length of 8"),
        ("correct-horse", classes.format(1, f"{upper}, {number}")),
        ("correct horse", classes.format(2, f"{upper}, {number}, {symbol}")),
        ("6789-1234-9876", classes.format(1, f"{upper}, {lower}")),
        ("Password1!", COMMON),
    ):
        with refused("PasswordPolicyViolation", message):
            iam.update_login_profile(UserName="ana", Password=password)
    for password in ("HORSE-67-CORRECT", "horseCORRECT67", "x" * 120 + "Horse-1"):
        iam.update_login_profile(UserName="ana", Password=password)


def test_a_policy_says_what_the_next_password_must_be(ana: User, iam: Any) -> None:
    iam.update_account_password_policy(
        MinimumPasswordLength=20,
        RequireSymbols=True,
        RequireNumbers=True,
        RequireUppercaseCharacters=True,
        RequireLowercaseCharacters=True,
    )

    with refused(
        "PasswordPolicyViolation",
        "Password should have a minimum length of 20, Password should have at least one uppercase letter, "
        "Password should have at least one lowercase letter, Password should have at least one number, "
        "Password should have at least one symbol",
    ):
        ana.client("iam").change_password(OldPassword=PASSWORD, NewPassword="\u00e9" * 7)
    ana.client("iam").change_password(OldPassword=PASSWORD, NewPassword=f"{ANOTHER}-{THIRD}")


def test_a_refused_new_password_changes_nothing(ana: User) -> None:
    with refused("PasswordPolicyViolation"):
        ana.client("iam").change_password(OldPassword=PASSWORD, NewPassword="short")

    ana.client("iam").change_password(OldPassword=PASSWORD, NewPassword=ANOTHER)


def test_a_user_does_not_choose_its_last_passwords_again(ana: User, iam: Any) -> None:
    client = ana.client("iam")
    iam.update_account_password_policy(MinimumPasswordLength=8, PasswordReusePrevention=2)
    client.change_password(OldPassword=PASSWORD, NewPassword=ANOTHER)

    for again in (ANOTHER, PASSWORD):
        with refused(
            "PasswordPolicyViolation",
            "Policy constraint violation with password reuse prevention during password change",
        ):
            client.change_password(OldPassword=ANOTHER, NewPassword=again)

    client.change_password(OldPassword=ANOTHER, NewPassword=THIRD)
    client.change_password(OldPassword=THIRD, NewPassword=PASSWORD)  # the last but two


def test_without_such_a_policy_a_password_may_be_chosen_again(ana: User) -> None:
    ana.client("iam").change_password(OldPassword=PASSWORD, NewPassword=PASSWORD)


def test_an_administrator_may_give_an_earlier_password(ana: User, iam: Any) -> None:
    iam.update_account_password_policy(MinimumPasswordLength=8, PasswordReusePrevention=24)

    iam.update_login_profile(UserName="ana", Password=PASSWORD)


# Events


def test_events_tell_that_a_password_was_changed_and_not_which(ana: User, aws: Aws, server: Server) -> None:
    reply = ana.client("iam").change_password(OldPassword=PASSWORD, NewPassword=ANOTHER)
    events = Events(server.database_url)
    try:
        event = events.of(reply["ResponseMetadata"]["RequestId"])
        with pytest.raises(ClientError) as wrong:
            ana.client("iam").change_password(OldPassword=PASSWORD, NewPassword=ANOTHER)
        refusal = events.of(wrong.value.response["ResponseMetadata"]["RequestId"])
    finally:
        events.close()

    assert event["requestParameters"] is None
    assert event["responseElements"] is None
    assert (refusal["errorCode"], refusal["errorMessage"]) == ("AccessDenied", WRONG)
    assert PASSWORD not in json.dumps([event, refusal])
