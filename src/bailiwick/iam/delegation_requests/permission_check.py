"""Whether somebody has the permissions that a delegation request asks for, by the engine that decides every request.

An approximation, as AWS calls its own: what is asked with wildcards is looked for as it is written.
Source: IAM API Reference, GetDelegationRequest, PermissionCheckResult.
"""

import enum
from itertools import product
from typing import Final

from bailiwick.access.call import Call
from bailiwick.iam.delegation_requests.asked import statements_of
from bailiwick.policy import Reason
from bailiwick.store.transaction import Transaction

_MOST_QUESTIONS: Final = 1000
"""How many pairs of action and resource are looked at; beyond, nothing is sure."""


class Result(enum.StrEnum):
    """The model's permissionCheckResultType."""

    ALLOWED = "ALLOWED"
    DENIED = "DENIED"
    UNSURE = "UNSURE"


async def check(call: Call, tx: Transaction, policy: str) -> Result:
    """Whether the caller may do all that the policy allows."""
    result = Result.ALLOWED
    questions = 0
    for statement in statements_of(policy):
        if not statement.is_allow:
            continue
        if statement.actions is None or statement.resources is None:
            result = Result.UNSURE
            continue
        questions += len(statement.actions) * len(statement.resources)
        if questions > _MOST_QUESTIONS:
            return Result.UNSURE
        for action, resource in product(statement.actions, statement.resources):
            match await _may(call, tx, action, resource):
                case Result.DENIED:
                    return Result.DENIED
                case Result.UNSURE:
                    result = Result.UNSURE
    return result


async def _may(call: Call, tx: Transaction, action: str, resource: str) -> Result:
    decision, has_denies = await call.access.foresee(call, tx, action, resource)
    if decision.is_allowed:
        # A pattern may be denied in part, which does not show when it is looked for as a whole.
        is_pattern = any(mark in action + resource for mark in "*?$")
        return Result.UNSURE if is_pattern and has_denies else Result.ALLOWED
    if decision.reason is not Reason.EXPLICIT_DENY and decision.missing_keys:
        return Result.UNSURE
    return Result.DENIED
