"""The one way out, against those who would turn it: to other places, to other people, or into endless work."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bailiwick.egress import Destinations, Egress, Reply, Route, Unreachable
from tests.https_peer import Answer, Peer, running

HOST = "idp.example.com"


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    with running(tmp_path, HOST, "keys.example.com", "localhost") as peer:
        yield peer


def fetched(peer: Peer, url: str, *, trusts: bool = True, **limits: float) -> Reply:
    """What the client gets of the peer, to which both hosts lead."""
    routes = dict.fromkeys((HOST, "keys.example.com", "else.example.com"), Route("127.0.0.1", peer.port))
    egress = Egress(Destinations(routes=routes), peer.authorities if trusts else None, **limits)  # type: ignore[arg-type]
    return asyncio.run(egress.get(url))


def refusal(peer: Peer, url: str, *, trusts: bool = True, **limits: float) -> str:
    with pytest.raises(Unreachable) as refused:
        fetched(peer, url, trusts=trusts, **limits)
    return str(refused.value)


def test_a_host_is_fetched_from_by_its_name_wherever_it_is_reached(peer: Peer) -> None:
    peer.answers["/a?b=c"] = Answer(body=b"{}")

    assert fetched(peer, f"https://{HOST}/a?b=c") == Reply(200, b"{}")
    assert fetched(peer, f"https://{HOST}") == Reply(404, b"")
    assert peer.asked == [(HOST, "/a?b=c"), (HOST, "/")]


# To other places

PRIVATE = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::1",
    "2001:0:7f00:1::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_not_reached(address: str) -> None:
    assert not Destinations().may_reach(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "2002:808:808::1"])
def test_what_is_public_is_reached(address: str) -> None:
    assert Destinations().may_reach(ipaddress.ip_address(address))


def test_what_is_listed_is_reached_in_every_spelling_and_nothing_beside_it() -> None:
    destinations = Destinations([ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00::/8")])

    for address in ("10.1.2.3", "::ffff:10.1.2.3", "fd00::1"):
        assert destinations.may_reach(ipaddress.ip_address(address))
    for address in ("10.2.0.1", "::ffff:10.2.0.1", "fc00::1", "127.0.0.1"):
        assert not destinations.may_reach(ipaddress.ip_address(address))


def resolving(*addresses: str, networks: Sequence[str] = (), ca: Path | None = None) -> tuple[Egress, list[str]]:
    """A client to which every name has these addresses, and the names that it looked up."""
    names: list[str] = []

    async def resolve(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
        names.append(host)
        return [ipaddress.ip_address(address) for address in addresses]

    return Egress(Destinations([*map(ipaddress.ip_network, networks)]), ca, resolve=resolve), names


def test_a_name_with_one_private_address_is_refused_whatever_the_others_are(peer: Peer) -> None:
    for addresses in (["127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["8.8.8.8", "127.0.0.1"]):
        egress, _ = resolving(*addresses, ca=peer.authorities)

        with pytest.raises(Unreachable, match=r"127\.0\.0\.1, which is not public and not in egress_allow"):
            asyncio.run(egress.get(f"https://{HOST}:{peer.port}/"))

    assert peer.connections == 0


def test_the_connection_goes_to_the_address_that_was_checked_and_the_name_is_looked_up_once(peer: Peer) -> None:
    egress, names = resolving("127.0.0.1", networks=["127.0.0.0/8"], ca=peer.authorities)

    reply = asyncio.run(egress.get(f"https://{HOST}:{peer.port}/"))

    assert reply.status == 404
    assert names == [HOST]
    assert peer.asked == [(f"{HOST}:{peer.port}", "/")]


def test_the_systems_own_look_up_is_checked_as_well(peer: Peer) -> None:
    url = f"https://localhost:{peer.port}/"

    with pytest.raises(Unreachable, match="not public"):
        asyncio.run(Egress(Destinations(), peer.authorities).get(url))
    listed = Destinations([ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")])
    assert asyncio.run(Egress(listed, peer.authorities).get(url)).status == 404


@pytest.mark.parametrize(
    "url",
    [
        "http://idp.example.com/",
        "ftp://idp.example.com/",
        "file:///etc/passwd",
        "//idp.example.com/",
        "https://",
        "https:///path",
        "https://user@idp.example.com/",
        "https://user:word@idp.example.com/",
        "https://idp.example.com:0/",
        "https://idp.example.com:99999/",
        "https://[::1/",
        "https://idp.example.com/a b",
        "https://idp.example.com/\r\nX: y",
        "https://idp.exämple.com/",
        "https://idp.example.com/" + "a" * 2048,
        "https://" + "a" * 64 + ".example.com/",
    ],
)
def test_what_is_no_plain_https_url_is_not_fetched(url: str) -> None:
    egress = Egress(Destinations())

    with pytest.raises(Unreachable):
        asyncio.run(egress.get(url))


def test_a_redirect_is_followed_within_the_origin_and_nowhere_else(peer: Peer) -> None:
    peer.answers["/here"] = Answer(302, headers={"Location": "there"})
    peer.answers["/there"] = Answer(308, headers={"Location": f"https://{HOST}:443/end"})
    peer.answers["/end"] = Answer(body=b"end")
    for number, place in enumerate(
        [
            "https://else.example.com/",
            f"https://{HOST}:{peer.port}/",
            f"http://{HOST}/",
            "//else.example.com/",
            "file:/",
        ]
    ):
        peer.answers[f"/away{number}"] = Answer(301, headers={"Location": place})
    peer.answers["/round"] = Answer(302, headers={"Location": "/round"})

    assert fetched(peer, f"https://{HOST}/here") == Reply(200, b"end")
    for number in range(5):
        refusal(peer, f"https://{HOST}/away{number}")
    assert refusal(peer, f"https://{HOST}/round") == "too many redirects"
    assert {host for host, _ in peer.asked} == {HOST, f"{HOST}:443"}
    assert [path for _, path in peer.asked].count("/round") == 4


# To other people


def test_a_peer_that_no_trusted_authority_vouches_for_is_not_asked(peer: Peer) -> None:
    assert "certificate verify failed" in refusal(peer, f"https://{HOST}/", trusts=False)
    assert peer.asked == []


def test_a_peer_with_another_hosts_certificate_is_not_asked(peer: Peer) -> None:
    assert "Hostname mismatch" in refusal(peer, "https://else.example.com/")
    assert peer.asked == []


def test_the_certificates_of_an_untrusted_peer_are_not_told(peer: Peer) -> None:
    routes = {HOST: Route("127.0.0.1", peer.port)}

    trusting = Egress(Destinations(routes=routes), peer.authorities)
    assert len(asyncio.run(trusting.certificates(f"https://{HOST}/"))) == 2
    with pytest.raises(Unreachable):
        asyncio.run(Egress(Destinations(routes=routes)).certificates(f"https://{HOST}/"))


# Into endless work


def test_an_answer_that_is_too_long_is_given_up(peer: Peer) -> None:
    peer.answers["/"] = Answer(body=b"x" * 1001)
    peer.answers["/head"] = Answer(headers={f"X-{number}": "y" * 1000 for number in range(90)})

    assert refusal(peer, f"https://{HOST}/", body_bytes=1000) == "an answer of more than 1000 bytes"
    assert fetched(peer, f"https://{HOST}/", body_bytes=1001).body == b"x" * 1001
    refusal(peer, f"https://{HOST}/head")


def test_an_answer_that_is_slow_is_given_up_though_each_byte_comes_soon(peer: Peer) -> None:
    peer.answers["/"] = Answer(body=b"x" * 100, pause=0.05)

    assert refusal(peer, f"https://{HOST}/", seconds=0.5) == "no answer within 0.5 s"


def test_a_peer_that_says_nothing_is_given_up(peer: Peer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        routes = {HOST: Route("127.0.0.1", silent.getsockname()[1])}

        with pytest.raises(Unreachable, match="no answer"):
            asyncio.run(Egress(Destinations(routes=routes), peer.authorities, seconds=0.2).get(f"https://{HOST}/"))


def test_a_compressed_answer_is_not_unpacked(peer: Peer) -> None:
    peer.answers["/"] = Answer(body=b"x", headers={"Content-Encoding": "gzip"})

    assert "compressed" in refusal(peer, f"https://{HOST}/")


def test_a_name_without_an_address_and_a_closed_port_are_told_apart_only_in_the_log() -> None:
    egress, _ = resolving()

    with pytest.raises(Unreachable, match="no address"):
        asyncio.run(egress.get(f"https://{HOST}/"))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unreachable):
        asyncio.run(Egress(Destinations(routes={HOST: Route("127.0.0.1", port)})).get(f"https://{HOST}/"))
