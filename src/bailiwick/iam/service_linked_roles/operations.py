"""Making service-linked roles, and asking for their deletion."""

import json
import re
import uuid
from dataclasses import replace

from bailiwick.access.call import Call
from bailiwick.iam import names, policies, roles
from bailiwick.iam.errors import InvalidInput, NoSuchEntity
from bailiwick.iam.registry import iam
from bailiwick.iam.roles.keeping import add
from bailiwick.iam.roles.operations import DEFAULT_MAX_SESSION_SECONDS
from bailiwick.iam.roles.record import SERVICE_LINKED_PATH, Role
from bailiwick.iam.service_linked_roles import deletion, services
from bailiwick.operations import Target, acts_on, operation
from bailiwick.store.transaction import Transaction

_TASK_ID = re.compile(r"task(/aws-service-role/[A-Za-z0-9_+=,.@-]+/)([A-Za-z0-9_+=,.@-]{1,64})/[0-9a-f-]{36}")


@acts_on("role*")
async def _linked_role_target(call: Call, tx: Transaction) -> Target:
    """The role that CreateServiceLinkedRole would make. What it would be called tells nothing of what exists."""
    service = services.find(call["AWSServiceName"])
    name = service.role_name(call.get("CustomSuffix"))
    return Target(arn=names.arn_of(call.account, "role", _path(service.principal), name))


@operation(iam, "CreateServiceLinkedRole", resource=_linked_role_target, keys={"iam:AWSServiceName": "AWSServiceName"})
async def create_service_linked_role(call: Call, tx: Transaction) -> dict[str, object]:
    """Make the role that a service of AWS has in the account. It counts as a role, but the quota does not stop it.

    Raises:
        NoSuchEntity: no such service.
        InvalidInput: the account has the role already, or the service takes no suffix.

    Source: IAM API Reference, CreateServiceLinkedRole; IAM User Guide, "Create a service-linked role".
    """
    service = services.find(call["AWSServiceName"])
    name = service.role_name(call.get("CustomSuffix"))
    if await roles.find(tx, call.account, name):
        raise InvalidInput(f"Service role name {name} has been taken in this account, please try a different suffix.")
    trusted = {"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": [service.principal]}}
    role = Role(
        account=call.account,
        role_id=call.new_id("AROA"),
        name=name,
        path=_path(service.principal),
        trust_policy=json.dumps({"Version": "2012-10-17", "Statement": [trusted]}),
        description=call.get("Description"),
        max_session_seconds=DEFAULT_MAX_SESSION_SECONDS,
        max_signin_session_seconds=None,
        boundary_arn=None,
        created_at=call.now_ms,
    )
    await add(tx, role)
    if service.policy_arn is not None:
        await tx.run(
            "INSERT INTO attachments (account_id, owner_kind, owner_id, policy_arn) VALUES (?, 'role', ?, ?)",
            role.account,
            role.role_id,
            service.policy_arn,
        )
        await policies.count(tx, role.account, service.policy_arn, attachments=1)
    shown = role.as_output(role.trust_policy)
    # As of every new role: AWS CLI Command Reference, create-service-linked-role, the example.
    return {
        "Role": {
            member: value for member, value in shown.items() if member not in {"Description", "MaxSessionDuration"}
        }
    }


@operation(iam, "DeleteServiceLinkedRole", resource=roles.role_target)
async def delete_service_linked_role(call: Call, tx: Transaction) -> dict[str, object]:
    """Ask for the deletion of a service-linked role; an earlier task that is not finished is answered again.

    Raises:
        NoSuchEntity: no such role, or it is not a service's.

    Source: IAM API Reference, DeleteServiceLinkedRole.
    """
    role = await roles.require(tx, call.account, call["RoleName"])
    if not role.is_service_linked:
        raise NoSuchEntity.role(call["RoleName"])
    new_id = str(uuid.UUID(bytes=call.random_bytes(16), version=4))
    return {"DeletionTaskId": await deletion.begin(tx, role, new_id, call.now_ms)}


@acts_on("role*")
async def _task_target(call: Call, tx: Transaction) -> Target:
    """The role whose deletion the task's id names.

    Raises:
        InvalidInput: it is not the id of a task; that tells nothing of what exists.
    """
    parts = _TASK_ID.fullmatch(call["DeletionTaskId"])
    if parts is None:
        raise InvalidInput(f"The deletion task id {call['DeletionTaskId']} is not valid.")
    arn = names.arn_of(call.account, "role", parts[1], parts[2])
    role = await roles.find(tx, call.account, parts[2])
    if role is None or role.arn != arn:
        return Target(arn=arn)
    return replace(await role.target(tx), shown=arn)


@operation(iam, "GetServiceLinkedRoleDeletionStatus", resource=_task_target, reads=True)
async def get_service_linked_role_deletion_status(call: Call, tx: Transaction) -> dict[str, object]:
    """How far the deletion of a service-linked role is, and what still uses the role when it failed.

    Raises:
        InvalidInput: it is not the id of a task.
        NoSuchEntity: the account has no such task, or it is long past.

    Source: IAM API Reference, GetServiceLinkedRoleDeletionStatus.
    """
    task = await deletion.find(tx, call.account, call["DeletionTaskId"])
    if task is None:
        raise NoSuchEntity(f"The deletion task {call['DeletionTaskId']} cannot be found.")
    return task.as_output()


def _path(principal: str) -> str:
    return f"{SERVICE_LINKED_PATH}{principal}/"
