"""AssumeRoleWithWebIdentity, as boto3 and the `aws` command see it, with a provider of generated keys."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.https_peer import running
from tests.user.server import Server
from tests.user.web_identity import HOST, Federation, federation


@pytest.fixture
def federated(tmp_path: Path, start_server: Callable[..., Server]) -> Iterator[Federation]:
    with running(tmp_path, HOST) as peer, federation(peer, start_server) as made:
        yield made


def test_a_token_gives_a_session_of_the_role_that_trusts_its_provider(federated: Federation) -> None:
    arn = federated.provider()
    role = federated.role(allow=["iam:ListUsers"])

    reply = federated.assume(role, federated.issuer.token(), "ana")

    assert reply["AssumedRoleUser"]["Arn"].endswith(":assumed-role/deploy/ana")
    assert reply["AssumedRoleUser"]["AssumedRoleId"] == f"{role.role_id}:ana"
    assert (reply["SubjectFromWebIdentityToken"], reply["Audience"]) == ("subject-of-ana", "web")
    assert reply["Provider"] == f"https://{HOST}"
    assert "SourceIdentity" not in reply
    session = federated.aws.client("iam", reply["Credentials"])
    session.list_users()
    told = federated.aws.client("sts", reply["Credentials"]).get_caller_identity()
    assert told["Arn"] == reply["AssumedRoleUser"]["Arn"]
    assert arn.endswith(f":oidc-provider/{HOST}")
