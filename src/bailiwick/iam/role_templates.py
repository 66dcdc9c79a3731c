"""Role templates: what services of AWS make roles from. There is none here.

Only services of AWS make templates: the API reads them and makes roles from them, and has no operation that makes one.
So every template that can be named is unknown, and no role has a SourceRoleTemplate.
"""

import re
from typing import Final, NoReturn

from bailiwick.access.call import Call
from bailiwick.iam.errors import InvalidInput, NoSuchEntity
from bailiwick.iam.registry import iam
from bailiwick.operations import Target, acts_on, operation
from bailiwick.store.transaction import Transaction

_ARN: Final = re.compile(r"arn:aws:iam::aws:role-template/[a-z0-9.-]+/[A-Za-z0-9_+=,.-]{1,128}:[1-9][0-9]{0,9}")


def _template_arn(call: Call) -> str:
    """The ARN in the call.

    Raises:
        InvalidInput: it is not the ARN of a role template; that tells nothing of what exists.
    """
    arn = call["TemplateArn"]
    if _ARN.fullmatch(arn) is None:
        raise InvalidInput.arn(arn)
    return arn


def _refuse(call: Call) -> NoReturn:
    raise NoSuchEntity(f"The role template {_template_arn(call)} cannot be found.")


@acts_on("role-template*")
async def _template_target(call: Call, tx: Transaction) -> Target:
    return Target(arn=_template_arn(call), is_of_aws=True)


@operation(iam, "AcquireRole", resource=_template_target)
async def acquire_role(call: Call, tx: Transaction) -> dict[str, object]:
    """Make a role from a template.

    Raises:
        InvalidInput: it is not the ARN of a role template.
        NoSuchEntity: there is no such template.

    Source: IAM API Reference, AcquireRole.
    """
    _refuse(call)


@operation(iam, "GetRoleTemplateVersion", resource=_template_target, reads=True)
async def get_role_template_version(call: Call, tx: Transaction) -> dict[str, object]:
    """A version of a role template.

    Raises:
        InvalidInput: it is not the ARN of a role template.
        NoSuchEntity: there is no such template.

    Source: IAM API Reference, GetRoleTemplateVersion.
    """
    _refuse(call)
