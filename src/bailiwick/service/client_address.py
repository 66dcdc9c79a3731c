"""From where a request came: its connection's other end or, behind proxies that are listed, whom these name."""

import ipaddress
from collections.abc import Iterable, Sequence

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

Headers = Iterable[tuple[bytes, bytes]]


def client_of(
    peer: str | None, is_secure: bool, headers: Headers, trusted: Sequence[IPNetwork]
) -> tuple[str | None, bool]:
    """The client's address, None if it is not known, and whether it spoke TLS.

    Args:
        peer: the connection's other end, None for a Unix socket: whoever may open that is local, and trusted.
        is_secure: whether the connection itself has TLS.
        headers: with names in lower case; X-Forwarded-For and X-Forwarded-Proto are read, of listed proxies alone.
        trusted: the networks of these proxies; if there are none, no header is believed.
    """
    address = None if peer is None else address_of(peer)
    if not trusted or not (peer is None or _is_in(address, trusted)):
        return _text(address), is_secure
    told = list(headers)
    protocols = [value for name, value in told if name == b"x-forwarded-proto"]
    if len(protocols) == 1:
        is_secure = protocols[0].strip().lower() == b"https"
    forwarded = b",".join(value for name, value in told if name == b"x-forwarded-for").decode("latin-1")
    for hop in reversed([hop for hop in map(str.strip, forwarded.split(",")) if hop]):
        address = address_of(hop)
        if not _is_in(address, trusted):
            break
    return _text(address), is_secure


def address_of(text: str) -> IPAddress | None:
    """An address as connections and proxies write it, None if it is none.

    A port is left out (`192.0.2.1:443`, `[2001:db8::1]:443`), also a zone; an IPv4 address in an IPv6 one, as a socket
    for both writes it, is that IPv4 address (RFC 4291, section 2.5.5.2): policies name it so.
    """
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


def _is_in(address: IPAddress | None, networks: Iterable[IPNetwork]) -> bool:
    return address is not None and any(address in network for network in networks)


def _text(address: IPAddress | None) -> str | None:
    return None if address is None else str(address)
