"""`bailiwick can`: whether a principal may do something, and why, without its doing it."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bailiwick.cli import explanation_text as text
from bailiwick.cli.api_client import call
from bailiwick.cli.outcome import CommandFailed, ExitCode
from bailiwick.cli.output import print_json, show
from bailiwick.settings import Loaded


def run(arguments: argparse.Namespace, loaded: Loaded | None) -> ExitCode:
    """Ask and print; code 0 when it is allowed, 1 when it is denied.

    Raises:
        CommandFailed: see `api_client.call`; also for a file that cannot be read.
    """
    asked: dict[str, Any] = {
        "PrincipalArn": arguments.principal,
        "Action": arguments.action,
        "ResourceArn": arguments.resource,
        "ContextEntries": _entries(arguments.context),
    }
    for parameter, file in (("ResourcePolicy", arguments.resource_policy), ("SessionPolicy", arguments.session_policy)):
        if file is not None:
            asked[parameter] = _read(file)
    reply = call(arguments, "ExplainAccess", **asked)
    answer = reply["Answer"]
    if arguments.json:
        print_json(reply)
    else:
        show(text.headline(answer["Effect"], reply["PrincipalArn"], reply["Action"], reply["ResourceArn"]))
        text.print_answer(answer, title="Why", with_trace=arguments.trace)
    return ExitCode.DONE if answer["Effect"] == "Allow" else ExitCode.FAILED


def _entries(given: Iterable[str]) -> list[dict[str, object]]:
    """`key=value` as the model has it; a key given again has several values.

    Raises:
        CommandFailed: there is no `=`.
    """
    values: dict[str, list[str]] = {}
    spelling: dict[str, str] = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise CommandFailed(f"--context {pair}: it must be KEY=VALUE", ExitCode.USAGE)
        spelling.setdefault(key.lower(), key)
        values.setdefault(key.lower(), []).append(value)
    return [{"Key": spelling[key], "Values": found} for key, found in values.items()]


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise CommandFailed(f"{file} cannot be read: {error}", ExitCode.USAGE) from error
