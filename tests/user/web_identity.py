"""What tests of web identity federation act with: a server that reaches one peer, and roles that trust its provider."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.https_peer import Peer
from tests.id_tokens import Issuer
from tests.user.accounts import Accounts
from tests.user.client import Aws, Keys, Role
from tests.user.provider_builders import open_id_connect
from tests.user.server import Server

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


@contextmanager
def federation(peer: Peer, start_server: Callable[..., Server], *hosts: str, url: str = HOST) -> Iterator[Federation]:
    """A server of its own that finds the peer at these hosts, and an issuer at the peer, which is published."""
    allowed = ",".join(f"{host}=127.0.0.1:{peer.port}" for host in (HOST, *hosts))
    server = start_server("--egress-allow", allowed, "--egress-ca", str(peer.authorities))
    accounts = Accounts(server.data, server.database_url)
    account_id, access_key_id, secret_access_key = accounts.create()
    aws = Aws(server.url, account_id, Keys(access_key_id, secret_access_key), accounts)
    issuer = Issuer(url)
    issuer.publish(peer)
    try:
        yield Federation(aws, peer, issuer, server)
    finally:
        for client in aws.clients:
            client.close()
        accounts.close()
