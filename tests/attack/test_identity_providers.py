"""Providers of ID tokens that are slow, broken, hostile or not themselves, and keys that must verify nothing."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from joserfc.jwk import ECKey, RSAKey

from tests.certificates import rsa_key
from tests.https_peer import Answer, Peer, running
from tests.id_tokens import DISCOVERY, Issuer, SigningKey, encoded
from tests.user.accounts import Accounts
from tests.user.client import Aws, Keys
from tests.user.refusals import refused
from tests.user.server import Server
from tests.user.web_identity import HOST, Federation, federated, house

__all__ = ["federated", "house"]

NO_KEY = (
    "Couldn't retrieve verification key from your identity provider,  "
    "please reference AssumeRoleWithWebIdentity documentation for requirements"
)
BAD_SIGNATURE = "The ID Token provided is not a valid JWT: its signature cannot be verified."
DOWN = "The identity provider could not be reached to verify the token. Try again later."


def asked(federated: Federation, path: str = "/keys") -> int:
    """How often the peer was asked for something of this test's issuer."""
    return [each for _, each in federated.peer.asked].count("/" + federated.issuer.url.partition("/")[2] + path)


# Keys that verify nothing


def weak_key() -> SigningKey:
    return SigningKey("first", "RS256", RSAKey.import_key(rsa_key(bits=1024)))


def other_curve() -> SigningKey:
    return SigningKey("first", "ES256", ECKey.generate_key("secp256k1"))


USELESS: Mapping[str, Callable[[SigningKey], Mapping[str, Any]]] = {
    "for encryption": lambda key: key.published(use="enc"),
    "for another algorithm": lambda key: key.published(alg="RS512"),
    "for encryption by its algorithm": lambda key: key.published(alg="RSA-OAEP"),
    "for HMAC by its algorithm": lambda key: key.published(alg="HS256"),
    "for signing alone": lambda key: key.published(key_ops=["sign"]),
    "for nothing": lambda key: key.published(key_ops=[]),
    "for what is no list": lambda key: key.published(key_ops="verify"),
    "of no type": lambda key: key.published(kty=None),
    "of another type": lambda key: key.published(kty="EC"),
    "of a list of types": lambda key: key.published(kty=["RSA"]),
    "symmetric": lambda key: {"kty": "oct", "kid": "first", "k": encoded(b"0" * 32)},
    "without a modulus": lambda key: key.published(n=None),
    "of exponent one": lambda key: key.published(e=encoded(b"\1")),
    "of an even exponent": lambda key: key.published(e=encoded(b"\4")),
    "of a huge exponent": lambda key: key.published(e=encoded(b"\1" * 9)),
    "of a huge modulus": lambda key: key.published(n=encoded(b"\xff" * 2049)),
    "of an even modulus": lambda key: key.published(n=encoded(b"\xfe" * 256)),
    "of numbers": lambda key: key.published(n=7, e=3),
    "of another id": lambda key: key.published(kid="second"),
    "of an id that is a number": lambda key: key.published(kid=1),
    "text": lambda key: "key",  # type: ignore[return-value, dict-item]
}


@pytest.mark.parametrize("how", USELESS)
def test_a_key_that_is_not_for_this_verifies_nothing(federated: Federation, how: str) -> None:
    federated.issuer.publish(federated.peer, [USELESS[how](federated.issuer.keys[0])])
    federated.provider()

    with refused("InvalidIdentityToken", NO_KEY):
        federated.assume(federated.role(), federated.issuer.token())


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("make", [weak_key, other_curve])
def test_a_weak_key_and_another_curve_verify_nothing(federated: Federation, make: Callable[[], SigningKey]) -> None:
    key = make()
    federated.issuer.keys = [key]
    federated.issuer.publish(federated.peer)
    federated.provider()
    good = SigningKey.new("first", key.algorithm)
    token = key.sign(federated.issuer.claims()) if key.algorithm == "RS256" else good.sign(federated.issuer.claims())

    with refused("InvalidIdentityToken", NO_KEY):
        federated.assume(federated.role(), token)


def test_a_point_that_is_not_on_its_curve_verifies_nothing(federated: Federation) -> None:
    key = SigningKey.new("first", "ES256")
    federated.issuer.publish(federated.peer, [key.published(x=encoded(b"\1" * 32), y=encoded(b"\1" * 32))])
    federated.provider()

    with refused("InvalidIdentityToken", BAD_SIGNATURE):
        federated.assume(federated.role(), key.sign(federated.issuer.claims()))


def test_two_keys_of_one_id_verify_nothing_and_a_lone_key_needs_none(federated: Federation) -> None:
    key, other = SigningKey.new(), SigningKey.new(number=1)
    federated.issuer.publish(federated.peer, [key.published(), other.published()])
    federated.provider()
    role = federated.role()
    with refused("InvalidIdentityToken", NO_KEY):
        federated.assume(role, federated.issuer.token())

    lone = Issuer(f"{HOST}/lone-{federated.aws.account_id}")
    lone.publish(federated.peer, [key.published(kid=None, alg=None, use=None)])
    federated.provider(lone)
    federated.trust_again(role, issuer=lone)

    assert federated.assume(role, key.sign(lone.claims(), kid=None))["Credentials"]
    with refused("InvalidIdentityToken", NO_KEY):
        federated.assume(role, key.sign(lone.claims()))


@pytest.mark.parametrize(("count", "is_taken"), [(100, True), (101, False)])
def test_of_one_type_there_are_at_most_a_hundred_keys(federated: Federation, count: int, is_taken: bool) -> None:
    rsa, ecdsa = SigningKey.new(), SigningKey.new("curve", "ES256")
    many = [rsa.published(kid=f"key-{number}") for number in range(count - 1)]
    federated.issuer.publish(federated.peer, [*many, rsa.published(), ecdsa.published()])
    federated.provider()
    role = federated.role()

    assert federated.assume(role, ecdsa.sign(federated.issuer.claims()))["Credentials"]
    if is_taken:
        assert federated.assume(role, federated.issuer.token())["Credentials"]
    else:
        with refused("InvalidIdentityToken", NO_KEY):
            federated.assume(role, federated.issuer.token())


# Providers that do not answer as they should


def whole(body: bytes) -> Answer:
    """An answer that says how long it is, so that none of it can be missed."""
    return Answer(body=body, headers={"Content-Length": str(len(body))})


def answers(url: str) -> dict[str, tuple[str, Answer]]:
    issuer = f"https://{HOST}/{url}"
    keys = f'"jwks_uri": "{issuer}/keys"'
    return {
        "no configuration": (DISCOVERY, Answer(404)),
        "no JSON": (DISCOVERY, Answer(body=b"<html>")),
        "another issuer": (DISCOVERY, Answer(body=f'{{"issuer": "{issuer}/", {keys}}}'.encode())),
        "no place of keys": (DISCOVERY, Answer(body=f'{{"issuer": "{issuer}"}}'.encode())),
        "no keys": ("/keys", Answer(404)),
        "keys that are no JSON": ("/keys", Answer(body=b"keys")),
        "keys that are no set": ("/keys", Answer(body=b'{"keys": {}}')),
        "keys that are a list": ("/keys", Answer(body=b"[]")),
        "keys that are too many to read": ("/keys", whole(b'{"keys": []' + b" " * 600_000 + b"}")),
        "brackets without end": ("/keys", whole(b'{"keys":' + b"[" * 500_000)),
        "keys twice": ("/keys", Answer(body=b'{"keys": [], "keys": []}')),
    }


@pytest.mark.parametrize("how", answers(""))
def test_a_provider_that_answers_otherwise_has_no_keys(federated: Federation, how: str) -> None:
    federated.provider()
    url = federated.issuer.url.partition("/")[2]
    path, answer = answers(url)[how]
    federated.peer.answers[f"/{url}{path}"] = answer

    with refused("InvalidIdentityToken", NO_KEY):
        federated.assume(federated.role(), federated.issuer.token())


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500),
        Answer(302, headers={"Location": "https://169.254.169.254/"}),
        Answer(302, headers={"Location": "http://idp.example.com/"}),
        whole(b" " * 1_100_000),
    ],
    ids=["broken", "elsewhere", "in the clear", "huge"],
)
@pytest.mark.parametrize("path", [DISCOVERY, "/keys"])
def test_a_provider_that_cannot_be_asked_is_told_so_and_nothing_else(
    federated: Federation, path: str, answer: Answer
) -> None:
    federated.provider()
    federated.peer.answers[f"/{federated.issuer.url.partition('/')[2]}{path}"] = answer

    with refused("IDPCommunicationError", DOWN):
        federated.assume(federated.role(), federated.issuer.token())


@pytest.mark.parametrize(
    "place", ["https://127.0.0.1/keys", "https://169.254.169.254/latest", "http://idp.example.com/keys"]
)
def test_the_place_of_the_keys_is_never_private_nor_in_the_clear(federated: Federation, place: str) -> None:
    federated.issuer.publish(federated.peer, jwks_uri=place)
    federated.provider()

    with refused("IDPCommunicationError", DOWN):
        federated.assume(federated.role(), federated.issuer.token())


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "169.254.169.254"])
def test_a_private_issuer_is_not_asked(federated: Federation, host: str) -> None:
    issuer = Issuer(host)
    federated.provider(issuer)
    before = federated.peer.connections

    with refused("IDPCommunicationError", DOWN):
        federated.assume(federated.role(issuer=issuer), issuer.token())

    assert federated.peer.connections == before


def test_a_slow_provider_costs_its_own_callers_five_seconds_and_nobody_else_anything(federated: Federation) -> None:
    federated.provider()
    role = federated.role()
    slow = Issuer(f"{HOST}/slow-{federated.aws.account_id}")
    federated.provider(slow)
    federated.peer.answers[f"/{slow.url.partition('/')[2]}{DISCOVERY}"] = Answer(body=b"x" * 1000, pause=0.5)

    def wait(_: int) -> tuple[str, float]:
        begun = time.monotonic()
        with pytest.raises(ClientError) as told:
            federated.assume(role, slow.token())
        return told.value.response["Error"]["Code"], time.monotonic() - begun

    with ThreadPoolExecutor(8) as pool:
        waiting = pool.map(wait, range(8))
        begun = time.monotonic()
        assert federated.assume(role, federated.issuer.token())["Credentials"]
        took = time.monotonic() - begun
        ended = list(waiting)

    assert {code for code, _ in ended} == {"IDPCommunicationError"}
    assert took < 4 < max(seconds for _, seconds in ended) < 10
    path = "/" + slow.url.partition("/")[2] + DISCOVERY
    assert [each for _, each in federated.peer.asked].count(path) == 1  # they shared one fetch


def test_tokens_of_unknown_keys_make_the_provider_be_asked_once_a_minute(federated: Federation) -> None:
    federated.provider()
    role = federated.role()
    federated.assume(role, federated.issuer.token())
    assert asked(federated) == 1

    for number in range(20):
        with refused("InvalidIdentityToken", NO_KEY):
            federated.assume(role, SigningKey.new(f"unknown-{number}").sign(federated.issuer.claims()))

    assert asked(federated) == 2
    assert federated.assume(role, federated.issuer.token())["Credentials"]
    assert asked(federated) == 2


def test_many_at_once_share_one_fetch(federated: Federation) -> None:
    federated.provider()
    role = federated.role()

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda number: federated.assume(role, federated.issuer.token()), range(16)))

    assert all(reply["Credentials"] for reply in replies)
    assert asked(federated) == 1


def test_a_provider_that_is_made_again_is_asked_again(federated: Federation) -> None:
    arn = federated.provider()
    role = federated.role()
    federated.assume(role, federated.issuer.token())
    iam = federated.aws.admin("iam")

    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)

    with refused("InvalidIdentityToken", having="No OpenIDConnect provider found in your account"):
        federated.assume(role, federated.issuer.token())
    federated.provider()
    assert federated.assume(role, federated.issuer.token())["Credentials"]
    assert asked(federated) == 2


def test_a_client_that_is_removed_is_no_audience_from_then_on(federated: Federation) -> None:
    arn = federated.provider(ClientIDList=["web", "app"])
    role = federated.role()
    federated.assume(role, federated.issuer.token())

    federated.aws.admin("iam").remove_client_id_from_open_id_connect_provider(
        OpenIDConnectProviderArn=arn, ClientID="web"
    )

    with refused("InvalidIdentityToken", "Incorrect token audience"):
        federated.assume(role, federated.issuer.token())
    assert federated.assume(role, federated.issuer.token(aud="app"))["Audience"] == "app"


# Certificates


@pytest.fixture
def unknown_authority(tmp_path: Path, start_server: Callable[..., Server]) -> Iterator[tuple[Peer, Server]]:
    """A server that finds a peer, and knows no authority of its certificate."""
    with running(tmp_path, HOST) as peer:
        yield peer, start_server("--egress-allow", f"{HOST}=127.0.0.1:{peer.port}")


def federate(peer: Peer, server: Server, **provider: Any) -> Federation:
    accounts = Accounts(server.data, server.database_url)
    account_id, access_key_id, secret_access_key = accounts.create()
    accounts.close()
    aws = Aws(server.url, account_id, Keys(access_key_id, secret_access_key), accounts)
    issuer = Issuer(HOST)
    issuer.publish(peer)
    made = Federation(aws, peer, issuer, server)
    made.provider(**provider)
    return made


def test_a_thumbprint_stands_in_for_an_authority_that_nobody_knows(unknown_authority: tuple[Peer, Server]) -> None:
    peer, server = unknown_authority
    federated = federate(peer, server, ThumbprintList=["a" * 40, peer.thumbprint.upper()])

    assert federated.assume(federated.role(), federated.issuer.token())["Credentials"]


def test_a_certificate_of_an_unknown_authority_and_of_no_thumbprint_is_refused(
    unknown_authority: tuple[Peer, Server], tmp_path: Path
) -> None:
    peer, server = unknown_authority
    leaf = hashlib.sha1((tmp_path / "peer.pem").read_bytes(), usedforsecurity=False).hexdigest()
    federated = federate(peer, server, ThumbprintList=["a" * 40, leaf])

    with refused(
        "InvalidIdentityToken", "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
    ):
        federated.assume(federated.role(), federated.issuer.token())

    assert peer.asked == []


def test_a_certificate_that_is_only_sent_along_proves_nothing(
    tmp_path: Path, start_server: Callable[..., Server]
) -> None:
    (tmp_path / "true").mkdir()
    (tmp_path / "false").mkdir()
    with running(tmp_path / "true", HOST) as true, running(tmp_path / "false", HOST, sends=true.intermediate) as false:
        server = start_server("--egress-allow", f"{HOST}=127.0.0.1:{false.port}")
        federated = federate(false, server, ThumbprintList=[true.thumbprint])

        with refused("InvalidIdentityToken", having="doesn't match configured thumbprint"):
            federated.assume(federated.role(), federated.issuer.token())

        assert false.asked == []


def test_a_thumbprint_is_no_pass_for_a_certificate_of_another_host(
    tmp_path: Path, start_server: Callable[..., Server]
) -> None:
    with running(tmp_path, "other.example.com") as peer:
        server = start_server("--egress-allow", f"{HOST}=127.0.0.1:{peer.port}")
        federated = federate(peer, server, ThumbprintList=[peer.thumbprint])

        with refused("InvalidIdentityToken", having="doesn't match configured thumbprint"):
            federated.assume(federated.role(), federated.issuer.token())

        assert peer.asked == []
