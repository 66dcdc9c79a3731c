"""What tests of SAML federation act with: an account that trusts an identity provider, and roles that trust it, too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.saml_responses import Idp, Told, aws_attributes, encoded
from tests.user.client import Aws, Role
from tests.user.provider_builders import entity, key_descriptor, saml_metadata

OWN_ADDRESS = "http://localhost:4260/signin/saml"
"""Of a server with the default `public_url`."""

ACTIONS = ("sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity")


def metadata_of(*idps: Idp) -> str:
    """The metadata of identity providers."""
    return saml_metadata(*(entity(idp.issuer, [key_descriptor(idp.signer)]) for idp in idps))


@dataclass
class Federation:
    """An account with the SAML provider `corp`."""

    aws: Aws
    provider: str
    idp: Idp = field(default_factory=Idp)

    def trust(
        self,
        condition: Mapping[str, object] | None = None,
        actions: Sequence[str] = ACTIONS,
        provider: str | None = None,
    ) -> dict[str, object]:
        """A trust policy that lets the provider vouch."""
        statement = {"Effect": "Allow", "Principal": {"Federated": provider or self.provider}, "Action": actions}
        return {
            "Version": "2012-10-17",
            "Statement": [{**statement, **({"Condition": condition} if condition else {})}],
        }

    def role(self, name: str = "web", condition: Mapping[str, object] | None = None, **more: Any) -> Role:
        """A role that trusts the provider; `actions` are of the trust policy."""
        trust = self.trust(condition, more.pop("actions", ACTIONS))
        return self.aws.role(name, trust=trust, **more)

    def told(self, role: Role, *, attributes: Mapping[str, Sequence[str]] | None = None, **parts: Any) -> Told:
        """What an assertion for the role tells; `attributes` are those of AWS, by their short names."""
        more = dict(attributes or {})
        name = more.pop("RoleSessionName", ["jo"])[0]
        return replace(Told(aws_attributes(role.arn, self.provider, name, **more)), **parts)

    def assume(self, role: Role, told: Told | bytes | None = None, **parameters: Any) -> Any:
        """AssumeRoleWithSAML's reply."""
        told = self.told(role) if told is None else told
        response = self.idp.response(told) if isinstance(told, Told) else told
        given = {"RoleArn": role.arn, "PrincipalArn": self.provider, "SAMLAssertion": encoded(response)}
        return self.aws.client("sts", None).assume_role_with_saml(**{**given, **parameters})


@pytest.fixture
def federation(aws: Aws) -> Federation:
    """An account that trusts an identity provider."""
    idp = Idp()
    made = aws.admin("iam").create_saml_provider(Name="corp", SAMLMetadataDocument=metadata_of(idp))
    return Federation(aws, made["SAMLProviderArn"], idp)
