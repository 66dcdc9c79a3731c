"""AssumeRoleWithWebIdentity: a provider's tokens verified, and sessions issued and recorded, as often as can be."""

import json
import time
from urllib.parse import urlencode

from bailiwick.sts.web_identity import keys, tokens
from bailiwick.sts.web_identity.keys import VerificationKeys
from benchmarks.connection import Connection
from benchmarks.load import drive
from benchmarks.processes import administrator, bailiwick
from benchmarks.report import Table
from benchmarks.run import Run
from benchmarks.signing import VERSIONS, Signer
from tests.https_peer import running
from tests.id_tokens import Issuer, SigningKey

_HOST = "idp.example.com"
_ALGORITHMS = ("RS256", "ES256")


def measure(run: Run) -> None:
    """Report both, for two algorithms."""
    headings = ("algorithm", "verifying a token, µs", "connections", "requests/s", "p99 µs", "CPU µs/request")
    table = Table("AssumeRoleWithWebIdentity", headings)
    data = run.stores.new("web-identity")
    issuers = {name: Issuer(f"{_HOST}/{name}", [SigningKey.new(algorithm=name)]) for name in _ALGORITHMS}
    with running(run.stores.folder, _HOST) as peer:
        for issuer in issuers.values():
            issuer.publish(peer)
        flags = ("--egress-allow", f"{_HOST}=127.0.0.1:{peer.port}", "--egress-ca", str(peer.authorities))
        with bailiwick(data, *flags) as server:
            signer = Signer(server.address, administrator(data))
            for name, issuer in issuers.items():
                token = issuer.token(exp=int(time.time()) + 3600)
                request = _unsigned(server.address, _role(signer, name, issuer), token)
                load = drive(server, [request], connections=16, seconds=run.seconds(1, 4))
                verifying = _verifying_us(issuer, token, run.pick(200, 2_000))
                shown = (f"{load.per_second:,.0f}", f"{load.p99:,.0f}", f"{load.cpu:,.0f}")
                table.add(
                    name,
                    f"{verifying:,.0f}",
                    "16",
                    *shown,
                    verifying_us=verifying,
                    per_second=load.per_second,
                    p99_us=load.p99,
                    cpu_us=load.cpu,
                )
    run.show(table)


def _role(signer: Signer, name: str, issuer: Issuer) -> str:
    """A new role that trusts a new provider of the issuer's tokens; its ARN."""
    with Connection(signer.address) as connection:

        def call(action: str, **parameters: str) -> bytes:
            return connection.call(signer.query("iam", action, **parameters))

        made = {"Url": f"https://{issuer.url}", "ClientIDList.member.1": "web", "ThumbprintList.member.1": "0" * 40}
        answer = call("CreateOpenIDConnectProvider", **made).decode()
        arn = answer.partition("<OpenIDConnectProviderArn>")[2].partition("<")[0]
        statement = {"Effect": "Allow", "Principal": {"Federated": arn}, "Action": "sts:AssumeRoleWithWebIdentity"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        answer = call("CreateRole", RoleName=name, AssumeRolePolicyDocument=trust).decode()
        return answer.partition("<Arn>")[2].partition("<")[0]


def _unsigned(address: str, role: str, token: str) -> bytes:
    asked = {"RoleArn": role, "RoleSessionName": "load", "WebIdentityToken": token}
    body = urlencode({"Action": "AssumeRoleWithWebIdentity", "Version": VERSIONS["sts"], **asked})
    head = (
        f"POST / HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/x-www-form-urlencoded\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode("ascii")


def _verifying_us(issuer: Issuer, token: str, samples: int) -> float:
    """Reading a token and verifying it with a key that is known, in process; microseconds."""
    published = VerificationKeys.of(json.dumps({"keys": [key.published() for key in issuer.keys]}).encode())
    start = time.perf_counter()
    for _ in range(samples):
        read = tokens.read(token)
        key = published.find(read.header)
        assert key is not None, "the issuer publishes its key"
        keys.verify(read, key)
    return (time.perf_counter() - start) / samples * 1e6
