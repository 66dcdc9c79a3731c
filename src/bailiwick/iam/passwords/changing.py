"""ChangePassword: a user replaces its own password, by showing that it knows it.

All that is slow is done before the transaction and whatever comes of it, so that neither the reply nor its time tells
more than right or wrong; and during a pause, nothing. A wrong password is counted, and the refusal keeps its count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bailiwick.access.call import Call
from bailiwick.auth import PrincipalKind, passwords
from bailiwick.auth.passwords import SALT_BYTES
from bailiwick.errors import AccessDenied, KeptRefusal
from bailiwick.iam import users
from bailiwick.iam.errors import (
    EntityTemporarilyUnmodifiable,
    InvalidUserType,
    NoSuchEntity,
    PasswordPolicyViolation,
)
from bailiwick.iam.passwords import policy, record
from bailiwick.iam.passwords.rules import require_acceptable
from bailiwick.iam.registry import iam
from bailiwick.operations import Target, acts_on, operation
from bailiwick.secret import Secret
from bailiwick.store.transaction import Transaction

_WRONG: Final = "The old password was incorrect."


@dataclass(frozen=True, slots=True)
class _LookedUp:
    """The hashes to compare with: `sealed` and `present` of the password, `earlier` of those not to choose again."""

    sealed: bytes
    present: Secret
    earlier: Sequence[Secret]


@dataclass(frozen=True, slots=True)
class _Compared:
    """What came of it.

    Attributes:
        sealed: the hash that the old password was compared with, as it is kept.
        is_right: whether the old password is the user's.
        remembered: how many of the user's last passwords the new one was compared with.
        was_had: whether it was one of them.
        hashed: the hash of the new password.
    """

    sealed: bytes
    is_right: bool
    remembered: int
    was_had: bool
    hashed: Secret


@acts_on("user*")
async def _own_target(call: Call, tx: Transaction) -> Target:
    """The caller.

    Raises:
        InvalidUserType: the caller is no user. It depends on nothing but the caller's kind, so that it may come before
            the decision.
    """
    if call.caller.kind is not PrincipalKind.USER:
        raise InvalidUserType.not_a_user()
    user = await _user(call, tx)
    return await user.target(tx)


async def _user(call: Call, tx: Transaction) -> users.User:
    user = await users.find_by_id(tx, call.account, call.caller.principal_id)
    if user is None:  # deleted since it was identified
        raise NoSuchEntity.user(call.caller.name or "")
    return user


async def _look_up(call: Call, tx: Transaction) -> _LookedUp:
    profile = await record.require(tx, await _user(call, tx))
    set_policy = await policy.find(tx, call.account)
    remembered = 0 if set_policy is None else set_policy.remembered
    earlier = await record.last_hashes(tx, profile.user_id, remembered)

    def opened(number: int, sealed: bytes) -> Secret:
        return call.access.unseal("user_passwords", record.place(profile.user_id, number), "hash", sealed)

    return _LookedUp(
        profile.sealed, opened(profile.newest, profile.sealed), [opened(number, sealed) for number, sealed in earlier]
    )


async def _compare(call: Call) -> _Compared:
    found = call.prepared
    assert isinstance(found, _LookedUp), "the hashes were looked up"
    old, new, salt = call["OldPassword"], call["NewPassword"], call.random_bytes(SALT_BYTES)

    def work() -> _Compared:
        # A list, so that the new password is compared with all of them.
        had = [passwords.is_password(new, earlier) for earlier in found.earlier]
        return _Compared(
            found.sealed,
            passwords.is_password(old, found.present),
            len(had),
            any(had),
            passwords.hash_password(new, salt),
        )

    return await call.access.hashing.run(work)


@operation(
    iam,
    "ChangePassword",
    resource=_own_target,
    look_up=_look_up,
    prepare=_compare,
    secrets=["OldPassword", "NewPassword"],
)
async def change_password(call: Call, tx: Transaction) -> None:
    """Replace the caller's own password; an expired one too, for whoever has access keys.

    Raises:
        InvalidUserType: the caller is no user.
        NoSuchEntity: the caller has no password.
        KeptRefusal: AccessDenied; the old password is wrong, or none is looked at after too many wrong ones.
        PasswordPolicyViolation: the account's password policy, or AWS's default, does not allow the new one.
        EntityTemporarilyUnmodifiable: the password was changed meanwhile.

    Source: IAM API Reference, ChangePassword.
    """
    compared = call.prepared
    assert isinstance(compared, _Compared), "the passwords were compared"
    user = await _user(call, tx)
    profile = await record.require(tx, user)
    if not profile.is_looked_at(call.now_ms):
        raise AccessDenied(_WRONG)
    if profile.sealed != compared.sealed:
        raise EntityTemporarilyUnmodifiable.login_profile(user.name)
    if not compared.is_right:
        await record.count_failure(tx, profile, call.now_ms)
        raise KeptRefusal(AccessDenied(_WRONG))
    set_policy = await policy.find(tx, call.account)
    require_acceptable(call["NewPassword"], set_policy, await record.owner_of(tx, user))
    if set_policy is not None and set_policy.remembered:
        if compared.remembered < min(set_policy.remembered, profile.newest):  # the policy was changed meanwhile
            raise EntityTemporarilyUnmodifiable.login_profile(user.name)
        if compared.was_had:
            raise PasswordPolicyViolation.reuse()
    await record.set_password(tx, call.access, profile, compared.hashed, call.now_ms)
    await record.update(tx, user.user_id, must_change=0)
