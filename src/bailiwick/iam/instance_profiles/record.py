"""The record of an instance profile, its queries, and the target that policies see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bailiwick.access.call import Call
from bailiwick.iam import documents, names, tags
from bailiwick.iam.errors import NoSuchEntity
from bailiwick.iam.roles import trust
from bailiwick.iam.roles.record import SELECT as SELECT_ROLES
from bailiwick.iam.roles.record import Role
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import Target, acts_on
from bailiwick.store.transaction import Row, Transaction

KIND = "instance-profile"
"""What an instance profile's ARN calls it."""

SELECT = "SELECT account_id, profile_id, name, path, role_id, created_at FROM instance_profiles"
"""How every query of instance profiles begins; its rows are read by `InstanceProfile.of_row`."""


@dataclass(frozen=True, slots=True)
class InstanceProfile:
    """One instance profile. `created_at` is in milliseconds since 1970 UTC; `role_id` is None while it is empty."""

    account: str
    profile_id: str
    name: str
    path: str
    role_id: str | None
    created_at: int

    @classmethod
    def of_row(cls, row: Row) -> "InstanceProfile":
        """From a row of `SELECT`."""
        account, profile_id, name, path, role_id, created_at = row
        return cls(
            account=str(account),
            profile_id=str(profile_id),
            name=str(name),
            path=str(path),
            role_id=None if role_id is None else str(role_id),
            created_at=int(created_at or 0),
        )

    @property
    def arn(self) -> str:
        """Its ARN, with its path."""
        return names.arn_of(self.account, KIND, self.path, self.name)

    def as_output(self, roles: Sequence[Mapping[str, object]]) -> dict[str, object]:
        """The model's InstanceProfile as lists show it: without tags. `roles` holds its role, or nothing."""
        return {
            "Path": self.path,
            "InstanceProfileName": self.name,
            "InstanceProfileId": self.profile_id,
            "Arn": self.arn,
            "CreateDate": from_milliseconds(self.created_at),
            "Roles": list(roles),
        }


async def find(tx: Transaction, account: str, name: str) -> InstanceProfile | None:
    """The instance profile of that name, in any case, or None."""
    row = await tx.one(SELECT + " WHERE account_id = ? AND name_key = ?", account, names.folded(name))
    return None if row is None else InstanceProfile.of_row(row)


async def require(tx: Transaction, account: str, name: str) -> InstanceProfile:
    """The instance profile of that name, in any case.

    Raises:
        NoSuchEntity: the account has none.
    """
    profile = await find(tx, account, name)
    if profile is None:
        raise NoSuchEntity.instance_profile(name)
    return profile


async def shown(tx: Transaction, profiles: Sequence[InstanceProfile]) -> list[dict[str, object]]:
    """Instance profiles (a page of them) as lists show them, each with its role."""
    roles = await _roles_of(tx, [profile.role_id for profile in profiles if profile.role_id is not None])
    return [profile.as_output([] if profile.role_id is None else [roles[profile.role_id]]) for profile in profiles]


async def _roles_of(tx: Transaction, role_ids: Sequence[str]) -> dict[str, dict[str, object]]:
    """Roles as instance profiles show them, by unique id."""
    wanted = sorted(set(role_ids))
    if not wanted:
        return {}
    rows = await tx.all(SELECT_ROLES + " WHERE role_id IN (" + ", ".join("?" * len(wanted)) + ")", *wanted)
    roles = [Role.of_row(row) for row in rows]
    trusts = await trust.shown_many(tx, [role.trust_policy for role in roles])
    return {role.role_id: _as_held(role, text) for role, text in zip(roles, trusts, strict=True)}


def _as_held(role: Role, trust_policy: str) -> dict[str, object]:
    # AWS tells less of the role here than in GetRole (IAM API Reference, GetInstanceProfile, the example).
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.role_id,
        "Arn": role.arn,
        "CreateDate": from_milliseconds(role.created_at),
        "AssumeRolePolicyDocument": documents.encoded(trust_policy),
    }


@acts_on("instance-profile*")
async def profile_target(call: Call, tx: Transaction) -> Target:
    """The instance profile that the call names; one that does not exist is judged at the path `/`, without tags."""
    name = call["InstanceProfileName"]
    words = f"instance profile {name}"
    profile = await find(tx, call.account, name)
    if profile is None:
        return Target(arn=names.arn_of(call.account, KIND, "/", name), shown=words)
    return Target(arn=profile.arn, tags=await tags.of(tx, profile.account, profile.profile_id), shown=words)
