"""Becoming a role by a SAML assertion: what it gives, what the trust policy sees, and what is refused."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.certificates import pair, rsa_key
from tests.saml_responses import RECIPIENT, Idp, encoded
from tests.user.client import Aws
from tests.user.events import Events
from tests.user.refusals import denial_of, refused
from tests.user.saml_federation import OWN_ADDRESS, Federation, federation, metadata_of
from tests.user.server import Server
from tests.user.sessions import allowing, using

__all__ = ["federation"]

NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithSAML"


def test_it_gives_a_session_of_the_role_and_says_of_whom(federation: Federation) -> None:
    role = federation.role(allow=["iam:ListUsers"])

    reply = federation.assume(role)

    qualifier = f"{federation.idp.issuer}{federation.aws.account_id}/corp"
    assert {key: reply[key] for key in ("Subject", "SubjectType", "Issuer", "Audience", "NameQualifier")} == {
        "Subject": "jo@corp",
        "SubjectType": "persistent",
        "Issuer": federation.idp.issuer,
        "Audience": RECIPIENT,
        "NameQualifier": base64.b64encode(hashlib.sha1(qualifier.encode()).digest()).decode(),
    }
    arn = f"arn:aws:sts::{federation.aws.account_id}:assumed-role/web/jo"
    assert reply["AssumedRoleUser"] == {"Arn": arn, "AssumedRoleId": f"{role.role_id}:jo"}
    assert "SourceIdentity" not in reply
    assert using(federation.aws, reply, "sts").get_caller_identity()["Arn"] == arn
    using(federation.aws, reply, "iam").list_users()
    with refused("AccessDenied"):
        using(federation.aws, reply, "iam").list_roles()


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (None, "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"),
        ("urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "transient"),
        (
            "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        ),
    ],
)
def test_the_subjects_type_is_its_format(federation: Federation, told: str | None, shown: str) -> None:
    role = federation.role(condition={"StringEquals": {"saml:sub_type": shown}})

    assert federation.assume(role, federation.told(role, subject_format=told))["SubjectType"] == shown


def test_a_response_made_for_this_installation_is_taken(federation: Federation) -> None:
    role = federation.role(condition={"StringEquals": {"saml:aud": OWN_ADDRESS}})

    told = federation.told(role, recipient=OWN_ADDRESS, audiences=[OWN_ADDRESS])

    assert federation.assume(role, told)["Audience"] == OWN_ADDRESS
    with refused("AccessDenied", NOT_AUTHORIZED):
        federation.assume(role)  # made for AWS


def test_an_assertion_is_good_for_several_roles_within_its_time(federation: Federation) -> None:
    one, two = federation.role("one"), federation.role("two")
    told = federation.told(one)
    name = next(each for each in told.attributes if each.endswith("Role"))
    both = [*told.attributes[name], f"{federation.provider},{two.arn}"]
    response = federation.idp.response(replace(told, attributes={**told.attributes, name: both}))

    assert [federation.assume(role, response)["Subject"] for role in (one, two, one)] == ["jo@corp"] * 3


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("saml:iss", "https://idp.example.com/saml"),
        ("saml:sub", "jo@corp"),
        ("saml:mail", "jo@example.com"),
        ("sts:RoleSessionName", "jo"),
    ],
)
def test_the_trust_policy_sees_what_the_assertion_says(federation: Federation, key: str, value: str) -> None:
    role = federation.role("right", condition={"StringEquals": {key: value}})
    other = federation.role("other", condition={"StringEquals": {key: f"{value}x"}})
    mail = {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": ["jo@example.com"]}

    def says(about: Any) -> Any:
        told = federation.told(about)
        return replace(told, attributes={**told.attributes, **mail})

    assert federation.assume(role, says(role))["Subject"] == "jo@corp"
    with refused("AccessDenied", NOT_AUTHORIZED):
        federation.assume(other, says(other))


def test_it_sees_attributes_of_many_values_and_the_providers_own_name(federation: Federation) -> None:
    role = federation.role(
        condition={
            "ForAnyValue:StringEquals": {"saml:edupersonaffiliation": "staff"},
            "StringEquals": {"saml:doc": f"{federation.aws.account_id}/corp"},
        }
    )
    told = federation.told(role)
    affiliation = "urn:oid:1.3.6.1.4.1.5923.1.1.1.1"

    with refused("AccessDenied", NOT_AUTHORIZED):
        federation.assume(role, told)
    with refused("AccessDenied", NOT_AUTHORIZED):
        federation.assume(role, replace(told, attributes={**told.attributes, affiliation: ["student"]}))
    federation.assume(role, replace(told, attributes={**told.attributes, affiliation: ["member", "staff"]}))


def test_the_session_keeps_who_its_subject_is_and_nothing_else_of_it(federation: Federation) -> None:
    told = {"StringEquals": {"saml:sub": "jo@corp", "saml:sub_type": "persistent"}}
    by_subject = {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*", "Condition": told}
    by_issuer = {
        "Effect": "Allow",
        "Action": "iam:ListRoles",
        "Resource": "*",
        "Condition": {"StringEquals": {"saml:iss": federation.idp.issuer}},
    }
    role = federation.role(policy={"Version": "2012-10-17", "Statement": [by_subject, by_issuer]})

    iam = using(federation.aws, federation.assume(role), "iam")

    iam.list_users()
    with refused("AccessDenied"):
        iam.list_roles()


def test_tags_are_passed_and_some_go_on(federation: Federation) -> None:
    role = federation.role(
        policy={
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "iam:ListUsers",
                    "Resource": "*",
                    "Condition": {"StringEquals": {"aws:PrincipalTag/team": "ops", "aws:PrincipalTag/project": "x"}},
                },
                {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "*"},
            ],
        }
    )
    further = federation.aws.role(
        "further",
        trust={
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": role.arn}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
            ],
        },
        policy={
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "iam:ListUsers",
                    "Resource": "*",
                    "Condition": {
                        "StringEquals": {"aws:PrincipalTag/team": "ops"},
                        "Null": {"aws:PrincipalTag/project": "true"},
                    },
                }
            ],
        },
    )
    tags = {"PrincipalTag:team": ["ops"], "PrincipalTag:project": ["x"], "TransitiveTagKeys": ["team"]}

    reply = federation.assume(role, federation.told(role, attributes=tags))

    assert reply["PackedPolicySize"] > 0
    using(federation.aws, reply, "iam").list_users()
    chained = using(federation.aws, reply, "sts").assume_role(RoleArn=further.arn, RoleSessionName="next")
    using(federation.aws, chained, "iam").list_users()


def test_tags_and_source_identity_are_rights_of_their_own(federation: Federation) -> None:
    plain = federation.role("plain", actions=["sts:AssumeRoleWithSAML"])
    tagging = federation.role("tagging", actions=["sts:AssumeRoleWithSAML", "sts:TagSession"])
    tags, source = {"PrincipalTag:team": ["ops"]}, {"SourceIdentity": ["jo"]}

    federation.assume(plain)
    for role, attributes in ((plain, tags), (plain, source), (tagging, source)):
        with refused("AccessDenied", NOT_AUTHORIZED):
            federation.assume(role, federation.told(role, attributes=attributes))
    federation.assume(tagging, federation.told(tagging, attributes=tags))


def test_the_source_identity_stays(federation: Federation) -> None:
    role = federation.role(condition={"StringEquals": {"sts:SourceIdentity": "jo"}})

    reply = federation.assume(role, federation.told(role, attributes={"SourceIdentity": ["jo"]}))

    assert reply["SourceIdentity"] == "jo"
    (session,) = federation.aws.admin("bailiwick").list_sessions(ProviderArn=federation.provider)["Sessions"]
    assert session["SourceIdentity"] == "jo"
    with refused("AccessDenied", NOT_AUTHORIZED):
        federation.assume(role)


def lasts(reply: Any) -> float:
    return float((reply["Credentials"]["Expiration"] - datetime.now(UTC)).total_seconds())


def test_a_session_lasts_as_long_as_role_request_and_assertion_let_it(federation: Federation) -> None:
    role = federation.role(max_session=7200)

    def seconds(*, until: int | None = None, attribute: str | None = None, **parameters: Any) -> float:
        ends = None if until is None else datetime.now(UTC) + timedelta(seconds=until)
        attributes = {} if attribute is None else {"SessionDuration": [attribute]}
        told = federation.told(role, attributes=attributes, session_ends_at=ends)
        return lasts(federation.assume(role, told, **parameters))

    assert seconds() == pytest.approx(3600, abs=20)
    assert seconds(DurationSeconds=7200) == pytest.approx(7200, abs=20)
    assert seconds(attribute="1800") == pytest.approx(1800, abs=20)
    assert seconds(attribute="7200") == pytest.approx(3600, abs=20)  # it can only make it shorter
    assert seconds(DurationSeconds=7200, attribute="1800") == pytest.approx(1800, abs=20)
    assert seconds(until=1000, attribute="1800") == pytest.approx(1000, abs=20)
    assert seconds(until=100) == pytest.approx(100, abs=20)
    with refused("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."):
        seconds(DurationSeconds=7201)


def test_a_session_policy_narrows_it(federation: Federation) -> None:
    role = federation.role(allow=["iam:*"])

    iam = using(federation.aws, federation.assume(role, Policy=allowing("iam:ListUsers")), "iam")

    iam.list_users()
    with refused("AccessDenied"):
        iam.list_roles()
    with refused("MalformedPolicyDocument"):
        federation.assume(role, Policy="{}")


def test_its_sessions_are_listed_and_end_with_the_provider(federation: Federation) -> None:
    role = federation.role(allow=["*"])
    reply = federation.assume(role)

    (session,) = federation.aws.admin("bailiwick").list_sessions(ProviderArn=federation.provider)["Sessions"]
    assert (session["Operation"], session["Subject"]) == ("AssumeRoleWithSAML", "jo@corp")
    federation.aws.admin("iam").delete_saml_provider(SAMLProviderArn=federation.provider)

    with refused("InvalidClientTokenId"):
        using(federation.aws, reply, "sts").get_caller_identity()


def test_what_the_identity_provider_signed_is_refused_once_it_is_trusted_no_more(federation: Federation) -> None:
    role, iam = federation.role(), federation.aws.admin("iam")
    new = Idp(signer=pair("new", key=rsa_key(number=6)))

    iam.update_saml_provider(SAMLProviderArn=federation.provider, SAMLMetadataDocument=metadata_of(new))
    with refused("InvalidIdentityToken", "Response signature invalid"):
        federation.assume(role)
    federation.assume(role, new.response(federation.told(role)))
    iam.delete_saml_provider(SAMLProviderArn=federation.provider)
    with refused("InvalidIdentityToken", "Specified provider doesn't exist."):
        federation.assume(role)


def test_arns_of_the_wrong_kind_are_told_as_such(federation: Federation) -> None:
    role = federation.role()

    for role_arn, provider in (
        (federation.provider, role.arn),
        (federation.provider, federation.provider),
        (role.arn, role.arn),
    ):
        with refused("ValidationError", "Request ARN is invalid"):
            federation.assume(role, RoleArn=role_arn, PrincipalArn=provider)


def test_a_role_must_be_named_with_the_provider_and_trust_it(federation: Federation, aws: Aws) -> None:
    role, other = federation.role(), federation.role("other")
    untrusting = federation.aws.role("untrusting", trust=federation.aws.account_id)
    missing = replace(role, name="missing", arn=f"{role.arn}x")

    with refused("AccessDenied", NOT_AUTHORIZED):
        federation.assume(other, federation.told(role))
    for unreachable in (untrusting, missing):
        with refused("AccessDenied", NOT_AUTHORIZED):
            federation.assume(unreachable)
    with refused("AccessDenied", NOT_AUTHORIZED):
        federation.assume(role, federation.told(role, subject=None))


def test_a_provider_of_one_trust_does_not_satisfy_another(federation: Federation) -> None:
    second = federation.aws.admin("iam").create_saml_provider(
        Name="second", SAMLMetadataDocument=metadata_of(federation.idp)
    )["SAMLProviderArn"]
    role = federation.role()
    told = replace(federation, provider=second).told(role)

    with refused("AccessDenied", NOT_AUTHORIZED):
        federation.assume(role, told, PrincipalArn=second)


def test_what_is_no_response_is_told_as_such(federation: Federation) -> None:
    role = federation.role()

    with refused("InvalidIdentityToken", "Invalid base64 SAMLResponse"):
        federation.assume(role, SAMLAssertion="%%%%")
    with refused("InvalidIdentityToken", having="Your request included an invalid SAML response."):
        federation.assume(role, SAMLAssertion=base64.b64encode(b"<a/>").decode())
    lines = base64.encodebytes(federation.idp.response(federation.told(role))).decode()
    assert federation.assume(role, SAMLAssertion=lines)["Subject"] == "jo@corp"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("RoleSessionName", "jo doe", "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"),
        (
            "SourceIdentity",
            "aws:jo",
            'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,256} and not begin with "aws:"',
        ),
    ],
)
def test_attributes_that_cannot_be_are_told_as_such(
    federation: Federation, name: str, value: str, message: str
) -> None:
    role = federation.role()

    with refused("InvalidIdentityToken", message):
        federation.assume(role, federation.told(role, attributes={name: [value]}))


def test_an_old_response_is_told_as_such(federation: Federation) -> None:
    role = federation.role()
    old = federation.told(
        role,
        issued_at=datetime.now(UTC) - timedelta(minutes=5, seconds=1),
        lasts=timedelta(hours=1),
        confirmed_for=timedelta(hours=1),
    )

    with refused("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance"):
        federation.assume(role, old)


def test_it_is_taken_by_a_server_that_has_just_learnt_of_the_provider(two_nodes: tuple[Aws, Aws]) -> None:
    first, second = two_nodes
    idp = Idp()
    iam = first.admin("iam")
    provider = iam.create_saml_provider(Name="corp", SAMLMetadataDocument=metadata_of(idp))["SAMLProviderArn"]
    there, here = Federation(second, provider, idp), Federation(first, provider, idp)
    role = here.role()

    assert there.assume(role)["Subject"] == "jo@corp"
    iam.delete_saml_provider(SAMLProviderArn=provider)
    with refused("InvalidIdentityToken", "Specified provider doesn't exist."):
        there.assume(role)


@pytest.fixture
def events(server: Server) -> Iterator[Events]:
    """The audit events of this worker's server."""
    opened = Events(server.database_url)
    try:
        yield opened
    finally:
        opened.close()


def test_the_trail_tells_who_became_whom_and_holds_no_assertion(federation: Federation, events: Events) -> None:
    role = federation.role()
    response = federation.idp.response(federation.told(role))

    reply = federation.assume(role, response)

    text = events.text_of(reply["ResponseMetadata"]["RequestId"])
    event = json.loads(text)
    assert event["userIdentity"] == {
        "type": "SAMLUser",
        "principalId": f"{reply['NameQualifier']}:jo@corp",
        "userName": "jo@corp",
        "identityProvider": reply["NameQualifier"],
    }
    assert event["requestParameters"]["roleArn"] == role.arn
    assert event["recipientAccountId"] == federation.aws.account_id
    for secret in (encoded(response), reply["Credentials"]["SecretAccessKey"], reply["Credentials"]["SessionToken"]):
        assert secret not in text


def test_who_was_refused_after_the_proof_is_in_the_accounts_trail(federation: Federation, events: Events) -> None:
    role = federation.role(condition={"StringEquals": {"saml:sub": "ana"}})

    denial = denial_of(federation.assume, role=role)

    event = events.of(denial.request_id)
    assert event["errorCode"] == "AccessDenied"
    assert event["recipientAccountId"] == federation.aws.account_id
    assert event["userIdentity"]["userName"] == "jo@corp"
