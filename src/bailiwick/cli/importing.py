"""`bailiwick import`: another account's users, groups, roles and policies into this one, all of them or none."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final

import msgspec

from bailiwick.cli import account_details
from bailiwick.cli.account_details import AccountDetails, Policy, Version
from bailiwick.cli.api_client import call
from bailiwick.cli.import_plan import Entry, Outcome, Plan
from bailiwick.cli.outcome import CommandFailed, ExitCode
from bailiwick.cli.output import print_json, print_table, show
from bailiwick.settings import Loaded

_MOST_CHANGES: Final = 5_000
_WORDS: Final = {
    Outcome.CREATE: "to create",
    Outcome.CHANGE: "to change",
    Outcome.SAME: "the same",
    Outcome.REFUSE: "refused",
    Outcome.SKIP: "left out",
}


def run(arguments: argparse.Namespace, loaded: Loaded | None) -> ExitCode:
    """Plan, have the plan checked or done by the server, and print it; code 1 when something is refused.

    Raises:
        CommandFailed: see `api_client.call`; also for files that cannot be read, and for too much at once.
    """
    details = _given(arguments)
    account = call(arguments, "GetCallerIdentity", service="sts")["Account"]
    current = msgspec.convert(account_details.fetch(arguments), AccountDetails)
    try:
        plan = Plan(details, current, account, keeps_account_ids=arguments.keep_account_ids)
    except ValueError as error:
        raise CommandFailed(f"{arguments.from_authorization_details}: {error}") from error
    is_applied = _checked(arguments, plan)
    if arguments.json:
        print_json(_as_json(plan, account, is_applied=is_applied))
    else:
        _print(plan, account, is_applied=is_applied)
    is_refused = any(entry.outcome is Outcome.REFUSE for entry in plan.entries)
    return ExitCode.FAILED if is_refused else ExitCode.DONE


def _given(arguments: argparse.Namespace) -> AccountDetails:
    """What the files have."""
    file, folder = arguments.from_authorization_details, arguments.policies
    if file is None and folder is None:
        raise CommandFailed("import needs --from-authorization-details FILE, --policies DIR, or both", ExitCode.USAGE)
    details = AccountDetails()
    if file is not None:
        content = sys.stdin.buffer.read() if file == "-" else _content(Path(file))
        details = account_details.parse(content, file)
    if folder is None:
        return details
    policies = [_policy(path) for path in sorted(Path(folder).glob("*.json"))]
    if not policies:
        raise CommandFailed(f"{folder} has no policy documents (NAME.json)", ExitCode.USAGE)
    return msgspec.structs.replace(details, policies=[*details.policies, *policies])


def _policy(path: Path) -> Policy:
    try:
        document = msgspec.convert(account_details.strict(_content(path)), dict[str, Any])
    except ValueError as error:  # msgspec's are ValueErrors too
        raise CommandFailed(f"{path}: it is not a policy document: {error}", ExitCode.USAGE) from error
    return Policy(path.stem, "", [Version(document, is_default_version=True)])


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{path} cannot be read: {error.strerror}", ExitCode.USAGE) from error


def _checked(arguments: argparse.Namespace, plan: Plan) -> bool:
    """Have the server check the plan, or do it; whether it was done. What is refused is noted."""
    changes = plan.changes()
    if not changes:
        return False
    if len(changes) > _MOST_CHANGES:
        raise CommandFailed(f"{len(changes):,} changes are too many at once; at most {_MOST_CHANGES:,} are taken")
    is_refused = any(entry.outcome is Outcome.REFUSE for entry in plan.entries)
    reply = call(
        arguments,
        "ApplyChanges",
        DryRun=not arguments.apply or is_refused,
        Changes=[{"Operation": change.operation, "Parameters": json.dumps(change.parameters)} for _, change in changes],
    )
    for refusal in reply["Refusals"]:
        entry, change = changes[refusal["Index"]]
        entry.refuse(f"{change.operation}: {refusal['Code']}: {refusal['Message']}")
    return bool(reply["Applied"])


def _print(plan: Plan, account: str, *, is_applied: bool) -> None:
    shown = [entry for entry in plan.entries if entry.outcome is not Outcome.SAME]
    if shown:
        print_table(["", "what", "name", "by"], [[each.outcome, each.kind, each.name, _how(each)] for each in shown])
        show("")
    counts = Counter(entry.outcome for entry in plan.entries)
    told = ", ".join(f"{counts[outcome]} {words}" for outcome, words in _WORDS.items() if counts[outcome])
    origin = f"From account {plan.source} into {account}" if plan.source else f"Into account {account}"
    show(f"{origin}: {told or 'nothing'}.")
    if is_applied:
        show("All of it was done.")
    elif counts[Outcome.REFUSE]:
        show("Nothing was changed, and nothing can be while something is refused.")
    elif counts[Outcome.CREATE] or counts[Outcome.CHANGE]:
        show("Nothing was changed. To do all of this: --apply")


def _how(entry: Entry) -> str:
    if entry.reason is not None:
        return entry.reason
    return "; ".join(f"{change.operation} {change.what}".strip() for change in (*entry.now, *entry.later))


def _as_json(plan: Plan, account: str, *, is_applied: bool) -> dict[str, object]:
    return {
        "sourceAccount": plan.source,
        "account": account,
        "applied": is_applied,
        "entries": [
            {
                "outcome": entry.outcome,
                "kind": entry.kind,
                "name": entry.name,
                "reason": entry.reason,
                "operations": [
                    {"operation": change.operation, "parameters": change.parameters}
                    for change in (*entry.now, *entry.later)
                ],
            }
            for entry in plan.entries
        ],
    }
