"""The request context: the condition keys of one check, by lower-case name.

Source: IAM User Guide, "AWS global condition context keys".
"""

from collections.abc import Mapping
from datetime import datetime

from bailiwick.access.call import Caller
from bailiwick.access.principals import PrincipalRecord
from bailiwick.auth import PrincipalKind, SessionClaims
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


def caller_keys(caller: Caller, record: PrincipalRecord | None) -> dict[str, ContextValue]:
    """The keys that tell of the caller and are the same for all its requests; see `request_context` for the rest.

    Args:
        caller: who calls.
        record: its user or role, whose tags session tags override.
    """
    keys: dict[str, ContextValue] = {
        "aws:principaltype": _PRINCIPAL_TYPES[caller.kind],
        "aws:userid": caller.user_id,
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
    if record is not None:
        for key, value in record.tags.items():
            keys[f"aws:principaltag/{key.lower()}"] = value
    if caller.session is not None:
        _add_session_keys(keys, caller, caller.session)
    return keys


def request_context(
    standing: Mapping[str, ContextValue], caller: Caller, service: str, now: datetime
) -> dict[str, ContextValue]:
    """A new context: the caller's standing keys, and those that the time and the service called add.

    `aws:RequestedRegion` follows the service; `now` is the time of the decision.
    """
    keys = dict(standing)
    keys["aws:currenttime"] = _iso(now)
    keys["aws:epochtime"] = str(int(now.timestamp()))
    keys["aws:requestedregion"] = requested_region(caller, service)
    mfa_at = _mfa_at(caller)
    if mfa_at is not None:
        keys["aws:multifactorauthage"] = str(max(0, int((now - mfa_at).total_seconds())))
    return keys


def requested_region(caller: Caller, service: str) -> str:
    """The region that a request counts as made in: the one it was signed for, unless the service has only one."""
    return _GLOBAL_REGION if service in _GLOBAL_SERVICES else caller.region


def _mfa_at(caller: Caller) -> datetime | None:
    """When the caller gave a one-time code; the code of an AssumeRole call counts for its trust policy only."""
    if caller.session is None or caller.kind is PrincipalKind.ROLE:
        return None
    return caller.session.mfa_authenticated_at


def _add_session_keys(keys: dict[str, ContextValue], caller: Caller, claims: SessionClaims) -> None:
    keys["aws:tokenissuetime"] = _iso(claims.issued_at)
    for tag in claims.tags:
        keys[f"aws:principaltag/{tag.key.lower()}"] = tag.value
    if claims.source_identity is not None:
        keys["aws:sourceidentity"] = claims.source_identity
    if claims.federated_provider is not None:
        keys["aws:federatedprovider"] = claims.federated_provider
    elif caller.kind is not PrincipalKind.FEDERATED_USER:
        keys["aws:multifactorauthpresent"] = "false" if _mfa_at(caller) is None else "true"
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
        names: list[str] = []
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
    """ISO 8601 with milliseconds, of an aware UTC time."""
    return f"{moment.isoformat(timespec='milliseconds')[:23]}Z"
