"""`bailiwick config check`: every setting, its value and where it came from."""

import argparse

from bailiwick.cli.outcome import ExitCode
from bailiwick.cli.output import print_json, print_table
from bailiwick.settings import Loaded


def run(arguments: argparse.Namespace, loaded: Loaded | None) -> ExitCode:
    """Show the settings that `serve` would run with, secrets masked."""
    assert loaded is not None
    if arguments.json:
        print_json([{"name": name, "value": value, "source": source} for name, value, source in loaded.shown()])
    else:
        print_table(("setting", "value", "from"), loaded.shown())
    return ExitCode.DONE
