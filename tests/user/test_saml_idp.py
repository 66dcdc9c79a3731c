"""Responses of a real identity provider, which another program makes, signs and encrypts."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import Pair, pair, rsa_key
from tests.user.aws_cli import AwsCli, variables
from tests.user.client import Aws, Role
from tests.user.refusals import refused
from tests.user.saml_federation import OWN_ADDRESS, Federation
from tests.user.saml_idp import SamlIdp

AWS = "https://aws.amazon.com/SAML/Attributes/"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
XENC = "http://www.w3.org/2001/04/xmlenc#"


@dataclass
class Corporation:
    """A real identity provider, the account that trusts it, and the role for which it vouches."""

    idp: SamlIdp
    federation: Federation
    role: Role

    def assume(self, response: str) -> Any:
        """AssumeRoleWithSAML's reply."""
        return self.federation.aws.client("sts", None).assume_role_with_saml(
            RoleArn=self.role.arn, PrincipalArn=self.federation.provider, SAMLAssertion=response
        )


@pytest.fixture(scope="module")
def encryption() -> Pair:
    """The key that assertions are encrypted for."""
    return pair("sp.example.com", key=rsa_key(number=7))


@pytest.fixture
def corporation(aws: Aws, encryption: Pair) -> Iterator[Corporation]:
    """`jo` is of the corporation, `mallory` as well, who has no role."""
    provider = f"arn:aws:iam::{aws.account_id}:saml-provider/corp"
    people: dict[str, dict[str, str | list[str]]] = {
        "jo": {
            f"{AWS}Role": [f"arn:aws:iam::{aws.account_id}:role/web,{provider}"],
            f"{AWS}RoleSessionName": "jo@example.com",
            f"{AWS}SessionDuration": "1800",
            f"{AWS}PrincipalTag:team": "ops",
            f"{AWS}TransitiveTagKeys": ["team"],
            "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": ["member", "staff"],
        },
        "mallory": {f"{AWS}RoleSessionName": "mallory"},
    }
    idp = SamlIdp("https://idp.example.com/", pair("idp", key=rsa_key(number=8)), people, encrypts_for=encryption)
    try:
        iam = aws.admin("iam")
        iam.create_saml_provider(
            Name="corp",
            SAMLMetadataDocument=idp.metadata(),
            AddPrivateKey=encryption.key_pem,
            AssertionEncryptionMode="Allowed",
        )
        federation = Federation(aws, provider)
        condition = {"ForAnyValue:StringEquals": {"saml:edupersonaffiliation": "staff"}}
        yield Corporation(idp, federation, federation.role("web", condition, allow=["iam:ListUsers"]))
    finally:
        idp.stop()


@pytest.mark.parametrize("signs", ["assertion", "response", "both"])
def test_whatever_it_signs_is_taken(corporation: Corporation, signs: str) -> None:
    response = corporation.idp.response("jo", OWN_ADDRESS, OWN_ADDRESS, signs=signs)

    reply = corporation.assume(response)

    assert (reply["Subject"], reply["SubjectType"], reply["Issuer"]) == ("jo", "persistent", "https://idp.example.com/")
    corporation.federation.aws.client("iam", reply["Credentials"]).list_users()


@pytest.mark.parametrize("signs", ["assertion", "response", "both"])
@pytest.mark.parametrize(
    "algorithm", [f"{XENC11}aes256-gcm", f"{XENC11}aes128-gcm", f"{XENC}aes256-cbc", f"{XENC}aes128-cbc"]
)
def test_what_it_encrypts_is_opened(corporation: Corporation, algorithm: str, signs: str) -> None:
    response = corporation.idp.response("jo", OWN_ADDRESS, OWN_ADDRESS, encrypts=algorithm, signs=signs)

    assert corporation.assume(response)["Subject"] == "jo"


def test_with_triple_des_it_is_not(corporation: Corporation) -> None:
    response = corporation.idp.response("jo", OWN_ADDRESS, OWN_ADDRESS, encrypts=f"{XENC}tripledes-cbc")

    with refused("InvalidIdentityToken", "Response signature invalid"):
        corporation.assume(response)


def test_required_encryption_needs_the_providers_own_address(corporation: Corporation) -> None:
    iam, provider = corporation.federation.aws.admin("iam"), corporation.federation.provider
    iam.update_saml_provider(SAMLProviderArn=provider, AssertionEncryptionMode="Required")
    own = f"{OWN_ADDRESS}/acs/{iam.get_saml_provider(SAMLProviderArn=provider)['SAMLProviderUUID']}"
    gcm = f"{XENC11}aes256-gcm"

    assert corporation.assume(corporation.idp.response("jo", own, OWN_ADDRESS, encrypts=gcm))["Audience"] == own
    with refused("InvalidIdentityToken", having="Its Destination is another."):
        corporation.assume(corporation.idp.response("jo", OWN_ADDRESS, OWN_ADDRESS, encrypts=gcm))
    with refused("InvalidIdentityToken", having="Its assertion must be encrypted."):
        corporation.assume(corporation.idp.response("jo", own, OWN_ADDRESS))


def test_who_has_no_role_gets_none(corporation: Corporation) -> None:
    with refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML"):
        corporation.assume(corporation.idp.response("mallory", OWN_ADDRESS, OWN_ADDRESS))


def test_what_was_made_for_another_is_refused(corporation: Corporation) -> None:
    with refused("InvalidIdentityToken", "Response does not contain the required audience."):
        corporation.assume(corporation.idp.response("jo", OWN_ADDRESS, "https://wiki.example.com"))
    with refused("InvalidIdentityToken", having="Its Destination is another."):
        corporation.assume(corporation.idp.response("jo", "https://wiki.example.com/saml", OWN_ADDRESS))


def test_the_command_line_takes_it(corporation: Corporation, tmp_path: Path) -> None:
    cli = AwsCli(tmp_path, {"AWS_ENDPOINT_URL": corporation.federation.aws.endpoint, "AWS_DEFAULT_REGION": "us-east-1"})
    (tmp_path / "response.b64").write_text(corporation.idp.response("jo", OWN_ADDRESS, OWN_ADDRESS))
    given = ["--role-arn", corporation.role.arn, "--principal-arn", corporation.federation.provider]

    issued = cli.ask("sts", "assume-role-with-saml", *given, "--saml-assertion", "file://response.b64")["Credentials"]

    assert cli.ask("sts", "get-caller-identity", **variables(issued))["Arn"].endswith("assumed-role/web/jo@example.com")
