"""Federation with a real, certified OpenID Connect provider, through its authorization-code flow."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.id_tokens import Issuer, SigningKey
from tests.user.accounts import Accounts
from tests.user.certified_provider import CertifiedProvider, certified_provider
from tests.user.client import Aws, Keys
from tests.user.refusals import refused
from tests.user.server import Server
from tests.user.web_identity import HOST, reaching

NO_KEY = (
    "Couldn't retrieve verification key from your identity provider,  "
    "please reference AssumeRoleWithWebIdentity documentation for requirements"
)
AWS = "https://aws.amazon.com/"
CLAIMS: dict[str, object] = {
    "department": "ops",
    AWS + "tags": {"principal_tags": {"Team": ["ops"]}, "transitive_tag_keys": ["Team"]},
    AWS + "source_identity": "ana",
}


def federate(provider: CertifiedProvider, server: Server) -> tuple[Aws, Callable[[str], Any]]:
    """An account that trusts the provider, and what assumes its role with a token."""
    accounts = Accounts(server.data, server.database_url)
    account_id, access_key_id, secret_access_key = accounts.create()
    accounts.close()
    aws = Aws(server.url, account_id, Keys(access_key_id, secret_access_key), accounts)
    iam = aws.admin("iam")
    arn = iam.create_open_id_connect_provider(Url=f"https://{HOST}", ClientIDList=["web"])["OpenIDConnectProviderArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": arn},
        "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"],
        "Condition": {"StringEquals": {f"{HOST}:aud": "web", f"{HOST}:sub": "ana", f"{HOST}:department": "ops"}},
    }
    tagged = {"StringEquals": {"aws:PrincipalTag/Team": "ops"}}
    allowed = {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*", "Condition": tagged}
    role = aws.role(
        "deploy",
        trust={"Version": "2012-10-17", "Statement": [statement]},
        policy={"Version": "2012-10-17", "Statement": [allowed]},
    )
    sts = aws.client("sts", None)
    return aws, lambda token: sts.assume_role_with_web_identity(
        RoleArn=role.arn, RoleSessionName="work", WebIdentityToken=token
    )


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "ES384"])
def test_whoever_signs_in_there_becomes_a_role_here(
    tmp_path: Path, start_server: Callable[..., Server], algorithm: str
) -> None:
    with certified_provider(tmp_path, HOST, [SigningKey.new("first", algorithm)], CLAIMS) as provider:
        server = start_server(*reaching(provider.port, provider.certificates.authorities, HOST))
        aws, assume = federate(provider, server)

        reply = assume(provider.id_token("ana"))

        assert (reply["SubjectFromWebIdentityToken"], reply["SourceIdentity"]) == ("ana", "ana")
        aws.client("iam", reply["Credentials"]).list_users()
        with refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"):
            assume(provider.id_token("eve"))


def test_its_new_keys_are_taken_at_once_and_those_it_takes_away_no_more(
    tmp_path: Path, start_server: Callable[..., Server]
) -> None:
    first, second, third = (SigningKey.new(name, "ES256") for name in ("first", "second", "third"))
    with certified_provider(tmp_path, HOST, [first], CLAIMS) as provider:
        server = start_server(*reaching(provider.port, provider.certificates.authorities, HOST))
        _, assume = federate(provider, server)
        before = provider.id_token("ana")
        assume(before)

        provider.rotate(second, first)

        assume(provider.id_token("ana"))
        assume(before)
        assume(Issuer(HOST, [first]).token(sub="ana", department="ops"))
        forged = Issuer(HOST, [third]).token(sub="ana", department="ops")
        with refused("InvalidIdentityToken", NO_KEY):
            assume(forged)


def test_a_key_that_was_taken_away_verifies_nothing_once_the_keys_were_fetched_again(
    tmp_path: Path, start_server: Callable[..., Server]
) -> None:
    first, second = SigningKey.new("first", "ES256"), SigningKey.new("second", "ES256")
    with certified_provider(tmp_path, HOST, [first], CLAIMS) as provider:
        server = start_server(*reaching(provider.port, provider.certificates.authorities, HOST))
        _, assume = federate(provider, server)
        before = provider.id_token("ana")
        assume(before)

        provider.rotate(second)

        assume(provider.id_token("ana"))
        with refused("InvalidIdentityToken", NO_KEY):
            assume(before)
