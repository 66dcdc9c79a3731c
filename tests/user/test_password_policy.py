"""The account's password policy: set, shown and removed, and what it lets users do, as boto3 sees it."""

from typing import Any

import pytest

from tests.user.client import Aws
from tests.user.refusals import denial_of, refused

PASSWORD = "correct-Horse-1"
ANOTHER = "battery-Staple-2"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"

DEFAULTS = {
    "MinimumPasswordLength": 6,
    "RequireSymbols": False,
    "RequireNumbers": False,
    "RequireUppercaseCharacters": False,
    "RequireLowercaseCharacters": False,
    "AllowUsersToChangePassword": False,
    "ExpirePasswords": False,
    "HardExpiry": False,
}


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


def test_an_account_that_has_set_none_has_none_to_show(aws: Aws, iam: Any) -> None:
    for call in (iam.get_account_password_policy, iam.delete_account_password_policy):
        with refused("NoSuchEntity", f"The Password Policy with domain name {aws.account_id} cannot be found."):
            call()


def test_what_is_not_given_has_its_default(iam: Any) -> None:
    iam.update_account_password_policy()

    assert iam.get_account_password_policy()["PasswordPolicy"] == DEFAULTS


def test_what_is_given_is_shown_and_replaced_as_a_whole(aws: Aws, iam: Any) -> None:
    given = {
        "MinimumPasswordLength": 128,
        "RequireSymbols": True,
        "RequireNumbers": True,
        "RequireUppercaseCharacters": True,
        "RequireLowercaseCharacters": True,
        "AllowUsersToChangePassword": True,
        "MaxPasswordAge": 1095,
        "PasswordReusePrevention": 24,
        "HardExpiry": True,
    }

    iam.update_account_password_policy(**given)

    assert iam.get_account_password_policy()["PasswordPolicy"] == {**given, "ExpirePasswords": True}
    iam.update_account_password_policy(RequireNumbers=True)
    assert iam.get_account_password_policy()["PasswordPolicy"] == {**DEFAULTS, "RequireNumbers": True}
    with refused("NoSuchEntity"):
        aws.other().admin("iam").get_account_password_policy()


def test_a_policy_is_deleted_once(iam: Any) -> None:
    iam.update_account_password_policy()
    iam.delete_account_password_policy()

    with refused("NoSuchEntity"):
        iam.delete_account_password_policy()


@pytest.mark.parametrize(
    ("name", "values"),
    [("MinimumPasswordLength", (5, 129)), ("MaxPasswordAge", (0, 1096)), ("PasswordReusePrevention", (0, 25))],
)
def test_numbers_out_of_their_range_are_refused(aws: Aws, iam: Any, name: str, values: tuple[int, int]) -> None:
    unchecked = aws.client("iam", aws.administrator, validates=False)
    for value in values:
        with refused("ValidationError", having=f"'{name[0].lower()}{name[1:]}'"):
            unchecked.update_account_password_policy(**{name: value})
    with refused("NoSuchEntity"):
        iam.get_account_password_policy()


# What it lets users do


def test_users_may_change_their_own_password_as_long_as_the_policy_lets_them(two_nodes: tuple[Aws, Aws]) -> None:
    aws, elsewhere = two_nodes
    iam = aws.admin("iam")
    ana = aws.user("ana", path="/staff/")
    iam.create_login_profile(UserName="ana", Password=PASSWORD)
    here, there = ana.client("iam"), elsewhere.client("iam", ana)
    denial = denial_of(there.change_password, OldPassword=PASSWORD, NewPassword=ANOTHER)
    assert denial.message.endswith("because no identity-based policy allows the iam:ChangePassword action")
    denial_of(here.get_account_password_policy)

    iam.update_account_password_policy(MinimumPasswordLength=8, AllowUsersToChangePassword=True)

    there.change_password(OldPassword=PASSWORD, NewPassword=ANOTHER)
    assert here.get_account_password_policy()["PasswordPolicy"]["AllowUsersToChangePassword"] is True
    for call, parameters in (
        (here.update_account_password_policy, {}),
        (here.get_login_profile, {"UserName": "ana"}),
        (here.update_login_profile, {"UserName": "ana", "Password": PASSWORD}),
    ):
        denial_of(call, **parameters)
    iam.update_account_password_policy(MinimumPasswordLength=8)
    denial_of(there.change_password, OldPassword=ANOTHER, NewPassword=PASSWORD)


def test_removing_the_policy_takes_that_away_too(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana").client("iam")
    iam.update_account_password_policy(AllowUsersToChangePassword=True)
    ana.get_account_password_policy()

    iam.delete_account_password_policy()

    denial_of(ana.get_account_password_policy)


def test_a_deny_and_a_boundary_win_over_what_the_policy_lets_users_do(aws: Aws, iam: Any) -> None:
    iam.update_account_password_policy(AllowUsersToChangePassword=True)
    denied = aws.user("denied", deny=["iam:ChangePassword"])
    bounded = aws.user("bounded")
    iam.put_user_permissions_boundary(UserName="bounded", PermissionsBoundary=READ_ONLY)

    for user, words in ((denied, "with an explicit deny"), (bounded, "because no permissions boundary allows")):
        iam.create_login_profile(UserName=user.name, Password=PASSWORD)
        denial = denial_of(user.client("iam").change_password, OldPassword=PASSWORD, NewPassword=ANOTHER)
        assert words in denial.message


def test_it_lets_roles_and_other_accounts_do_nothing(aws: Aws, iam: Any) -> None:
    iam.update_account_password_policy(AllowUsersToChangePassword=True)
    role = aws.role("auditor", trust=aws.account_id)
    session = aws.client("iam", aws.assume(aws.administrator, role))

    denial_of(session.get_account_password_policy)
    denial_of(aws.other().user("ana").client("iam").get_account_password_policy)


def test_it_is_no_policy_that_lists_show(aws: Aws, iam: Any) -> None:
    aws.user("ana")
    iam.update_account_password_policy(AllowUsersToChangePassword=True)

    assert iam.list_user_policies(UserName="ana")["PolicyNames"] == []
    assert iam.list_attached_user_policies(UserName="ana")["AttachedPolicies"] == []
