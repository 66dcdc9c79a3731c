"""How a setting's value is read: from text or a TOML value to the field's type, ValueError when it cannot be."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from urllib.parse import urlsplit

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
LogFormat = Literal["auto", "json", "console"]
LogLevel = Literal["debug", "info", "warning", "error"]

MASK = "********"

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen: a TCP host and port (0 lets the system choose), or a unix socket's path."""

    host: str = ""
    port: int = 0
    path: str | None = None

    def __str__(self) -> str:
        if self.path is not None:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class HostRoute:
    """Where a host (in lower case) is reached over https, in the place of what its name resolves to."""

    host: str
    address: str
    port: int

    def __str__(self) -> str:
        place = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.host}={place}:{self.port}"


def words(value: object) -> str:
    """A text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError
    return value


def texts(value: object) -> list[str]:
    """One text with commas, or a list of texts."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list):
        return [part for item in value for part in texts(words(item))]
    raise ValueError


def path(value: object) -> Path:
    return Path(words(value)).expanduser()


def database_url(value: object) -> str:
    text = words(value)
    scheme, separator, rest = text.partition(":")
    if not separator or scheme not in ("sqlite", "postgresql", "postgres") or not rest.strip("/"):
        raise ValueError
    return text


def without_password(value: object) -> str:
    """The URL with the password masked, also where it stands in the query (`?password=…`)."""
    masked = re.sub(r"(?<=://)([^/@]*?):[^@]*@", rf"\1:{MASK}@", str(value))
    return re.sub(r"(?i)(?<=[?&])((?:ssl)?password)=[^&]*", rf"\1={MASK}", masked)


def without_command(value: object) -> str:
    """The master key's place; a command line may hold a secret and is masked."""
    kind, _, rest = str(value).partition(":")
    return f"{kind}:{MASK if kind == 'command' else rest}"


def addresses(value: object) -> tuple[Address, ...]:
    addresses = tuple(address(text) for text in texts(value))
    if not addresses:
        raise ValueError
    return addresses


def address(text: str) -> Address:
    if text.startswith("unix:") and len(text) > len("unix:"):
        return Address(path=text.removeprefix("unix:"))
    host, separator, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not separator or not host or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
        raise ValueError
    if (":" in host) != bracketed:
        raise ValueError("an IPv6 address is written in brackets")
    return Address(host=host[1:-1] if bracketed else host, port=int(port))


def public_url(value: object) -> str:
    text = words(value)
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError
    return text.rstrip("/")


def account_id(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{12}", value) or value == "000000000000":
        raise ValueError
    return value


def account_name(value: object) -> str:
    text = words(value)
    if len(text) > 50 or not text.isprintable():
        raise ValueError
    return text


def email(value: object) -> str:
    text = words(value)
    if not is_email(text):
        raise ValueError
    return text


def is_email(text: str) -> bool:
    """Whether the text has the form of an e-mail address (AWS Organizations API, CreateAccount: 6 to 64)."""
    return 6 <= len(text) <= 64 and re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", text, re.ASCII) is not None


def master_key(value: object) -> str:
    text = words(value)
    kind, _, rest = text.partition(":")
    if kind not in ("file", "env", "command") or not rest.strip():
        raise ValueError
    return text


def seconds(low: float, high: float) -> Callable[[object], float]:
    def read(value: object) -> float:
        if isinstance(value, str):
            found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) *(s|ms|m|h)?", value.strip())
            if found is None:
                raise ValueError
            value = float(found[1]) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[found[2] or "s"]
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise ValueError
        return float(value)

    return read


def networks(value: object) -> tuple[IPNetwork, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts(value))


def destinations(value: object) -> tuple[IPNetwork | HostRoute, ...]:
    return tuple(host_route(text) if "=" in text else ipaddress.ip_network(text) for text in texts(value))


def host_route(text: str) -> HostRoute:
    host, _, place = text.partition("=")
    found = address(place)
    if not _HOST.fullmatch(host) or found.path is not None or not found.port:
        raise ValueError
    return HostRoute(host.lower(), str(ipaddress.ip_address(found.host)), found.port)


def one_of(*choices: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in choices:
            raise ValueError
        return str(value)

    return read


def quotas(value: object) -> Mapping[str, int]:
    pairs = list(value.items()) if isinstance(value, dict) else [quota(text) for text in texts(value)]
    quotas: dict[str, int] = {}
    for name, number in pairs:
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= 1_000_000_000:
            raise ValueError(f"{name} is not a number from 0 to 1000000000")
        quotas[str(name)] = number
    return MappingProxyType(quotas)


def quota(text: str) -> tuple[str, int]:
    name, separator, number = text.partition("=")
    if not separator or not re.fullmatch(r"[0-9]{1,10}", number.strip()):
        raise ValueError
    return name.strip(), int(number)


def number(value: object) -> str:
    return f"{value:g}"


def listed(value: object) -> str:
    assert isinstance(value, tuple)
    return ", ".join(str(item) for item in value) or "none"


def table(value: object) -> str:
    assert isinstance(value, Mapping)
    return ", ".join(f"{name}={number}" for name, number in value.items()) or "AWS's defaults"
