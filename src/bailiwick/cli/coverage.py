"""`bailiwick coverage`: which operations of the models this version has, from the models and the registries."""

import argparse
from dataclasses import dataclass

from bailiwick.cli.outcome import ExitCode
from bailiwick.cli.output import print_json, print_table
from bailiwick.settings import Loaded


@dataclass(frozen=True, slots=True)
class Row:
    """One operation of a model, and whether this version has it."""

    service: str
    operation: str
    is_done: bool


def run(arguments: argparse.Namespace, loaded: Loaded | None) -> ExitCode:
    """Show each operation of IAM, STS and Bailiwick's own service."""
    rows = coverage()
    if arguments.json:
        print_json([{"service": row.service, "operation": row.operation, "done": row.is_done} for row in rows])
    elif arguments.markdown:
        print(markdown(rows), end="")
    else:
        print_table(
            ("service", "operation", "done"),
            [(row.service, row.operation, "yes" if row.is_done else "no") for row in rows],
        )
        for service, done, total in totals(rows):
            print(f"{service}: {done} of {total}")
    return ExitCode.DONE


def coverage() -> list[Row]:
    """Every operation of each service's model, by service, then by name."""
    from bailiwick.changes import bailiwick
    from bailiwick.iam import iam
    from bailiwick.sts import sts
    from bailiwick.wire import load_service

    return [
        Row(registry.service, operation, operation in registry.names())
        for registry in (iam, sts, bailiwick)
        for operation in sorted(load_service(registry.service).operations)
    ]


def totals(rows: list[Row]) -> list[tuple[str, int, int]]:
    """(service, how many are done, how many there are), in the order of the rows."""
    services = list(dict.fromkeys(row.service for row in rows))
    return [
        (
            service,
            sum(row.is_done for row in rows if row.service == service),
            sum(row.service == service for row in rows),
        )
        for service in services
    ]


def markdown(rows: list[Row]) -> str:
    """The page of the documentation."""
    lines = [
        "# Operations",
        "",
        "Made by `make docs` from the installed models and the program. An operation that this",
    ]
    lines += ["version does not have answers `NotImplemented` (501).", ""]
    for service, done, total in totals(rows):
        lines += [f"## {service}: {done} of {total}", "", "| operation | |", "|---|---|"]
        lines += [
            f"| {row.operation} | {'yes' if row.is_done else 'not yet'} |" for row in rows if row.service == service
        ]
        lines.append("")
    return "\n".join(lines)
