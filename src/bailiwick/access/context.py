"""The request context: the condition keys of one check, by lower-case name.

Source: IAM User Guide, "AWS global condition context keys".
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from bailiwick.access.call import Caller
from bailiwick.auth import PrincipalKind
from bailiwick.operations import ContextValue, Target

_PRINCIPAL_TYPES: Mapping[PrincipalKind, str] = {
    PrincipalKind.ROOT: "Account",
    PrincipalKind.USER: "User",
    PrincipalKind.ROLE: "AssumedRole",
    PrincipalKind.FEDERATED_USER: "FederatedUser",
    PrincipalKind.ANONYMOUS: "Anonymous",
}

# IAM is global: its requests count as made in us-east-1 wherever they were signed for.
_GLOBAL_SERVICES = frozenset({"iam"})
_GLOBAL_REGION = "us-east-1"


def caller_keys(
    caller: Caller, principal_tags: Mapping[str, str], service: str, now: datetime
) -> dict[str, ContextValue]:
    """The keys that tell of the caller and of the request itself.

    Args:
        caller: who calls.
        principal_tags: the tags of its user or role; session tags override them.
        service: the service called, which says what `aws:RequestedRegion` is.
        now: the time of the decision.
    """
    keys: dict[str, ContextValue] = {
        "aws:principaltype": _PRINCIPAL_TYPES[caller.kind],
        "aws:userid": caller.user_id,
        "aws:currenttime": _iso(now),
        "aws:epochtime": str(int(now.timestamp())),
        "aws:requestedregion": _GLOBAL_REGION if service in _GLOBAL_SERVICES else caller.region,
        "aws:securetransport": "true" if caller.is_secure else "false",
        "aws:viaawsservice": "false",
    }
    if caller.user_agent:
        keys["aws:useragent"] = caller.user_agent
    if caller.source_address is not None:
        keys["aws:sourceip"] = caller.source_address
    if caller.kind is PrincipalKind.ANONYMOUS:
        keys["aws:principalaccount"] = "anonymous"
        return keys
    keys["aws:principalaccount"] = caller.account
    keys["aws:principalarn"] = _principal_arn(caller)
    keys["aws:principalisawsservice"] = "false"
    if caller.kind is PrincipalKind.USER and caller.name is not None:
        keys["aws:username"] = caller.name
    for key, value in principal_tags.items():
        keys[f"aws:principaltag/{key.lower()}"] = value
    if caller.session is not None:
        _add_session_keys(keys, caller, now)
    return keys


def _add_session_keys(keys: dict[str, ContextValue], caller: Caller, now: datetime) -> None:
    claims = caller.session
    assert claims is not None, "asked of sessions only"
    keys["aws:tokenissuetime"] = _iso(claims.issued_at)
    for tag in claims.tags:
        keys[f"aws:principaltag/{tag.key.lower()}"] = tag.value
    if claims.source_identity is not None:
        keys["aws:sourceidentity"] = claims.source_identity
    if claims.federated_provider is not None:
        keys["aws:federatedprovider"] = claims.federated_provider
    elif caller.kind in (PrincipalKind.USER, PrincipalKind.ROLE, PrincipalKind.ROOT):
        mfa_at = None if caller.kind is PrincipalKind.ROLE else claims.mfa_authenticated_at
        keys["aws:multifactorauthpresent"] = "false" if mfa_at is None else "true"
        if mfa_at is not None:
            keys["aws:multifactorauthage"] = str(max(0, int((now - mfa_at).total_seconds())))
    for key in claims.context_keys:
        keys[key.name.lower()] = key.values if len(key.values) != 1 else key.values[0]


def add_target_keys(keys: dict[str, ContextValue], target: Target, service: str, owner: str) -> None:
    """Add the keys that tell of the resource."""
    keys["aws:resourceaccount"] = owner
    for key, value in target.tags.items():
        name = key.lower()
        keys[f"aws:resourcetag/{name}"] = value
        keys[f"{service}:resourcetag/{name}"] = value
    for key, context_value in target.keys.items():
        keys[key.lower()] = context_value


def request_keys(parameters: Mapping[str, object], declared: Mapping[str, str]) -> dict[str, ContextValue]:
    """The keys that tell of what was asked for: tags passed, and those the operation declares.

    Args:
        parameters: the request by the model's names.
        declared: condition key → the parameter whose value it has.
    """
    keys: dict[str, ContextValue] = {}
    for key, parameter in declared.items():
        value = parameters.get(parameter)
        if value is not None:
            keys[key.lower()] = _context_value(value)
    tags = parameters.get("Tags")
    if isinstance(tags, list):
        names = []
        for tag in tags:
            names.append(str(tag["Key"]))
            keys[f"aws:requesttag/{names[-1].lower()}"] = str(tag["Value"])
        keys["aws:tagkeys"] = tuple(names)
    tag_keys = parameters.get("TagKeys")
    if isinstance(tag_keys, list):
        keys["aws:tagkeys"] = tuple(str(key) for key in tag_keys)
    return keys


def _context_value(value: object) -> ContextValue:
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _principal_arn(caller: Caller) -> str:
    """`aws:PrincipalArn`: a role session's is its role's ARN, never its own."""
    if caller.kind is PrincipalKind.ROLE:
        assert caller.principal.parent_arn is not None, "a role session has a role"
        return caller.principal.parent_arn
    return caller.arn


def _iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"
