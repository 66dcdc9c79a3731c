"""`bailiwick account quota`: the quotas of one account, shown and set, also while the service runs."""

import argparse
import asyncio
import dataclasses
from collections.abc import Mapping, Sequence

from bailiwick.access.account_quotas import QuotaRefused
from bailiwick.cli.installation import require_installation
from bailiwick.cli.outcome import CommandFailed, ExitCode
from bailiwick.cli.output import print_json, print_table
from bailiwick.service import NoSuchAccount, Quota, Service, StartError
from bailiwick.settings import Loaded, Settings, readers

_DEFAULT = "default"


def run(arguments: argparse.Namespace, loaded: Loaded | None) -> ExitCode:
    """Set what is given, all of it or nothing, and show the account's quotas.

    Raises:
        CommandFailed: there is no such account, a quota cannot be set to that value, or the store cannot be used.
    """
    assert loaded is not None
    values = _values(arguments.values)
    require_installation(loaded.settings)
    try:
        shown = asyncio.run(_set_and_show(loaded.settings, arguments.account_id, values))
    except (NoSuchAccount, QuotaRefused, StartError) as error:
        raise CommandFailed(str(error)) from error
    if arguments.json:
        print_json([dataclasses.asdict(quota) for quota in shown])
    else:
        print_table(("quota", "value", "from", "maximum", "code"), [_line(quota) for quota in shown])
    return ExitCode.DONE


def _values(given: Sequence[str]) -> Mapping[str, int | None]:
    values: dict[str, int | None] = {}
    for text in given:
        name, _, value = text.partition("=")
        try:
            values[name] = None if value == _DEFAULT else readers.quota(text)[1]
        except ValueError:
            raise CommandFailed(
                f'"{text}" cannot be used; expected NAME=NUMBER or NAME={_DEFAULT}.', ExitCode.USAGE
            ) from None
    return values


async def _set_and_show(settings: Settings, account: str, values: Mapping[str, int | None]) -> Sequence[Quota]:
    service = await Service.open(settings)
    try:
        if values:
            await service.quotas.set(account, values)
        return await service.quotas.shown(account)
    finally:
        await service.close()


def _line(quota: Quota) -> Sequence[str]:
    source = "account" if quota.is_own else "installation"
    return (quota.name, f"{quota.value}", source, f"{quota.maximum}", quota.code)
