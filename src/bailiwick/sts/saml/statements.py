"""What a verified assertion states: of whom, for whom, until when, and with which attributes.

Only elements of the verified assertion come here. Each is read by its place, and what has no place is refused.

Sources: SAML 2.0 Core, sections 2.3 to 2.7; Profiles, section 4.1.4.2.
"""

from datetime import datetime, timedelta
from typing import Final

from bailiwick.sts.saml import document
from bailiwick.sts.saml.addresses import Addresses
from bailiwick.sts.saml.document import SAML, Element
from bailiwick.sts.saml.errors import ExpiredResponse, InvalidResponse
from bailiwick.sts.saml.facts import Assertion

SKEW: Final = timedelta(seconds=60)
"""How far an identity provider's clock may differ from ours."""

LONGEST_AGE: Final = timedelta(minutes=5)

_BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_LONGEST_NAME: Final = 1024
_NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"

_STATEMENTS: Final = frozenset(
    f"{SAML}{name}" for name in ("Issuer", "Subject", "Conditions", "Advice", "AuthnStatement", "AttributeStatement")
)
_CONDITIONS: Final = frozenset(f"{SAML}{name}" for name in ("AudienceRestriction", "OneTimeUse", "ProxyRestriction"))


def read(assertion: Element, certificate: bytes, addresses: Addresses, now: datetime) -> Assertion:
    """What a verified assertion says; `certificate` verified it.

    Raises:
        InvalidResponse: it is not of SAML 2.0's form, not for here, or not yet to be used.
        ExpiredResponse: it is too old, or has expired.
    """
    if assertion.get("Version") != "2.0" or any(child.tag not in _STATEMENTS for child in document.children(assertion)):
        raise InvalidResponse.because("Its assertion has something that cannot be there.")
    _require_recent(assertion, now)
    _require_conditions(document.only(assertion, f"{SAML}Conditions"), addresses, now)
    subject = document.only(assertion, f"{SAML}Subject")
    recipient, expires_at = _confirmation(subject, addresses, now)
    name, name_format = _name(subject)
    return Assertion(
        assertion_id=document.attribute(assertion, "ID"),
        issuer=document.text(document.only(assertion, f"{SAML}Issuer")),
        certificate=certificate,
        subject=name,
        subject_format=name_format,
        recipient=recipient,
        expires_at=expires_at,
        session_ends_at=_session_end(assertion, now),
        attributes=_attributes(assertion),
    )


def _require_recent(assertion: Element, now: datetime) -> None:
    issued_at = document.time(assertion, "IssueInstant")
    if issued_at is None or issued_at > now + SKEW:
        raise InvalidResponse.because("Its assertion was not issued yet.")
    if now - issued_at > LONGEST_AGE:
        raise ExpiredResponse.too_long_ago()


def _require_time(element: Element, now: datetime) -> None:
    not_before, not_on_or_after = document.time(element, "NotBefore"), document.time(element, "NotOnOrAfter")
    if not_before is not None and now + SKEW < not_before:
        raise InvalidResponse.because("Its assertion cannot be used yet.")
    if not_on_or_after is not None and now - SKEW >= not_on_or_after:
        raise ExpiredResponse.ended()


def _require_conditions(conditions: Element, addresses: Addresses, now: datetime) -> None:
    """Every condition must hold, and one that is not known does not (SAML 2.0 Core, section 2.5.1.1)."""
    _require_time(conditions, now)
    if any(child.tag not in _CONDITIONS for child in document.children(conditions)):
        raise InvalidResponse.because("Its assertion has a condition that is not known.")
    restrictions = document.named(conditions, f"{SAML}AudienceRestriction")
    if not restrictions or not all(_is_for_us(each, addresses) for each in restrictions):
        raise InvalidResponse.audience()


def _is_for_us(restriction: Element, addresses: Addresses) -> bool:
    audiences = document.named(restriction, f"{SAML}Audience")
    return any(addresses.is_audience(document.text(each)) for each in audiences)


def _confirmation(subject: Element, addresses: Addresses, now: datetime) -> tuple[str, datetime]:
    """The recipient, and when the assertion may be presented no longer."""
    confirmation = document.only(subject, f"{SAML}SubjectConfirmation")
    data = document.only(confirmation, f"{SAML}SubjectConfirmationData")
    recipient = document.attribute(data, "Recipient")
    expires_at = document.time(data, "NotOnOrAfter")
    if confirmation.get("Method") != _BEARER or expires_at is None:
        raise InvalidResponse.because("Its subject is not confirmed as its bearer, until a time.")
    if data.get("InResponseTo") is not None:
        raise InvalidResponse.because("It answers a request, and none was made.")
    if not addresses.is_recipient(recipient):
        raise InvalidResponse.because("Its Recipient is another.")
    _require_time(data, now)
    return recipient, expires_at


def _name(subject: Element) -> tuple[str, str | None]:
    """The subject's name and its format; an empty name where there is none in the clear."""
    name = document.at_most_one(subject, f"{SAML}NameID")
    if name is None:
        return "", None
    found = document.text(name)
    if len(found) > _LONGEST_NAME or found != found.strip():
        raise InvalidResponse.because("Its NameID is too long, or has white space round it.")
    return found, name.get("Format")


def _session_end(assertion: Element, now: datetime) -> datetime | None:
    ends = [
        document.time(statement, "SessionNotOnOrAfter")
        for statement in document.named(assertion, f"{SAML}AuthnStatement")
    ]
    earliest = min((end for end in ends if end is not None), default=None)
    if earliest is not None and earliest <= now:
        raise ExpiredResponse.ended()
    return earliest


def _attributes(assertion: Element) -> dict[str, tuple[str, ...]]:
    """All attributes. Those of one name are one; a value that is not text is refused with the whole."""
    found: dict[str, tuple[str, ...]] = {}
    for statement in document.named(assertion, f"{SAML}AttributeStatement"):
        for attribute in document.children(statement):
            if attribute.tag != f"{SAML}Attribute":
                raise InvalidResponse.because("Its attributes must not be encrypted.")
            name = document.attribute(attribute, "Name")
            found[name] = (*found.get(name, ()), *_values(attribute))
    return found


def _values(attribute: Element) -> list[str]:
    return [
        document.text(value)
        for value in document.named(attribute, f"{SAML}AttributeValue")
        if value.get(_NIL) not in ("true", "1")
    ]
