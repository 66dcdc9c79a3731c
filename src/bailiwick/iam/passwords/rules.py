"""What a password policy says of a password: whether it may be chosen, and until when it may be used. Pure.

Source: IAM User Guide, "Set an account password policy for IAM users".
"""

import string
from dataclasses import dataclass
from typing import Final

from bailiwick.iam.errors import PasswordPolicyViolation
from bailiwick.iam.passwords.common import is_common

MOST_REMEMBERED: Final = 24
"""How many of a user's last passwords are kept, the present one included: the most that a policy may look at."""

_DAY_MS: Final = 86_400_000

_CLASSES: Final = (
    (frozenset(string.ascii_uppercase), "Password should have at least one uppercase letter"),
    (frozenset(string.ascii_lowercase), "Password should have at least one lowercase letter"),
    (frozenset(string.digits), "Password should have at least one number"),
    (frozenset("!@#$%^&*()_+-=[]{}|'"), "Password should have at least one symbol"),
)
_CLASSES_BY_DEFAULT: Final = 3
_LENGTH_BY_DEFAULT: Final = 8


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """A policy that an account has set.

    Attributes:
        minimum_length: in characters.
        needs_uppercase, needs_lowercase, needs_number, needs_symbol: one character of that class at least.
        users_may_change: whether every user may change its own password, by whatever policies it has.
        maximum_age: in days; None when passwords do not expire.
        remembered: how many of its last passwords a user may not choose again, the present one included.
        is_expiry_hard: whether only an administrator can replace an expired password at sign-in.
    """

    minimum_length: int
    needs_uppercase: bool
    needs_lowercase: bool
    needs_number: bool
    needs_symbol: bool
    users_may_change: bool
    maximum_age: int | None
    remembered: int
    is_expiry_hard: bool

    @property
    def needs(self) -> tuple[bool, bool, bool, bool]:
        """Which classes of characters are needed, in the order that messages name them."""
        return self.needs_uppercase, self.needs_lowercase, self.needs_number, self.needs_symbol


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a password is for: what it must not be."""

    user_name: str
    account_name: str
    root_email: str


def require_acceptable(password: str, policy: PasswordPolicy | None, owner: Owner) -> None:
    """Pass if the password may be chosen; None stands for an account that has set no policy.

    Whatever the policy, a password that is guessed first is refused; that is ours beside AWS's.

    Raises:
        PasswordPolicyViolation: it may not; the message names all that is missing, and nothing of the password.
    """
    unmet = _unmet_by_default(password, owner) if policy is None else _unmet(password, policy)
    if not unmet and is_common(password, frozenset({owner.user_name})):
        unmet = ["Password should not be one of the passwords that are most often used"]
    if unmet:
        raise PasswordPolicyViolation.of_requirements(unmet)


def expires_at(changed_at: int, policy: PasswordPolicy | None) -> int | None:
    """From when on a password that was set at a time is expired, both in milliseconds since 1970; None for never.

    By the policy as it is now: a new maximum age holds for the passwords that are there.
    """
    if policy is None or policy.maximum_age is None:
        return None
    return changed_at + policy.maximum_age * _DAY_MS


def _unmet(password: str, policy: PasswordPolicy) -> list[str]:
    missing = [
        text
        for is_needed, (members, text) in zip(policy.needs, _CLASSES, strict=True)
        if is_needed and members.isdisjoint(password)
    ]
    return [*_too_short(password, policy.minimum_length), *missing]


def _unmet_by_default(password: str, owner: Owner) -> list[str]:
    missing = [text for members, text in _CLASSES if members.isdisjoint(password)]
    more = len(missing) - (len(_CLASSES) - _CLASSES_BY_DEFAULT)
    unmet = _too_short(password, _LENGTH_BY_DEFAULT)
    if more > 0:
        unmet.append(f"Password should meet {more} more of the following requirements: {', '.join(missing)}")
    if password.casefold() in (owner.account_name.casefold(), owner.root_email.casefold()):
        unmet.append("Password should not be the same as the account name or email address")
    return unmet


def _too_short(password: str, least: int) -> list[str]:
    return [f"Password should have a minimum length of {least}"] if len(password) < least else []
