"""What passwords a policy allows, and which are refused whatever it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.iam.errors import PasswordPolicyViolation
from bailiwick.iam.passwords.common import is_common
from bailiwick.iam.passwords.rules import Owner, PasswordPolicy, expires_at, require_acceptable

OWNER = Owner(user_name="Ana.Example", account_name="Acme-Corp-2026", root_email="Root-1@Example.com")
DAY_MS = 86_400_000


def policy(
    minimum_length: int = 6,
    *,
    upper: bool = False,
    lower: bool = False,
    number: bool = False,
    symbol: bool = False,
    maximum_age: int | None = None,
) -> PasswordPolicy:
    return PasswordPolicy(minimum_length, upper, lower, number, symbol, False, maximum_age, 0, False)


def refusal(password: str, set_policy: PasswordPolicy | None) -> str:
    with pytest.raises(PasswordPolicyViolation) as refused:
        require_acceptable(password, set_policy, OWNER)
    return refused.value.message


@pytest.mark.parametrize("length", [6, 14, 128])
def test_a_password_is_as_long_as_the_policy_asks_or_longer(length: int) -> None:
    password = ("horse clip door " * 8)[:length]

    require_acceptable(password, policy(length), OWNER)
    assert refusal(password[:-1], policy(length)) == f"Password should have a minimum length of {length}"


@pytest.mark.parametrize(
    ("asked", "with_it", "without", "named"),
    [
        ({"upper": True}, "horse clip Z", "horse clip \u00c9", "uppercase letter"),
        ({"lower": True}, "HORSE CLIP z", "HORSE CLIP \u00e9", "lowercase letter"),
        ({"number": True}, "horse clip 9", "horse clip \u00b2", "number"),
        *(({"symbol": True}, f"horse clip{sign}", "horse clip?,~", "symbol") for sign in "!@#$%^&*()_+-=[]{}|'"),
    ],
)
def test_each_class_of_characters_is_asked_for_by_itself(
    asked: dict[str, bool], with_it: str, without: str, named: str
) -> None:
    require_acceptable(with_it, policy(**asked), OWNER)
    assert refusal(without, policy(**asked)) == f"Password should have at least one {named}"


def test_by_default_a_password_is_not_the_accounts_name_or_address_in_any_case() -> None:
    for password in ("acme-corp-2026A", "ROOT-1@example.com2"):
        require_acceptable(password, None, OWNER)
    for password in ("ACME-corp-2026", "ROOT-1@example.com"):
        assert refusal(password, None) == "Password should not be the same as the account name or email address"
        require_acceptable(password, policy(), OWNER)  # a policy of the account's own does not ask it


@pytest.mark.parametrize(
    "password",
    [
        *("Password1!", "P@ssw0rd", "pa$$WORD2026", "Summer2024!", "$ummer2024!", "Welcome123", "We1come123"),
        *("1Qwerty!", "qwertyQWERTY12", "ChangeMe!1", "Admin@123", "1234567890", "0987654321", "!@#$%^&*"),
        *("aaaaaaaaA", "ababababab", "ana.example", "ANA.EXAMPLE"),
    ],
)
def test_what_is_guessed_first_is_refused_whatever_the_policy(password: str) -> None:
    assert refusal(password, policy()) == "Password should not be one of the passwords that are most often used"


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "Password-1234567",
        "mypasswordisnotlisted",
        "xk9#mq2$vl",
        "12345678901x",
        "secretgarden",
    ],
)
def test_what_is_not_guessed_first_is_not_refused(password: str) -> None:
    require_acceptable(password, policy(), OWNER)


@given(st.text(max_size=128))
def test_a_users_name_is_never_its_password(name: str) -> None:
    assert is_common(name, frozenset({name}))


@given(st.sampled_from(["password", "summer", "letmein"]), st.text("0123456789!@#$%&*?. ", max_size=6))
def test_little_behind_a_word_makes_it_no_better(word: str, added: str) -> None:
    assert is_common(word + added, frozenset())
    assert is_common((word + added).upper(), frozenset())


def test_expiry_is_counted_from_the_change_by_the_policy_as_it_is() -> None:
    assert expires_at(5, policy(maximum_age=90)) == 5 + 90 * DAY_MS
    assert expires_at(5, policy()) is None
    assert expires_at(5, None) is None
