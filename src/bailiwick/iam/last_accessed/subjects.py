"""Whom a report is about: a user, group, role or managed policy, and whose activity counts for it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

from bailiwick.access.call import Call
from bailiwick.analyzer import HeldPolicy
from bailiwick.iam import held_policies, policies, roles, tags, users
from bailiwick.iam.errors import InvalidInput, NoSuchEntity
from bailiwick.iam.held_policies import Holder
from bailiwick.iam.identities import Identity
from bailiwick.operations import Target, acts_on
from bailiwick.store.transaction import Transaction

SubjectKind = Literal["user", "group", "role", "policy"]

_POLICY: Final = re.compile(r"arn:aws:iam::(?:[0-9]{12}|aws):policy/.+")

_PRINCIPALS: Final[Mapping[SubjectKind, str]] = MappingProxyType(
    {
        "user": "SELECT user_id AS id FROM users WHERE user_id = ?",
        "role": "SELECT role_id AS id FROM roles WHERE role_id = ?",
        "group": "SELECT user_id AS id FROM memberships WHERE group_id = ?",
        "policy": (
            "SELECT owner_id AS id FROM attachments"
            " WHERE account_id = ? AND policy_arn = ? AND owner_kind IN ('user', 'role')"
            " UNION SELECT m.user_id AS id FROM attachments a JOIN memberships m ON m.group_id = a.owner_id"
            " WHERE a.account_id = ? AND a.policy_arn = ? AND a.owner_kind = 'group'"
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a report is about. `unique_id`: of a policy, its ARN."""

    kind: SubjectKind
    account: str
    unique_id: str

    def principals(self) -> tuple[str, tuple[str, ...]]:
        """SQL for the unique ids (column `id`) of the users and roles whose activity counts, and its parameters.

        Those of a policy hold it now, by themselves or through a group.
        """
        sql = _PRINCIPALS[self.kind]
        given = (self.account, self.unique_id) if self.kind == "policy" else (self.unique_id,)
        return sql, given * (sql.count("?") // len(given))


@acts_on("group*", "policy*", "role*", "user*")
async def subject_target(call: Call, tx: Transaction) -> Target:
    """What the call's Arn names; what is none is judged by the text as it is."""
    arn = call["Arn"]
    if _POLICY.fullmatch(arn):
        return Target(arn=arn, tags=await _policy_tags(tx, call.account, arn))
    return await _holder_target(call, tx)


@acts_on("group*", "role*", "user*")
async def holder_target(call: Call, tx: Transaction) -> Target:
    """The user, group or role that the call's Arn names; what is none is judged by the text as it is."""
    return await _holder_target(call, tx)


async def require(call: Call, tx: Transaction) -> tuple[Subject, Sequence[HeldPolicy]]:
    """The user, group, role or policy that the call's Arn names, and its policies.

    Raises:
        InvalidInput: it is the ARN of none.
        NoSuchEntity: the account has none with exactly this ARN.
    """
    arn = call["Arn"]
    if _POLICY.fullmatch(arn):
        await policies.require(tx, call.account, arn)
        return Subject("policy", call.account, arn), await held_policies.managed(tx, call.account, [arn])
    identity, holder = await require_holder(call, tx)
    subject = Subject(identity.kind, call.account, held_policies.id_of(holder))
    return subject, await held_policies.policies_of(tx, holder)


async def require_holder(call: Call, tx: Transaction) -> tuple[Identity, Holder]:
    """The user, group or role that the call's Arn names.

    Raises:
        InvalidInput: it is the ARN of none.
        NoSuchEntity: the account has none with exactly this ARN.
    """
    identity = Identity.find(call["Arn"])
    if identity is None:
        raise InvalidInput.arn(call["Arn"])
    holder = await held_policies.find(tx, call.account, identity)
    if holder is None:
        raise getattr(NoSuchEntity, identity.kind)(identity.name)
    return identity, holder


async def _holder_target(call: Call, tx: Transaction) -> Target:
    identity = Identity.find(call["Arn"])
    found = None if identity is None else await held_policies.find(tx, call.account, identity)
    if isinstance(found, users.User | roles.Role):
        return replace(await found.target(tx), shown=None)
    return Target(arn=call["Arn"])


async def _policy_tags(tx: Transaction, account: str, arn: str) -> dict[str, str]:
    found = await policies.find(tx, account, arn) if arn.startswith(f"arn:aws:iam::{account}:") else None
    return {} if found is None else dict(await tags.of(tx, account, found.policy_id))
