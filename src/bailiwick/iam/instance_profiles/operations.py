"""Making, showing, tagging and deleting instance profiles. Their role is in `instance_profiles.roles`."""

from collections.abc import Sequence
from dataclasses import replace

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.access.quotas import add_held, held
from bailiwick.iam import names, tags
from bailiwick.iam.errors import DeleteConflict, EntityAlreadyExists, LimitExceeded
from bailiwick.iam.instance_profiles.record import KIND, SELECT, InstanceProfile, find, profile_target, require, shown
from bailiwick.iam.registry import iam
from bailiwick.operations import TAG_KEYS_PASSED, TAGS_PASSED, Target, acts_on, operation
from bailiwick.store.transaction import Transaction


@acts_on("instance-profile*")
async def _new_profile_target(call: Call, tx: Transaction) -> Sequence[Target]:
    """The instance profile that CreateInstanceProfile would make; tags on it are a right of their own."""
    arn = names.arn_of(call.account, KIND, call.get("Path") or "/", call["InstanceProfileName"])
    new = Target(arn=arn, tags=tags.passed(call))
    return [new, replace(new, action="iam:TagInstanceProfile")] if new.tags else [new]


async def _list_target(call: Call, tx: Transaction) -> Target:
    return Target(arn="*", shown=f"arn:aws:iam::{call.account}:{KIND}/")


@operation(
    iam,
    "CreateInstanceProfile",
    resource=_new_profile_target,
    keys=TAGS_PASSED,
    further_actions=["iam:TagInstanceProfile"],
)
async def create_instance_profile(call: Call, tx: Transaction) -> dict[str, object]:
    """Make an instance profile that holds no role yet.

    Raises:
        EntityAlreadyExists: an instance profile has that name, in any case.
        InvalidInput: a tag is reserved or given twice.
        LimitExceeded: the account holds its quota of instance profiles, or too many tags are given.

    Source: IAM API Reference, CreateInstanceProfile.
    """
    name = call["InstanceProfileName"]
    if await find(tx, call.account, name):
        raise EntityAlreadyExists.instance_profile(name)
    limit = await call.access.quota(tx, call.account, "InstanceProfilesPerAccount")
    if await held(tx, call.account, "instance_profiles") >= limit:
        raise LimitExceeded.quota("InstanceProfilesPerAccount", limit)
    profile = InstanceProfile(
        account=call.account,
        profile_id=call.new_id("AIPA"),
        name=name,
        path=call.get("Path") or "/",
        role_id=None,
        created_at=call.now_ms,
    )
    await tx.run(
        "INSERT INTO instance_profiles (account_id, profile_id, name, name_key, path, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        profile.account,
        profile.profile_id,
        profile.name,
        names.folded(profile.name),
        profile.path,
        profile.created_at,
    )
    await tags.put(tx, call, profile.profile_id, call.tags(), case_sensitive=True)
    await add_held(tx, call.account, "instance_profiles", 1)
    return {"InstanceProfile": await _described(tx, profile)}


@operation(iam, "GetInstanceProfile", resource=profile_target, reads=True)
async def get_instance_profile(call: Call, tx: Transaction) -> dict[str, object]:
    """An instance profile, with its role and its tags.

    Raises:
        NoSuchEntity: no such instance profile.

    Source: IAM API Reference, GetInstanceProfile.
    """
    return {"InstanceProfile": await _described(tx, await require(tx, call.account, call["InstanceProfileName"]))}


@operation(iam, "ListInstanceProfiles", resource=_list_target, reads=True)
async def list_instance_profiles(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the account's instance profiles, in the order of their names; with a PathPrefix, of paths and names.

    Source: IAM API Reference, ListInstanceProfiles.
    """
    prefix = call.get("PathPrefix")

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[InstanceProfile]:
        rows = await names.rows_in_order(tx, SELECT, call.account, prefix, after, limit)
        return [InstanceProfile.of_row(row) for row in rows]

    found = await page(call, fetch, lambda profile: names.place(prefix, profile), filter_by=[prefix])
    return {"InstanceProfiles": await shown(tx, found.items), **found.output}


@operation(iam, "DeleteInstanceProfile", resource=profile_target)
async def delete_instance_profile(call: Call, tx: Transaction) -> None:
    """Delete an instance profile that holds no role.

    Raises:
        NoSuchEntity: no such instance profile.
        DeleteConflict: it holds a role.

    Source: IAM API Reference, DeleteInstanceProfile.
    """
    profile = await require(tx, call.account, call["InstanceProfileName"])
    if profile.role_id is not None:
        raise DeleteConflict.first("remove roles from instance profile")
    await tx.run("DELETE FROM instance_profiles WHERE profile_id = ?", profile.profile_id)
    await tags.clear(tx, call.account, profile.profile_id)
    await add_held(tx, call.account, "instance_profiles", -1)


@operation(iam, "TagInstanceProfile", resource=profile_target, keys=TAGS_PASSED)
async def tag_instance_profile(call: Call, tx: Transaction) -> None:
    """Add tags to an instance profile, or change their values; keys are told apart by case.

    Raises:
        NoSuchEntity: no such instance profile.
        InvalidInput: a tag is reserved or given twice.
        LimitExceeded: the instance profile would hold more than the quota of tags.

    Source: IAM API Reference, TagInstanceProfile.
    """
    profile = await require(tx, call.account, call["InstanceProfileName"])
    await tags.put(tx, call, profile.profile_id, call.tags(), case_sensitive=True)


@operation(iam, "UntagInstanceProfile", resource=profile_target, keys=TAG_KEYS_PASSED)
async def untag_instance_profile(call: Call, tx: Transaction) -> None:
    """Take tags from an instance profile; keys that it does not have are passed over.

    Raises:
        NoSuchEntity: no such instance profile.

    Source: IAM API Reference, UntagInstanceProfile.
    """
    profile = await require(tx, call.account, call["InstanceProfileName"])
    await tags.remove(tx, call, profile.profile_id, call.texts("TagKeys"), case_sensitive=True)


@operation(iam, "ListInstanceProfileTags", resource=profile_target, reads=True)
async def list_instance_profile_tags(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of an instance profile's tags, in the order of their keys.

    Raises:
        NoSuchEntity: no such instance profile.

    Source: IAM API Reference, ListInstanceProfileTags.
    """
    profile = await require(tx, call.account, call["InstanceProfileName"])
    return await tags.listed(tx, call, profile.profile_id)


async def _described(tx: Transaction, profile: InstanceProfile) -> dict[str, object]:
    output = (await shown(tx, [profile]))[0]
    if held_tags := await tags.of(tx, profile.account, profile.profile_id):
        output["Tags"] = tags.as_output(held_tags)
    return output
