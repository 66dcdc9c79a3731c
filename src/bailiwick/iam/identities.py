"""The users, groups and roles that a simulation names by ARN: as principals, and what their ARN tells of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bailiwick.iam.errors import InvalidInput
from bailiwick.operations import ContextValue
from bailiwick.policy import Principal, PrincipalKind

Kind = Literal["user", "group", "role"]

_KINDS: Final[Mapping[str, Kind]] = {"user": "user", "group": "group", "role": "role"}

_ARN = re.compile(
    r"arn:aws:iam::(?P<account>[0-9]{12}):(?P<kind>user|group|role)/(?:[!-~]+/)?(?P<name>[A-Za-z0-9_+=,.@-]+)"
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A user, group or role by its ARN, whether it exists or not."""

    arn: str
    account: str
    kind: Kind
    name: str

    @classmethod
    def of(cls, arn: str) -> "Identity":
        """Read the ARN.

        Raises:
            InvalidInput: it is not the ARN of a user, group or role; that of a session is none.
        """
        identity = cls.find(arn)
        if identity is None:
            raise InvalidInput(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
        return identity

    @classmethod
    def find(cls, arn: str) -> "Identity | None":
        """Read the ARN; None if it is not that of a user, group or role."""
        found = _ARN.fullmatch(arn)
        return None if found is None else cls(arn, found["account"], _KINDS[found["kind"]], found["name"])

    @property
    def principal(self) -> Principal:
        """Who asks.

        A role asks by a session of any name: `*` can be in no session's ARN, so no policy names this one. A group
        cannot ask; it stands for any of its members, whom no policy can name by the group.
        """
        if self.kind == "role":
            session = f"arn:aws:sts::{self.account}:assumed-role/{self.name}/*"
            return Principal(PrincipalKind.ROLE_SESSION, self.account, session, parent_arn=self.arn)
        return Principal(PrincipalKind.USER, self.account, self.arn)

    @property
    def keys(self) -> dict[str, ContextValue]:
        """The condition keys that the ARN tells, with lower-case names."""
        keys: dict[str, ContextValue] = {
            "aws:principalaccount": self.account,
            "aws:principaltype": "AssumedRole" if self.kind == "role" else "User",
            "aws:principalisawsservice": "false",
        }
        if self.kind != "group":
            keys["aws:principalarn"] = self.arn
        if self.kind == "user":
            keys["aws:username"] = self.name
        return keys
