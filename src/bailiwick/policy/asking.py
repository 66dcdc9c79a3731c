"""Questions for the engine, put together from plain texts and Python values.

For programs that use the policy language alone. A service that knows its callers makes the same values itself, with
the condition keys of its own.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, TypeAlias

from bailiwick.policy.compiled import compile_policy
from bailiwick.policy.decision import PolicySource
from bailiwick.policy.document import PolicyType
from bailiwick.policy.evaluation import RequestContext
from bailiwick.policy.policy_set import PolicySet
from bailiwick.policy.principals import Principal, PrincipalKind
from bailiwick.policy.variables import ContextValue

KeyValue: TypeAlias = "str | bool | int | float | datetime | Iterable[str | bool | int | float | datetime]"
"""What a condition key may be given as; several values for a multi-valued key."""

_PRINCIPAL: Final = re.compile(
    r"arn:aws:iam::(?P<account>[0-9]{12}):(?:(?P<root>root)|user/(?P<user>.+)"
    r"|(?P<federated>saml-provider/.+|oidc-provider/.+))"
    r"|arn:aws:sts::(?P<sts_account>[0-9]{12}):(?:assumed-role/(?P<role>[^/]+)/[^/]+|(?P<federated_user>federated-user/.+))"
)
_SERVICE: Final = re.compile(r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*\.amazonaws\.com")
_OWNER: Final = re.compile(r"arn:[^:]*:[^:]*:[^:]*:([0-9]{12}):.*", re.DOTALL)

_TYPES: Final[Mapping[PrincipalKind, str]] = {
    PrincipalKind.ROOT: "Account",
    PrincipalKind.USER: "User",
    PrincipalKind.ROLE_SESSION: "AssumedRole",
    PrincipalKind.FEDERATED_USER: "FederatedUser",
    PrincipalKind.ANONYMOUS: "Anonymous",
}
"""`aws:PrincipalType`. Services and identity providers have none."""


def policies_of(policy_type: PolicyType, texts: Mapping[str, str]) -> PolicySet:
    """The policies of one layer, by name, ready to be evaluated; make it once and use it for every request.

    Never raises: a text that cannot be understood denies everything. `check` tells beforehand what is wrong.
    """
    return PolicySet.of(compile_policy(text, PolicySource(policy_type, name)) for name, text in texts.items())


def principal_of(arn: str, *, unique_id: str | None = None, parent_arn: str | None = None) -> Principal:
    """Who asks, by its ARN: a user, an account's root, a session of a role, a federated user, or a service by name.

    Args:
        arn: as GetCallerIdentity shows it; the name of a service (`logs.amazonaws.com`); the ARN of a SAML or OIDC
            provider for whom it sends. An anonymous caller has none: that is `ANONYMOUS`.
        unique_id: of the user or role (`AIDA...`, `AROA...`), for policies that were stored with it.
        parent_arn: of a session its role's ARN, needed where the role has a path; of a federated user, its user's or
            account root's.

    Raises:
        ValueError: no principal that can ask has this ARN. A role asks through its sessions only.
    """
    if _SERVICE.fullmatch(arn):
        return Principal(PrincipalKind.SERVICE, None, arn, names=frozenset((arn,)))
    match = _PRINCIPAL.fullmatch(arn)
    if match is None:
        raise ValueError(f"{arn} is not the ARN of a user, an account's root, a session, or the name of a service")
    account = match["account"] or match["sts_account"]
    if match["root"]:
        return Principal(PrincipalKind.ROOT, account, arn)
    if match["user"]:
        return Principal(PrincipalKind.USER, account, arn, unique_id)
    if match["federated"]:
        return Principal(PrincipalKind.FEDERATED, account, arn)
    if match["role"]:
        role_arn = parent_arn or f"arn:aws:iam::{account}:role/{match['role']}"
        return Principal(PrincipalKind.ROLE_SESSION, account, arn, unique_id, role_arn)
    return Principal(PrincipalKind.FEDERATED_USER, account, arn, unique_id, parent_arn)


def request_of(
    principal: Principal,
    action: str,
    resource: str = "*",
    *,
    resource_account: str | None = None,
    keys: Mapping[str, KeyValue] | None = None,
) -> RequestContext:
    """One request: a principal, an action, a resource.

    The condition keys that follow from the principal and the resource are there without being given:
    `aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:PrincipalType`, `aws:PrincipalIsAWSService`, `aws:username`,
    `aws:userid` where the unique id is known, for services `aws:PrincipalServiceName` and its list; and
    `aws:ResourceAccount`. All others are absent unless given.

    Args:
        principal: who asks.
        action: such as `s3:GetObject`, in any case.
        resource: an ARN, or `*` for an action without a resource level.
        resource_account: the account that owns the resource; by default that of the ARN, or where that has none (as
            of S3), the principal's.
        keys: condition keys, in any case. Several values for a multi-valued key; an aware `datetime` for a date.

    Raises:
        ValueError: a key is given twice in different case, or a time without its zone.
    """
    named = _OWNER.fullmatch(resource)
    owner = resource_account or (named[1] if named else principal.account)
    told = _principal_keys(principal)
    if owner is not None:
        told["aws:resourceaccount"] = owner
    given = {key.lower(): _context_value(value) for key, value in (keys or {}).items()}
    if len(given) != len(keys or {}):
        raise ValueError("a condition key is given twice, in different case")
    return RequestContext(action, resource, principal, owner, {**told, **given})


def _principal_keys(principal: Principal) -> dict[str, ContextValue]:
    kind = principal.kind
    if kind is PrincipalKind.SERVICE:
        return {
            "aws:principalisawsservice": "true",
            "aws:principalservicename": principal.arn,
            "aws:principalservicenameslist": tuple(sorted(principal.names)),
        }
    if kind is PrincipalKind.FEDERATED:
        return {}
    keys: dict[str, ContextValue] = {
        "aws:principaltype": _TYPES[kind],
        "aws:principalaccount": principal.account or "anonymous",
    }
    if user_id := _user_id(principal):
        keys["aws:userid"] = user_id
    if kind is PrincipalKind.ANONYMOUS:
        return keys
    keys["aws:principalisawsservice"] = "false"
    if arn := principal.parent_arn if kind is PrincipalKind.ROLE_SESSION else principal.arn:
        keys["aws:principalarn"] = arn
    if kind is PrincipalKind.USER:
        keys["aws:username"] = _last_name(principal)
    return keys


def _user_id(principal: Principal) -> str | None:
    """`aws:userid`, if the principal tells it."""
    kind = principal.kind
    if kind is PrincipalKind.ANONYMOUS:
        return "anonymous"
    if kind is PrincipalKind.ROOT:
        return principal.account
    if kind is PrincipalKind.FEDERATED_USER:
        return f"{principal.account}:{_last_name(principal)}"
    if kind is PrincipalKind.ROLE_SESSION and principal.unique_id is not None:
        return f"{principal.unique_id}:{_last_name(principal)}"
    return principal.unique_id


def _last_name(principal: Principal) -> str:
    """The user's name, or the session's."""
    return principal.arn.rpartition("/")[2]


def _context_value(value: KeyValue) -> ContextValue:
    if isinstance(value, (str, bool, int, float, datetime)):
        return _text(value)
    return tuple(map(_text, value))


def _text(value: str | bool | int | float | datetime) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return f"{value.astimezone(UTC).isoformat(timespec='milliseconds')[:23]}Z"
    return str(value)
