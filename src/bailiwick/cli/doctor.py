"""`bailiwick doctor`: what about root, the administrators and the installation's files is not as it should be."""

import argparse
import asyncio
import dataclasses
import stat
import time
from pathlib import Path

from bailiwick.account import accounts
from bailiwick.cli.installation import require_installation
from bailiwick.cli.outcome import ExitCode
from bailiwick.cli.output import print_json
from bailiwick.iam.review import Finding, Severity, review
from bailiwick.service import Service, StartError
from bailiwick.settings import Loaded, Settings
from bailiwick.store import Transaction

_PAGE = 100
_OTHERS = 0o077


def run(arguments: argparse.Namespace, loaded: Loaded | None) -> ExitCode:
    """Show what was found; FAILED when something must be put right.

    Raises:
        CommandFailed: there is no installation.
    """
    assert loaded is not None
    require_installation(loaded.settings)
    findings = _files(loaded.settings)
    if not findings:
        # With files that others may read the service does not open its store, and neither do we.
        findings += asyncio.run(_store(loaded.settings))
    is_sound = all(finding.severity is not Severity.MUST for finding in findings)
    if arguments.json:
        print_json({"ok": is_sound, "findings": [dataclasses.asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            place = f"account {finding.account_id}, " if finding.account_id else ""
            print(f"{finding.severity:<6}  {place}{finding.subject}: {finding.finding}\n        {finding.advice}")
        print("Nothing must be put right." if is_sound else "What is marked `must` must be put right.")
    return ExitCode.DONE if is_sound else ExitCode.FAILED


def _files(settings: Settings) -> list[Finding]:
    kind, _, place = settings.master_key.partition(":")
    files = [settings.data / "credentials", settings.data / "bailiwick.db"]
    if kind == "file":
        files.append(Path(place))
    findings = [_open_to_others(settings.data, 0o700)] if settings.data.exists() else []
    findings += [_open_to_others(file, 0o600) for file in files if file.exists()]
    return [finding for finding in findings if finding is not None]


def _open_to_others(path: Path, wanted: int) -> Finding | None:
    mode = stat.S_IMODE(path.stat().st_mode)
    # Others may look into the folder, as a group's backup does; they may not change it.
    unwanted = 0o022 if path.is_dir() else _OTHERS
    if not mode & unwanted:
        return None
    return Finding(
        Severity.MUST, None, str(path), f"It is open to other users (mode {mode:04o}).", f"Run: chmod {wanted:o} {path}"
    )


async def _store(settings: Settings) -> list[Finding]:
    try:
        service = await Service.open(settings)
    except StartError as error:
        return [
            Finding(Severity.MUST, None, "store", str(error), "The service does not start until this is put right.")
        ]
    try:
        return await _accounts(service)
    finally:
        await service.close()


async def _accounts(service: Service) -> list[Finding]:
    now_ms = round(time.time() * 1000)
    findings: list[Finding] = []
    after = ""
    while True:

        async def work(tx: Transaction, after: str = after) -> tuple[list[Finding], str]:
            page = await accounts.page_after(tx, after, _PAGE)
            found = [finding for account in page for finding in await review(tx, account, now_ms)]
            return found, page[-1].account_id if page else ""

        found, after = await service.store.read(work)
        findings += found
        if not after:
            break
    if not findings:
        findings.append(
            Finding(Severity.MUST, None, "accounts", "There is no account.", "Run: bailiwick init, or bailiwick serve")
        )
    return findings
