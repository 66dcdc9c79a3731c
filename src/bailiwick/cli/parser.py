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
  bailiwick account quota 123456789012 RolesPerAccount=5000
  bailiwick policy check policy.json   what AWS would refuse in it, and where
  bailiwick can arn:aws:iam::123456789012:user/ana iam:ListUsers '*'
  bailiwick explain REQUEST_ID         why that request was denied, and what would allow it
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
        ("account", "quota"),
        "account_quota",
        "show an account's quotas, and set them within AWS's maxima",
        "Show the quotas that an account can have values of its own for, after setting those that are given. It acts "
        "on the store and may run while the service runs; what is set holds from the next request on.",
        _STORE | {"quotas"},
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
    Command(
        ("can",),
        "can",
        "say whether a principal may do something, and why",
        "Ask the server whether a user, role, session, federated user or root may do something, and why, without its "
        "doing it. Credentials and endpoint are found as the aws CLI finds them. Exit code 0 when it is allowed, 1 "
        "when it is denied.",
    ),
    Command(
        ("explain",),
        "explain",
        "say why a request was denied, and what would allow it",
        "Ask the server why a request was decided as it was, by the id that came with its reply, and how it would be "
        "decided now. Credentials and endpoint are found as the aws CLI finds them.",
    ),
    Command(
        ("sessions", "list"),
        "sessions",
        "list live sessions: whose, from where, until when, last used",
        "List the account's live sessions, those that live longest first, with the chain that each came from. "
        "Credentials and endpoint are found as the aws CLI finds them.",
    ),
    Command(
        ("sessions", "end"),
        "sessions",
        "end one session, or all of a role, a person, an identity provider or the account",
        "End sessions: their credentials are refused from the next request on, at every server, and so are those of "
        "all sessions that came from them. What is issued later is not touched. Credentials and endpoint are found as "
        "the aws CLI finds them.",
    ),
    Command(
        ("sessions", "revoke"),
        "sessions",
        "deny a role's or user's older sessions by its own policy, as AWS's console does, and end them",
        "Put the inline policy AWSRevokeOlderSessions with the present moment on a role or user, and end its sessions, "
        "both in one step. Credentials and endpoint are found as the aws CLI finds them.",
    ),
    Command(
        ("export",),
        "export",
        "print an account's users, groups, roles and policies as JSON",
        "Print what get-account-authorization-details tells of the account, all of it, as one JSON document that "
        "`import` takes. Credentials and endpoint are found as the aws CLI finds them.",
    ),
    Command(
        ("import",),
        "importing",
        "bring users, groups, roles and policies of another account in",
        "Take the output of `aws iam get-account-authorization-details`, or of `bailiwick export`, into the account: "
        "first only say what would be done, then, with --apply, do all of it or nothing. Nothing is taken away. It "
        "needs the permissions of all that it does. Exit code 1 when something is refused.",
    ),
    Command(("version",), "version", "show the version", "Show the version."),
)

_GROUPS = {
    "account": "make further accounts, and set their quotas",
    "config": "look at the settings",
    "policy": "check policy documents",
    "sessions": "list the account's sessions, and end them",
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
        case ("account", "quota"):
            parser.add_argument("account_id", metavar="ACCOUNT_ID", help="12 digits")
            parser.add_argument(
                "values", nargs="*", metavar="NAME=N", help="RolesPerAccount=5000; NAME=default for the installation's"
            )
            parser.add_argument("--json", action="store_true", help="print JSON")
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
        case ("can",):
            parser.add_argument("principal", metavar="PRINCIPAL_ARN", help="whose permissions")
            parser.add_argument("action", metavar="ACTION", help="such as iam:GetUser")
            parser.add_argument("resource", metavar="RESOURCE", help="an ARN, or * for an action without resources")
            parser.add_argument(
                "--context",
                metavar="KEY=VALUE",
                action="append",
                default=[],
                help="a condition key that the request would have; again for another key or another value",
            )
            parser.add_argument(
                "--resource-policy", metavar="FILE", help="the resource's policy, or another trust policy"
            )
            parser.add_argument("--session-policy", metavar="FILE", help="the session policy it would come with")
            _add_client_flags(parser)
        case ("sessions", "revoke"):
            whose = parser.add_mutually_exclusive_group(required=True)
            whose.add_argument("--role", metavar="NAME", help="the role")
            whose.add_argument("--user", metavar="NAME", help="the user")
            parser.add_argument("--json", action="store_true", help="print JSON")
            _add_connection_flags(parser)
        case ("sessions", word):
            if word == "end":
                parser.add_argument("--id", metavar="ID", help="one session, as `sessions list` names it")
            parser.add_argument("--role", metavar="NAME", help="those of a role")
            parser.add_argument(
                "--principal", metavar="ARN", help="those of a user, role, role session's name, federated user or root"
            )
            parser.add_argument("--provider", metavar="ARN", help="those that an identity provider vouched for")
            parser.add_argument("--source-identity", metavar="NAME", help="those with this source identity")
            every = "all of the account" if word == "end" else "also those that were ended or have just expired"
            parser.add_argument("--all", action="store_true", help=every)
            parser.add_argument("--json", action="store_true", help="print JSON")
            _add_connection_flags(parser)
        case ("export",):
            parser.add_argument("--output", metavar="FILE", help="write to this file, new, instead")
            _add_connection_flags(parser)
        case ("import",):
            parser.add_argument(
                "--from-authorization-details", metavar="FILE", help="the JSON document; - is standard input"
            )
            parser.add_argument(
                "--policies", metavar="DIR", help="a folder of policy documents, NAME.json, to be managed policies"
            )
            parser.add_argument("--apply", action="store_true", help="do it, all of it or nothing")
            parser.add_argument(
                "--keep-account-ids",
                action="store_true",
                help="leave account ids in policies as they are; else the exported account's become this one's",
            )
            parser.add_argument("--json", action="store_true", help="print JSON")
            _add_connection_flags(parser)
        case ("explain",):
            parser.add_argument("request_id", metavar="REQUEST_ID", help="as the reply or the error has it")
            _add_client_flags(parser)
        case _:
            pass


def _add_client_flags(parser: argparse.ArgumentParser) -> None:
    """What every command has that asks the server about an account."""
    parser.add_argument("--trace", action="store_true", help="print every policy, statement and element as well")
    parser.add_argument("--json", action="store_true", help="print JSON, the whole trace included")
    _add_connection_flags(parser)


def _add_connection_flags(parser: argparse.ArgumentParser) -> None:
    """What every command has that is a client of the server."""
    parser.add_argument("--profile", metavar="NAME", help="the profile of ~/.aws with the credentials")
    parser.add_argument("--endpoint-url", metavar="URL", help="the server, if not AWS_ENDPOINT_URL")


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
    own = ["--help", "--context", "--trace", "--profile", "--endpoint-url", "--resource-policy", "--session-policy"]
    own += ["--config", "--json", "--markdown", "--type", "--email", "--account-id", "--credentials-file"]
    own += ["--from-authorization-details", "--policies", "--apply", "--keep-account-ids", "--output"]
    return own + [setting.flag_name for setting in SETTINGS if setting.name in command.settings]
