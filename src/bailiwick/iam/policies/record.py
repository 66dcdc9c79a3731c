"""The record of a managed policy, its queries, and the target that policies see."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

from bailiwick.access import managed_policies
from bailiwick.access.call import Call
from bailiwick.errors import AccessDenied
from bailiwick.iam import names, tags
from bailiwick.iam.errors import InvalidInput, NoSuchEntity, PolicyNotAttachable
from bailiwick.iam.policies.usage import Usage
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import Target, acts_on
from bailiwick.store.transaction import Row, Transaction

AWS = "aws"
"""The owner of AWS's own policies, in the place of an account id."""

SELECT = (
    "SELECT account_id, policy_id, arn, name, path, description, default_version, newest_version, created_at,"
    " updated_at FROM policies"
)
"""How every query of customer policies begins; its rows are read by `Policy.of_row`."""

_ARN = re.compile(r"arn:aws:iam::([0-9]{12}|aws):policy((?:/[A-Za-z0-9.,+@=_-]+)*/)([A-Za-z0-9_+=,.@-]{1,128})")


@dataclass(frozen=True, slots=True)
class Policy:
    """One managed policy.

    Attributes:
        owner: the account that owns it; `aws` for AWS's own.
        policy_id: `ANPA…`; never used again.
        arn: with its path.
        name: as given when it was made; it cannot change.
        path: `/`, or begins and ends with `/`.
        description: as given when it was made; it cannot change.
        default_version: the id of the version in force (`v3`).
        newest_version: the number of the newest version ever made.
        created_at, updated_at: aware UTC; of the policy, and of its newest version.
        is_attachable: False for those that no identity but a service-linked role may hold.
    """

    owner: str
    policy_id: str
    arn: str
    name: str
    path: str
    description: str | None
    default_version: str
    newest_version: int
    created_at: datetime
    updated_at: datetime
    is_attachable: bool = True

    @classmethod
    def of_row(cls, row: Row) -> "Policy":
        """From a row of `SELECT`."""
        owner, policy_id, arn, name, path, description, default_version, newest_version, created_at, updated_at = row
        return cls(
            owner=str(owner),
            policy_id=str(policy_id),
            arn=str(arn),
            name=str(name),
            path=str(path),
            description=None if description is None else str(description),
            default_version=version_id(int(default_version or 0)),
            newest_version=int(newest_version or 0),
            created_at=from_milliseconds(int(created_at or 0)),
            updated_at=from_milliseconds(int(updated_at or 0)),
        )

    @classmethod
    def of_aws(cls, managed: managed_policies.ManagedPolicy) -> "Policy":
        """One of AWS's own."""
        return cls(
            owner=AWS,
            policy_id=managed.policy_id,
            arn=managed.arn,
            name=managed.name,
            path=managed.path,
            description=managed.description,
            default_version=managed.version_id,
            newest_version=int(managed.version_id[1:]),
            created_at=managed.created_at,
            updated_at=managed.updated_at,
            is_attachable=managed.is_attachable,
        )

    @property
    def is_of_aws(self) -> bool:
        """Whether it is AWS's own, which nobody may change."""
        return self.owner == AWS

    def as_output(self, usage: Usage) -> dict[str, object]:
        """The model's Policy as lists show it: without description and tags."""
        return {
            "PolicyName": self.name,
            "PolicyId": self.policy_id,
            "Arn": self.arn,
            "Path": self.path,
            "DefaultVersionId": self.default_version,
            "AttachmentCount": usage.attachments,
            "PermissionsBoundaryUsageCount": usage.boundaries,
            "IsAttachable": self.is_attachable,
            "CreateDate": self.created_at,
            "UpdateDate": self.updated_at,
        }

    def require_attachable(self) -> None:
        """Make sure that it may be attached to what a customer made, or be its boundary.

        Raises:
            PolicyNotAttachable: only a service-linked role may hold it.
        """
        if not self.is_attachable:
            raise PolicyNotAttachable.service_role_policy()

    def require_changeable(self, call: Call) -> None:
        """Make sure that the caller's account owns it.

        Raises:
            AccessDenied: it is AWS's own; no policy of the caller can allow a change.
        """
        if self.is_of_aws:
            refuse_change(call, self.arn)


def refuse_change(call: Call, arn: str) -> NoReturn:
    """What changing a policy of AWS gets, whatever the caller's policies allow."""
    raise AccessDenied(
        f"User: {call.caller.arn} is not authorized to perform: iam:{call.operation} on resource: policy {arn}"
    )


def version_id(number: int) -> str:
    """A version's id as AWS writes it."""
    return f"v{number}"


def owner_of(arn: str) -> str:
    """The account id in a managed policy's ARN, or `aws`.

    Raises:
        InvalidInput: it is not the ARN of a managed policy in this partition.
    """
    return _parts(arn)[0]


def path_and_name_of(arn: str) -> tuple[str, str]:
    """The path and name in a managed policy's ARN.

    Raises:
        InvalidInput: it is not the ARN of a managed policy in this partition.
    """
    _, path, name = _parts(arn)
    return path, name


def _parts(arn: str) -> tuple[str, str, str]:
    parts = _ARN.fullmatch(arn)
    if parts is None:
        raise InvalidInput.arn(arn)
    return parts[1], parts[2], parts[3]


async def find(tx: Transaction, account: str, arn: str) -> Policy | None:
    """The policy with exactly this ARN that the account may use: its own, or one of AWS's. None when there is none.

    Raises:
        InvalidInput: it is not the ARN of a managed policy.
    """
    owner = owner_of(arn)
    if owner == AWS:
        managed = managed_policies.find(arn)
        return None if managed is None else Policy.of_aws(managed)
    if owner != account:
        return None
    row = await tx.one(SELECT + " WHERE arn = ? AND account_id = ?", arn, account)
    return None if row is None else Policy.of_row(row)


async def require(tx: Transaction, account: str, arn: str) -> Policy:
    """The policy with exactly this ARN that the account may use: its own, or one of AWS's.

    Raises:
        InvalidInput: it is not the ARN of a managed policy.
        NoSuchEntity: there is none.
    """
    policy = await find(tx, account, arn)
    if policy is None:
        raise NoSuchEntity.policy(arn)
    return policy


async def require_attachable(tx: Transaction, account: str, arn: str) -> Policy:
    """The policy with exactly this ARN, to attach it or to make it a boundary.

    Raises:
        InvalidInput: it is not the ARN of a managed policy.
        NoSuchEntity: there is none that the account may use.
        PolicyNotAttachable: only a service-linked role may hold it.
    """
    policy = await find(tx, account, arn)
    if policy is None:
        raise NoSuchEntity.attachable_policy(arn)
    policy.require_attachable()
    return policy


async def names_of(tx: Transaction, account: str, arns: list[str]) -> Mapping[str, str]:
    """The names of managed policies of the account and of AWS, by ARN."""
    wanted = [arn for arn in arns if owner_of(arn) == account]
    found = {arn: managed.name for arn in arns if (managed := managed_policies.find(arn)) is not None}
    if wanted:
        marks = ", ".join("?" * len(wanted))
        # Not by account as well, which the ARNs hold: SQLite would look through all the policies of the account.
        for arn, name in await tx.all(f"SELECT arn, name FROM policies WHERE arn IN ({marks})", *wanted):
            found[str(arn)] = str(name)
    return found


@acts_on("policy*")
async def policy_target(call: Call, tx: Transaction) -> Target:
    """The policy that the call's PolicyArn names, with its tags. One of another account is judged as that account's.

    Raises:
        InvalidInput: it is not the ARN of a managed policy; that tells nothing of what exists.
    """
    arn = call["PolicyArn"]
    owner = owner_of(arn)
    shown = f"policy {arn}"
    if owner not in (AWS, call.account):
        return Target(arn=arn, account=owner, shown=shown)
    policy = await find(tx, call.account, arn)
    if owner == AWS or policy is None:
        return Target(arn=arn, shown=shown, is_of_aws=owner == AWS)
    return Target(arn=arn, tags=await tags.of(tx, call.account, policy.policy_id), shown=shown)


@acts_on("policy*")
async def new_policy_target(call: Call, tx: Transaction) -> list[Target]:
    """The policy that CreatePolicy would make; tags on it are a right of their own."""
    arn = names.arn_of(call.account, "policy", call.get("Path") or "/", call["PolicyName"])
    new = Target(arn=arn, tags=tags.passed(call), shown=f"policy {call['PolicyName']}")
    return [new, replace(new, action="iam:TagPolicy")] if new.tags else [new]
