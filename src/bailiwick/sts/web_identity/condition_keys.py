"""The condition keys that a token gives: `issuer:claim`, for the role's trust policy and for the session. Pure.

Of an issuer that many share, those that AWS knows for it. Of every other one its other claims as well, which AWS passes
over: whoever runs an issuer of their own decides what it says.

Source: IAM User Guide, "IAM and AWS STS condition context keys", available keys for AWS OIDC federation; the Service
Authorization Reference for the issuers' forms.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bailiwick.auth import ContextKey
from bailiwick.operations import ContextValue
from bailiwick.sts.web_identity.claims import AWS, Claims
from bailiwick.wire.json_values import is_clean

_GITHUB: Final = (
    "actor",
    "actor_id",
    "enterprise_id",
    "environment",
    "job_workflow_ref",
    "ref",
    "repository",
    "repository_id",
    "repository_owner_id",
    "workflow",
)
_BUILDKITE: Final = (
    "build_branch",
    "cluster_id",
    "cluster_name",
    "organization_id",
    "organization_slug",
    "pipeline_id",
    "pipeline_slug",
)
_GITLAB: Final = (
    "namespace_id",
    "pipeline_source",
    "project_id",
    "ref_protected",
    "runner_environment",
    "user_access_level",
    "user_email",
    "user_id",
    "user_login",
)

_SHARED: Final[Sequence[tuple[re.Pattern[str], Mapping[str, str]]]] = [
    (re.compile(issuer), keys if isinstance(keys, dict) else {name: name for name in keys})
    for issuer, keys in (
        (r"token\.actions\.githubusercontent\.com(?:/.+)?", _GITHUB),
        (r"token\.actions\.[^/]+\.ghe\.com", _GITHUB),
        (r"github\.com/enterprises/[^/]+", _GITHUB),
        (r"gitlab\.com", _GITLAB),
        (r"agent\.buildkite\.com", _BUILDKITE),
        (r"agent\.[^/]+\.buildkite\.(?:dev|site)", _BUILDKITE),
        (r"oidc\.circleci\.com/org/[^/]+", ("oidc.circleci.com/project-id",)),
        (r"idcs-[^/]+\.identity\.oraclecloud\.com", ("rpst_id",)),
        (r"accounts\.google\.com", {"google/organization_number": "google:organization_number"}),
        (r"cognito-identity\.amazonaws\.com", ()),
        (r"oidc\.eks\.[^/]+\.amazonaws\.com/id/[^/]+", ()),
    )
]
"""The issuers that AWS knows, and of each the condition keys with the claims that give them."""

_OF_EVERY_ISSUER: Final = frozenset({"aud", "oaud", "sub", "amr", "email"})

# What a token says of itself: nothing that a policy should be written on.
_OF_THE_TOKEN: Final = frozenset({"iss", "azp", "exp", "iat", "nbf", "jti", "nonce", "at_hash", "c_hash", "s_hash"})

_NAME: Final = re.compile(r"[A-Za-z0-9_./@-]{1,128}")
_LONGEST_VALUE: Final = 1024
_MOST_VALUES: Final = 100
_LARGEST: Final = 2**63


def of_token(url: str, claims: Claims, audiences: tuple[str, ...]) -> dict[str, ContextValue]:
    """The keys for the trust policy. `url` is the provider's, `audiences` are those it takes tokens for."""
    keys: dict[str, ContextValue] = {
        f"{url}:aud": _value(audiences),
        f"{url}:oaud": _value(claims.original_audiences),
        f"{url}:sub": claims.subject,
    }
    if claims.methods:
        keys[f"{url}:amr"] = claims.methods
    email = _texts_of(claims.members.get("email"))
    if len(email) == 1:
        keys[f"{url}:email"] = email[0]
    for name, claim in _further(url, claims.members).items():
        values = _texts_of(claims.members.get(claim))
        if values:
            keys[f"{url}:{name}"] = _value(values)
    return keys


def of_session(url: str, claims: Claims, audiences: tuple[str, ...]) -> tuple[ContextKey, ...]:
    """Those of them that the session goes on to have."""
    methods = (ContextKey(f"{url}:amr", claims.methods),) if claims.methods else ()
    return (ContextKey(f"{url}:aud", audiences), ContextKey(f"{url}:sub", (claims.subject,)), *methods)


def _further(url: str, members: Mapping[str, Any]) -> Mapping[str, str]:
    """The other keys of an issuer, with the claims that give them."""
    for issuer, keys in _SHARED:
        if issuer.fullmatch(url):
            return keys
    if "." not in url and "/" not in url:
        return {}  # `aws`, `sts` or `saml` would be a provider that gives keys which only we may
    found: dict[str, list[str]] = {}
    for claim in members:
        if _NAME.fullmatch(claim) and not claim.startswith(AWS):
            found.setdefault(claim.lower(), []).append(claim)
    # Keys are one whatever their case. Of claims that differ by case alone none is offered: which would be meant?
    return {
        name: claims[0]
        for name, claims in found.items()
        if len(claims) == 1 and name not in _OF_EVERY_ISSUER | _OF_THE_TOKEN
    }


def _value(values: tuple[str, ...]) -> ContextValue:
    return values[0] if len(values) == 1 else values


def _texts_of(value: object) -> tuple[str, ...]:
    """A claim's value or values as texts; none when it is anything else than a text, a number, a truth or a list."""
    values = value if isinstance(value, list) else [value]
    if len(values) > _MOST_VALUES:
        return ()
    texts = [_text_of(each) for each in values]
    return tuple(text for text in texts if text is not None) if None not in texts else ()


def _text_of(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < _LARGEST else None
    return value if isinstance(value, str) and len(value) <= _LONGEST_VALUE and is_clean(value) else None
