"""The role that a call asks for: read from its ARN, and found if it is one that can be assumed.

A role that is not there, one of another spelling or path, and one that does not trust the caller get the same answer.
"""

import re
from dataclasses import dataclass
from typing import Final

from bailiwick.access.call import Call
from bailiwick.iam import roles
from bailiwick.iam import tags as resource_tags
from bailiwick.operations import Target
from bailiwick.policy import EMPTY_SET, PolicySet
from bailiwick.store.transaction import Transaction

_ROLE_ARN: Final = re.compile(r"arn:aws:iam::([0-9]{12}):role/(?:[!-~]*/)?([\w+=,.@-]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class RoleName:
    """What a role's ARN says: `arn` as sent, the account, and the name without its path."""

    arn: str
    account: str
    name: str

    @classmethod
    def of(cls, arn: str) -> "RoleName | None":
        """Read an ARN; None when it is not a role's."""
        match = _ROLE_ARN.fullmatch(arn)
        return None if match is None else cls(arn, match[1], match[2])


@dataclass(frozen=True, slots=True)
class Asked:
    """A role that was asked for, as its trust policy is decided: one that is not there trusts nobody."""

    role: roles.Role | None
    target: Target
    trust: PolicySet


async def find(tx: Transaction, name: RoleName) -> roles.Role | None:
    """The role of exactly this ARN, unless only services of AWS become it.

    Names are unique without regard to case, but assuming a role regards it, and the path.
    """
    role = await roles.find(tx, name.account, name.name)
    if role is None or role.arn != name.arn or role.is_protected:
        return None
    return role


async def asked(call: Call, tx: Transaction, name: RoleName) -> Asked:
    """What a call asks for, whether it is there or not, so that both are decided alike."""
    role = await find(tx, name)
    if role is None:
        trust, tags = EMPTY_SET, dict[str, str]()
    else:
        trust = await call.access.trust(tx, role.role_id)
        tags = await resource_tags.of(tx, role.account, role.role_id)
    target = Target(arn=name.arn, account=name.account, tags=tags, tag_keys=resource_tags.PRINCIPAL_TAG_KEYS)
    return Asked(role, target, trust)


def further_actions(*, has_tags: bool, has_source_identity: bool) -> list[str]:
    """What must be allowed beside assuming the role; what is inherited counts as passed."""
    actions = []
    if has_tags:
        actions.append("sts:TagSession")
    if has_source_identity:
        actions.append("sts:SetSourceIdentity")
    return actions
