"""A web identity token at another system, in another language, that knows nothing but the issuer."""

import json
import socket
import subprocess
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.user.client import REGION
from tests.user.javascript import FOLDER, NODE
from tests.user.server import Server, clean_environment

AUDIENCE = "https://api.example.com"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def verified(issuer: str, audience: str, token: str) -> subprocess.CompletedProcess[str]:
    """What a relying party in Node.js says of a token."""
    return subprocess.run(
        [NODE, "verify.mjs", issuer, audience],
        cwd=FOLDER,
        input=token,
        capture_output=True,
        text=True,
        timeout=30,
        env=clean_environment(),
    )


@pytest.mark.parametrize("algorithm", ["RS256", "ES384"])
def test_another_implementation_verifies_it(start_server: Callable[..., Server], algorithm: str) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = start_server("--listen", f"127.0.0.1:{port}", "--public-url", f"{url}/")
    iam, sts = (_client(server, name) for name in ("iam", "sts"))
    issuer = iam.enable_outbound_web_identity_federation()["IssuerIdentifier"]

    token = sts.get_web_identity_token(Audience=[AUDIENCE], SigningAlgorithm=algorithm)["WebIdentityToken"]

    done = verified(issuer, AUDIENCE, token)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert issuer.startswith(f"{url}/oidc/")
    assert found["protectedHeader"]["alg"] == algorithm
    assert found["payload"]["sub"] == sts.get_caller_identity()["Arn"]
    assert verified(issuer, "https://other.example.com", token).returncode != 0
    assert verified(issuer, AUDIENCE, token[:-4] + "AAAA").returncode != 0


def _client(server: Server, service: str) -> Any:
    lines = (server.data / "credentials").read_text().splitlines()
    access_key_id, secret = (line.split(" = ")[1] for line in lines[1:3])
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name=REGION,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret,
    )
