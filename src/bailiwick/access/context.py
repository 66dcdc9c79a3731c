"""The request context: the condition keys of one check, by lower-case name.

What is not known of a request is absent from it. A policy cannot tell "no organization" from "not told".

Source: IAM User Guide, "AWS global condition context keys".
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bailiwick.access.call import Caller
from bailiwick.access.environment import Organization, ServiceCaller, VpcEndpoint
from bailiwick.access.principals import PrincipalRecord
from bailiwick.auth import PrincipalKind, SessionClaims
from bailiwick.operations import REQUEST_TAG, ContextValue, Target
from bailiwick.policy import RequestKeys

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

AMBIGUOUS = ","
"""Stands for the values of tags whose keys differ by case alone: a value, but one that no tag can have."""

# Services that tell everything of the endpoint. STS tells its VPC (IAM User Guide, "Use VPC condition keys to control
# federated access") and the place of its owner, not who that is.
_TELL_OF_ENDPOINTS = frozenset({"iam", "kms", "lambda", "s3"})


def caller_keys(caller: Caller, record: PrincipalRecord | None) -> dict[str, ContextValue]:
    """The keys that tell of the caller and are the same for all its requests; see `request_context` for the rest.

    Args:
        caller: who calls.
        record: its user or role, whose tags session tags override.
    """
    keys = _way_keys(caller)
    if caller.environment.service is not None:
        _add_service_keys(keys, caller.environment.service)  # its network is not told of
        return keys
    _add_network_keys(keys, caller)
    _add_principal_keys(keys, caller, record)
    return keys


def vouched_keys(caller: Caller) -> dict[str, ContextValue]:
    """The keys of an unsigned request of somebody whom a provider vouches for: its way here, and no principal.

    What the provider says has condition keys of its own, which whoever verified it adds.
    """
    keys = _way_keys(caller)
    _add_network_keys(keys, caller)
    return keys


def _way_keys(caller: Caller) -> dict[str, ContextValue]:
    environment = caller.environment
    keys: dict[str, ContextValue] = {
        "aws:securetransport": "true" if caller.is_secure else "false",
        "aws:viaawsservice": "true" if environment.called_via else "false",
    }
    if environment.called_via:
        keys["aws:calledvia"] = environment.called_via
        keys["aws:calledviafirst"] = environment.called_via[0]
        keys["aws:calledvialast"] = environment.called_via[-1]
    if caller.user_agent:
        keys["aws:useragent"] = caller.user_agent
    if caller.referer is not None:
        keys["aws:referer"] = caller.referer
    return keys


def _add_service_keys(keys: dict[str, ContextValue], service: ServiceCaller) -> None:
    """What tells of a service that calls as itself. It has neither ARN, type, id nor an account that anybody knows."""
    keys["aws:principalisawsservice"] = "true"
    keys["aws:principalservicename"] = service.name
    keys["aws:principalservicenameslist"] = service.names
    if service.source_arn is not None:
        keys["aws:sourcearn"] = service.source_arn
    if service.source_account is not None:
        keys["aws:sourceaccount"] = service.source_account
    _add_organization_keys(keys, "aws:sourceorg", service.source_organization)


def _add_network_keys(keys: dict[str, ContextValue], caller: Caller) -> None:
    endpoint = _endpoint(caller)
    if endpoint is not None:
        keys["aws:sourcevpc"] = endpoint.vpc_id
        keys["aws:sourcevpce"] = endpoint.endpoint_id
        keys["aws:vpcsourceip"] = endpoint.source_address
    elif caller.source_address is not None:
        keys["aws:sourceip"] = caller.source_address


def _endpoint(caller: Caller) -> VpcEndpoint | None:
    """The endpoint of a request that came straight through it: a service that passes one on does not tell of it."""
    return None if caller.environment.called_via else caller.environment.endpoint


def _add_principal_keys(keys: dict[str, ContextValue], caller: Caller, record: PrincipalRecord | None) -> None:
    keys["aws:principaltype"] = _PRINCIPAL_TYPES[caller.kind]
    keys["aws:userid"] = caller.user_id
    if caller.kind is PrincipalKind.ANONYMOUS:
        keys["aws:principalaccount"] = "anonymous"
        return
    keys["aws:principalaccount"] = caller.account
    keys["aws:principalarn"] = _principal_arn(caller)
    keys["aws:principalisawsservice"] = "false"
    _add_organization_keys(keys, "aws:principalorg", caller.environment.organization)
    if caller.kind is PrincipalKind.USER and caller.name is not None:
        keys["aws:username"] = caller.name
    if record is not None:
        for key, value in record.tags.items():
            keys[f"aws:principaltag/{key.lower()}"] = value
    if caller.session is not None:
        _add_session_keys(keys, caller, caller.session)


def _principal_arn(caller: Caller) -> str:
    """`aws:PrincipalArn`: a role session's is its role's ARN, never its own."""
    if caller.kind is PrincipalKind.ROLE:
        assert caller.principal.parent_arn is not None, "a role session has a role"
        return caller.principal.parent_arn
    return caller.arn


def _add_session_keys(keys: dict[str, ContextValue], caller: Caller, claims: SessionClaims) -> None:
    keys["aws:tokenissuetime"] = _iso(claims.issued_at)
    for tag in claims.tags:
        keys[f"aws:principaltag/{tag.key.lower()}"] = tag.value
    if claims.source_identity is not None:
        keys["aws:sourceidentity"] = claims.source_identity
    if claims.operation == "AssumeRoot":
        keys["aws:assumedroot"] = "true"
    if claims.federated_provider is None:
        if caller.kind is not PrincipalKind.FEDERATED_USER:
            keys["aws:multifactorauthpresent"] = "false" if _mfa_at(caller) is None else "true"
    elif claims.operation == "AssumeRoleWithWebIdentity":
        keys["aws:federatedprovider"] = claims.federated_provider
    for key in claims.context_keys:
        if key.values:
            keys[key.name.lower()] = key.values if len(key.values) > 1 else key.values[0]


def _mfa_at(caller: Caller) -> datetime | None:
    """When the caller gave a one-time code; the code of an AssumeRole call counts for its trust policy only."""
    if caller.session is None or caller.kind not in (PrincipalKind.USER, PrincipalKind.ROOT):
        return None
    return caller.session.mfa_authenticated_at


def request_context(
    standing: Mapping[str, ContextValue], caller: Caller, action: str, now: datetime
) -> dict[str, ContextValue]:
    """A new context: the caller's standing keys, and those that the time and the action add.

    `aws:RequestedRegion` follows the action's service; `now` is the time of the decision.
    """
    service = action.partition(":")[0]
    keys = RequestKeys(standing)
    keys["aws:currenttime"] = _iso(now)
    keys["aws:epochtime"] = str(int(now.timestamp()))
    keys["aws:requestedregion"] = requested_region(caller, service)
    mfa_at = _mfa_at(caller)
    if mfa_at is not None:
        keys["aws:multifactorauthage"] = str(max(0, int((now - mfa_at).total_seconds())))
    endpoint = _endpoint(caller)
    if endpoint is not None:
        _add_endpoint_keys(keys, endpoint, action, service)
    return keys


def requested_region(caller: Caller, service: str) -> str:
    """The region that a request counts as made in: the one it was signed for, unless the service has only one."""
    return _GLOBAL_REGION if service in _GLOBAL_SERVICES else caller.region


def _add_endpoint_keys(keys: dict[str, ContextValue], endpoint: VpcEndpoint, action: str, service: str) -> None:
    """What only some services tell of an endpoint; of those not known to, nothing."""
    if service in _TELL_OF_ENDPOINTS and action.lower() != "iam:passrole":
        keys["aws:sourcevpcarn"] = endpoint.vpc_arn
        keys["aws:vpceaccount"] = endpoint.account
        _add_organization_keys(keys, "aws:vpceorg", endpoint.organization)
    elif service == "sts":
        keys["aws:sourcevpcarn"] = endpoint.vpc_arn
        if endpoint.organization is not None:
            keys["aws:vpceorgpaths"] = (endpoint.organization.path,)


def add_target_keys(
    keys: dict[str, ContextValue], target: Target, owner: str, organization: Organization | None = None
) -> None:
    """Add the keys that tell of the resource.

    Args:
        keys: the context to add to.
        target: the resource. Which of its `keys` are told of, the operation declares: see `offered_keys`.
        owner: the account that it belongs to.
        organization: that account's place in an organization.
    """
    if owner and not target.is_of_aws:
        keys["aws:resourceaccount"] = owner
        _add_organization_keys(keys, "aws:resourceorg", organization)
    for name, value in _by_name(target.tags.items()).items():
        for tag_key in target.tag_keys:
            keys[f"{tag_key}{name}"] = value


def _by_name(tags: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Tags as condition keys have them, by lower-case key.

    Where two keys differ by case alone, conditions on them fail (IAM User Guide, "IAM JSON policy elements:
    Condition"): else one that somebody may set would pass for one that he may not.
    """
    found: dict[str, str] = {}
    for key, value in tags:
        name = key.lower()
        found[name] = AMBIGUOUS if name in found else value
    return found


def offered_keys(target: Target, declared: tuple[str, ...]) -> dict[str, ContextValue]:
    """Of what a resource could tell of itself, what the operation's policies see of it."""
    return {key: target.keys[key] for key in declared if key in target.keys}


def request_keys(parameters: Mapping[str, object], declared: Mapping[str, str]) -> dict[str, ContextValue]:
    """The keys that tell of what was asked for. A parameter that is absent, or an empty list, gives no key.

    Args:
        parameters: the request by the model's names.
        declared: condition key → the parameter whose value it has. Of a list of tags, `aws:TagKeys` has the keys, and
            `aws:RequestTag/${TagKey}` is one condition key for each tag.
    """
    keys: dict[str, ContextValue] = {}
    for key, parameter in declared.items():
        value = parameters.get(parameter)
        if value is None or value == []:
            continue
        if key == REQUEST_TAG:
            assert isinstance(value, list), "tags are a list"
            for name, text in _by_name((str(tag["Key"]), str(tag["Value"])) for tag in value).items():
                keys[f"aws:requesttag/{name}"] = text
        else:
            keys[key.lower()] = _context_value(value)
    return keys


def _context_value(value: object) -> ContextValue:
    if isinstance(value, list):
        return tuple(str(item["Key"]) if isinstance(item, Mapping) else str(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _add_organization_keys(keys: dict[str, ContextValue], prefix: str, organization: Organization | None) -> None:
    if organization is not None:
        keys[f"{prefix}id"] = organization.organization_id
        keys[f"{prefix}paths"] = (organization.path,)


def _iso(moment: datetime) -> str:
    """ISO 8601 with milliseconds, of an aware UTC time."""
    return f"{moment.isoformat(timespec='milliseconds')[:23]}Z"
