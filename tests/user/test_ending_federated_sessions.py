"""Sessions of whom an identity provider vouched for: listed, ended, and told of under their provider."""

from typing import Any

import pytest

from tests.user.client import Aws, Keys
from tests.user.explanations import explained, explained_denial
from tests.user.refusals import refused
from tests.user.sessions import assume, root_of, trusting, using
from tests.user.web_identity import Federation, federated, house

__all__ = ["federated", "house"]


@pytest.fixture
def issued(federated: Federation) -> Any:
    """A session of the role `deploy`, which trusts the provider."""
    federated.provider()
    return federated.assume(federated.role(allow=["*"]), federated.issuer.token(), "ana")


def require_ended(federated: Federation, issued: Any) -> None:
    with refused("InvalidClientTokenId"):
        federated.aws.client("sts", issued["Credentials"]).get_caller_identity()


def provider_arn(federated: Federation) -> str:
    return f"arn:aws:iam::{federated.aws.account_id}:oidc-provider/{federated.issuer.url}"


def test_they_are_listed_under_their_provider_with_their_subject(federated: Federation, issued: Any) -> None:
    arn = provider_arn(federated)
    federated.aws.admin("sts").get_session_token()

    (session,) = federated.aws.admin("bailiwick").list_sessions(ProviderArn=arn)["Sessions"]

    assert session["AccessKeyId"] == issued["Credentials"]["AccessKeyId"]
    assert (session["ProviderArn"], session["Subject"]) == (arn, "subject-of-ana")
    assert session["Origins"] == [arn]
    assert session["Operation"] == "AssumeRoleWithWebIdentity"


def test_those_of_a_provider_are_ended_together(federated: Federation, issued: Any) -> None:
    own = federated.aws.admin("sts").get_session_token()

    federated.aws.admin("bailiwick").end_sessions(ProviderArn=provider_arn(federated))

    require_ended(federated, issued)
    federated.aws.client("sts", own["Credentials"]).get_caller_identity()


def test_a_long_chain_in_another_account_does_not_lead_away_from_the_provider(
    federated: Federation, issued: Any
) -> None:
    account_id, access_key_id, secret_access_key = federated.aws.accounts.create()
    away = Aws(federated.aws.endpoint, account_id, Keys(access_key_id, secret_access_key), federated.aws.accounts)
    role = away.role("away", trust=trusting(root_of(federated.aws), root_of(away)), allow=["*"])
    session = issued
    for number in range(18):
        session = assume(using(federated.aws, session, "sts"), role.arn, RoleSessionName=f"clean-{number}")

    federated.aws.admin("bailiwick").end_sessions(ProviderArn=provider_arn(federated))

    require_ended(federated, session)
    for client in away.clients:
        client.close()


def test_they_end_with_their_provider_and_one_made_again_is_another(federated: Federation, issued: Any) -> None:
    iam = federated.aws.admin("iam")

    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=provider_arn(federated))

    require_ended(federated, issued)
    federated.provider()
    require_ended(federated, issued)


def test_their_event_tells_of_the_provider_and_the_subject(federated: Federation, issued: Any) -> None:
    told = federated.aws.admin("bailiwick").explain_request(RequestId=issued["ResponseMetadata"]["RequestId"])

    assert told["PrincipalArn"] == provider_arn(federated)
    assert told["PrincipalId"] == f"{provider_arn(federated)}:web:subject-of-ana"
    assert told["Operation"] == "sts:AssumeRoleWithWebIdentity"


def test_a_refusal_by_the_trust_policy_is_explained_to_the_roles_account(federated: Federation) -> None:
    federated.provider()
    role = federated.role(allow=["*"])
    federated.trust_again(role, condition={"StringEquals": {f"{federated.issuer.url}:sub": "somebody-else"}})
    unsigned = federated.aws.client("sts", None)
    asked = {"RoleArn": role.arn, "RoleSessionName": "ana", "WebIdentityToken": federated.issuer.token()}

    denial, decision = explained_denial(federated.aws, unsigned.assume_role_with_web_identity, **asked)

    assert denial.message == "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    told = explained(federated.aws.admin("bailiwick"), denial.request_id)
    assert told["PrincipalArn"] == provider_arn(federated)
    assert decision["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert decision["Effect"] == "Deny"
