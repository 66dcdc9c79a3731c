"""ID tokens as they are sent: their form, their header and, not yet to be believed, their issuer. Pure.

Sources: RFC 7515 (JWS), sections 3.1, 4.1 and 5.2; RFC 7519 (JWT); RFC 8725 (best current practices), sections 2 and 3.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bailiwick.sts.errors import InvalidIdentityToken
from bailiwick.wire.errors import SerializationException
from bailiwick.wire.json_values import is_clean, parse_json

LONGEST: Final = 20_000
"""How many characters a token may have."""

KEY_TYPES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512"), "RSA"),
    "ES256": "P-256",
    "ES384": "P-384",
    "ES512": "P-521",
}
"""The algorithms that a token may be signed by, with the kind of key that each needs."""

# What would name or bring a key of the token's own, change what is signed, or is of encrypted tokens; and what must be
# understood, of which nothing is.
_REFUSED: Final = frozenset({"crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "enc", "epk"})
_TYPES: Final = frozenset({"jwt", "at+jwt"})
_LONGEST_KEY_ID: Final = 1024
_BASE64: Final = re.compile(r"[A-Za-z0-9_-]+")
# Keys of `https://saml` would pass for those of SAML, and so on.
_ISSUER: Final = re.compile(r"https://(?!(?:aws|saml|sts)\Z)([!-~]{1,255})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Header:
    """What a token says of its signature: its algorithm, one of `KEY_TYPES`, and the id of its key, if it names one."""

    algorithm: str
    key_id: str | None


@dataclass(frozen=True, slots=True)
class Token:
    """A token whose form is good. Its signature was not looked at.

    Attributes:
        text: the token.
        header: which key is to verify it.
        issuer: whom it claims to be of: the `iss` claim, exactly.
    """

    text: str
    header: Header
    issuer: str

    @property
    def provider_url(self) -> str | None:
        """The issuer without its scheme, as providers are registered; None when it cannot be one."""
        found = _ISSUER.fullmatch(self.issuer)
        return None if found is None else found[1]


def read(text: str) -> Token:
    """Read a token.

    Raises:
        InvalidIdentityToken: it is no signed JWT of a form and an algorithm that are taken.
    """
    parts = text.split(".")
    if len(text) > LONGEST or len(parts) != 3:
        raise InvalidIdentityToken.not_a_jwt()
    header = _header(members_of(_decoded(parts[0])))
    issuer = members_of(_decoded(parts[1])).get("iss")
    _decoded(parts[2])
    if not isinstance(issuer, str) or not issuer.isprintable() or not is_clean(issuer):
        raise InvalidIdentityToken.not_a_jwt()
    return Token(text, header, issuer)


def members_of(content: bytes) -> Mapping[str, Any]:
    """The members of a JSON object in UTF-8, each name once.

    Raises:
        InvalidIdentityToken: it is none.
    """
    try:
        found = parse_json(content)
    except SerializationException as error:
        raise InvalidIdentityToken.not_a_jwt() from error
    if not isinstance(found, dict):
        raise InvalidIdentityToken.not_a_jwt()
    return found


def _header(members: Mapping[str, Any]) -> Header:
    algorithm, key_id, kind = members.get("alg"), members.get("kid"), members.get("typ", "jwt")
    if not _REFUSED.isdisjoint(members) or not isinstance(kind, str):
        raise InvalidIdentityToken.not_a_jwt()
    if kind.lower().removeprefix("application/") not in _TYPES:
        raise InvalidIdentityToken.not_a_jwt()
    if not isinstance(algorithm, str) or algorithm not in KEY_TYPES:
        raise InvalidIdentityToken.not_a_jwt()
    if key_id is not None and (not isinstance(key_id, str) or len(key_id) > _LONGEST_KEY_ID):
        raise InvalidIdentityToken.not_a_jwt()
    return Header(algorithm, key_id)


def decode(text: str) -> bytes:
    """The bytes of a base64url text without padding, in its one form.

    Raises:
        ValueError: it is none, or has another form too, whose last letter differs in bits that count for nothing.
    """
    if not _BASE64.fullmatch(text):
        raise ValueError("not base64url")
    content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(content).rstrip(b"=") != text.encode("ascii"):
        raise ValueError("base64url with bits that count for nothing")
    return content


def _decoded(part: str) -> bytes:
    try:
        return decode(part)
    except (ValueError, binascii.Error) as error:
        raise InvalidIdentityToken.not_a_jwt() from error
