"""`bailiwick policy check`: what AWS would refuse in policy documents, and where; without a server."""

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bailiwick import policy
from bailiwick.access.quotas import DEFAULT_QUOTAS
from bailiwick.cli.outcome import CommandFailed, ExitCode
from bailiwick.cli.output import print_json, show
from bailiwick.policy import PolicySyntaxError, PolicyType
from bailiwick.settings import Loaded
from bailiwick.sts.session_policies import MAX_PLAIN_TEXT


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a document is to be: its grammar, how its size is counted, and the quotas, by whom they are for."""

    grammar: PolicyType
    size: Callable[[str], int]
    limits: Mapping[str, int]


# Organizations and STS count white space. What a policy of a resource may have is its service's, and not known here.
_KINDS: Final = {
    "managed": _Kind(PolicyType.MANAGED, policy.size, {"policy": DEFAULT_QUOTAS["PolicySize"]}),
    "inline": _Kind(
        PolicyType.INLINE,
        policy.size,
        {
            "user": DEFAULT_QUOTAS["UserPolicySize"],
            "group": DEFAULT_QUOTAS["GroupPolicySize"],
            "role": DEFAULT_QUOTAS["RolePolicySize"],
        },
    ),
    "trust": _Kind(PolicyType.TRUST, policy.size, {"policy": DEFAULT_QUOTAS["ACLSizePerRole"]}),
    "session": _Kind(PolicyType.SESSION, len, {"policy": MAX_PLAIN_TEXT}),
    "resource": _Kind(PolicyType.RESOURCE, policy.size, {}),
    "scp": _Kind(PolicyType.SERVICE_CONTROL, len, {"policy": 10_240}),
    "rcp": _Kind(PolicyType.RESOURCE_CONTROL, len, {"policy": 5_120}),
    "vpc-endpoint": _Kind(PolicyType.VPC_ENDPOINT, policy.size, {}),
}


@dataclass(frozen=True, slots=True)
class _Report:
    """What was found in one file."""

    file: str
    kind: _Kind
    size: int
    faults: tuple[PolicySyntaxError, ...]
    warnings: tuple[PolicySyntaxError, ...]

    @property
    def is_too_large(self) -> bool:
        """Whether no quota has room for it."""
        return self.size > max(self.kind.limits.values(), default=self.size)

    @property
    def is_fine(self) -> bool:
        """Whether AWS would store it."""
        return not self.faults and not self.is_too_large


def run(arguments: argparse.Namespace, loaded: Loaded | None) -> ExitCode:
    """Check each file and print what was found."""
    kind = _KINDS[arguments.type]
    reports = [_check(file, kind) for file in arguments.files]
    if arguments.json:
        print_json([_as_json(report, arguments.type) for report in reports])
    else:
        for report in reports:
            _print(report)
    return ExitCode.DONE if all(report.is_fine for report in reports) else ExitCode.FAILED


def _check(file: str, kind: _Kind) -> _Report:
    text = _read(file)
    faults = policy.faults(text, kind.grammar)
    warnings = () if faults else policy.warnings(text, kind.grammar)
    return _Report(file, kind, kind.size(text), faults, warnings)


def _read(file: str) -> str:
    """The text as it is written, line ends and all: they count to some sizes."""
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return content.decode("utf-8")
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}.", ExitCode.USAGE) from error
    except UnicodeDecodeError as error:
        raise CommandFailed(f"{file} is not UTF-8: byte {error.start + 1} is no character.", ExitCode.USAGE) from error


def _print(report: _Report) -> None:
    for fault in report.faults:
        _print_place(report.file, fault, fault.message)
    for warning in report.warnings:
        _print_place(report.file, warning, f"warning: {warning.message}")
    outcome = "refused" if report.faults else "too large" if report.is_too_large else "fine"
    show(f"{report.file}: {outcome}; {report.size:,}{_of(report.kind.limits)} characters")


def _print_place(file: str, found: PolicySyntaxError, words: str) -> None:
    assert found.position is not None  # what comes from a text has its position
    place = f" ({found.path})" if found.path else ""
    show(f"{file}:{found.position.line}:{found.position.column}: {words}{place}")


def _of(limits: Mapping[str, int]) -> str:
    if len(limits) < 2:
        return "".join(f" of {limit:,}" for limit in limits.values())
    return " of " + ", ".join(f"{limit:,} ({holder})" for holder, limit in limits.items())


def _as_json(report: _Report, kind: str) -> dict[str, object]:
    return {
        "file": report.file,
        "type": kind,
        "fine": report.is_fine,
        "size": report.size,
        "limits": dict(report.kind.limits),
        "faults": [_place_as_json(fault) for fault in report.faults],
        "warnings": [_place_as_json(warning) for warning in report.warnings],
    }


def _place_as_json(found: PolicySyntaxError) -> dict[str, object]:
    return {
        "message": found.message,
        "path": found.path,
        "line": found.position and found.position.line,
        "column": found.position and found.position.column,
    }
