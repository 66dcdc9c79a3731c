"""Which addresses may be connected to: public ones, and what the operator listed. Pure.

Sources: the IANA registries of special-purpose addresses, as Python's `ipaddress` has them; RFC 4291 (2.5.5),
RFC 3056, RFC 4380 and RFC 6052 for addresses that carry one of IPv4.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")


@dataclass(frozen=True, slots=True)
class Route:
    """Where a host is reached, in the place of what its name resolves to."""

    address: str
    port: int


class Destinations:
    """What the operator lets this installation connect to."""

    def __init__(self, networks: Sequence[IPNetwork] = (), routes: Mapping[str, Route] | None = None) -> None:
        """`networks` may be reached though they are not public; `routes` are by host, in lower case."""
        self._networks = tuple(networks)
        self._routes = dict(routes or {})

    def route(self, host: str) -> Route | None:
        """Where the operator says that a host is, or None."""
        return self._routes.get(host.lower())

    def may_reach(self, address: IPAddress) -> bool:
        """Whether an address may be connected to. One that carries another is taken for that one as well."""
        return all(self._is_listed(each) or _is_public(each) for each in _every_meaning(address))

    def _is_listed(self, address: IPAddress) -> bool:
        return any(address.version == network.version and address in network for network in self._networks)


def _is_public(address: IPAddress) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _every_meaning(address: IPAddress) -> tuple[IPAddress, ...]:
    """The address and, of one of IPv6 that carries an address of IPv4 instead, what it carries."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:  # the system connects to the carried address
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address, address.sixtofour)
    if address.teredo is not None:
        return (address, *address.teredo)
    if address in _NAT64 or (address in _IPV4_COMPATIBLE and int(address) > 1):
        return (address, ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    return (address,)
