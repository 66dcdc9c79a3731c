"""The entry point: parse the command line, read the settings, run the one command, turn failures into exit codes."""

import gc
import importlib
import os
import sys
from collections.abc import Sequence

from bailiwick.cli.outcome import CommandFailed, ExitCode
from bailiwick.cli.output import print_error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `bailiwick ARGUMENTS` (the process's own without any) and return its exit code."""
    from bailiwick.cli.parser import SETTING_PREFIX, build
    from bailiwick.settings import Loaded, SettingsError, load

    try:
        given = build().parse_args(arguments)
    except SystemExit as exit_:
        return int(exit_.code or 0)
    try:
        loaded: Loaded | None = None
        if given.command.settings:
            from bailiwick.access.quotas import DEFAULT_QUOTAS

            loaded = load(
                flags={
                    name.removeprefix(SETTING_PREFIX): value
                    for name, value in vars(given).items()
                    if name.startswith(SETTING_PREFIX)
                },
                environment=os.environ,
                config=given.config,
                quota_names=DEFAULT_QUOTAS,
            )
        # The one import by name: only the module of the command that runs is loaded.
        gc.disable()  # importing makes much and leaves nothing to collect
        command = importlib.import_module(f"bailiwick.cli.{given.command.module}")
        gc.enable()
        code: ExitCode = command.run(given, loaded)
        sys.stdout.flush()
    except SettingsError as error:
        print_error(str(error))
        return ExitCode.USAGE
    except CommandFailed as error:
        print_error(str(error))
        return error.code
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is left to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FAILED
    except PermissionError as error:
        print_error(f"{error.filename} cannot be used: {error.strerror}. Run as a user that may use it.")
        return ExitCode.FAILED
    except KeyboardInterrupt:
        return ExitCode.FAILED
    return code
