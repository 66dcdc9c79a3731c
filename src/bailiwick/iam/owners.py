"""Whoever can hold policies, users, groups and roles alike: what inline policies and attachments need of each."""

from dataclasses import dataclass
from typing import Literal

from bailiwick.access.call import Call
from bailiwick.iam import groups, roles, users
from bailiwick.store.transaction import Transaction

OwnerKind = Literal["user", "group", "role"]


@dataclass(frozen=True, slots=True)
class Owner:
    """One holder of policies: its kind, account, unique id, and name as it is spelled."""

    kind: OwnerKind
    account: str
    unique_id: str
    name: str

    @property
    def name_member(self) -> str:
        """How requests and replies call its name: `UserName`."""
        return f"{self.kind.capitalize()}Name"

    def announce(self, tx: Transaction) -> None:
        """Say that what it may do has changed."""
        tx.changed(self.kind, self.account, self.unique_id)


async def user(call: Call, tx: Transaction) -> Owner:
    """The user that the call's UserName names.

    Raises:
        NoSuchEntity: the account has none.
    """
    found = await users.require(tx, call.account, call["UserName"])
    return Owner("user", found.account, found.user_id, found.name)


async def group(call: Call, tx: Transaction) -> Owner:
    """The group that the call's GroupName names.

    Raises:
        NoSuchEntity: the account has none.
    """
    found = await groups.require(tx, call.account, call["GroupName"])
    return Owner("group", found.account, found.group_id, found.name)


async def role(call: Call, tx: Transaction) -> Owner:
    """The role that the call's RoleName names.

    Raises:
        NoSuchEntity: the account has none.
    """
    found = await roles.require(tx, call.account, call["RoleName"])
    return Owner("role", found.account, found.role_id, found.name)


async def changeable_role(call: Call, tx: Transaction) -> Owner:
    """The role that the call's RoleName names, to change what it holds.

    Raises:
        NoSuchEntity: the account has none.
        UnmodifiableEntity: only AWS's services may change it.
    """
    found = await roles.require_changeable(tx, call.account, call["RoleName"])
    return Owner("role", found.account, found.role_id, found.name)
