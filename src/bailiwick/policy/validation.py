"""What AWS checks when a policy is written, with AWS's messages.

Whether a principal that is named exists is not asked here. Faults are looked for in the order: JSON and shape (in
`parse`), Version, Sids, elements, and at last the strings.

Source: IAM User Guide, "Grammar of the IAM JSON policy language" and the pages of the elements; Organizations User
Guide, "SCP syntax" and "RCP syntax".
"""

import re
from collections.abc import Sequence
from typing import Final

from bailiwick.policy import scalars
from bailiwick.policy.arn import FIELDS
from bailiwick.policy.compiled import WITH_PRINCIPAL
from bailiwick.policy.document import (
    EVERYONE,
    SYNTAX_ERRORS,
    Effect,
    NotJsonError,
    PolicyDocument,
    PolicySyntaxError,
    PolicyType,
    PrincipalBlock,
    Statement,
    parse,
)
from bailiwick.policy.operators import Family, find_operator
from bailiwick.policy.patterns import compile_glob
from bailiwick.policy.principals import account_of, elements, is_named

LEGACY_PARSING: Final = "The policy failed legacy parsing"
NEEDS_VENDOR: Final = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
ONE_COLON: Final = "Actions/Condition can contain only one colon."
ORGANIZATIONS: Final = "The provided policy document does not meet the requirements of the specified policy type."
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
TRUST_ACTIONS: Final = (
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:tagsession",
    "sts:setsourceidentity",
    "sts:setcontext",
)
"""The actions that a role trust policy may speak of, in lower case."""

_OF_ORGANIZATIONS: Final = (PolicyType.SERVICE_CONTROL, PolicyType.RESOURCE_CONTROL)
_WITH_ID: Final = (PolicyType.TRUST, PolicyType.RESOURCE, PolicyType.VPC_ENDPOINT)
_NEEDS_NEW_VERSION: Final = (PolicyType.MANAGED, PolicyType.RESOURCE_CONTROL)
_WHOLE_ARNS_ONLY: Final = (PolicyType.SESSION, PolicyType.RESOURCE, PolicyType.VPC_ENDPOINT)

_SID: Final = re.compile(r"[0-9A-Za-z]*")
_VENDOR: Final = re.compile(r"[0-9A-Za-z-]+")
_RESOURCE_SERVICE: Final = re.compile(r"[0-9A-Za-z*?-]+")
_RESOURCE_REGION: Final = re.compile(r"[0-9A-Za-z*?-]*")
_RESOURCE_ACCOUNT: Final = re.compile(r"[0-9*?]*|aws")
_CONTROL_CHARACTER: Final = re.compile(r"[\x00-\x1f\x7f]")
_DOMAIN: Final = re.compile(r"(?:[0-9A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?\.)+[A-Za-z][0-9A-Za-z-]*[0-9A-Za-z]")
_PROVIDER_ARN: Final = re.compile(r"arn:aws:iam::[0-9]{12}:(?:saml-provider/[\w.-]+|oidc-provider/[^\s*?]+)")
_CANONICAL_USER: Final = re.compile(r"[0-9a-f]{64}")


def check(text: str, policy_type: PolicyType) -> PolicyDocument:
    """Read a document and make sure that AWS would store it as a policy of this type.

    Raises:
        PolicySyntaxError: with AWS's message for what is wrong, and the place.
    """
    try:
        document = parse(text)
    except PolicySyntaxError as error:
        if policy_type in _OF_ORGANIZATIONS:
            raise PolicySyntaxError(ORGANIZATIONS, error.path) from error
        if policy_type is PolicyType.TRUST and isinstance(error, NotJsonError):
            raise PolicySyntaxError("This policy contains invalid Json", error.path) from error
        raise
    validate(document, policy_type)
    return document


def validate(document: PolicyDocument, policy_type: PolicyType) -> None:
    """Make sure that AWS would store a document, which has the shape of a policy, as a policy of this type.

    Raises:
        PolicySyntaxError: with AWS's message for what is wrong, and the place. Organizations has one message for all
            faults of service and resource control policies; the cause is chained to it.
    """
    if policy_type not in _OF_ORGANIZATIONS:
        _validate(document, policy_type)
        return
    try:
        _validate(document, policy_type)
    except PolicySyntaxError as error:
        raise PolicySyntaxError(ORGANIZATIONS, error.path) from error


def _validate(document: PolicyDocument, policy_type: PolicyType) -> None:
    if policy_type in _NEEDS_NEW_VERSION and document.version != "2012-10-17":
        raise PolicySyntaxError("Policy document must be version 2012-10-17 or greater.", "Version")
    if document.id is not None and policy_type not in _WITH_ID:
        raise PolicySyntaxError(SYNTAX_ERRORS, "Id")
    _check_sids(document.statements, policy_type)
    placed = [(statement, f"Statement[{index}]") for index, statement in enumerate(document.statements)]
    for statement, path in placed:
        _check_elements(statement, path, policy_type)
    for statement, path in placed:
        _check_strings(statement, path, policy_type)


def _check_sids(statements: Sequence[Statement], policy_type: PolicyType) -> None:
    free = policy_type in (PolicyType.RESOURCE, PolicyType.VPC_ENDPOINT)
    seen: set[str] = set()
    for index, statement in enumerate(statements):
        sid, path = statement.sid, f"Statement[{index}].Sid"
        if not sid:
            continue
        if not free and not _SID.fullmatch(sid):
            raise PolicySyntaxError(
                "Statement IDs (SID) must be alpha-numeric. "
                "Check that your input satisfies the regular expression [0-9A-Za-z]*",
                path,
            )
        if sid in seen:
            raise PolicySyntaxError("Statement IDs (SID) in a single policy must be unique.", path)
        seen.add(sid)


def _check_elements(statement: Statement, path: str, policy_type: PolicyType) -> None:
    """Which elements are there, and which may not be."""
    if statement.effect is None:
        raise PolicySyntaxError("Missing required field Effect", path)
    _check_principal_elements(statement, path, policy_type)
    if statement.action is not None and statement.not_action is not None:
        raise PolicySyntaxError(SYNTAX_ERRORS, f"{path}.NotAction")
    if not (statement.action or statement.not_action):
        raise PolicySyntaxError("Policy statement must contain actions.", path)
    if policy_type is PolicyType.TRUST:
        _prohibit(path, Resource=statement.resource, NotResource=statement.not_resource)
    elif statement.resource is not None and statement.not_resource is not None:
        raise PolicySyntaxError(SYNTAX_ERRORS, f"{path}.NotResource")
    elif not (statement.resource or statement.not_resource):
        raise PolicySyntaxError("Policy statement must contain resources.", path)
    if policy_type is PolicyType.RESOURCE_CONTROL:
        _check_resource_control_elements(statement, path)


def _check_principal_elements(statement: Statement, path: str, policy_type: PolicyType) -> None:
    named, spared = statement.principal, statement.not_principal
    if policy_type not in WITH_PRINCIPAL:
        if named is not None or spared is not None:
            element = "Principal" if named is not None else "NotPrincipal"
            raise PolicySyntaxError("Policy document should not specify a principal.", f"{path}.{element}")
        return
    if policy_type not in (PolicyType.RESOURCE, PolicyType.VPC_ENDPOINT):
        _prohibit(path, NotPrincipal=spared)
    if named is not None and spared is not None:
        raise PolicySyntaxError(SYNTAX_ERRORS, f"{path}.NotPrincipal")
    if spared is not None and statement.effect is Effect.ALLOW:
        raise PolicySyntaxError(SYNTAX_ERRORS, f"{path}.NotPrincipal")
    block = named or spared
    if block is None or not any(values for _, values in block.members):
        raise PolicySyntaxError("Missing required field Principal", path)


def _check_resource_control_elements(statement: Statement, path: str) -> None:
    if statement.effect is Effect.ALLOW:
        raise PolicySyntaxError(ORGANIZATIONS, f"{path}.Effect")
    if statement.principal is None or statement.principal.members[0][0] != EVERYONE:
        raise PolicySyntaxError(ORGANIZATIONS, f"{path}.Principal")
    if statement.action is None or "*" in statement.action:
        raise PolicySyntaxError(ORGANIZATIONS, f"{path}.Action")


def _prohibit(path: str, **found: object) -> None:
    for name, value in found.items():
        if value is not None:
            raise PolicySyntaxError(f"Has prohibited field {name}", f"{path}.{name}")


def _check_strings(statement: Statement, path: str, policy_type: PolicyType) -> None:
    for name, block in (("Principal", statement.principal), ("NotPrincipal", statement.not_principal)):
        if block is not None:
            _check_principals(block, f"{path}.{name}", policy_type)
    for name, actions in (("Action", statement.action), ("NotAction", statement.not_action)):
        for index, action in enumerate(actions or ()):
            _check_action(action, f"{path}.{name}[{index}]", policy_type)
    for name, resources in (("Resource", statement.resource), ("NotResource", statement.not_resource)):
        for index, resource in enumerate(resources or ()):
            _check_resource(resource, f"{path}.{name}[{index}]", policy_type)
    _check_conditions(statement, path)


def _check_principals(block: PrincipalBlock, path: str, policy_type: PolicyType) -> None:
    for element in elements(block, path):
        kind, value = element.kind, element.value
        if kind == EVERYONE and policy_type is PolicyType.TRUST:
            raise PolicySyntaxError('AssumeRolepolicy contained an invalid principal: "STAR":"*".', element.path)
        if kind == "Federated" and not (_DOMAIN.fullmatch(value) or _PROVIDER_ARN.fullmatch(value)):
            message = "Federated principals must be valid domain names or SAML metadata ARNs"
            raise PolicySyntaxError(message, element.path)
        if not _is_principal(kind, value, policy_type):
            shown = kind if kind == "AWS" else kind.upper()
            raise PolicySyntaxError(f'Invalid principal in policy: "{shown}":"{value}"', element.path)


def _is_principal(kind: str, value: str, policy_type: PolicyType) -> bool:
    if kind == "AWS":
        return value == EVERYONE or account_of(value) is not None or is_named(value)
    if kind == "Service":
        return _DOMAIN.fullmatch(value) is not None and value != "amazonaws.com"
    if kind == "CanonicalUser":
        return policy_type is PolicyType.RESOURCE and _CANONICAL_USER.fullmatch(value) is not None
    return True


def _check_action(action: str, path: str, policy_type: PolicyType) -> None:
    if action != "*":
        vendor, colon, name = action.partition(":")
        if not colon:
            raise PolicySyntaxError(NEEDS_VENDOR, path)
        if ":" in name:
            raise PolicySyntaxError(ONE_COLON, path)
        if "*" in vendor or "?" in vendor:
            raise PolicySyntaxError("Action vendors must not contain wildcards.", path)
        if not _VENDOR.fullmatch(vendor):
            raise PolicySyntaxError(f"Vendor {vendor} is not valid", path)
    if policy_type is PolicyType.TRUST and (action == "*" or not any(map(compile_glob(action.lower()), TRUST_ACTIONS))):
        raise PolicySyntaxError("AssumeRole policy may only specify STS AssumeRole actions.", path)


def _check_resource(resource: str, path: str, policy_type: PolicyType) -> None:
    if resource == "*":
        return
    fields = resource.split(":", FIELDS - 1)
    if fields[0] != "arn" or len(fields) == 1:
        raise PolicySyntaxError(f'Resource {resource} must be in ARN format or "*".', path)
    whole = fields + ["*"] * (FIELDS - len(fields))
    _, partition, service, region, account, tail = whole
    if partition not in ("aws", "*"):
        raise PolicySyntaxError(f'Partition "{partition}" is not valid for resource "{resource}".', path)
    if len(fields) < FIELDS and policy_type in _WHOLE_ARNS_ONLY:
        raise PolicySyntaxError(LEGACY_PARSING, path)
    if service == "iam" and region and len(fields) > 3:
        raise PolicySyntaxError(f"IAM resource {resource} cannot contain region information.", path)
    well_made = (
        _RESOURCE_SERVICE.fullmatch(service)
        and _RESOURCE_REGION.fullmatch(region)
        and _RESOURCE_ACCOUNT.fullmatch(account)
        and not _CONTROL_CHARACTER.search(tail)
    )
    if not well_made:
        raise PolicySyntaxError(LEGACY_PARSING, path)
    if service == "iam" and tail not in ("*", "root") and not tail.startswith(_IAM_RESOURCE_TYPES):
        raise PolicySyntaxError(_IAM_RESOURCE, path)


def _check_conditions(statement: Statement, path: str) -> None:
    for block in statement.conditions or ():
        operator = find_operator(block.operator)
        place = f"{path}.Condition.{block.operator}"
        if operator is None:
            raise PolicySyntaxError(f"Invalid Condition type : {block.operator}.", place)
        for key, values in block.tests:
            _check_condition_key(key, f"{place}.{key}")
            for value in values:
                if not _is_readable(operator.base.family, value):
                    raise PolicySyntaxError(LEGACY_PARSING, f"{place}.{key}")


def _check_condition_key(key: str, path: str) -> None:
    """A key is `vendor:name`; a tag's key, or an identity provider's path, may hold more colons after a slash."""
    vendor, colon, name = key.partition(":")
    if not (vendor and colon and name):
        raise PolicySyntaxError(NEEDS_VENDOR, path)
    if ":" in name and "/" not in key:
        raise PolicySyntaxError(ONE_COLON, path)


def _is_readable(family: Family, value: str) -> bool:
    """Dates and addresses are the values whose form is checked at writing."""
    if family is Family.DATE:
        return scalars.instant(value) is not None
    if family is Family.IP:
        return scalars.network(value) is not None
    return True
