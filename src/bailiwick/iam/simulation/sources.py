"""What the store holds of a simulated principal: its policies with their texts, and the trust policies of roles."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bailiwick.access import managed_policies
from bailiwick.access.call import Call
from bailiwick.analyzer import HeldPolicy, SourceType
from bailiwick.iam import groups, inline_policies, roles, tags, users
from bailiwick.iam.errors import InvalidInput, NoSuchEntity
from bailiwick.iam.roles import trust
from bailiwick.iam.simulation.identities import Identity
from bailiwick.operations import ContextValue, Target, acts_on
from bailiwick.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Source:
    """The principal whose policies are simulated.

    `policies`: its own and, for a user, its groups'. `boundary`: None without one; empty when the policy that it names
    is gone, which leaves nothing allowed. `keys`: what the store tells of it beyond its ARN, as condition keys with
    lower-case names.
    """

    identity: Identity
    policies: tuple[HeldPolicy, ...]
    boundary: tuple[HeldPolicy, ...] | None
    keys: Mapping[str, ContextValue]


_Found = users.User | groups.Group | roles.Role


@acts_on("group", "role", "user")
async def source_target(call: Call, tx: Transaction) -> Target:
    """The user, group or role that the call's PolicySourceArn names; what is none is judged by the text as it is."""
    arn = call["PolicySourceArn"]
    identity = Identity.find(arn)
    found = None if identity is None else await _find(tx, call.account, identity)
    if isinstance(found, users.User | roles.Role):
        return replace(await found.target(tx), shown=None)
    return Target(arn=arn)


async def require(call: Call, tx: Transaction) -> Source:
    """The user, group or role that the call's PolicySourceArn names, with all its policies as they are now.

    Raises:
        InvalidInput: not the ARN of a user, group or role, or that of another account.
        NoSuchEntity: the account has none with exactly this ARN.
    """
    identity = Identity.of(call["PolicySourceArn"])
    if identity.account != call.account:
        raise InvalidInput(
            f"Invalid Policy Source Arn: caller's account {call.account} does not have access to policies in account "
            f"{identity.account}"
        )
    found = await _find(tx, call.account, identity)
    if found is None:
        raise getattr(NoSuchEntity, identity.kind)(identity.name)
    return Source(
        identity, tuple(await _policies(tx, found)), await _boundary(tx, found), await _principal_keys(tx, found)
    )


async def trust_policies(call: Call, tx: Transaction, asked: Iterable[Identity]) -> Mapping[str, str | None]:
    """The trust policies of roles of the caller's account, by ARN; None for a role that nobody can assume.

    Whoever is to learn what a role's trust policy allows must be allowed to read it.

    Raises:
        AccessDenied: the caller may not `iam:GetRole` one of them, whether it is there or not.
    """
    found: dict[str, str | None] = {}
    for identity in asked:
        role = await _find(tx, call.account, identity)
        target = await role.target(tx) if isinstance(role, roles.Role) else Target(arn=identity.arn)
        await call.access.require(call, tx, "iam:GetRole", replace(target, shown=f"role {identity.name}"))
        found[identity.arn] = await _trust_policy(tx, role)
    return found


async def _trust_policy(tx: Transaction, role: _Found | None) -> str | None:
    if not isinstance(role, roles.Role) or role.is_protected:
        return None
    return await trust.shown(tx, role.trust_policy)


async def _find(tx: Transaction, account: str, identity: Identity) -> _Found | None:
    if identity.account != account:
        return None
    found: _Found | None
    match identity.kind:
        case "user":
            found = await users.find(tx, account, identity.name)
        case "group":
            found = await groups.find(tx, account, identity.name)
        case "role":
            found = await roles.find(tx, account, identity.name)
    return found if found is not None and found.arn == identity.arn else None


async def _principal_keys(tx: Transaction, found: _Found) -> Mapping[str, ContextValue]:
    if isinstance(found, groups.Group):
        return {}
    unique_id = found.user_id if isinstance(found, users.User) else found.role_id
    held = await tags.of(tx, found.account, unique_id)
    keys: dict[str, ContextValue] = {f"aws:principaltag/{key.lower()}": value for key, value in held.items()}
    # A session's id holds its name, which a simulated one does not have.
    return {**keys, "aws:userid": unique_id} if isinstance(found, users.User) else keys


async def _policies(tx: Transaction, found: _Found) -> list[HeldPolicy]:
    owners: dict[str, tuple[SourceType, str]] = {}
    match found:
        case users.User():
            owners[found.user_id] = SourceType.USER, found.name
            owners |= {group_id: (SourceType.GROUP, name) for group_id, name in await _groups_of(tx, found)}
        case groups.Group():
            owners[found.group_id] = SourceType.GROUP, found.name
        case roles.Role():
            owners[found.role_id] = SourceType.ROLE, found.name
    policies = [
        HeldPolicy(policy.name, owners[owner_id][0], policy.document, owner_name=owners[owner_id][1])
        for owner_id, held in (await inline_policies.of_many(tx, list(owners))).items()
        for policy in held
    ]
    return policies + await _attached(tx, found.account, list(owners))


async def _groups_of(tx: Transaction, user: users.User) -> list[tuple[str, str]]:
    rows = await tx.all(
        "SELECT g.group_id, g.name FROM memberships m JOIN groups g ON g.group_id = m.group_id"
        " WHERE m.user_id = ? ORDER BY g.name_key",
        user.user_id,
    )
    return [(str(group_id), str(name)) for group_id, name in rows]


async def _attached(tx: Transaction, account: str, owner_ids: Sequence[str]) -> list[HeldPolicy]:
    select = "SELECT DISTINCT policy_arn FROM attachments WHERE owner_id IN ("
    rows = await tx.all(select + ", ".join("?" * len(owner_ids)) + ") ORDER BY policy_arn", *owner_ids)
    return await _managed(tx, account, [str(row[0]) for row in rows])


async def _boundary(tx: Transaction, found: _Found) -> tuple[HeldPolicy, ...] | None:
    if isinstance(found, groups.Group) or found.boundary_arn is None:
        return None
    return tuple(
        replace(policy, is_boundary=True) for policy in await _managed(tx, found.account, [found.boundary_arn])
    )


async def _managed(tx: Transaction, account: str, arns: Sequence[str]) -> list[HeldPolicy]:
    """The managed policies with their default versions; those that are gone are left out."""
    texts = await _texts(tx, account, arns)
    return [
        HeldPolicy(
            name=arn.rpartition("/")[2],
            source_type=SourceType.AWS_MANAGED if managed_policies.find(arn) else SourceType.USER_MANAGED,
            text=texts[arn],
            arn=arn,
        )
        for arn in arns
        if arn in texts
    ]


async def _texts(tx: Transaction, account: str, arns: Sequence[str]) -> Mapping[str, str]:
    """The default versions of managed policies, by ARN."""
    texts = {arn: managed.document() for arn in arns if (managed := managed_policies.find(arn)) is not None}
    own = [arn for arn in arns if arn not in texts]
    if own:
        rows = await tx.all(
            "SELECT p.arn, v.document FROM policies p JOIN policy_versions v"
            " ON v.policy_id = p.policy_id AND v.version = p.default_version"
            " WHERE p.account_id = ? AND p.arn IN (" + ", ".join("?" * len(own)) + ")",
            account,
            *own,
        )
        texts |= {str(arn): str(document) for arn, document in rows}
    return texts
