"""Becoming a role by a SAML assertion, over the wire."""

from tests.saml_responses import Idp, Told, aws_attributes, encoded
from tests.user.client import Aws
from tests.user.provider_builders import entity, key_descriptor, saml_metadata


def test_a_role_is_assumed_by_an_assertion(aws: Aws) -> None:
    idp = Idp()
    provider = aws.admin("iam").create_saml_provider(
        Name="corp", SAMLMetadataDocument=saml_metadata(entity(idp.issuer, [key_descriptor(idp.signer)]))
    )["SAMLProviderArn"]
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider},
                "Action": "sts:AssumeRoleWithSAML",
                "Condition": {"StringEquals": {"saml:aud": "https://signin.aws.amazon.com/saml"}},
            }
        ],
    }
    role = aws.role("web", trust=trust, allow=["iam:ListUsers"])
    told = Told(aws_attributes(role.arn, provider))

    reply = aws.client("sts", None).assume_role_with_saml(
        RoleArn=role.arn, PrincipalArn=provider, SAMLAssertion=encoded(idp.response(told))
    )

    who = aws.client("sts", reply["Credentials"]).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{aws.account_id}:assumed-role/web/jo"
