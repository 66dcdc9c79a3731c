"""The operations on users themselves, and on their tags."""

from collections.abc import Sequence
from dataclasses import replace

from bailiwick.access import session_marks
from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.access.quotas import add_held, held
from bailiwick.access.session_marks import MarkKind
from bailiwick.iam import boundaries, memberships, names, remains, tags
from bailiwick.iam.errors import DeleteConflict, EntityAlreadyExists, LimitExceeded
from bailiwick.iam.registry import iam
from bailiwick.iam.users.record import SELECT, User, find, require, user_target
from bailiwick.iam.users.signer import named_or_signer, named_or_signer_target, root_details
from bailiwick.operations import TAG_KEYS_PASSED, TAGS_PASSED, Target, acts_on, operation
from bailiwick.store.transaction import Transaction


@acts_on("user*")
async def _new_user_target(call: Call, tx: Transaction) -> Sequence[Target]:
    """The user as it would be made; with tags, the right to tag it is needed too."""
    arn = names.arn_of(call.account, "user", call.get("Path") or "/", call["UserName"])
    new = Target(arn=arn, tags=tags.passed(call), tag_keys=tags.PRINCIPAL_TAG_KEYS)
    return [new, replace(new, action="iam:TagUser")] if new.tags else [new]


async def _user_list_target(call: Call, tx: Transaction) -> Target:
    return Target(arn="*", shown=f"arn:aws:iam::{call.account}:user/")


@acts_on("user*")
async def _both_names_target(call: Call, tx: Transaction) -> Sequence[Target]:
    """The user as it is and as it is to become: whoever renames one must be allowed on both."""
    name = call["UserName"]
    now = await user_target(call, tx)
    user = await find(tx, call.account, name)
    path, stored_name = ("/", name) if user is None else (user.path, user.name)
    new_name = call.get("NewUserName")
    new_arn = names.arn_of(call.account, "user", call.get("NewPath") or path, new_name or stored_name)
    return [now] if new_arn == now.arn else [now, replace(now, arn=new_arn, shown=f"user {new_name or name}")]


@operation(
    iam,
    "CreateUser",
    resource=_new_user_target,
    keys={**boundaries.SET, **TAGS_PASSED},
    further_actions=["iam:TagUser"],
)
async def create_user(call: Call, tx: Transaction) -> dict[str, object]:
    """Make a user without credentials, groups or policies.

    Raises:
        EntityAlreadyExists: a user has that name, in any case.
        NoSuchEntity: the permissions boundary is no policy of the account or of AWS.
        LimitExceeded: the account holds its quota of users, or too many tags are given.
        InvalidInput: the boundary is not an ARN, or the tags break a rule.

    Source: IAM API Reference, CreateUser.
    """
    name = call["UserName"]
    if await find(tx, call.account, name):
        raise EntityAlreadyExists.user(name)
    boundary_arn = call.get("PermissionsBoundary")
    if boundary_arn is not None:
        await boundaries.require_usable(tx, call.account, boundary_arn)
    limit = await call.access.quota(tx, call.account, "UsersPerAccount")
    if await held(tx, call.account, "users") >= limit:
        raise LimitExceeded.quota("UsersPerAccount", limit)
    user = User(call.account, call.new_id("AIDA"), name, call.get("Path") or "/", boundary_arn, call.now_ms, None)
    await tx.run(
        "INSERT INTO users (account_id, user_id, name, name_key, path, boundary_arn, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        user.account,
        user.user_id,
        user.name,
        names.folded(user.name),
        user.path,
        user.boundary_arn,
        user.created_at,
    )
    await tags.put(tx, call, user.user_id, call.tags())
    if boundary_arn is not None:
        await boundaries.count_use(tx, call.account, boundary_arn, 1)
    await add_held(tx, call.account, "users", 1)
    tx.changed("user", user.account, user.user_id)
    return {"User": await user.details(tx)}


@operation(iam, "GetUser", resource=named_or_signer_target, reads=True)
async def get_user(call: Call, tx: Transaction) -> dict[str, object]:
    """A user with its tags and boundary; without a name, the caller.

    Root's own answer has neither path nor tags, and the account's alias for a name if there is one.

    Raises:
        NoSuchEntity: no such user.
        ValidationError: no name, and the caller is neither a user nor root.

    Source: IAM API Reference, GetUser.
    """
    user = await named_or_signer(call, tx)
    return {"User": await root_details(tx, call.account) if user is None else await user.details(tx)}


@operation(iam, "ListUsers", resource=_user_list_target, reads=True)
async def list_users(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the account's users, in the order of their names; with a PathPrefix, of paths and then names.

    Source: IAM API Reference, ListUsers.
    """
    prefix = call.get("PathPrefix")

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[User]:
        rows = await names.rows_in_order(tx, SELECT, call.account, prefix, after, limit)
        return [User.of_row(row) for row in rows]

    found = await page(call, fetch, lambda user: names.place(prefix, user), filter_by=[prefix])
    return {"Users": [user.as_output() for user in found.items], **found.output}


@operation(iam, "UpdateUser", resource=_both_names_target)
async def update_user(call: Call, tx: Transaction) -> None:
    """Give a user another name, another path, or both; its id, keys, groups and policies stay.

    Raises:
        NoSuchEntity: no such user.
        EntityAlreadyExists: another user has the new name, in any case.

    Source: IAM API Reference, UpdateUser.
    """
    user = await require(tx, call.account, call["UserName"])
    name = call.get("NewUserName") or user.name
    namesake = await find(tx, call.account, name)
    if namesake is not None and namesake.user_id != user.user_id:
        raise EntityAlreadyExists.user(name)
    await tx.run(
        "UPDATE users SET name = ?, name_key = ?, path = ? WHERE user_id = ?",
        name,
        names.folded(name),
        call.get("NewPath") or user.path,
        user.user_id,
    )
    await memberships.rename_user(tx, user.user_id, name)
    tx.changed("user", user.account, user.user_id)


@operation(iam, "DeleteUser", resource=user_target)
async def delete_user(call: Call, tx: Transaction) -> None:
    """Delete a user that has no credentials, policies or groups left; its tags and boundary go with it.

    Raises:
        NoSuchEntity: no such user.
        DeleteConflict: it still has inline policies, attached policies, credentials of any kind, or groups.

    Source: IAM API Reference, DeleteUser.
    """
    user = await require(tx, call.account, call["UserName"])
    await remains.require_no_policies(tx, user.user_id)
    await remains.require_no_credentials(tx, user.user_id)
    if await memberships.count_of_user(tx, user.user_id):
        raise DeleteConflict.first("remove users from group")
    if user.boundary_arn is not None:
        await boundaries.count_use(tx, user.account, user.boundary_arn, -1)
    await tags.clear(tx, user.account, user.user_id)
    await tx.run("DELETE FROM last_used WHERE subject_id = ?", user.user_id)
    await tx.run("DELETE FROM last_accessed WHERE principal_id = ?", user.user_id)
    await tx.run("DELETE FROM users WHERE user_id = ?", user.user_id)
    await session_marks.put(tx, user.account, MarkKind.PRINCIPAL, user.user_id, call.now_ms)
    await add_held(tx, user.account, "users", -1)
    tx.changed("user", user.account, user.user_id)


@operation(iam, "TagUser", resource=user_target, keys=TAGS_PASSED)
async def tag_user(call: Call, tx: Transaction) -> None:
    """Add tags to a user, or change those it has; keys are compared without case, and shown as last written.

    Raises:
        NoSuchEntity: no such user.
        InvalidInput: a tag begins with `aws:`, or a key occurs twice.
        LimitExceeded: the user would have more than the quota of tags.

    Source: IAM API Reference, TagUser.
    """
    user = await require(tx, call.account, call["UserName"])
    await tags.put(tx, call, user.user_id, call.tags())
    tx.changed("user", user.account, user.user_id)


@operation(iam, "UntagUser", resource=user_target, keys=TAG_KEYS_PASSED)
async def untag_user(call: Call, tx: Transaction) -> None:
    """Take tags from a user; keys that it does not have are passed over.

    Raises:
        NoSuchEntity: no such user.

    Source: IAM API Reference, UntagUser.
    """
    user = await require(tx, call.account, call["UserName"])
    await tags.remove(tx, call, user.user_id, call.texts("TagKeys"))
    tx.changed("user", user.account, user.user_id)


@operation(iam, "ListUserTags", resource=user_target, reads=True)
async def list_user_tags(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of a user's tags, in the order of their keys.

    Raises:
        NoSuchEntity: no such user.

    Source: IAM API Reference, ListUserTags.
    """
    user = await require(tx, call.account, call["UserName"])
    return await tags.listed(tx, call, user.user_id)
