"""Tags of IAM's resources: the rules they keep, and where they are stored.

Keys of users and roles are unique without regard to case, those of every other resource with; the spelling shown is
the newest one. Source: IAM User Guide, "Tags for AWS Identity and Access Management resources".
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bailiwick.access.call import Call, Tag
from bailiwick.access.pagination import Page, page
from bailiwick.iam.errors import InvalidInput, LimitExceeded
from bailiwick.store.transaction import Transaction

RESERVED_PREFIX = "aws:"

PRINCIPAL_TAG_KEYS: Final = ("aws:resourcetag/", "iam:resourcetag/")
"""The condition keys that tell of the tags of users and roles; of all other resources' tags, only the first does."""

_QUOTA_NAMES: Mapping[str, str] = {
    "AIDA": "TagsPerUser",
    "AROA": "TagsPerRole",
    "ANPA": "TagsPerPolicy",
    "AIPA": "TagsPerInstanceProfile",
    "ASCA": "TagsPerServerCertificate",
    "AMFA": "TagsPerVirtualMFADevice",
    "OIDC": "TagsPerOpenIdConnectProvider",
    "SAML": "TagsPerSAMLProvider",
}


def passed(call: Call) -> dict[str, str]:
    """The tags that a call gives, by key: those that the resource it makes would have."""
    return {tag.key: tag.value for tag in call.tags()}


async def of(tx: Transaction, account: str, resource_id: str) -> dict[str, str]:
    """The tags of one resource, by key, in the order of their keys; empty when it has none."""
    rows = await tx.all(
        "SELECT key, value FROM tags WHERE resource_id = ? AND account_id = ? ORDER BY tag_key", resource_id, account
    )
    return {str(key): str(value) for key, value in rows}


async def of_many(tx: Transaction, account: str, resource_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """The tags of many resources (a page of them), by resource id; those without tags are left out."""
    if not resource_ids:
        return {}
    marks = ", ".join("?" * len(resource_ids))
    select = "SELECT resource_id, key, value FROM tags"
    rows = await tx.all(
        select + " WHERE resource_id IN (" + marks + ") AND account_id = ? ORDER BY resource_id, tag_key",
        *resource_ids,
        account,
    )
    found: dict[str, dict[str, str]] = {}
    for resource_id, key, value in rows:
        found.setdefault(str(resource_id), {})[str(key)] = str(value)
    return found


async def put(tx: Transaction, call: Call, resource_id: str, tags: Sequence[Tag], case_sensitive: bool = False) -> None:
    """Add tags to a resource of the caller's account, or change those it has. All or none.

    The caller announces the change. Nothing is done, and nothing checked, for no tags.

    Raises:
        InvalidInput: a key or value begins with `aws:` (in any case), or a key occurs twice.
        LimitExceeded: the resource would hold more than the quota of tags.
    """
    if not tags:
        return
    given = validated(tags, case_sensitive=case_sensitive)
    limit = await call.access.quota(tx, call.account, "TagsPerResource")
    held = await tx.all("SELECT tag_key FROM tags WHERE resource_id = ?", resource_id)
    if len({str(row[0]) for row in held} | given.keys()) > limit:
        raise LimitExceeded.quota(_QUOTA_NAMES.get(resource_id[:4], "TagsPerResource"), limit)
    await tx.run_many(
        "INSERT INTO tags (account_id, resource_id, tag_key, key, value) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (resource_id, tag_key) DO UPDATE SET key = excluded.key, value = excluded.value",
        [(call.account, resource_id, unique_form, tag.key, tag.value) for unique_form, tag in given.items()],
    )


async def remove(
    tx: Transaction, call: Call, resource_id: str, keys: Iterable[str], case_sensitive: bool = False
) -> None:
    """Take tags from a resource of the caller's account; keys that it does not have are passed over.

    The caller announces the change.
    """
    await tx.run_many(
        "DELETE FROM tags WHERE resource_id = ? AND tag_key = ? AND account_id = ?",
        [(resource_id, unique_form(key, case_sensitive=case_sensitive), call.account) for key in keys],
    )


async def clear(tx: Transaction, account: str, resource_id: str) -> None:
    """Take all tags from a resource, as when it is deleted."""
    await tx.run("DELETE FROM tags WHERE resource_id = ? AND account_id = ?", resource_id, account)


async def listed(tx: Transaction, call: Call, resource_id: str) -> dict[str, object]:
    """The reply of a List…Tags operation: one page of the resource's tags, in the order of their keys."""

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[tuple[str, str, str]]:
        rows = await tx.all(
            "SELECT tag_key, key, value FROM tags WHERE resource_id = ? AND account_id = ? AND tag_key > ?"
            " ORDER BY tag_key LIMIT ?",
            resource_id,
            call.account,
            after[0] if after else "",
            limit,
        )
        return [(str(tag_key), str(key), str(value)) for tag_key, key, value in rows]

    found: Page[tuple[str, str, str]] = await page(call, fetch, lambda tag: (tag[0],), filter_by=[resource_id])
    return {"Tags": [{"Key": key, "Value": value} for _, key, value in found.items], **found.output}


def as_output(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as replies hold them, in the given order."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def unique_form(key: str, *, case_sensitive: bool) -> str:
    """The form of a tag key that is unique on its resource."""
    return key if case_sensitive else key.lower()


def validated(tags: Iterable[Tag], *, case_sensitive: bool) -> dict[str, Tag]:
    """The tags of one request by the unique form of their keys.

    Raises:
        InvalidInput: a key or value begins with `aws:` (in any case), or a key occurs twice.
    """
    given: dict[str, Tag] = {}
    for tag in tags:
        for text in (tag.key, tag.value):
            if text.lower().startswith(RESERVED_PREFIX):
                raise InvalidInput.reserved_tag(text)
        form = unique_form(tag.key, case_sensitive=case_sensitive)
        if form in given:
            raise InvalidInput.duplicate_tags(case_sensitive=case_sensitive)
        given[form] = tag
    return given
