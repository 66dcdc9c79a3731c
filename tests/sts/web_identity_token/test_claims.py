"""The claims of a token about somebody whom a session acts for, which no operation gives a session yet."""

from dataclasses import replace

import msgspec
import pytest

from bailiwick.access.call import Caller
from bailiwick.auth import ContextKey, Origin, PrincipalKind, ProvidedContext, SessionClaims
from bailiwick.policy import Principal
from bailiwick.policy import PrincipalKind as Asking
from bailiwick.sts.errors import AccessDenied, ValidationError
from bailiwick.sts.web_identity_token.claims import NAMESPACE, Asked, SubjectMode, claims_of, origin_subject

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ci/deploy"
SUBJECT = ContextKey("aws:OriginIdentity/Subject", ("ana@example.com",))
ISSUER = ContextKey("aws:OriginIdentity/Issuer", ("https://idp.example.com",))
PROVIDER = ContextKey("aws:OriginIdentity/FederatedProviderArn", (f"arn:aws:iam::{ACCOUNT}:saml-provider/corp",))


def session(*keys: ContextKey) -> SessionClaims:
    return SessionClaims(
        session_id="session",
        account=ACCOUNT,
        principal_kind=PrincipalKind.ROLE,
        principal_id="AROAONE",
        principal_name="deploy",
        issued_at_ms=0,
        expires_at_ms=3_600_000,
        operation="AssumeRole",
        origin=Origin("AKIAONE", ACCOUNT, "AIDAONE"),
        session_name="work",
        provided_contexts=(ProvidedContext("arn:aws:iam::aws:contextProvider/IdentityCenter", keys),),
    )


def caller(claims: SessionClaims) -> Caller:
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/work"
    return Caller(
        kind=PrincipalKind.ROLE,
        account=ACCOUNT,
        principal_id="AROAONE",
        arn=arn,
        user_id="AROAONE:work",
        name="deploy",
        access_key_id="ASIAONE",
        session=claims,
        principal=Principal(Asking.ROLE_SESSION, ACCOUNT, arn, "AROAONE", ROLE),
        region="eu-west-1",
        source_address=None,
        user_agent="",
        is_secure=True,
    )


ASKED = Asked(["one"], SubjectMode.ORIGIN_IDENTITY, "read list", (), 10, 310)


def test_a_token_about_the_origin_says_who_asked_for_it_as_well() -> None:
    claims = claims_of(caller(session(SUBJECT, ISSUER)), {}, ASKED, issuer="i", region="eu-west-1", chance=bytes(16))

    assert claims == {
        "iss": "i",
        "aud": "one",
        "sub": "ana@example.com",
        "iat": 10,
        "exp": 310,
        "jti": "00000000-0000-4000-8000-000000000000",
        "scope": "read list",
        NAMESPACE: {
            "aws_account": ACCOUNT,
            "source_region": "eu-west-1",
            "principal_id": ROLE,
            "subject_mode": "OriginIdentity",
            "original_session_exp": "1970-01-01T01:00:00Z",
        },
    }


def test_a_federated_session_tells_of_its_provider() -> None:
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/idp.example.com"
    claims = claims_of(
        replace(caller(session()), session=_by(provider)),
        {},
        Asked(["one"], SubjectMode.AWS_IDENTITY, None, (), 10, 310),
        issuer="i",
        region="us-east-1",
        chance=bytes(16),
    )

    own = claims[NAMESPACE]
    assert isinstance(own, dict)
    assert own["federated_provider"] == provider
    assert "subject_mode" not in own
    assert "scope" not in claims


def _by(provider: str) -> SessionClaims:

    return msgspec.structs.replace(session(), federated_provider=provider)


@pytest.mark.parametrize("voucher", [ISSUER, PROVIDER])
def test_the_origin_is_taken_with_whoever_vouches_for_it(voucher: ContextKey) -> None:
    assert origin_subject(session(SUBJECT, voucher)) == "ana@example.com"


@pytest.mark.parametrize("keys", [(), (SUBJECT,), (ISSUER,), (PROVIDER, ISSUER)])
def test_an_origin_that_is_not_told_of_is_none(keys: tuple[ContextKey, ...]) -> None:
    with pytest.raises(ValidationError):
        origin_subject(session(*keys))


def test_without_a_session_there_is_no_origin() -> None:
    with pytest.raises(ValidationError):
        origin_subject(None)


@pytest.mark.parametrize("blank", ["", " ", "   "])
def test_a_blank_origin_is_none(blank: str) -> None:
    with pytest.raises(ValidationError):
        origin_subject(session(ContextKey(SUBJECT.name, (blank,)), ISSUER))


@pytest.mark.parametrize(
    "subject",
    [
        "arn:aws:iam::111122223333:user/ana",
        "ARN:x",
        "aRn:",
        " ana",
        "ana ",
        "a\tna",
        "a\u0000na",
        "a\u200bna",
        "a\u202ena",
        "a\u00a0na",
        "a\u2028na",
        "a\u2029na",
        "ana\u00ad",
    ],
)
def test_an_origin_that_could_mislead_is_refused(subject: str) -> None:
    with pytest.raises(AccessDenied):
        origin_subject(session(ContextKey(SUBJECT.name, (subject,)), ISSUER))


@pytest.mark.parametrize("subject", ["ana lee", "an arn:", "Zoë", "a" * 255])
def test_an_origin_in_plain_words_is_taken(subject: str) -> None:
    assert origin_subject(session(ContextKey(SUBJECT.name, (subject,)), ISSUER)) == subject
