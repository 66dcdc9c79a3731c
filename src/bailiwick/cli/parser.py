"""The command line: which commands and flags there are, and their help."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from bailiwick import __version__
from bailiwick.settings import SETTINGS, Setting, nearest

SETTING_PREFIX = "setting:"
"""How the parsed arguments name a setting's flag, apart from the flags of the commands themselves."""

POLICY_TYPES = ("managed", "inline", "trust", "session", "resource", "scp", "rcp", "vpc-endpoint")
"""What `policy check` can take a document for."""

_STORE = frozenset({"data", "database_url", "master_key"})
_FIRST_RUN = frozenset({"account_id", "account_name", "root_email"})
_ALL = frozenset(setting.name for setting in SETTINGS)

EPILOG = """\
examples:
  bailiwick serve                      start on http://127.0.0.1:4260 with everything in ./data
  bailiwick serve --database-url postgresql://user:password@host/database
  bailiwick account create shop --email root@shop.example --credentials-file ~/.aws/credentials
  bailiwick policy check policy.json   what AWS would refuse in it, and where
  bailiwick doctor                     what about root and the administrators is not as it should be

Each setting is a flag, an environment variable BAILIWICK_NAME or a line in the file of --config, in that order;
`bailiwick config check` shows them all. Exit codes: 0 done, 1 refused or failed, 2 usage, 3 server not reachable.
"""


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        words: what is typed (`account create`).
        module: the module of `bailiwick.cli` whose `run(arguments, loaded)` does it.
        help: one line, in the list of commands.
        description: the paragraph over its own help.
        settings: the names of the settings that it has as flags.
    """

    words: tuple[str, ...]
    module: str
    help: str
    description: str
    settings: frozenset[str] = frozenset()


COMMANDS = (
    Command(
        ("serve",),
        "serve",
        "start the service",
        "Start Bailiwick. The first run asks nothing: it makes an account, its root user (without any credential) and "
        "the administrator `admin`, whose access key it writes to DATA/credentials.",
        _ALL,
    ),
    Command(
        ("init",),
        "init",
        "do what the first run does, without serving",
        "Make the store, the account, its root user and the administrator `admin` with its access key in "
        "DATA/credentials. Where there is an account already, nothing changes.",
        _STORE | _FIRST_RUN,
    ),
    Command(
        ("account", "create"),
        "account_create",
        "make a further account with its own administrator",
        "Make a further account, isolated from the others, with its own administrator `admin`. It acts on the store "
        "and may run while the service runs. The access key is shown once.",
        _STORE,
    ),
    Command(
        ("doctor",),
        "doctor",
        "list what about root and the administrators is not as it should be",
        "Examine root, the administrators, their access keys and the installation's files. Exit code 1 when something "
        "must be put right.",
        _STORE,
    ),
    Command(
        ("coverage",),
        "coverage",
        "list which operations of AWS's models are there",
        "For each operation of IAM, STS and Bailiwick's own service: whether this version has it. An operation that it "
        "does not have answers NotImplemented.",
    ),
    Command(
        ("config", "check"),
        "config_check",
        "show every setting, its value and where it came from",
        "Read the settings as `serve` would and show them, secrets masked. Exit code 2 when one cannot be used.",
        _ALL,
    ),
    Command(
        ("policy", "check"),
        "policy_check",
        "say what is wrong in policy documents, at which line and column",
        "Check policy documents as AWS does when they are written, without a server: each fault in AWS's words, with "
        "its line and column, and the size against the quota. Exit code 1 when a document would be refused.",
    ),
    Command(("version",), "version", "show the version", "Show the version."),
)

_GROUPS = {
    "account": "make further accounts",
    "config": "look at the settings",
    "policy": "check policy documents",
}


class Parser(argparse.ArgumentParser):
    """argparse's parser that exits with code 2 and names the nearest flag or command for a mistyped one."""

    def error(self, message: str) -> NoReturn:
        """Print what is wrong with the command line, in two lines, and exit."""
        self._refuse(message, self.prog)

    def _refuse(self, message: str, program: str) -> NoReturn:
        self.exit(2, f"bailiwick: {message}\nTry: {program} --help\n")

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse's, with a hint for an unknown argument."""
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            command = next((c for c in COMMANDS if c.words == parsed.command.words), None)
            flags = _flags(command) if command is not None else []
            word = next((word for word in unknown if word.startswith("-")), unknown[0])
            name = word.split("=")[0]
            self._refuse(
                f"there is no argument {name}{nearest(name, flags)}", " ".join((self.prog, *parsed.command.words))
            )
        return parsed


def build() -> Parser:
    """The whole command line."""
    parser = Parser(
        prog="bailiwick",
        description="AWS IAM and STS for everyone's own systems.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"bailiwick {__version__}")
    top = parser.add_subparsers(metavar="COMMAND", required=True, title="commands")
    groups: dict[str, Any] = {}
    for command in COMMANDS:
        place = top
        if len(command.words) > 1:
            word = command.words[0]
            if word not in groups:
                group = top.add_parser(
                    word, help=_GROUPS[word], description=_sentence(_GROUPS[word]), allow_abbrev=False
                )
                groups[word] = group.add_subparsers(metavar="COMMAND", required=True, title="commands")
            place = groups[word]
        one = place.add_parser(
            command.words[-1], help=command.help, description=command.description, allow_abbrev=False
        )
        one.set_defaults(command=command)
        _add_own_flags(one, command)
        if command.settings:
            _add_settings(one, command.settings)
    return parser


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _add_own_flags(parser: argparse.ArgumentParser, command: Command) -> None:
    match command.words:
        case ("account", "create"):
            parser.add_argument("name", metavar="NAME", help="the account's name, 1 to 50 characters")
            parser.add_argument("--email", required=True, metavar="E", help="its root user's e-mail address, unique")
            parser.add_argument("--account-id", metavar="ID", help="12 digits; random without it")
            how = parser.add_mutually_exclusive_group()
            how.add_argument(
                "--credentials-file",
                metavar="F",
                help="write the access key as profile NAME to this AWS credentials file (mode 0600)",
            )
            how.add_argument("--json", action="store_true", help="print account id and access key as JSON")
        case ("policy", "check"):
            parser.add_argument("files", nargs="+", metavar="FILE", help="a policy document; - is standard input")
            parser.add_argument(
                "--type",
                choices=POLICY_TYPES,
                default=POLICY_TYPES[0],
                help="what the documents are to be (default %(default)s; a permissions boundary is managed)",
            )
            parser.add_argument("--json", action="store_true", help="print JSON")
        case ("coverage",):
            how = parser.add_mutually_exclusive_group()
            how.add_argument("--json", action="store_true", help="print JSON")
            how.add_argument("--markdown", action="store_true", help="print the page of the documentation")
        case ("doctor",) | ("config", "check") | ("version",) | ("init",):
            parser.add_argument("--json", action="store_true", help="print JSON")
        case _:
            pass


def _add_settings(parser: argparse.ArgumentParser, names: frozenset[str]) -> None:
    group = parser.add_argument_group("settings")
    group.add_argument("--config", metavar="FILE", help="a TOML file with settings (BAILIWICK_CONFIG)")
    for setting in SETTINGS:
        if setting.name in names:
            group.add_argument(
                setting.flag_name,
                dest=SETTING_PREFIX + setting.name,
                metavar=_metavar(setting),
                action="append" if setting.is_repeatable else "store",
                default=argparse.SUPPRESS,
                help=_help(setting),
            )


def _metavar(setting: Setting[object]) -> str:
    return {"listen": "ADDRESS", "database_url": "URL", "data": "FOLDER", "quotas": "NAME=NUMBER"}.get(
        setting.name, setting.name.rpartition("_")[2].upper()
    )


def _help(setting: Setting[object]) -> str:
    text = f"{setting.help} ({setting.allowed}; default {setting.default_shown})"
    return text.replace("%", "%%")


def _flags(command: Command) -> Sequence[str]:
    own = ["--help", "--config", "--json", "--markdown", "--type", "--email", "--account-id", "--credentials-file"]
    return own + [setting.flag_name for setting in SETTINGS if setting.name in command.settings]
