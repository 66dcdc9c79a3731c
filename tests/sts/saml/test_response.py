"""Responses that are taken, and those refused for what they say: shape, issuer, audience, recipient and times."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bailiwick.sts.saml.facts import Assertion
from tests.certificates import ec_key, pair, rsa_key
from tests.saml_responses import (
    AUDIENCE,
    RECIPIENT,
    Idp,
    Signing,
    Told,
    response_xml,
    signed,
)
from tests.sts.saml.parts import (
    IDP,
    ISSUER,
    OTHER,
    PROVIDER_ID,
    PUBLIC_URL,
    SIGNATURE,
    der,
    expired,
    read,
    refused,
    told,
    trusting,
)

MINUTE = timedelta(minutes=1)


def test_a_signed_assertion_tells_what_it_says() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    says = Told({"a": ["1", "2"], "b": ["x & <y>"]}, issued_at=now, session_ends_at=now + 60 * MINUTE)

    found = read(IDP.response(says), now=now)

    assert found == Assertion(
        assertion_id=says.assertion_id,
        issuer=IDP.issuer,
        certificate=der(IDP.signer),
        subject="jo@corp",
        subject_format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        recipient=RECIPIENT,
        expires_at=now + 5 * MINUTE,
        session_ends_at=now + 60 * MINUTE,
        attributes={"a": ("1", "2"), "b": ("x & <y>",)},
    )


def test_a_signed_response_vouches_for_the_assertion_in_it() -> None:
    assert read(IDP.signed_response(told())).subject == "jo@corp"
    assert read(IDP.twice_signed(told())).subject == "jo@corp"


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_todays_algorithms_are_taken(kind: str, digest: str) -> None:
    idp = Idp(signer=pair("idp", key=rsa_key() if kind == "rsa" else ec_key()))

    content = idp.response(told(), how=Signing(method=f"{kind}-{digest}", digest=digest))

    assert read(content, trusting(idp)).subject == "jo@corp"


@pytest.mark.parametrize("how", [Signing("rsa-sha1"), Signing(digest="sha1"), Signing("rsa-sha1", "sha1")])
def test_yesterdays_algorithms_are_not(how: Signing) -> None:
    with refused(SIGNATURE):
        read(IDP.response(told(), how=how))


def test_an_expired_certificate_checks_signatures_as_aws_has_it() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    idp = Idp(signer=pair("idp", begins=now - timedelta(days=30), ends=now - timedelta(days=1)))

    assert read(idp.response(told(), how=Signing("ecdsa-sha256")), trusting(idp)).subject == "jo@corp"


def test_each_certificate_of_the_issuer_is_tried() -> None:
    new = Idp(signer=pair("new", key=rsa_key(number=2)))
    both = trusting(IDP, new)
    merged = replace(
        both, identity_providers=(replace(both.identity_providers[0], certificates=(der(IDP.signer), der(new.signer))),)
    )

    for idp in (IDP, new):
        assert read(idp.response(told()), merged).certificate == der(idp.signer)


def test_the_signature_must_be_the_named_issuers() -> None:
    both = trusting(IDP, OTHER)
    says = replace(told(), issuer=OTHER.issuer)

    assert read(OTHER.response(says), both).issuer == OTHER.issuer
    with refused(SIGNATURE):
        read(Idp(OTHER.issuer, IDP.signer).response(says), both)
    with refused(ISSUER):
        read(OTHER.response(says))


def test_a_response_of_one_issuer_does_not_vouch_for_anothers_assertion() -> None:
    both = trusting(IDP, OTHER)
    foreign = replace(told(), issuer=OTHER.issuer)

    with refused(ISSUER):
        read(signed(response_xml(foreign.xml(), IDP.issuer), IDP.signer), both)
    with refused(ISSUER):
        read(signed(response_xml(signed(foreign.xml(), OTHER.signer), IDP.issuer), IDP.signer), both)
    with refused(ISSUER):
        read(response_xml(signed(told().xml(), IDP.signer), OTHER.issuer), both)


def test_without_a_signature_nothing_is_believed() -> None:
    with refused(SIGNATURE):
        read(response_xml(told().xml()))


def changed(**parts: Any) -> bytes:
    return IDP.response(replace(told(), **parts))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"audiences": []}, "Response does not contain the required audience."),
        ({"audiences": ["https://elsewhere.example.com"]}, "Response does not contain the required audience."),
        ({"audiences": [AUDIENCE + "/"]}, "Response does not contain the required audience."),
        ({"audiences": [f" {AUDIENCE}"]}, "Response does not contain the required audience."),
        (
            {"conditions": "<saml:AudienceRestriction><saml:Audience>other</saml:Audience></saml:AudienceRestriction>"},
            "Response does not contain the required audience.",
        ),
        (
            {"conditions": "<saml:OnlyOnSundays/>"},
            "Your request included an invalid SAML response. Its assertion has a",
        ),
        ({"recipient": None}, "Your request included an invalid SAML response. SubjectConfirmationData must have"),
        ({"recipient": RECIPIENT + "/"}, "Your request included an invalid SAML response. Its Recipient is another."),
        ({"confirmed_for": None}, "Your request included an invalid SAML response. Its subject is not confirmed"),
        (
            {"method": "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"},
            "Your request included an invalid SAML response.",
        ),
        ({"in_response_to": "_1"}, "Your request included an invalid SAML response. It answers a request"),
        ({"version": "1.1"}, "Your request included an invalid SAML response."),
        ({"more": "<saml:AuthzDecisionStatement/>"}, "Your request included an invalid SAML response."),
        ({"subject": " jo"}, "Your request included an invalid SAML response. Its NameID"),
        ({"subject": "j" * 1025}, "Your request included an invalid SAML response. Its NameID"),
        ({"not_before": datetime.now(UTC) + timedelta(days=1)}, "Your request included an invalid SAML response."),
        ({"issued_at": datetime.now(UTC) + timedelta(days=1)}, "Your request included an invalid SAML response."),
    ],
)
def test_an_assertion_that_says_otherwise_is_refused(parts: dict[str, Any], message: str) -> None:
    with refused(message):
        read(changed(**parts))


@pytest.mark.parametrize("region", ["", "eu-west-1.", "us-gov-east-1."])
def test_aws_own_addresses_are_taken(region: str) -> None:
    address = f"https://{region}signin.aws.amazon.com/saml"

    assert read(changed(recipient=address, audiences=[address])).recipient == address
    assert read(changed(recipient=f"{address}/acs/{PROVIDER_ID}")).recipient.endswith(PROVIDER_ID)


def test_our_own_addresses_are_taken() -> None:
    address = f"{PUBLIC_URL}/signin/saml"

    assert read(changed(recipient=address, audiences=["x", address])).recipient == address
    assert read(changed(recipient=f"{address}/acs/{PROVIDER_ID}"), must_name_provider=True).subject
    with refused():
        read(changed(recipient=address), must_name_provider=True)


@pytest.mark.parametrize(
    "address",
    [
        f"{PUBLIC_URL}/signin/saml/acs/SAMLSPOTHER",
        f"{PUBLIC_URL}/signin/SAML",
        f"{PUBLIC_URL}.evil.example/signin/saml",
        "https://signin.aws.amazon.com.evil.example/saml",
        "https://evil.example/.signin.aws.amazon.com/saml",
        "https://a.b.signin.aws.amazon.com/saml",
        "http://signin.aws.amazon.com/saml",
        "https://signin.aws.amazon.com/saml\n",
    ],
)
def test_look_alikes_are_not(address: str) -> None:
    with refused():
        read(changed(recipient=address))


def test_a_destination_must_be_one_of_them() -> None:
    assertion = signed(told().xml(), IDP.signer)

    assert read(response_xml(assertion, attributes=f' Destination="{RECIPIENT}"')).subject
    with refused("Your request included an invalid SAML response. Its Destination"):
        read(response_xml(assertion, attributes=' Destination="https://elsewhere.example.com/saml"'))


@pytest.mark.parametrize(("attributes", "status"), [(' InResponseTo="_1"', "Success"), ("", "Responder")])
def test_a_response_is_unasked_for_and_a_success(attributes: str, status: str) -> None:
    with refused():
        read(response_xml(signed(told().xml(), IDP.signer), attributes=attributes, status=status))


OLD = "Token must be redeemed within 5 minutes of issuance"
ENDED = "The SAML response has expired."


def test_an_assertion_is_good_for_five_minutes() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    content = changed(issued_at=now, lasts=60 * MINUTE, confirmed_for=60 * MINUTE)

    assert read(content, now=now + 5 * MINUTE).subject
    with expired(OLD):
        read(content, now=now + 5 * MINUTE + timedelta(milliseconds=2))


@pytest.mark.parametrize("parts", [{"lasts": MINUTE}, {"confirmed_for": MINUTE}])
def test_what_it_says_of_its_end_holds_but_for_the_skew(parts: dict[str, Any]) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    content = changed(issued_at=now, **parts)

    assert read(content, now=now + 2 * MINUTE - timedelta(seconds=1)).subject
    with expired(ENDED):
        read(content, now=now + 2 * MINUTE)


def test_an_identity_providers_clock_may_be_ahead_by_a_minute() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    content = changed(issued_at=now, not_before=now)

    assert read(content, now=now - MINUTE + timedelta(seconds=1)).subject
    with refused():
        read(content, now=now - MINUTE - timedelta(seconds=1))


def test_a_session_that_is_over_is_not_begun() -> None:
    now = datetime.now(UTC).replace(microsecond=0)

    with expired(ENDED):
        read(changed(session_ends_at=now - timedelta(seconds=1)), now=now)


def test_attributes_of_one_name_are_one_and_nil_is_no_value() -> None:
    more = (
        '<saml:AttributeStatement><saml:Attribute Name="mail"><saml:AttributeValue>2</saml:AttributeValue>'
        '<saml:AttributeValue xsi:nil="true"/><saml:AttributeValue/></saml:Attribute></saml:AttributeStatement>'
    )

    assert read(changed(more=more)).attributes == {"mail": ("jo@example.com", "2", "")}


@pytest.mark.parametrize(
    "more",
    [
        "<saml:AttributeStatement><saml:EncryptedAttribute/></saml:AttributeStatement>",
        (
            '<saml:AttributeStatement><saml:Attribute Name="a"><saml:AttributeValue><b/></saml:AttributeValue>'
            "</saml:Attribute></saml:AttributeStatement>"
        ),
        "<saml:AttributeStatement><saml:Attribute/></saml:AttributeStatement>",
        "<saml:AttributeStatement>text</saml:AttributeStatement>",
        "<saml:Subject/>",
        "<saml:Conditions/>",
        "<saml:Issuer>x</saml:Issuer>",
    ],
)
def test_statements_of_another_form_are_refused(more: str) -> None:
    with refused():
        read(changed(more=more))


@pytest.mark.parametrize("moment", ["2026-02-30T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01", "now", ""])
def test_times_are_in_utc(moment: str) -> None:
    statement = f'<saml:AuthnStatement SessionNotOnOrAfter="{moment}"/>'

    with refused("Your request included an invalid SAML response. SessionNotOnOrAfter"):
        read(changed(more=statement))


@pytest.mark.parametrize(
    "content",
    [b"", b"<", b"\xff", b"<a/>", b"<a xmlns='b'/>", "<a>\N{LATIN SMALL LETTER E WITH ACUTE}".encode("latin-1")],
)
def test_what_is_no_response_is_refused(content: bytes) -> None:
    with refused():
        read(content)


def test_a_subject_without_a_name_is_told_as_such() -> None:
    assert read(changed(subject=None)).subject == ""
