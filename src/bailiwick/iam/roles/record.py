"""The record of a role, its queries, and the target that policies see."""

from collections.abc import Mapping
from dataclasses import dataclass

from bailiwick.access.call import Call
from bailiwick.iam import documents, names, tags
from bailiwick.iam.errors import NoSuchEntity, UnmodifiableEntity
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import ContextValue, Target, acts_on
from bailiwick.store.transaction import Row, Transaction

SELECT = (
    "SELECT account_id, role_id, name, path, trust_policy, description, max_session_seconds,"
    " max_signin_session_seconds, boundary_arn, created_at FROM roles"
)
"""How every query of roles begins; its rows are read by `Role.of_row`."""

SERVICE_LINKED_PATH = "/aws-service-role/"
"""The path of service-linked roles."""

RESERVED_PATH = "/aws-reserved/"
"""The path of roles that other services of AWS make for themselves, as IAM Identity Center does."""


@dataclass(frozen=True, slots=True)
class Role:
    """One role. Times are milliseconds since 1970 UTC.

    Attributes:
        account: the account that owns it.
        role_id: `AROA…`; never used again.
        name: as given when it was made; it cannot change.
        path: `/`, or begins and ends with `/`.
        trust_policy: as it was given, with unique ids in the place of the ARNs of users and roles: see `roles.trust`.
        description: None when there is none.
        max_session_seconds: how long a session may last at most.
        max_signin_session_seconds: how long a console session may last at most; None for AWS's default.
        boundary_arn: the managed policy that is its permissions boundary.
        created_at: when it was made.
    """

    account: str
    role_id: str
    name: str
    path: str
    trust_policy: str
    description: str | None
    max_session_seconds: int
    max_signin_session_seconds: int | None
    boundary_arn: str | None
    created_at: int

    @classmethod
    def of_row(cls, row: Row) -> "Role":
        """From a row of `SELECT`."""
        account, role_id, name, path, trust_policy, description, max_session, max_signin, boundary, created_at = row
        return cls(
            account=str(account),
            role_id=str(role_id),
            name=str(name),
            path=str(path),
            trust_policy=str(trust_policy),
            description=None if description is None else str(description),
            max_session_seconds=int(max_session or 0),
            max_signin_session_seconds=None if max_signin is None else int(max_signin),
            boundary_arn=None if boundary is None else str(boundary),
            created_at=int(created_at or 0),
        )

    @property
    def arn(self) -> str:
        """Its ARN, with its path."""
        return names.arn_of(self.account, "role", self.path, self.name)

    @property
    def is_service_linked(self) -> bool:
        """Whether a service of AWS owns it and only lends it to the account."""
        return self.path.startswith(SERVICE_LINKED_PATH)

    @property
    def is_protected(self) -> bool:
        """Whether only services of AWS may change what it may do and whom it trusts."""
        return self.path.startswith((SERVICE_LINKED_PATH, RESERVED_PATH))

    def require_changeable(self) -> None:
        """Make sure that customers may change it.

        Raises:
            UnmodifiableEntity: only services of AWS may.
        """
        if self.is_protected:
            raise UnmodifiableEntity.protected_role(self.name)

    def as_output(self, trust_policy: str) -> dict[str, object]:
        """The model's Role as lists show it: without boundary, tags and last use.

        `trust_policy` is the text to show, with ARNs again: see `trust.shown`.
        """
        output: dict[str, object] = {
            "Path": self.path,
            "RoleName": self.name,
            "RoleId": self.role_id,
            "Arn": self.arn,
            "CreateDate": from_milliseconds(self.created_at),
            "AssumeRolePolicyDocument": documents.encoded(trust_policy),
            "MaxSessionDuration": self.max_session_seconds,
        }
        if self.description is not None:
            output["Description"] = self.description
        if self.max_signin_session_seconds is not None:
            output["MaxSigninSessionDuration"] = self.max_signin_session_seconds
        return output

    async def target(self, tx: Transaction, *, shown_name: str | None = None) -> Target:
        """The role as policies see it, with its tags and its boundary.

        A denial names it as the caller did, so that it tells neither the role's path nor its spelling.
        """
        keys: Mapping[str, ContextValue] = {"iam:PermissionsBoundary": self.boundary_arn} if self.boundary_arn else {}
        return Target(
            arn=self.arn,
            tags=await tags.of(tx, self.account, self.role_id),
            tag_keys=tags.PRINCIPAL_TAG_KEYS,
            keys=keys,
            shown=f"role {shown_name or self.name}",
        )


async def find(tx: Transaction, account: str, name: str) -> Role | None:
    """The role of that name, in any case, or None."""
    row = await tx.one(SELECT + " WHERE account_id = ? AND name_key = ?", account, names.folded(name))
    return None if row is None else Role.of_row(row)


async def require(tx: Transaction, account: str, name: str) -> Role:
    """The role of that name, in any case.

    Raises:
        NoSuchEntity: the account has none.
    """
    role = await find(tx, account, name)
    if role is None:
        raise NoSuchEntity.role(name)
    return role


async def require_changeable(tx: Transaction, account: str, name: str) -> Role:
    """The role of that name, in any case, to change what it may do or whom it trusts.

    Raises:
        NoSuchEntity: the account has none.
        UnmodifiableEntity: only services of AWS may change it.
    """
    role = await require(tx, account, name)
    role.require_changeable()
    return role


@acts_on("role*")
async def role_target(call: Call, tx: Transaction) -> Target:
    """The role that the call's RoleName names; one that does not exist is judged at the path `/`, without tags."""
    name = call["RoleName"]
    role = await find(tx, call.account, name)
    if role is None:
        return Target(arn=names.arn_of(call.account, "role", "/", name), shown=f"role {name}")
    return await role.target(tx, shown_name=name)
