"""GetAccountAuthorizationDetails: every user, group, role and managed policy of an account with what they may do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bailiwick.access import managed_policies
from bailiwick.access.call import Call
from bailiwick.access.pagination import fitting, page
from bailiwick.iam import attachments, boundaries, groups, inline_policies, instance_profiles, names, tags
from bailiwick.iam.groups import Group
from bailiwick.iam.policies import usage, versions
from bailiwick.iam.policies.record import SELECT as SELECT_POLICIES
from bailiwick.iam.policies.record import Policy
from bailiwick.iam.registry import iam
from bailiwick.iam.roles import trust
from bailiwick.iam.roles.operations import last_used
from bailiwick.iam.roles.record import SELECT as SELECT_ROLES
from bailiwick.iam.roles.record import Role
from bailiwick.iam.users.record import SELECT as SELECT_USERS
from bailiwick.iam.users.record import User
from bailiwick.operations import Target, operation
from bailiwick.store.transaction import Row, Transaction

# In the order in which they are listed; the words are those of the Filter parameter.
_KINDS = ("User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy")

_SELECTS = {
    "User": SELECT_USERS,
    "Group": groups.SELECT,
    "Role": SELECT_ROLES,
    "LocalManagedPolicy": SELECT_POLICIES,
}

Thing = User | Group | Role | Policy


@dataclass(frozen=True, slots=True)
class _Listed:
    """One thing, and which of the kinds of the Filter parameter it is of."""

    kind: str
    thing: Thing

    @property
    def place(self) -> tuple[str, ...]:
        return str(_KINDS.index(self.kind)), names.folded(self.thing.name)


async def _all_target(call: Call, tx: Transaction) -> Target:
    return Target(arn="*")


@operation(iam, "GetAccountAuthorizationDetails", resource=_all_target, reads=True)
async def get_account_authorization_details(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the account's users, groups, roles and managed policies; one marker runs over all four lists.

    AWS's own policies are shown when they are in use; when the Filter asks for them, all are. A page of large documents
    holds fewer things than MaxItems.

    Source: IAM API Reference, GetAccountAuthorizationDetails.
    """
    asked = set(call.texts("Filter"))
    kinds = [kind for kind in _KINDS if not asked or kind in asked]

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[_Listed]:
        found: list[_Listed] = []
        for kind in kinds:
            number = str(_KINDS.index(kind))
            if (after is not None and number < after[0]) or len(found) >= limit:
                continue
            first = after[1] if after is not None and number == after[0] else ""
            if kind == "AWSManagedPolicy":
                found += await _of_aws(tx, call.account, first, only_used=kind not in asked)
            else:
                found += await _of_kind(tx, call.account, kind, first, limit - len(found))
        return found[:limit]

    found = await page(call, fetch, lambda listed: listed.place, filter_by=kinds)
    count = await _fitting(tx, found.items)
    shown = [listed.thing for listed in found.items[:count]]
    return {
        "UserDetailList": await _users(tx, call.account, [each for each in shown if isinstance(each, User)]),
        "GroupDetailList": await _groups(tx, call.account, [each for each in shown if isinstance(each, Group)]),
        "RoleDetailList": await _roles(call, tx, [each for each in shown if isinstance(each, Role)]),
        "Policies": await _policies(tx, call.account, [each for each in shown if isinstance(each, Policy)]),
        **found.output_after(count),
    }


async def _of_kind(tx: Transaction, account: str, kind: str, after: str, limit: int) -> list[_Listed]:
    rows = await names.rows_in_order(tx, _SELECTS[kind], account, None, (after,), limit)
    return [_Listed(kind, _thing(kind, row)) for row in rows]


def _thing(kind: str, row: Row) -> Thing:
    match kind:
        case "User":
            return User.of_row(row)
        case "Group":
            return Group.of_row(row)
        case "Role":
            return Role.of_row(row)
        case _:
            return Policy.of_row(row)


async def _of_aws(tx: Transaction, account: str, after: str, *, only_used: bool) -> list[_Listed]:
    following = [each for each in managed_policies.all_sorted() if names.folded(each.name) > after]
    if only_used:
        used = await usage.of_many(tx, account, [each.arn for each in following])
        following = [each for each in following if each.arn in used]
    return [_Listed("AWSManagedPolicy", Policy.of_aws(each)) for each in following]


async def _fitting(tx: Transaction, listed: Sequence[_Listed]) -> int:
    """How many of these make a page, whose documents are all in memory at once."""
    things = [each.thing for each in listed]
    own = [each.policy_id for each in things if isinstance(each, Policy) and not each.is_of_aws]
    held = await inline_policies.characters_of_many(tx, list(filter(None, map(_holder_id, things))))
    stored = {**held, **await versions.characters_of_many(tx, own)}
    return fitting(_characters(thing, stored) for thing in things)


def _holder_id(thing: Thing) -> str | None:
    match thing:
        case User():
            return thing.user_id
        case Group():
            return thing.group_id
        case Role():
            return thing.role_id
        case Policy():
            return None


def _characters(thing: Thing, stored: Mapping[str, int]) -> int:
    """Of all documents of a thing; `stored` are those in tables of their own, by unique id."""
    if isinstance(thing, Policy) and thing.is_of_aws:
        managed = managed_policies.find(thing.arn)
        return 0 if managed is None else len(managed.document())
    unique_id = thing.policy_id if isinstance(thing, Policy) else _holder_id(thing) or ""
    trusted = len(thing.trust_policy) if isinstance(thing, Role) else 0
    return trusted + stored.get(unique_id, 0)


async def _users(tx: Transaction, account: str, shown: Sequence[User]) -> list[dict[str, object]]:
    ids = [user.user_id for user in shown]
    inline = await inline_policies.of_many(tx, ids)
    attached = await attachments.of_many(tx, account, ids)
    held_tags = await tags.of_many(tx, account, ids)
    group_names = await _group_names(tx, ids)
    details = []
    for user in shown:
        detail: dict[str, object] = {
            "Path": user.path,
            "UserName": user.name,
            "UserId": user.user_id,
            "Arn": user.arn,
            "CreateDate": user.as_output()["CreateDate"],
            "UserPolicyList": [policy.as_output() for policy in inline.get(user.user_id, [])],
            "GroupList": group_names.get(user.user_id, []),
            "AttachedManagedPolicies": attached.get(user.user_id, []),
            "Tags": tags.as_output(held_tags.get(user.user_id, {})),
        }
        if user.boundary_arn is not None:
            detail["PermissionsBoundary"] = boundaries.as_output(user.boundary_arn)
        details.append(detail)
    return details


async def _group_names(tx: Transaction, user_ids: Sequence[str]) -> dict[str, list[str]]:
    if not user_ids:
        return {}
    select = "SELECT m.user_id, g.name FROM memberships m JOIN groups g ON g.group_id = m.group_id WHERE m.user_id IN ("
    rows = await tx.all(select + ", ".join("?" * len(user_ids)) + ") ORDER BY m.user_id, g.name_key", *user_ids)
    found: dict[str, list[str]] = {}
    for user_id, name in rows:
        found.setdefault(str(user_id), []).append(str(name))
    return found


async def _groups(tx: Transaction, account: str, shown: Sequence[Group]) -> list[dict[str, object]]:
    ids = [group.group_id for group in shown]
    inline = await inline_policies.of_many(tx, ids)
    attached = await attachments.of_many(tx, account, ids)
    return [
        {
            **group.as_output(),
            "GroupPolicyList": [policy.as_output() for policy in inline.get(group.group_id, [])],
            "AttachedManagedPolicies": attached.get(group.group_id, []),
        }
        for group in shown
    ]


async def _roles(call: Call, tx: Transaction, shown: Sequence[Role]) -> list[dict[str, object]]:
    ids = [role.role_id for role in shown]
    inline = await inline_policies.of_many(tx, ids)
    attached = await attachments.of_many(tx, call.account, ids)
    held_tags = await tags.of_many(tx, call.account, ids)
    profiles = await instance_profiles.of_roles(tx, ids)
    used = await last_used(call, tx, shown)
    trusts = await trust.shown_many(tx, [role.trust_policy for role in shown])
    details = []
    for role, trust_policy in zip(shown, trusts, strict=True):
        whole = role.as_output(trust_policy)
        detail: dict[str, object] = {
            **{
                member: whole[member]
                for member in ("Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument")
            },
            "InstanceProfileList": profiles.get(role.role_id, []),
            "RolePolicyList": [policy.as_output() for policy in inline.get(role.role_id, [])],
            "AttachedManagedPolicies": attached.get(role.role_id, []),
            "Tags": tags.as_output(held_tags.get(role.role_id, {})),
            "RoleLastUsed": used.get(role.role_id, {}),
        }
        if role.boundary_arn is not None:
            detail["PermissionsBoundary"] = boundaries.as_output(role.boundary_arn)
        details.append(detail)
    return details


async def _policies(tx: Transaction, account: str, shown: Sequence[Policy]) -> list[dict[str, object]]:
    counts = await usage.of_many(tx, account, [policy.arn for policy in shown])
    every_version = await versions.all_of(tx, shown)
    details = []
    for policy in shown:
        # Without the description, which AWS tells in GetPolicy alone.
        detail = policy.as_output(counts.get(policy.arn, usage.UNUSED))
        detail["PolicyVersionList"] = [
            version.as_output(policy, with_document=True) for version in every_version[policy.policy_id]
        ]
        details.append(detail)
    return details
