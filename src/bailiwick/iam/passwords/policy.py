"""The account's password policy: its record, and the operations that set, show and remove it."""

from bailiwick.access.call import Call
from bailiwick.iam.errors import NoSuchEntity
from bailiwick.iam.passwords.rules import PasswordPolicy
from bailiwick.iam.registry import iam
from bailiwick.operations import operation
from bailiwick.store.transaction import Transaction

_LEAST_LENGTH = 6

_COLUMNS = (
    "minimum_length, needs_uppercase, needs_lowercase, needs_number, needs_symbol, users_may_change, maximum_age,"
    " remembered, is_expiry_hard"
)


async def find(tx: Transaction, account: str) -> PasswordPolicy | None:
    """The policy that the account has set, or None."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM password_policies WHERE account_id = ?", account)
    if row is None:
        return None
    length, upper, lower, number, symbol, users_may_change, age, remembered, is_expiry_hard = row
    return PasswordPolicy(
        minimum_length=int(length or 0),
        needs_uppercase=bool(upper),
        needs_lowercase=bool(lower),
        needs_number=bool(number),
        needs_symbol=bool(symbol),
        users_may_change=bool(users_may_change),
        maximum_age=None if age is None else int(age),
        remembered=int(remembered or 0),
        is_expiry_hard=bool(is_expiry_hard),
    )


@operation(iam, "UpdateAccountPasswordPolicy")
async def update_account_password_policy(call: Call, tx: Transaction) -> None:
    """Set the account's password policy in the place of the one it had: what is not given has its default.

    Lengths, classes and what is remembered hold for passwords chosen from now on; a maximum age holds at once.

    Source: IAM API Reference, UpdateAccountPasswordPolicy.
    """
    await tx.run("DELETE FROM password_policies WHERE account_id = ?", call.account)
    await tx.run(
        f"INSERT INTO password_policies (account_id, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        call.account,
        call.integer("MinimumPasswordLength") or _LEAST_LENGTH,
        int(call.flag("RequireUppercaseCharacters") or False),
        int(call.flag("RequireLowercaseCharacters") or False),
        int(call.flag("RequireNumbers") or False),
        int(call.flag("RequireSymbols") or False),
        int(call.flag("AllowUsersToChangePassword") or False),
        call.integer("MaxPasswordAge"),
        call.integer("PasswordReusePrevention") or 0,
        int(call.flag("HardExpiry") or False),
    )
    tx.changed("password_policy", call.account, call.account)


@operation(iam, "GetAccountPasswordPolicy", reads=True)
async def get_account_password_policy(call: Call, tx: Transaction) -> dict[str, object]:
    """The password policy that the account has set.

    Raises:
        NoSuchEntity: it has set none; then AWS's default holds, which this operation does not show.

    Source: IAM API Reference, GetAccountPasswordPolicy.
    """
    policy = await _require(tx, call.account)
    shown: dict[str, object] = {
        "MinimumPasswordLength": policy.minimum_length,
        "RequireSymbols": policy.needs_symbol,
        "RequireNumbers": policy.needs_number,
        "RequireUppercaseCharacters": policy.needs_uppercase,
        "RequireLowercaseCharacters": policy.needs_lowercase,
        "AllowUsersToChangePassword": policy.users_may_change,
        "ExpirePasswords": policy.maximum_age is not None,
        "HardExpiry": policy.is_expiry_hard,
    }
    if policy.maximum_age is not None:
        shown["MaxPasswordAge"] = policy.maximum_age
    if policy.remembered:
        shown["PasswordReusePrevention"] = policy.remembered
    return {"PasswordPolicy": shown}


@operation(iam, "DeleteAccountPasswordPolicy")
async def delete_account_password_policy(call: Call, tx: Transaction) -> None:
    """Go back to AWS's default policy.

    Raises:
        NoSuchEntity: the account has set no policy.

    Source: IAM API Reference, DeleteAccountPasswordPolicy.
    """
    await _require(tx, call.account)
    await tx.run("DELETE FROM password_policies WHERE account_id = ?", call.account)
    tx.changed("password_policy", call.account, call.account)


async def _require(tx: Transaction, account: str) -> PasswordPolicy:
    policy = await find(tx, account)
    if policy is None:
        raise NoSuchEntity.password_policy(account)
    return policy
