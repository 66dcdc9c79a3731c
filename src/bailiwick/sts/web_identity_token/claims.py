"""What a web identity token says. Pure: from the caller, its tags and what it asks for.

Source: IAM User Guide, "Understanding token claims"; STS API Reference, GetWebIdentityToken.
"""

import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bailiwick.access.call import Caller, Tag
from bailiwick.auth import PrincipalKind, SessionClaims
from bailiwick.sts.errors import AccessDenied, ValidationError

NAMESPACE: Final = "https://sts.amazonaws.com/"
"""The claim that holds all that is AWS's own."""

CLAIMS: Final = ("iss", "sub", "aud", "iat", "exp", "jti", "scope", NAMESPACE)
"""The claims that a token can have."""

_SUBJECT: Final = "aws:originidentity/subject"
_VOUCHERS: Final = frozenset({"aws:originidentity/issuer", "aws:originidentity/federatedproviderarn"})
_UNSPEAKABLE: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
"""General categories of control, format and separator characters (Unicode)."""


class SubjectMode(StrEnum):
    """Whom the token is about."""

    AWS_IDENTITY = "AWSIdentity"
    ORIGIN_IDENTITY = "OriginIdentity"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for.

    Attributes:
        audience: one or more recipients.
        mode: whom the token is to be about.
        scope: OAuth 2.0 scopes, as sent; None for none.
        tags: what is to be told beside the principal's own tags.
        issued_at, expires_at: seconds since 1970 UTC.
    """

    audience: Sequence[str]
    mode: SubjectMode
    scope: str | None
    tags: Sequence[Tag]
    issued_at: int
    expires_at: int


def principal_arn(caller: Caller) -> str:
    """The ARN of the principal that asks: of a role's session, the role's."""
    if caller.kind is PrincipalKind.ROLE:
        assert caller.principal.parent_arn is not None, "a role session has a role"
        return caller.principal.parent_arn
    return caller.arn


def claims_of(
    caller: Caller, own_tags: Mapping[str, str], asked: Asked, *, issuer: str, region: str, chance: bytes
) -> dict[str, object]:
    """All claims of a token.

    Args:
        caller: who asks.
        own_tags: the tags of its user or role.
        asked: what it asks for.
        issuer: the account's URL.
        region: where the request counts as made.
        chance: 16 random bytes, for the token's id.

    Raises:
        ValidationError: the token is to be about an origin that the caller's session does not tell of.
        AccessDenied: that origin could be mistaken for a principal.
    """
    audience = list(asked.audience)
    claims: dict[str, object] = {
        "iss": issuer,
        "aud": audience[0] if len(audience) == 1 else audience,
        "sub": principal_arn(caller) if asked.mode is SubjectMode.AWS_IDENTITY else origin_subject(caller.session),
        "iat": asked.issued_at,
        "exp": asked.expires_at,
        "jti": str(uuid.UUID(bytes=chance, version=4)),
    }
    if asked.scope is not None:
        claims["scope"] = asked.scope
    claims[NAMESPACE] = _own_claims(caller, own_tags, asked, region)
    return claims


def _own_claims(caller: Caller, own_tags: Mapping[str, str], asked: Asked, region: str) -> dict[str, object]:
    session = caller.session
    claims: dict[str, object] = {
        "aws_account": caller.account,
        "source_region": region,
        "principal_id": principal_arn(caller),
    }
    if asked.mode is SubjectMode.ORIGIN_IDENTITY:
        claims["subject_mode"] = asked.mode.value
    if principal_tags := _principal_tags(own_tags, session):
        claims["principal_tags"] = principal_tags
    if asked.tags:
        claims["request_tags"] = {tag.key: tag.value for tag in asked.tags}
    if session is not None:
        claims["original_session_exp"] = _iso(session.expires_at)
        if session.source_identity is not None:
            claims["source_identity"] = session.source_identity
        if session.federated_provider is not None:
            claims["federated_provider"] = session.federated_provider
    return claims


def _principal_tags(own: Mapping[str, str], session: SessionClaims | None) -> dict[str, str]:
    """Session tags win over those of the principal, whatever the case of their keys."""
    passed = {} if session is None else {tag.key: tag.value for tag in session.tags}
    taken = {key.lower() for key in passed}
    return {**{key: value for key, value in own.items() if key.lower() not in taken}, **passed}


def origin_subject(session: SessionClaims | None) -> str:
    """Whom the session acts for, as its trusted identity propagation context tells it.

    Raises:
        ValidationError: it tells of nobody, or not who vouches for it.
        AccessDenied: it begins like an ARN, or has characters that cannot be seen.
    """
    told: dict[str, str] = {}
    for context in () if session is None else session.provided_contexts:
        for key in context.keys:
            told |= {key.name.lower(): value for value in key.values[:1]}
    subject = told.get(_SUBJECT, "")
    if not subject.strip() or _VOUCHERS.isdisjoint(told):
        raise ValidationError.no_origin_identity()
    if subject.lower().startswith("arn:") or subject != subject.strip(" ") or any(map(_is_unspeakable, subject)):
        raise AccessDenied.misleading_subject()
    return subject


def _is_unspeakable(character: str) -> bool:
    return character != " " and unicodedata.category(character) in _UNSPEAKABLE


def _iso(moment: datetime) -> str:
    return f"{moment.isoformat(timespec='seconds')[:19]}Z"
