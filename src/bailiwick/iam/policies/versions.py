"""The versions of managed policies: at most five at a time, numbered from v1 for ever upwards, one of them in force."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bailiwick import policy as language
from bailiwick.access import managed_policies
from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.access.quotas import add_held
from bailiwick.iam import documents
from bailiwick.iam.errors import DeleteConflict, LimitExceeded, NoSuchEntity
from bailiwick.iam.policies.record import Policy, policy_target, require, version_id
from bailiwick.iam.registry import iam
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import operation
from bailiwick.store.transaction import Transaction

_SELECT = "SELECT version, document, created_at FROM policy_versions"

# As many digits as surely fit a column; no policy lives to see a longer one.
_VERSION_ID = re.compile(r"v([1-9][0-9]{0,17})")


HELD: Final = "policy_versions"
"""As which kind the versions of an account's policies are counted."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a managed policy: its number, its document as it was given, and when (aware UTC)."""

    number: int
    document: str
    created_at: datetime

    def as_output(self, policy: Policy, *, with_document: bool) -> dict[str, object]:
        """The model's PolicyVersion."""
        output: dict[str, object] = {
            "VersionId": version_id(self.number),
            "IsDefaultVersion": version_id(self.number) == policy.default_version,
            "CreateDate": self.created_at,
        }
        if with_document:
            output["Document"] = documents.encoded(self.document)
        return output


async def require_size(call: Call, tx: Transaction, text: str) -> None:
    """Make sure that a managed policy's document is not larger than AWS allows, white space not counted.

    Raises:
        LimitExceeded: it is.
    """
    limit = await call.access.quota(tx, call.account, "PolicySize")
    if language.size(text) > limit:
        raise LimitExceeded.quota("PolicySize", limit)


async def add(tx: Transaction, account: str, policy_id: str, number: int, text: str, created_at: int) -> None:
    """Store one version; `created_at` is in milliseconds since 1970 UTC."""
    await tx.run(
        "INSERT INTO policy_versions (policy_id, version, document, created_at) VALUES (?, ?, ?, ?)",
        policy_id,
        number,
        text,
        created_at,
    )
    await add_held(tx, account, HELD, 1)


async def remove(tx: Transaction, account: str, policy_id: str, number: int) -> None:
    """Remove one version."""
    await tx.run("DELETE FROM policy_versions WHERE policy_id = ? AND version = ?", policy_id, number)
    await add_held(tx, account, HELD, -1)


async def held_by(tx: Transaction, policy_id: str) -> int:
    """How many versions a customer policy has; never more than five."""
    row = await tx.one("SELECT COUNT(*) FROM policy_versions WHERE policy_id = ?", policy_id)
    return 0 if row is None else int(row[0] or 0)


async def all_of(tx: Transaction, policies: Sequence[Policy]) -> Mapping[str, list[Version]]:
    """Every version of each policy (of a page), newest first, by the policy's unique id."""
    found: dict[str, list[Version]] = {}
    own = [policy.policy_id for policy in policies if not policy.is_of_aws]
    if own:
        select = "SELECT policy_id, version, document, created_at FROM policy_versions WHERE policy_id IN ("
        rows = await tx.all(select + ", ".join("?" * len(own)) + ") ORDER BY policy_id, version DESC", *own)
        for policy_id, number, document, created_at in rows:
            found.setdefault(str(policy_id), []).append(_version(number, document, created_at))
    for policy in policies:
        if policy.is_of_aws:
            found[policy.policy_id] = [_aws_version(policy)]
    return found


async def characters_of_many(tx: Transaction, policy_ids: Sequence[str]) -> Mapping[str, int]:
    """How many characters all versions of each of the account's own policies have together, by its unique id."""
    if not policy_ids:
        return {}
    select = "SELECT policy_id, CAST(SUM(LENGTH(document)) AS BIGINT) FROM policy_versions WHERE policy_id IN ("
    rows = await tx.all(select + ", ".join("?" * len(policy_ids)) + ") GROUP BY policy_id", *policy_ids)
    return {str(policy_id): int(characters or 0) for policy_id, characters in rows}


async def require_version(tx: Transaction, policy: Policy, text: str) -> Version:
    """The version of that id (`v3`).

    Raises:
        NoSuchEntity: the policy has none.
    """
    number = _VERSION_ID.fullmatch(text)
    if number is not None and policy.is_of_aws and text == policy.default_version:
        return _aws_version(policy)
    if number is not None and not policy.is_of_aws:
        row = await tx.one(_SELECT + " WHERE policy_id = ? AND version = ?", policy.policy_id, int(number[1]))
        if row is not None:
            return _version(*row)
    raise NoSuchEntity.policy_version(policy.arn, text)


def _version(number: object, document: object, created_at: object) -> Version:
    return Version(int(str(number)), str(document), from_milliseconds(int(str(created_at))))


def _aws_version(policy: Policy) -> Version:
    managed = managed_policies.find(policy.arn)
    assert managed is not None, f"{policy.arn} is no longer there"
    return Version(policy.newest_version, managed.document(), managed.updated_at)


@operation(iam, "CreatePolicyVersion", resource=policy_target)
async def create_policy_version(call: Call, tx: Transaction) -> dict[str, object]:
    """Add a version to a managed policy, and put it in force when SetAsDefault says so.

    Raises:
        InvalidInput: it is not the ARN of a managed policy.
        NoSuchEntity: no such policy.
        AccessDenied: it is AWS's own.
        MalformedPolicyDocument: the document is not a managed policy.
        LimitExceeded: the document is too large, or the policy has as many versions as it can.

    Source: IAM API Reference, CreatePolicyVersion.
    """
    policy = await require(tx, call.account, call["PolicyArn"])
    policy.require_changeable(call)
    text = call["PolicyDocument"]
    documents.check(text, language.PolicyType.MANAGED)
    await require_size(call, tx, text)
    limit = await call.access.quota(tx, call.account, "VersionsPerPolicy")
    if await held_by(tx, policy.policy_id) >= limit:
        raise LimitExceeded.policy_versions(limit)
    number = policy.newest_version + 1
    await add(tx, call.account, policy.policy_id, number, text, call.now_ms)
    await tx.run(
        "UPDATE policies SET newest_version = ?, updated_at = ? WHERE policy_id = ?",
        number,
        call.now_ms,
        policy.policy_id,
    )
    is_default = bool(call.flag("SetAsDefault"))
    if is_default:
        await _put_in_force(tx, call.account, policy, number)
    return {
        "PolicyVersion": {
            "VersionId": version_id(number),
            "IsDefaultVersion": is_default,
            "CreateDate": from_milliseconds(call.now_ms),
        }
    }


@operation(iam, "GetPolicyVersion", resource=policy_target, reads=True)
async def get_policy_version(call: Call, tx: Transaction) -> dict[str, object]:
    """One version of a managed policy, with its document. Of AWS's own there is the default version only.

    Raises:
        InvalidInput: it is not the ARN of a managed policy.
        NoSuchEntity: no such policy, or no such version.

    Source: IAM API Reference, GetPolicyVersion.
    """
    policy = await require(tx, call.account, call["PolicyArn"])
    version = await require_version(tx, policy, call["VersionId"])
    return {"PolicyVersion": version.as_output(policy, with_document=True)}


@operation(iam, "ListPolicyVersions", resource=policy_target, reads=True)
async def list_policy_versions(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of a managed policy's versions, newest first, without their documents.

    Raises:
        InvalidInput: it is not the ARN of a managed policy.
        NoSuchEntity: no such policy.

    Source: IAM API Reference, ListPolicyVersions.
    """
    policy = await require(tx, call.account, call["PolicyArn"])

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[Version]:
        held = (await all_of(tx, [policy])).get(policy.policy_id, [])
        return [version for version in held if after is None or version.number < int(after[0])][:limit]

    found = await page(call, fetch, lambda version: (str(version.number),), filter_by=[policy.policy_id])
    return {"Versions": [each.as_output(policy, with_document=False) for each in found.items], **found.output}


@operation(iam, "SetDefaultPolicyVersion", resource=policy_target)
async def set_default_policy_version(call: Call, tx: Transaction) -> None:
    """Put another version of a managed policy in force, for everything that it is attached to.

    Raises:
        InvalidInput: it is not the ARN of a managed policy.
        NoSuchEntity: no such policy, or no such version.
        AccessDenied: it is AWS's own.

    Source: IAM API Reference, SetDefaultPolicyVersion.
    """
    policy = await require(tx, call.account, call["PolicyArn"])
    policy.require_changeable(call)
    version = await require_version(tx, policy, call["VersionId"])
    if version_id(version.number) != policy.default_version:
        await _put_in_force(tx, call.account, policy, version.number)


@operation(iam, "DeletePolicyVersion", resource=policy_target)
async def delete_policy_version(call: Call, tx: Transaction) -> None:
    """Delete a version of a managed policy that is not in force; its number is not given again.

    Raises:
        InvalidInput: it is not the ARN of a managed policy.
        NoSuchEntity: no such policy, or no such version.
        AccessDenied: it is AWS's own.
        DeleteConflict: it is the default version.

    Source: IAM API Reference, DeletePolicyVersion.
    """
    policy = await require(tx, call.account, call["PolicyArn"])
    policy.require_changeable(call)
    version = await require_version(tx, policy, call["VersionId"])
    if version_id(version.number) == policy.default_version:
        raise DeleteConflict.default_version()
    await remove(tx, call.account, policy.policy_id, version.number)


async def _put_in_force(tx: Transaction, account: str, policy: Policy, number: int) -> None:
    await tx.run("UPDATE policies SET default_version = ? WHERE policy_id = ?", number, policy.policy_id)
    tx.changed("policy", account, policy.arn)
