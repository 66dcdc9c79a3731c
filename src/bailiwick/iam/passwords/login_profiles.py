"""Giving users passwords and taking them away: the operations on login profiles."""

from bailiwick.access.call import Call
from bailiwick.auth import passwords
from bailiwick.auth.passwords import SALT_BYTES
from bailiwick.errors import ValidationError
from bailiwick.iam import users
from bailiwick.iam.errors import EntityAlreadyExists, InvalidInput
from bailiwick.iam.passwords import policy, record
from bailiwick.iam.passwords.rules import require_acceptable
from bailiwick.iam.registry import iam
from bailiwick.operations import operation
from bailiwick.secret import Secret
from bailiwick.store.transaction import Transaction


async def _hashed(call: Call) -> Secret | None:
    """The hash of the password that the call gives, if it gives one."""
    password = call.get("Password")
    if password is None:
        return None
    salt = call.random_bytes(SALT_BYTES)
    return await call.access.hashing.run(lambda: passwords.hash_password(password, salt))


@operation(iam, "CreateLoginProfile", resource=users.named_or_signer_target, prepare=_hashed, secrets=["Password"])
async def create_login_profile(call: Call, tx: Transaction) -> dict[str, object]:
    """Give a user, or without a name the caller, a password to sign in with.

    Raises:
        NoSuchEntity: no such user.
        EntityAlreadyExists: the user has a password.
        PasswordPolicyViolation: the account's password policy, or AWS's default, does not allow this one.
        ValidationError: no password; or no name, and the caller is not a user.

    Source: IAM API Reference, CreateLoginProfile.
    """
    user = await _user(call, tx)
    hashed = call.prepared
    if not isinstance(hashed, Secret):
        raise ValidationError(
            "1 validation error detected: Value null at 'password' failed to satisfy constraint: "
            "Member must not be null"
        )
    if await record.find(tx, user.user_id) is not None:
        raise EntityAlreadyExists.login_profile(user.name)
    await _require_acceptable(call, tx, user)
    profile = await record.insert(
        tx,
        call.access,
        user,
        hashed,
        must_change=call.flag("PasswordResetRequired") or False,
        session_seconds=call.integer("MaxSigninSessionDuration"),
        now_ms=call.now_ms,
    )
    return {"LoginProfile": profile.as_output(user.name)}


@operation(iam, "GetLoginProfile", resource=users.named_or_signer_target, reads=True)
async def get_login_profile(call: Call, tx: Transaction) -> dict[str, object]:
    """When a user, or without a name the caller, was given a password, and whether it must choose another.

    Raises:
        NoSuchEntity: no such user, or it has no password.
        ValidationError: no name, and the caller is not a user.

    Source: IAM API Reference, GetLoginProfile.
    """
    user = await _user(call, tx)
    profile = await record.require(tx, user)
    return {"LoginProfile": profile.as_output(user.name)}


@operation(iam, "UpdateLoginProfile", resource=users.user_target, prepare=_hashed, secrets=["Password"])
async def update_login_profile(call: Call, tx: Transaction) -> None:
    """Give a user another password, which it need not know; what is not given stays.

    The user's earlier passwords may be given again: what they were is nothing that an administrator should learn.

    Raises:
        NoSuchEntity: no such user, or it has no password.
        PasswordPolicyViolation: the account's password policy, or AWS's default, does not allow this one.
        InvalidInput: a longest session is both set and reset.

    Source: IAM API Reference, UpdateLoginProfile.
    """
    user = await users.require(tx, call.account, call["UserName"])
    profile = await record.require(tx, user)
    session_seconds, resets = call.integer("MaxSigninSessionDuration"), call.flag("ResetMaxSigninSessionDuration")
    if session_seconds is not None and resets:
        raise InvalidInput.session_duration_set_and_reset()
    hashed = call.prepared
    if isinstance(hashed, Secret):
        await _require_acceptable(call, tx, user)
        await record.set_password(tx, call.access, profile, hashed, call.now_ms)
    must_change = call.flag("PasswordResetRequired")
    await record.update(
        tx,
        user.user_id,
        must_change=int(profile.must_change if must_change is None else must_change),
        session_seconds=None if resets else session_seconds or profile.session_seconds,
    )


@operation(iam, "DeleteLoginProfile", resource=users.named_or_signer_target)
async def delete_login_profile(call: Call, tx: Transaction) -> None:
    """Take the password of a user, or without a name the caller's, away; its access keys go on.

    Raises:
        NoSuchEntity: no such user, or it has no password.
        ValidationError: no name, and the caller is not a user.

    Source: IAM API Reference, DeleteLoginProfile.
    """
    user = await _user(call, tx)
    await record.require(tx, user)
    await record.delete(tx, user.user_id)


async def _user(call: Call, tx: Transaction) -> users.User:
    """The user that UserName names or, without it, the caller.

    Raises:
        ValidationError: no name, and the caller is not a user; root's own password is not for these operations.
    """
    user = await users.named_or_signer(call, tx)
    if user is None:
        raise ValidationError("Must specify userName when calling with non-User credentials")
    return user


async def _require_acceptable(call: Call, tx: Transaction, user: users.User) -> None:
    owner = await record.owner_of(tx, user)
    require_acceptable(call["Password"], await policy.find(tx, call.account), owner)
