"""`bailiwick sessions`: list the account's sessions, end them, revoke those of a role or user as AWS does."""

import argparse
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from bailiwick.cli.api_client import call
from bailiwick.cli.outcome import CommandFailed, ExitCode
from bailiwick.cli.output import print_json, print_table, show
from bailiwick.settings import Loaded

_FILTERS: Final[Mapping[str, str]] = {
    "role": "RoleName",
    "principal": "PrincipalArn",
    "provider": "ProviderArn",
    "source_identity": "SourceIdentity",
}
"""Flag → the operation's parameter."""

_HEADINGS: Final = ("session", "principal", "by", "issued", "expires", "last used", "state", "from")


def run(arguments: argparse.Namespace, loaded: Loaded | None) -> ExitCode:
    """Do what the command's last word says.

    Raises:
        CommandFailed: see `api_client.call`; also when it is not clear whose sessions are meant.
    """
    return {"list": _list, "end": _end, "revoke": _revoke}[arguments.command.words[-1]](arguments)


def _list(arguments: argparse.Namespace) -> ExitCode:
    """Print the sessions, those that live longest first."""
    sessions = [each for each in _all(arguments) if arguments.all or _state(each) == "live"]
    if arguments.json:
        print_json(_plain({"Sessions": sessions}))
        return ExitCode.DONE
    if not sessions:
        show("There are no sessions." if arguments.all else "There are no live sessions.")
        return ExitCode.DONE
    print_table(_HEADINGS, [_row(each) for each in sessions])
    return ExitCode.DONE


def _end(arguments: argparse.Namespace) -> ExitCode:
    """End one session, or all of a role, a person, a provider or the account."""
    whose = _filter(arguments)
    if (arguments.id is not None) + bool(whose) + arguments.all != 1:
        raise CommandFailed(
            "say whose sessions: one of --id, --role, --principal, --provider, --source-identity and --all",
            ExitCode.USAGE,
        )
    if arguments.id is not None:
        reply = call(arguments, "EndSession", SessionId=arguments.id)
        told = (
            f"Ended: {reply['Session']['SessionId']} of {reply['Session']['PrincipalArn']}, and all that came from it."
        )
    else:
        reply = call(arguments, "EndSessions", **(whose or {"All": True}))
        moment = _moment(reply["EndedBefore"])
        told = f"Ended: all sessions {_of(whose)} issued before {moment}, and all that came from them."
    if arguments.json:
        print_json(_plain(reply))
    else:
        show(told)
    return ExitCode.DONE


def _revoke(arguments: argparse.Namespace) -> ExitCode:
    """Put the policy that denies older sessions, and end them."""
    whose = {"RoleName": arguments.role} if arguments.role is not None else {"UserName": arguments.user}
    reply = call(arguments, "RevokeOlderSessions", **whose)
    if arguments.json:
        print_json(_plain(reply))
    else:
        moment = _moment(reply["EndedBefore"])
        show(f"The inline policy {reply['PolicyName']} denies all sessions issued before {moment}.")
        show("They are ended.")
    return ExitCode.DONE


def _all(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Every session, page by page."""
    asked = {**_filter(arguments), "MaxItems": 1000}
    while True:
        page = call(arguments, "ListSessions", **asked)
        yield from page["Sessions"]
        if not page["IsTruncated"]:
            return
        asked["Marker"] = page["Marker"]


def _filter(arguments: argparse.Namespace) -> dict[str, Any]:
    """What was asked for, as the operations take it."""
    given = {_FILTERS[flag]: getattr(arguments, flag) for flag in _FILTERS if getattr(arguments, flag) is not None}
    if len(given) > 1:
        raise CommandFailed("give only one of --role, --principal, --provider and --source-identity", ExitCode.USAGE)
    return given


def _of(whose: Mapping[str, object]) -> str:
    return f"of {next(iter(whose.values()), 'the account')}"


def _row(session: Mapping[str, Any]) -> tuple[str, ...]:
    origins = [origin.rpartition(":")[2] for origin in session.get("Origins", ())]
    if "SourceIpAddress" in session:
        origins.append(session["SourceIpAddress"])
    return (
        session["SessionId"],
        session["PrincipalArn"].rpartition(":")[2],
        session["Operation"],
        _moment(session["IssuedAt"]),
        _moment(session["ExpiresAt"]),
        _moment(session["LastUsedAt"]) if "LastUsedAt" in session else "never",
        _state(session),
        " > ".join(origins),
    )


def _state(session: Mapping[str, Any]) -> str:
    if "EndedAt" in session:
        return "ended"
    return "expired" if session["ExpiresAt"] <= datetime.now(UTC) else "live"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(value: object) -> object:
    """A reply as JSON has it: times as text."""
    match value:
        case dict():
            return {name: _plain(member) for name, member in value.items()}
        case list():
            return [_plain(member) for member in value]
        case datetime():
            return _moment(value)
        case _:
            return value
