"""`bailiwick account create`: a further account with its own administrator, also while the service runs."""

import argparse
import asyncio
from collections.abc import Callable
from pathlib import Path

from bailiwick.account.accounts import AccountExists
from bailiwick.cli.installation import require_installation
from bailiwick.cli.outcome import CommandFailed, ExitCode
from bailiwick.cli.output import print_json
from bailiwick.service import NewAccount, ProfileTaken, Service, StartError, require_free_profile, write_profiles
from bailiwick.settings import Loaded, Settings, readers


def run(arguments: argparse.Namespace, loaded: Loaded | None) -> ExitCode:
    """Make the account and hand over its administrator's access key.

    Raises:
        CommandFailed: a name, address or id cannot be used or is taken, or the store or the file cannot be used.
    """
    assert loaded is not None
    name = _read("NAME", arguments.name, readers.account_name, "1 to 50 printable characters")
    email = _read("--email", arguments.email, readers.email, "an e-mail address")
    account_id = arguments.account_id
    if account_id is not None:
        account_id = _read("--account-id", account_id, readers.account_id, "12 digits")
    require_installation(loaded.settings)
    file = None if arguments.credentials_file is None else Path(arguments.credentials_file).expanduser()
    try:
        if file is not None:
            # Before the account is made: its secret is shown once, and must have somewhere to go.
            require_free_profile(file, name)
        made = asyncio.run(_create(loaded.settings, name, email, account_id))
        if file is not None:
            write_profiles(file, (name,), made.access_key_id, made.secret_access_key, replaces=False)
    except (StartError, AccountExists, ProfileTaken) as error:
        raise CommandFailed(str(error)) from error
    except OSError as error:
        raise CommandFailed(f"The credentials file {file} cannot be written: {error.strerror}.") from error
    _show(arguments, name, made, file)
    return ExitCode.DONE


def _read(what: str, value: str, read: Callable[[object], str], allowed: str) -> str:
    try:
        return read(value)
    except ValueError:
        raise CommandFailed(f'{what}: "{value}" cannot be used; expected {allowed}.', ExitCode.USAGE) from None


async def _create(settings: Settings, name: str, email: str, account_id: str | None) -> NewAccount:
    service = await Service.open(settings)
    try:
        return await service.create_account(name, email, account_id=account_id)
    finally:
        await service.close()


def _show(arguments: argparse.Namespace, name: str, made: NewAccount, file: Path | None) -> None:
    if arguments.json:
        print_json(
            {
                "account_id": made.account_id,
                "access_key_id": made.access_key_id,
                "secret_access_key": made.secret_access_key.reveal().decode(),
            }
        )
        return
    print(f"Made account {made.account_id} ({name}) with the administrator `admin`.")
    if file is not None:
        print(f"Its access key is in {file} as profile {name}.")
    else:
        print(f"Access key id      {made.access_key_id}")
        print(f"Secret access key  {made.secret_access_key.reveal().decode()}   (shown this once)")
