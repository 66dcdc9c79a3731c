"""A root user's task done from the organization's management account: AssumeRoot."""

import re
from typing import Final, NoReturn

from bailiwick.access import managed_policies
from bailiwick.access.call import Call
from bailiwick.auth import PrincipalKind
from bailiwick.operations import Authorization, Target, operation
from bailiwick.store.transaction import Transaction
from bailiwick.sts.errors import AccessDenied, ValidationError
from bailiwick.sts.registry import sts

_ROOT_ARN: Final = re.compile(r"arn:aws:iam::([0-9]{12}):root", re.ASCII)
_ACCOUNT_ID: Final = re.compile(r"([0-9]{12})", re.ASCII)


@operation(
    sts,
    "AssumeRoot",
    resource_types=["root-user*"],
    target_keys=["sts:TaskPolicyArn"],
    authorization=Authorization.HANDLER,
)
async def assume_root(call: Call, tx: Transaction) -> None:
    """Temporary credentials of a member account's root user, cut down to one task.

    Only an organization's management account and its delegated administrator may. No account is in an organization
    here, so nobody may: AWS answers likewise who is not in one.

    Raises:
        ValidationError: not an account or its root user, or not one of AWS's task policies.
        AccessDenied: everything else.

    Source: STS API Reference, AssumeRoot.
    """
    account = _account(call)
    task = _task(call)
    target = Target(arn=f"arn:aws:iam::{account}:root", account=account)
    if call.caller.kind is PrincipalKind.ROLE or call.caller.session is None:
        # Decided though it is refused in any case, so that the event tells how.
        await call.access.decide(call, tx, "sts:AssumeRoot", target, keys={"sts:TaskPolicyArn": task})
    _outside_an_organization(call, target)


def _outside_an_organization(call: Call, target: Target) -> NoReturn:
    raise AccessDenied.not_authorized(call.caller.arn, "sts:AssumeRoot", target.arn)


def _account(call: Call) -> str:
    sent = call["TargetPrincipal"]
    match = _ROOT_ARN.fullmatch(sent) or _ACCOUNT_ID.fullmatch(sent)
    if match is None:
        raise ValidationError.target_principal(sent)
    return match[1]


def _task(call: Call) -> str:
    descriptor = call.parameters["TaskPolicyArn"]
    assert isinstance(descriptor, dict), "TaskPolicyArn is a structure"
    arn = descriptor.get("arn")
    if not isinstance(arn, str):
        raise ValidationError.constraint("null", "taskPolicyArn.arn", "Member must not be null")
    if not managed_policies.is_root_task(arn):
        raise ValidationError.task_policy(arn)
    return arn
