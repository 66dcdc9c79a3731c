"""The record of a user, its queries, and the target that policies see."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from bailiwick.access.call import Call
from bailiwick.iam import boundaries, names, tags
from bailiwick.iam.errors import NoSuchEntity
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import ContextValue, Target, acts_on
from bailiwick.store.transaction import Row, Transaction

SELECT = "SELECT account_id, user_id, name, path, boundary_arn, created_at, password_last_used_at FROM users"
"""How every query of users begins; its rows are read by `User.of_row`."""


@dataclass(frozen=True, slots=True)
class User:
    """One user. Times are milliseconds since 1970 UTC.

    Attributes:
        account: the account that owns it.
        user_id: `AIDA…`; never used again, and kept when the user is renamed.
        name: as given when it was made or renamed.
        path: `/`, or begins and ends with `/`.
        boundary_arn: the managed policy that is its permissions boundary.
        created_at: when it was made.
        password_last_used_at: its last sign-in with a password; None when there was none.
    """

    account: str
    user_id: str
    name: str
    path: str
    boundary_arn: str | None
    created_at: int
    password_last_used_at: int | None

    @classmethod
    def of_row(cls, row: Row) -> "User":
        """From a row of `SELECT`."""
        # A list is made of a hundred of these: the columns are taken as the schema types them.
        return cls(*cast("tuple[str, str, str, str, str | None, int, int | None]", row))

    @property
    def arn(self) -> str:
        """Its ARN, with its path."""
        return names.arn_of(self.account, "user", self.path, self.name)

    def as_output(self) -> dict[str, object]:
        """The model's User as lists show it: without tags and boundary."""
        output: dict[str, object] = {
            "Path": self.path,
            "UserName": self.name,
            "UserId": self.user_id,
            "Arn": self.arn,
            "CreateDate": from_milliseconds(self.created_at),
        }
        if self.password_last_used_at is not None:
            output["PasswordLastUsed"] = from_milliseconds(self.password_last_used_at)
        return output

    async def details(self, tx: Transaction) -> dict[str, object]:
        """The model's User as it is shown alone: with its boundary and its tags, if it has them."""
        output = self.as_output()
        if self.boundary_arn is not None:
            output["PermissionsBoundary"] = boundaries.as_output(self.boundary_arn)
        if held := await tags.of(tx, self.account, self.user_id):
            output["Tags"] = tags.as_output(held)
        return output

    async def target(self, tx: Transaction, *, shown: str | None = None) -> Target:
        """The user as policies see it, with its tags and its boundary.

        A denial names it as the caller did (`shown`), so that it tells neither the user's path nor its spelling.
        """
        keys: Mapping[str, ContextValue] = {"iam:PermissionsBoundary": self.boundary_arn} if self.boundary_arn else {}
        return Target(
            arn=self.arn,
            tags=await tags.of(tx, self.account, self.user_id),
            tag_keys=tags.PRINCIPAL_TAG_KEYS,
            keys=keys,
            shown=shown or f"user {self.name}",
        )


async def find(tx: Transaction, account: str, name: str) -> User | None:
    """The user of that name, in any case, or None."""
    row = await tx.one(SELECT + " WHERE account_id = ? AND name_key = ?", account, names.folded(name))
    return None if row is None else User.of_row(row)


async def find_by_id(tx: Transaction, account: str, user_id: str) -> User | None:
    """The user of that unique id, or None."""
    row = await tx.one(SELECT + " WHERE user_id = ? AND account_id = ?", user_id, account)
    return None if row is None else User.of_row(row)


async def require(tx: Transaction, account: str, name: str) -> User:
    """The user of that name, in any case.

    Raises:
        NoSuchEntity: the account has none.
    """
    user = await find(tx, account, name)
    if user is None:
        raise NoSuchEntity.user(name)
    return user


def missing_target(account: str, name: str) -> Target:
    """What a user that does not exist is judged as: at the path `/`, without tags."""
    return Target(arn=names.arn_of(account, "user", "/", name), shown=f"user {name}")


@acts_on("user*")
async def user_target(call: Call, tx: Transaction) -> Target:
    """The user that the call's UserName names."""
    name = call["UserName"]
    user = await find(tx, call.account, name)
    return missing_target(call.account, name) if user is None else await user.target(tx, shown=f"user {name}")
