"""What tests of web identity federation act with: a server that reaches one peer, and roles that trust its provider."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.https_peer import Peer, running
from tests.id_tokens import Issuer
from tests.postgres import Postgres
from tests.user.accounts import Accounts
from tests.user.client import Aws, Keys, Role
from tests.user.provider_builders import open_id_connect
from tests.user.server import Server, start

HOST = "idp.example.com"


@dataclass
class Federation:
    """An account at a server that finds the peer's hosts, and an issuer that the peer answers for."""

    aws: Aws
    peer: Peer
    issuer: Issuer
    server: Server

    def provider(self, issuer: Issuer | None = None, **more: Any) -> str:
        """The ARN of a new provider, for the client `web`."""
        given = open_id_connect((issuer or self.issuer).url, **more)
        return str(self.aws.admin("iam").create_open_id_connect_provider(**given)["OpenIDConnectProviderArn"])

    def role(self, name: str = "deploy", *, issuer: Issuer | None = None, **more: Any) -> Role:
        """A role that trusts the issuer's provider; `condition` and `actions` are of the trust policy's statement."""
        return self.aws.role(
            name,
            trust=self.trust(issuer, **{key: more.pop(key) for key in ("condition", "actions") if key in more}),
            **more,
        )

    def trust(
        self,
        issuer: Issuer | None = None,
        *,
        condition: Mapping[str, object] | None = None,
        actions: object = "sts:AssumeRoleWithWebIdentity",
    ) -> dict[str, object]:
        """A trust policy that lets the issuer's provider vouch."""
        arn = f"arn:aws:iam::{self.aws.account_id}:oidc-provider/{(issuer or self.issuer).url}"
        statement = {"Effect": "Allow", "Principal": {"Federated": arn}, "Action": actions}
        return {
            "Version": "2012-10-17",
            "Statement": [{**statement, **({"Condition": condition} if condition else {})}],
        }

    def assume(self, role: Role | str, token: str, name: str = "work", **parameters: Any) -> dict[str, Any]:
        """What AssumeRoleWithWebIdentity answers; nobody signs the request."""
        arn = role if isinstance(role, str) else role.arn
        sts = self.aws.client("sts", None)
        reply: dict[str, Any] = sts.assume_role_with_web_identity(
            RoleArn=arn, RoleSessionName=name, WebIdentityToken=token, **parameters
        )
        return reply

    def trust_again(self, role: Role, **statement: Any) -> None:
        """Change whom a role trusts."""
        self.aws.admin("iam").update_assume_role_policy(
            RoleName=role.name, PolicyDocument=json.dumps(self.trust(**statement))
        )


@dataclass(frozen=True, slots=True)
class House:
    """A server that finds a peer at some hosts, for several tests, each with an account and an issuer of its own."""

    server: Server
    accounts: Accounts
    peer: Peer


HOSTS = (HOST, "token.actions.githubusercontent.com", "gitlab.com", "oidc.cluster.example.com")


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, database_url: str | None, request: pytest.FixtureRequest
) -> Iterator[House]:
    """One for the tests of a module."""
    folder = tmp_path_factory.mktemp("house")
    with ExitStack() as stack:
        if database_url is not None:
            postgres: Postgres = request.getfixturevalue("postgres")
            database_url = stack.enter_context(postgres.database())
        peer = stack.enter_context(running(folder, *HOSTS))
        server = start(folder / "data", *reaching(peer.port, peer.authorities, *HOSTS), database_url=database_url)
        stack.callback(server.stop)
        accounts = Accounts(server.data, server.database_url)
        stack.callback(accounts.close)
        yield House(server, accounts, peer)


@pytest.fixture
def federated(house: House) -> Iterator[Federation]:
    """A fresh account, and an issuer that the peer answers for and that is of this test alone."""
    account_id, access_key_id, secret_access_key = house.accounts.create()
    aws = Aws(house.server.url, account_id, Keys(access_key_id, secret_access_key), house.accounts)
    issuer = Issuer(f"{HOST}/{account_id}")
    issuer.publish(house.peer)
    yield Federation(aws, house.peer, issuer, house.server)
    for client in aws.clients:
        client.close()


def reaching(port: int, authorities: Path, *hosts: str) -> list[str]:
    """The flags of a server that finds hosts at a port of 127.0.0.1, and trusts these authorities."""
    allowed = ",".join(f"{host}=127.0.0.1:{port}" for host in hosts)
    return ["--egress-allow", allowed, "--egress-ca", str(authorities)]
