"""Which settings there are: the typed whole, and for each its reader and its words for people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from bailiwick.settings import readers
from bailiwick.settings.readers import Address, HostRoute, IPNetwork, LogFormat, LogLevel

T = TypeVar("T")

ENVIRONMENT_PREFIX = "BAILIWICK_"
DEFAULT_PORT = 4260


@dataclass(frozen=True, slots=True)
class Settings:
    """What the program runs with; each field is documented by its entry in SETTINGS. Times are seconds."""

    data: Path
    database_url: str
    listen: tuple[Address, ...]
    public_url: str
    account_id: str | None
    account_name: str
    root_email: str
    master_key: str
    stale_limit: float
    trusted_proxies: tuple[IPNetwork, ...]
    egress_allow: tuple[IPNetwork | HostRoute, ...]
    egress_ca: Path | None
    log_format: LogFormat
    log_level: LogLevel
    shutdown_grace: float
    quotas: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One setting: how its value is read, and its words for people.

    Attributes:
        name: the field of Settings.
        read: makes the value from text (flag, environment) or a TOML value; raises ValueError when it cannot.
        allowed: what is allowed, to complete "expected …".
        default: the default as a person would write it, or None when it follows from other settings.
        shown_default: how the help shows it.
        help: one line.
        flag: its flag, when that is not made of the name.
        is_repeatable: whether the flag may be given several times.
        show: the value in `config check`; masks what is secret.
        is_secret: whether the value may hold a secret, so that no message may quote it.
    """

    name: str
    read: Callable[[object], T]
    allowed: str
    default: str | None
    help: str
    shown_default: str = ""
    flag: str = ""
    is_repeatable: bool = False
    show: Callable[[object], str] = str
    is_secret: bool = False

    @property
    def flag_name(self) -> str:
        """`--database-url` for `database_url`."""
        return self.flag or "--" + self.name.replace("_", "-")

    @property
    def default_shown(self) -> str:
        """The default, for the help."""
        return self.shown_default or str(self.default)

    @property
    def variable(self) -> str:
        """`BAILIWICK_DATABASE_URL` for `database_url`."""
        return ENVIRONMENT_PREFIX + self.name.upper()


SETTINGS: tuple[Setting[object], ...] = (
    Setting("data", readers.path, "a folder", "data", "The folder of the store, the keys and the first credentials."),
    Setting(
        "database_url",
        readers.database_url,
        "sqlite:PATH or postgresql://USER:PASSWORD@HOST/DATABASE",
        None,
        "The store.",
        shown_default="sqlite:DATA/bailiwick.db",
        show=readers.without_password,
        is_secret=True,
    ),
    Setting(
        "listen",
        readers.addresses,
        "HOST:PORT, [IPV6]:PORT or unix:PATH (several with commas)",
        f"127.0.0.1:{DEFAULT_PORT}",
        "Where to listen.",
        is_repeatable=True,
        show=readers.listed,
    ),
    Setting(
        "public_url",
        readers.public_url,
        "an http:// or https:// address without query",
        None,
        "The address that people and programs reach this service by; every link is made of it.",
        shown_default=f"http://localhost:{DEFAULT_PORT}",
    ),
    Setting(
        "account_id",
        readers.account_id,
        "12 digits, in quotation marks in a file",
        None,
        "First run: the account's id.",
        shown_default="random",
        show=lambda value: "random" if value is None else str(value),
    ),
    Setting(
        "account_name", readers.account_name, "1 to 50 printable characters", "main", "First run: the account's name."
    ),
    Setting(
        "root_email",
        readers.email,
        "an e-mail address",
        "root@example.com",
        "First run: the root user's e-mail address.",
    ),
    Setting(
        "master_key",
        readers.master_key,
        "file:PATH, env:NAME or command:COMMAND",
        None,
        "What protects the secrets at rest: a file (made on the first run), a variable or a command's output.",
        shown_default="file:DATA/master.key",
        show=readers.without_command,
        is_secret=True,
    ),
    Setting(
        "stale_limit",
        readers.seconds(0, 3600),
        "seconds from 0 to 3600",
        "60",
        "How long a server that is cut off from its store still decides from memory.",
        show=readers.number,
    ),
    Setting(
        "trusted_proxies",
        readers.networks,
        "networks such as 10.0.0.0/8 (several with commas)",
        "",
        "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.",
        shown_default="none",
        is_repeatable=True,
        show=readers.listed,
    ),
    Setting(
        "egress_allow",
        readers.destinations,
        "networks such as 10.0.0.0/8, or HOST=ADDRESS:PORT (several with commas)",
        "",
        "What may be fetched from though its address is not public, or where a host is reached instead.",
        shown_default="none",
        is_repeatable=True,
        show=readers.listed,
    ),
    Setting(
        "egress_ca",
        readers.path,
        "a file of certificates in PEM",
        None,
        "Authorities that are trusted, beside the system's, for what is fetched from other systems.",
        shown_default="none",
        show=lambda value: "none" if value is None else str(value),
    ),
    Setting(
        "log_format",
        readers.one_of("auto", "json", "console"),
        "auto, json or console",
        "auto",
        "How logs are written; auto is console on a terminal, else json.",
    ),
    Setting(
        "log_level",
        readers.one_of("debug", "info", "warning", "error"),
        "debug, info, warning or error",
        "info",
        "The least important log line that is written.",
    ),
    Setting(
        "shutdown_grace",
        readers.seconds(0, 10),
        "seconds from 0 to 10",
        "10",
        "How long requests under way may take after SIGTERM.",
        show=readers.number,
    ),
    Setting(
        "quotas",
        readers.quotas,
        "NAME=NUMBER (several with commas; a table in a file)",
        "",
        "Replace one of AWS's quotas, for every account: UsersPerAccount=100000.",
        shown_default="AWS's",
        flag="--quota",
        is_repeatable=True,
        show=readers.table,
    ),
)
