"""What the store holds of a simulated principal: its policies with their texts, and the trust policies of roles."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bailiwick.access.call import Call
from bailiwick.analyzer import HeldPolicy
from bailiwick.iam import groups, held_policies, roles, tags, users
from bailiwick.iam.errors import InvalidInput, NoSuchEntity
from bailiwick.iam.held_policies import Holder
from bailiwick.iam.identities import Identity
from bailiwick.iam.roles import trust
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


@acts_on("group", "role", "user")
async def source_target(call: Call, tx: Transaction) -> Target:
    """The user, group or role that the call's PolicySourceArn names; what is none is judged by the text as it is."""
    arn = call["PolicySourceArn"]
    identity = Identity.find(arn)
    found = None if identity is None else await held_policies.find(tx, call.account, identity)
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
    found = await held_policies.find(tx, call.account, identity)
    if found is None:
        raise getattr(NoSuchEntity, identity.kind)(identity.name)
    return Source(
        identity,
        tuple(await held_policies.policies_of(tx, found)),
        await _boundary(tx, found),
        await _principal_keys(tx, found),
    )


async def trust_policies(call: Call, tx: Transaction, asked: Iterable[Identity]) -> Mapping[str, str | None]:
    """The trust policies of roles of the caller's account, by ARN; None for a role that nobody can assume.

    Whoever is to learn what a role's trust policy allows must be allowed to read it.

    Raises:
        AccessDenied: the caller may not `iam:GetRole` one of them, whether it is there or not.
    """
    found: dict[str, str | None] = {}
    for identity in asked:
        role = await held_policies.find(tx, call.account, identity)
        target = await role.target(tx) if isinstance(role, roles.Role) else Target(arn=identity.arn)
        await call.access.require(call, tx, "iam:GetRole", replace(target, shown=f"role {identity.name}"))
        found[identity.arn] = await _trust_policy(tx, role)
    return found


async def _trust_policy(tx: Transaction, role: Holder | None) -> str | None:
    if not isinstance(role, roles.Role) or role.is_protected:
        return None
    return await trust.shown(tx, role.trust_policy)


async def _principal_keys(tx: Transaction, found: Holder) -> Mapping[str, ContextValue]:
    if isinstance(found, groups.Group):
        return {}
    unique_id = held_policies.id_of(found)
    held = await tags.of(tx, found.account, unique_id)
    keys: dict[str, ContextValue] = {f"aws:principaltag/{key.lower()}": value for key, value in held.items()}
    # A session's id holds its name, which a simulated one does not have.
    return {**keys, "aws:userid": unique_id} if isinstance(found, users.User) else keys


async def _boundary(tx: Transaction, found: Holder) -> tuple[HeldPolicy, ...] | None:
    if isinstance(found, groups.Group) or found.boundary_arn is None:
        return None
    return tuple(
        replace(policy, is_boundary=True)
        for policy in await held_policies.managed(tx, found.account, [found.boundary_arn])
    )
