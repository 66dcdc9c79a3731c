"""From where a request came, and whom its word is taken for."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.service.client_address import address_of, client_of

PROXIES = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8:1::/48")]


def client(peer: str | None, *forwarded: str, proto: str | None = None) -> tuple[str | None, bool]:
    headers = [(b"x-forwarded-for", each.encode("latin-1")) for each in forwarded]
    if proto is not None:
        headers.append((b"x-forwarded-proto", proto.encode()))
    return client_of(peer, False, headers, PROXIES)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:443", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:443", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("", None),
        ("unknown", None),
        ("192.0.2", None),
        ("192.0.2.01", None),
        ("_hidden:443", None),
    ],
)
def test_an_address_is_read_as_connections_and_proxies_write_it(written: str, address: str | None) -> None:
    assert client_of(written, True, [], []) == (address, True)


@given(st.ip_addresses())
def test_every_address_is_read_as_it_is_written(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    expected = getattr(address, "ipv4_mapped", None) or address

    assert address_of(str(address)) == expected


def test_nobody_else_is_believed() -> None:
    assert client("192.0.2.9", "203.0.113.5", proto="https") == ("192.0.2.9", False)
    assert client_of("10.0.0.1", False, [(b"x-forwarded-for", b"203.0.113.5")], []) == ("10.0.0.1", False)


def test_the_last_address_that_is_no_proxy_is_the_client() -> None:
    assert client("10.0.0.1", "203.0.113.5") == ("203.0.113.5", False)
    assert client("10.0.0.1", "198.51.100.7, 203.0.113.5, 10.0.0.2") == ("203.0.113.5", False)
    assert client("10.0.0.1", "198.51.100.7", "203.0.113.5 , ::ffff:10.0.0.2") == ("203.0.113.5", False)
    assert client("::ffff:10.0.0.1", "[2001:db8:2::5]:7, 2001:db8:1::1") == ("2001:db8:2::5", False)
    assert client(None, "203.0.113.5:1000") == ("203.0.113.5", False)


def test_where_all_are_proxies_the_first_is_the_client() -> None:
    assert client("10.0.0.1") == ("10.0.0.1", False)
    assert client("10.0.0.1", "10.0.0.3, 10.0.0.2") == ("10.0.0.3", False)
    assert client(None) == (None, False)


def test_what_a_proxy_names_that_is_no_address_is_not_known() -> None:
    assert client("10.0.0.1", "203.0.113.5, unknown") == (None, False)


def test_one_word_of_a_proxy_tells_of_tls() -> None:
    assert client("10.0.0.1", "203.0.113.5", proto="HTTPS ") == ("203.0.113.5", True)
    assert client("10.0.0.1", "203.0.113.5", proto="http") == ("203.0.113.5", False)
    told = [(b"x-forwarded-proto", b"https"), (b"x-forwarded-proto", b"https")]
    assert client_of("10.0.0.1", False, told, PROXIES) == ("10.0.0.1", False)
