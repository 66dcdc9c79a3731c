"""The strings in a statement, checked as AWS does when a policy is written: principals, actions, resources, conditions.

Whether a thing that is named exists is not asked here.

Source: IAM User Guide, the pages of the elements, and "Grammar of the IAM JSON policy language".
"""

import re
from collections.abc import Iterator
from typing import Final

from bailiwick.policy import scalars
from bailiwick.policy.arn import FIELDS
from bailiwick.policy.document import (
    EVERYONE,
    LEGACY_PARSING,
    ConditionBlock,
    PolicySyntaxError,
    PolicyType,
    PrincipalBlock,
    Statement,
)
from bailiwick.policy.operators import Family, find_operator
from bailiwick.policy.patterns import compile_glob
from bailiwick.policy.positions import Steps
from bailiwick.policy.principals import account_of, elements, is_named

NEEDS_VENDOR: Final = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
ONE_COLON: Final = "Actions/Condition can contain only one colon."
_IAM_RESOURCE_TYPES: Final = (
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
)
_IAM_RESOURCE: Final = f'IAM resource path must either be "*", root, or start with {", ".join(_IAM_RESOURCE_TYPES)}.'
# In the service authorization reference, but in no known text of the message.
_NEWER_IAM_RESOURCE_TYPES: Final = ("contextProvider/", "delegation-request/", "role-template/")

TRUST_ACTIONS: Final = (
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:tagsession",
    "sts:setsourceidentity",
    "sts:setcontext",
)
"""The actions that a role trust policy may speak of, in lower case."""

_WHOLE_ARNS_ONLY: Final = (PolicyType.SESSION, PolicyType.RESOURCE, PolicyType.VPC_ENDPOINT)

_VENDOR: Final = re.compile(r"[0-9A-Za-z-]+")
_RESOURCE_SERVICE: Final = re.compile(r"[0-9A-Za-z*?-]+")
_RESOURCE_REGION: Final = re.compile(r"[0-9A-Za-z*?-]*")
_RESOURCE_ACCOUNT: Final = re.compile(r"[0-9*?]*|aws")
_CONTROL_CHARACTER: Final = re.compile(r"[\x00-\x1f\x7f]")
_DOMAIN: Final = re.compile(r"(?:[0-9A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?\.)+[A-Za-z][0-9A-Za-z-]*[0-9A-Za-z]")
_PROVIDER_ARN: Final = re.compile(r"arn:aws:iam::[0-9]{12}:(?:saml-provider/[\w.-]+|oidc-provider/[^\s*?]+)")
_CANONICAL_USER: Final = re.compile(r"[0-9a-f]{64}")


def string_faults(statement: Statement, place: Steps, policy_type: PolicyType) -> Iterator[PolicySyntaxError]:
    """What is wrong with the strings of a statement that stands at `place`, in the order of its elements' table."""
    for name, block in (("Principal", statement.principal), ("NotPrincipal", statement.not_principal)):
        if block is not None:
            yield from _principal_faults(block, (*place, name), policy_type)
    for name, actions in (("Action", statement.action), ("NotAction", statement.not_action)):
        for index, action in enumerate(actions or ()):
            if message := _action_fault(action, policy_type):
                yield PolicySyntaxError(message, (*place, name, index))
    for name, resources in (("Resource", statement.resource), ("NotResource", statement.not_resource)):
        for index, resource in enumerate(resources or ()):
            if message := _resource_fault(resource, policy_type):
                yield PolicySyntaxError(message, (*place, name, index))
    for block_of_one in statement.conditions or ():
        yield from _condition_faults(block_of_one, (*place, "Condition", block_of_one.operator))


def _principal_faults(block: PrincipalBlock, place: Steps, policy_type: PolicyType) -> Iterator[PolicySyntaxError]:
    for element in elements(block, place):
        kind, value = element.kind, element.value
        if kind == EVERYONE and policy_type is PolicyType.TRUST:
            yield PolicySyntaxError('AssumeRolepolicy contained an invalid principal: "STAR":"*".', element.place)
        elif kind == "Federated" and not (_DOMAIN.fullmatch(value) or _PROVIDER_ARN.fullmatch(value)):
            message = "Federated principals must be valid domain names or SAML metadata ARNs"
            yield PolicySyntaxError(message, element.place)
        elif not _is_principal(kind, value, policy_type):
            yield PolicySyntaxError(f'Invalid principal in policy: "{kind.upper()}":"{value}"', element.place)


def _is_principal(kind: str, value: str, policy_type: PolicyType) -> bool:
    if kind == "AWS":
        return value == EVERYONE or account_of(value) is not None or is_named(value)
    if kind == "Service":
        return _DOMAIN.fullmatch(value) is not None and value != "amazonaws.com"
    if kind == "CanonicalUser":
        return policy_type is PolicyType.RESOURCE and _CANONICAL_USER.fullmatch(value) is not None
    return True


def _action_fault(action: str, policy_type: PolicyType) -> str | None:
    if action != "*":
        vendor, colon, name = action.partition(":")
        if not colon:
            return NEEDS_VENDOR
        if ":" in name:
            return ONE_COLON
        if "*" in vendor or "?" in vendor:
            return "Action vendors must not contain wildcards."
        if not _VENDOR.fullmatch(vendor):
            return f"Vendor {vendor} is not valid"
    if policy_type is PolicyType.TRUST and (action == "*" or not any(map(compile_glob(action.lower()), TRUST_ACTIONS))):
        return "AssumeRole policy may only specify STS AssumeRole actions."
    return None


def _resource_fault(resource: str, policy_type: PolicyType) -> str | None:
    if resource == "*":
        return None
    fields = resource.split(":", FIELDS - 1)
    if fields[0] != "arn" or len(fields) == 1:
        return f'Resource {resource} must be in ARN format or "*".'
    _, partition, service, region, account, tail = fields + ["*"] * (FIELDS - len(fields))
    if partition not in ("aws", "*"):
        return f'Partition "{partition}" is not valid for resource "{resource}".'
    if len(fields) < FIELDS and policy_type in _WHOLE_ARNS_ONLY:
        return LEGACY_PARSING
    if service == "iam" and region and len(fields) > 3:
        return f"IAM resource {resource} cannot contain region information."
    well_made = (
        _RESOURCE_SERVICE.fullmatch(service)
        and _RESOURCE_REGION.fullmatch(region)
        and _RESOURCE_ACCOUNT.fullmatch(account)
        and not _CONTROL_CHARACTER.search(tail)
    )
    if not well_made:
        return LEGACY_PARSING
    known = _IAM_RESOURCE_TYPES + _NEWER_IAM_RESOURCE_TYPES
    if service == "iam" and tail not in ("*", "root") and not tail.startswith(known):
        return _IAM_RESOURCE
    return None


def _condition_faults(block: ConditionBlock, place: Steps) -> Iterator[PolicySyntaxError]:
    operator = find_operator(block.operator)
    if operator is None:
        yield PolicySyntaxError(f"Invalid Condition type : {block.operator}.", place)
        return
    for key, values in block.tests:
        if message := _condition_key_fault(key):
            yield PolicySyntaxError(message, (*place, key))
        for index, value in enumerate(values):
            if not _is_readable(operator.base.family, value):
                yield PolicySyntaxError(LEGACY_PARSING, (*place, key, index))


def _condition_key_fault(key: str) -> str | None:
    """A key is `vendor:name`; a tag's key, or an identity provider's path, may hold more colons after a slash."""
    vendor, colon, name = key.partition(":")
    if not (vendor and colon and name):
        return NEEDS_VENDOR
    if ":" in name and "/" not in key:
        return ONE_COLON
    return None


def _is_readable(family: Family, value: str) -> bool:
    """Dates and addresses are the values whose form is checked at writing."""
    if family is Family.DATE:
        return scalars.instant(value) is not None
    if family is Family.IP:
        return scalars.network(value) is not None
    return True
