"""What a verified token says, checked: whom it is of, for whom, from when until when, and what it asks for. Pure.

Sources: OpenID Connect Core 1.0, sections 2 and 3.1.3.7; STS API Reference, AssumeRoleWithWebIdentity; IAM User Guide,
"Pass session tags in AWS STS", "Monitor and control actions taken with assumed roles", and "IAM and AWS STS condition
context keys".
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bailiwick.access.call import Tag
from bailiwick.auth import SessionTag
from bailiwick.errors import InvalidParameterValue
from bailiwick.sts import session_tags
from bailiwick.sts.errors import ExpiredIdentityToken, InvalidIdentityToken

AWS: Final = "https://aws.amazon.com/"
"""What the names of the claims begin with that mean something to AWS."""

OLDEST_SECONDS: Final = 24 * 3600
"""A token issued longer ago is refused, however long it says that it lives."""

SKEW_SECONDS: Final = 300
"""How far a provider's clock may be off, either way (IAM User Guide, "OIDC federation", on `exp`)."""

_LATEST: Final = 2**63
_LONGEST_SUBJECT: Final = 255
_LONGEST_AUDIENCE: Final = 255
_MOST_VALUES: Final = 100
_LONGEST_VALUE: Final = 1024
_SOURCE_IDENTITY: Final = re.compile(r"(?!aws:)[\w+=,.@-]{2,256}", re.ASCII | re.IGNORECASE)
_MOST_TAGS: Final = 50


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of one token. All of them were signed by its provider.

    Attributes:
        subject: `sub`.
        audiences: for whom it is: `azp` alone if there is one, else what `aud` says.
        original_audiences: what `aud` says.
        methods: `amr`, how the subject was authenticated; empty when it is not told.
        tags: the session's tags.
        source_identity: None when none is told.
        roles: the ARNs of the roles that the token may be used for; None when it does not restrict them.
        members: all claims.
    """

    subject: str
    audiences: tuple[str, ...]
    original_audiences: tuple[str, ...]
    methods: tuple[str, ...]
    tags: tuple[SessionTag, ...]
    source_identity: str | None
    roles: frozenset[str] | None
    members: Mapping[str, Any]


def read(members: Mapping[str, Any], now: int) -> Claims:
    """The claims of a token whose signature is good; `now` in seconds since 1970 UTC.

    Raises:
        ExpiredIdentityToken: its time is over.
        InvalidIdentityToken: it is of the future, or a claim is absent that must be there or is malformed.
    """
    _require_current(members, now)
    subject = members.get("sub")
    if not isinstance(subject, str) or not subject.isprintable() or not 1 <= len(subject) <= _LONGEST_SUBJECT:
        raise InvalidIdentityToken.missing_claim("sub")
    audiences = _texts(members, "aud", _LONGEST_AUDIENCE)
    party = _texts(members, "azp", _LONGEST_AUDIENCE)[:1] if "azp" in members else ()
    if not audiences or ("azp" in members and not isinstance(members["azp"], str)):
        raise InvalidIdentityToken.missing_claim("azp" if audiences else "aud")
    return Claims(
        subject=subject,
        audiences=party or audiences,
        original_audiences=audiences,
        methods=_texts(members, "amr", _LONGEST_VALUE) if "amr" in members else (),
        tags=_tags(members),
        source_identity=_source_identity(members),
        roles=_roles(members),
        members=members,
    )


def require_audience(claims: Claims, client_ids: Collection[str]) -> tuple[str, ...]:
    """Those of the token's audiences that the provider's tokens may be for; at least one.

    Raises:
        InvalidIdentityToken: it is for none of them.
    """
    found = tuple(audience for audience in claims.audiences if audience in client_ids)
    if not found:
        raise InvalidIdentityToken.wrong_audience()
    return found


def _require_current(members: Mapping[str, Any], now: int) -> None:
    expires, issued = _seconds(members, "exp"), _seconds(members, "iat")
    begins = max(issued, _seconds(members, "nbf") if "nbf" in members else 0)
    if now - expires >= SKEW_SECONDS:
        raise ExpiredIdentityToken.expired(expires, now)
    if now - issued > OLDEST_SECONDS:
        raise ExpiredIdentityToken.too_old(now - issued)
    if begins - now > SKEW_SECONDS:
        raise InvalidIdentityToken.not_yet_valid(begins, now)


def _seconds(members: Mapping[str, Any], name: str) -> int:
    value = members.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LATEST:
        raise InvalidIdentityToken.missing_claim(name)
    return value


def _texts(members: Mapping[str, Any], name: str, longest: int) -> tuple[str, ...]:
    """The value or values of a claim that is a text or a list of texts, each once."""
    value = members.get(name, [])
    values = value if isinstance(value, list) else [value]
    if len(values) > _MOST_VALUES or not all(isinstance(each, str) for each in values):
        raise InvalidIdentityToken.missing_claim(name)
    if not all(1 <= len(each) <= longest and each.isprintable() for each in values):
        raise InvalidIdentityToken.missing_claim(name)
    return tuple(dict.fromkeys(values))


def _source_identity(members: Mapping[str, Any]) -> str | None:
    value = members.get(AWS + "source_identity")
    if value is None:
        return None
    if not isinstance(value, str) or not _SOURCE_IDENTITY.fullmatch(value):
        raise InvalidIdentityToken.source_identity()
    return value


def _roles(members: Mapping[str, Any]) -> frozenset[str] | None:
    name = AWS + "roles"
    value = members.get(name)
    if value is None:
        return None
    values = value.split(";") if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise InvalidIdentityToken.missing_claim(name)
    return frozenset(each.strip() for each in values)


def _tags(members: Mapping[str, Any]) -> tuple[SessionTag, ...]:
    """The session's tags, from one object or, flattened, from claims of their own; not from both."""
    name = AWS + "tags"
    prefix = name + "/principal_tags/"
    flattened = {claim[len(prefix) :]: value for claim, value in members.items() if claim.startswith(prefix)}
    transitive: object = members.get(name + "/transitive_tag_keys", [])
    given: object = flattened
    if name in members:
        whole = members[name]
        if flattened or transitive or not isinstance(whole, dict):
            raise InvalidIdentityToken.session_tags()
        given, transitive = whole.get("principal_tags", {}), whole.get("transitive_tag_keys", [])
    if isinstance(transitive, str):
        transitive = [transitive]
    if not isinstance(given, dict) or not isinstance(transitive, list) or len(given) > _MOST_TAGS:
        raise InvalidIdentityToken.session_tags()
    if not all(isinstance(key, str) for key in transitive):
        raise InvalidIdentityToken.session_tags()
    try:
        return session_tags.merged([_tag(key, value) for key, value in given.items()], transitive)
    except InvalidParameterValue as error:
        raise InvalidIdentityToken.session_tags() from error


def _tag(key: str, value: object) -> Tag:
    """A tag; its value may stand in a list of its own."""
    only = value[0] if isinstance(value, list) and len(value) == 1 else value
    if not isinstance(only, str) or not session_tags.can_be(key, only):
        raise InvalidIdentityToken.session_tags()
    return Tag(key, only)
