"""What AWS reads from the attributes of an assertion: roles, the session's name, length, tags and source identity, and
condition keys for trust policies.

Source: IAM User Guide, "Configure SAML assertions for the authentication response", and "Troubleshoot SAML federation".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bailiwick.access.call import Tag
from bailiwick.auth import SessionTag
from bailiwick.operations import ContextValue
from bailiwick.sts import session_tags
from bailiwick.sts.errors import InvalidParameterValue
from bailiwick.sts.saml.errors import InvalidResponse

Attributes = Mapping[str, tuple[str, ...]]

_AWS: Final = "https://aws.amazon.com/SAML/Attributes/"
_ROLE: Final = _AWS + "Role"
_TAG: Final = _AWS + "PrincipalTag:"

_ROLE_ARN: Final = r"(?P<role>arn:aws:iam::[0-9]{12}:role/[!-9;-~]+)"  # the name may have a comma in it, no colon
_PROVIDER_ARN: Final = r"(?P<provider>arn:aws:iam::[0-9]{12}:saml-provider/[\w.-]+)"
_ROLE_FIRST: Final = re.compile(f"{_ROLE_ARN},{_PROVIDER_ARN}", re.ASCII)
_PROVIDER_FIRST: Final = re.compile(f"{_PROVIDER_ARN},{_ROLE_ARN}", re.ASCII)

_SESSION_NAME: Final = re.compile(r"[a-zA-Z_0-9+=,.@-]{2,64}", re.ASCII)
_SOURCE_IDENTITY: Final = re.compile(r"(?!aws:)[a-zA-Z_0-9+=,.@-]{2,256}", re.ASCII)
_SECONDS: Final = re.compile(r"[0-9]{3,5}", re.ASCII)
_SHORTEST, _LONGEST = 900, 43_200
_MOST_TAGS: Final = 50

_PERSON: Final = "urn:oid:1.3.6.1.4.1.5923.1.1.1."
_ORGANIZATION: Final = "urn:oid:1.3.6.1.4.1.5923.1.2.1."
_CLAIMS: Final = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"

_LISTS: Final[Mapping[str, str]] = {
    f"{_PERSON}1": "edupersonaffiliation",
    f"{_PERSON}2": "edupersonnickname",
    f"{_PERSON}4": "edupersonorgunitdn",
    f"{_PERSON}7": "edupersonentitlement",
    f"{_PERSON}9": "edupersonscopedaffiliation",
    f"{_PERSON}10": "edupersontargetedid",
    f"{_PERSON}11": "edupersonassurance",
    f"{_ORGANIZATION}2": "eduorghomepageuri",
    f"{_ORGANIZATION}3": "eduorgidentityauthnpolicyuri",
    f"{_ORGANIZATION}4": "eduorglegalname",
    f"{_ORGANIZATION}5": "eduorgsuperioruri",
    f"{_ORGANIZATION}6": "eduorgwhitepagesuri",
    "urn:oid:2.5.4.3": "cn",
}
_TEXTS: Final[Mapping[str, str]] = {
    f"{_PERSON}3": "edupersonorgdn",
    f"{_PERSON}5": "edupersonprimaryaffiliation",
    f"{_PERSON}6": "edupersonprincipalname",
    f"{_PERSON}8": "edupersonprimaryorgunitdn",
    f"{_CLAIMS}name": "name",
    "http://schemas.xmlsoap.org/claims/CommonName": "commonName",
    f"{_CLAIMS}givenname": "givenName",
    f"{_CLAIMS}surname": "surname",
    f"{_CLAIMS}emailaddress": "mail",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid": "primaryGroupSID",
    "2.5.4.3": "commonName",
    "2.5.4.4": "surname",
    "2.5.4.42": "givenName",
    "2.5.4.45": "x500UniqueIdentifier",
    "0.9.2342.19200300.100.1.1": "uid",
    "0.9.2342.19200300.100.1.3": "mail",
    "0.9.2342.19200300.100.1.45": "organizationStatus",
}
"""An attribute's name → the condition key after `saml:`. AWS's page has slips of the pen in three of the numbers (X.500
and RFC 4524 have those here), and calls the primary group's SID `uid`, which its list of keys does not.
"""

CONDITION_KEYS: Final = tuple(sorted({f"saml:{key}" for key in (*_LISTS.values(), *_TEXTS.values())}))


@dataclass(frozen=True, slots=True)
class RolePair:
    """A role, and the SAML provider by which it may be assumed, as ARNs."""

    role: str
    provider: str


def role_pairs(attributes: Attributes) -> tuple[RolePair, ...]:
    """The pairs of the attribute Role, each role before its provider however they were written.

    Raises:
        InvalidResponse: a value is not a pair of ARNs of these kinds.
    """
    return tuple(dict.fromkeys(_pair(value) for value in attributes.get(_ROLE, ())))


def _pair(value: str) -> RolePair:
    match = _ROLE_FIRST.fullmatch(value) or _PROVIDER_FIRST.fullmatch(value)
    if match is None:
        raise InvalidResponse.because("A value of its attribute Role is not a pair of a role and a provider.")
    return RolePair(match["role"], match["provider"])


def session_name(attributes: Attributes) -> str:
    """The attribute RoleSessionName.

    Raises:
        InvalidResponse: there is none, or it is not one that a session can have.
    """
    name = _one(attributes, "RoleSessionName")
    if name is None:
        raise InvalidResponse.no_session_name()
    if not _SESSION_NAME.fullmatch(name):
        raise InvalidResponse.session_name()
    return name


def source_identity(attributes: Attributes) -> str | None:
    """The attribute SourceIdentity; None when there is none.

    Raises:
        InvalidResponse: it is not one that a session can have.
    """
    identity = _one(attributes, "SourceIdentity")
    if identity is not None and not _SOURCE_IDENTITY.fullmatch(identity):
        raise InvalidResponse.source_identity()
    return identity


def session_seconds(attributes: Attributes) -> int | None:
    """The attribute SessionDuration, in seconds; None when there is none.

    Raises:
        InvalidResponse: it is not a whole number from 900 to 43200.
    """
    seconds = _one(attributes, "SessionDuration")
    if seconds is None:
        return None
    if not _SECONDS.fullmatch(seconds) or not _SHORTEST <= int(seconds) <= _LONGEST:
        raise InvalidResponse.because(f"Its SessionDuration is not a number from {_SHORTEST} to {_LONGEST}.")
    return int(seconds)


def tags(attributes: Attributes) -> tuple[SessionTag, ...]:
    """The session's tags, from the attributes PrincipalTag:KEY and TransitiveTagKeys.

    Raises:
        InvalidResponse: one has not exactly one value, there are too many, or they cannot be set.
    """
    keys = [name.removeprefix(_TAG) for name in attributes if name.startswith(_TAG)]
    given = [Tag(key, _one(attributes, f"PrincipalTag:{key}") or "") for key in keys]
    if len(given) > _MOST_TAGS or not all(session_tags.can_be(tag.key, tag.value) for tag in given):
        raise InvalidResponse.because("It has too many tags, or one that cannot be.")
    try:
        return session_tags.merged(given, attributes.get(_AWS + "TransitiveTagKeys", ()))
    except InvalidParameterValue as error:
        raise InvalidResponse.because(error.message) from error


def condition_keys(attributes: Attributes) -> dict[str, ContextValue]:
    """The condition keys that attributes have for trust policies. Of attributes with the same key the first counts."""
    keys: dict[str, ContextValue] = {}
    for name, values in attributes.items():
        if name in _LISTS:
            keys.setdefault(f"saml:{_LISTS[name]}", values)
        elif name in _TEXTS:
            keys.setdefault(f"saml:{_TEXTS[name]}", values[0] if len(values) == 1 else values)
    return keys


def _one(attributes: Attributes, name: str) -> str | None:
    """The one value of an attribute of AWS; None when it is not there."""
    values = attributes.get(_AWS + name)
    if values is None:
        return None
    if len(values) != 1 or values[0] != values[0].strip():
        raise InvalidResponse.because(f"Its attribute {name} has not one value, or white space round it.")
    return values[0]
