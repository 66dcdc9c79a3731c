"""`bailiwick export`: all users, groups, roles and policies of an account as one JSON document."""

import argparse
import os
import sys

from bailiwick.cli.account_details import as_json, fetch
from bailiwick.cli.outcome import CommandFailed, ExitCode
from bailiwick.settings import Loaded


def run(arguments: argparse.Namespace, loaded: Loaded | None) -> ExitCode:
    """Fetch, and print or write.

    Raises:
        CommandFailed: see `api_client.call`; also for a file that is there or cannot be written.
    """
    text = as_json(fetch(arguments))
    if arguments.output is None:
        sys.stdout.write(text)
        return ExitCode.DONE
    try:
        with open(arguments.output, "x", encoding="utf-8", opener=_for_nobody_else) as file:
            file.write(text)
    except OSError as error:
        raise CommandFailed(f"{arguments.output} cannot be written: {error.strerror}", ExitCode.USAGE) from error
    return ExitCode.DONE


def _for_nobody_else(path: str, flags: int) -> int:
    """Open a file that its owner alone may read: it tells who may do what."""
    return os.open(path, flags, 0o600)
