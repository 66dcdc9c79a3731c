"""`bailiwick init`: the first run without serving."""

import argparse
import asyncio

from bailiwick.cli.outcome import CommandFailed, ExitCode
from bailiwick.cli.output import print_json
from bailiwick.service import FirstRun, Service, StartError
from bailiwick.settings import Loaded, Settings


def run(arguments: argparse.Namespace, loaded: Loaded | None) -> ExitCode:
    """Make the account and its administrator; where there is an account, change nothing.

    Raises:
        CommandFailed: the data folder, the store or the master key cannot be used.
    """
    assert loaded is not None
    try:
        first = asyncio.run(_first_run(loaded.settings))
    except StartError as error:
        raise CommandFailed(str(error)) from error
    if arguments.json:
        print_json(
            {
                "made": first is not None,
                "account_id": None if first is None else first.account.account_id,
                "credentials_file": None if first is None else str(first.credentials_file),
            }
        )
    elif first is None:
        print("There is an account already; nothing was changed.")
    else:
        print(f"Made account {first.account.account_id} with the administrator `admin`.")
        print(f"Its access key is in {first.credentials_file} (profiles default and admin).")
        print("Next, with the same settings: bailiwick serve")
    return ExitCode.DONE


async def _first_run(settings: Settings) -> FirstRun | None:
    service = await Service.open(settings)
    try:
        return await service.first_run()
    finally:
        await service.close()
