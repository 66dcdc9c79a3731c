"""The user that an operation means when its UserName is left out: the one whose credentials signed the request.

Source: IAM API Reference, GetUser and the operations on access keys, parameter UserName.
"""

from bailiwick.access.call import Call
from bailiwick.auth import PrincipalKind
from bailiwick.errors import ValidationError
from bailiwick.iam.errors import NoSuchEntity
from bailiwick.iam.times import from_milliseconds
from bailiwick.iam.users.record import User, find_by_id, missing_target, require, user_target
from bailiwick.operations import Target, acts_on
from bailiwick.store.transaction import Transaction


def root_arn(account: str) -> str:
    """The ARN of an account's root user."""
    return f"arn:aws:iam::{account}:root"


async def root_details(tx: Transaction, account: str) -> dict[str, object]:
    """The model's User of an account's root user: without a path, and with the account's alias for a name, if any."""
    row = await tx.one("SELECT created_at, alias FROM accounts WHERE account_id = ?", account)
    assert row is not None, "an account that is asked about exists"
    created_at, alias = row
    details: dict[str, object] = {
        "UserId": account,
        "Arn": root_arn(account),
        "CreateDate": from_milliseconds(int(created_at or 0)),
    }
    if alias is not None:
        details["UserName"] = str(alias)
    return details


@acts_on("user*")
async def named_or_signer_target(call: Call, tx: Transaction) -> Target:
    """The user that UserName names or, without it, the caller as policies see it.

    Raises:
        ValidationError: no UserName, and the caller is neither a user nor root. It depends on nothing but the
            caller's kind, so that it may come before the decision.
    """
    if "UserName" in call:
        return await user_target(call, tx)
    _require_own_credentials(call)
    if call.caller.kind is PrincipalKind.ROOT:
        return Target(arn=root_arn(call.account))
    user = await find_by_id(tx, call.account, call.caller.principal_id)
    return missing_target(call.account, call.caller.name or "") if user is None else await user.target(tx)


async def named_or_signer(call: Call, tx: Transaction) -> User | None:
    """The user that UserName names or, without it, the caller; None means the account's root user.

    Raises:
        NoSuchEntity: no such user; also for a caller that was deleted meanwhile.
        ValidationError: no UserName, and the caller is neither a user nor root.
    """
    if "UserName" in call:
        return await require(tx, call.account, call["UserName"])
    _require_own_credentials(call)
    if call.caller.kind is PrincipalKind.ROOT:
        return None
    user = await find_by_id(tx, call.account, call.caller.principal_id)
    if user is None:
        raise NoSuchEntity.user(call.caller.name or "")
    return user


def _require_own_credentials(call: Call) -> None:
    if call.caller.kind not in (PrincipalKind.USER, PrincipalKind.ROOT):
        raise ValidationError("Must specify userName when calling with non-User credentials")
