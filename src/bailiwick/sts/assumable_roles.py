"""The role that a call asks for: read from its ARN, found if it is one that can be assumed, and its session.

A role that is not there, one of another spelling or path, and one that does not trust the caller get the same answer.
"""

import re
from dataclasses import dataclass
from typing import Final

from bailiwick.access.call import Call
from bailiwick.auth import ContextKey, PrincipalKind, SessionTag
from bailiwick.iam import roles
from bailiwick.iam import tags as resource_tags
from bailiwick.operations import Target
from bailiwick.policy import EMPTY_SET, PolicySet
from bailiwick.store.transaction import Transaction
from bailiwick.sts import session_policies
from bailiwick.sts.issue import SessionPrincipal, issue_session
from bailiwick.sts.session_policies import SessionPolicies

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


async def issue(
    call: Call,
    tx: Transaction,
    role: roles.Role,
    session_name: str,
    *,
    seconds: int,
    policies: SessionPolicies,
    tags: tuple[SessionTag, ...],
    source_identity: str | None,
    has_code: bool = False,
    context_keys: tuple[ContextKey, ...] = (),
) -> dict[str, object]:
    """A session of a role that may be assumed: the reply's Credentials, sizes, AssumedRoleUser and SourceIdentity.

    Raises:
        ValidationError: a session policy does not exist.
        PackedPolicyTooLarge, InvalidClientTokenId: see `issue_session`, whose parameters these are.
    """
    await session_policies.require_existing(call, tx, role.account, policies)
    principal = SessionPrincipal(
        kind=PrincipalKind.ROLE,
        account=role.account,
        principal_id=role.role_id,
        name=role.name,
        arn=f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{session_name}",
        session_name=session_name,
    )
    issued = await issue_session(
        call,
        tx,
        principal,
        seconds=seconds,
        policies=policies,
        tags=tags,
        source_identity=source_identity,
        has_code=has_code,
        context_keys=context_keys,
    )
    return {
        **issued,
        "AssumedRoleUser": {"AssumedRoleId": f"{role.role_id}:{session_name}", "Arn": principal.arn},
        "SourceIdentity": source_identity,
    }


def further_actions(*, has_tags: bool, has_source_identity: bool) -> list[str]:
    """What must be allowed beside assuming the role; what is inherited counts as passed."""
    actions = []
    if has_tags:
        actions.append("sts:TagSession")
    if has_source_identity:
        actions.append("sts:SetSourceIdentity")
    return actions
