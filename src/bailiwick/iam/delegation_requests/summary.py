"""A delegation request in words that people can read, made from what it holds and from nothing else."""

from collections.abc import Sequence
from typing import Final

from bailiwick.iam.delegation_requests.asked import AskedStatement, boundaries_of, statements_of
from bailiwick.iam.delegation_requests.record import DelegationRequest

LONGEST: Final = 10_000
"""How long the model lets a summary be, in characters."""

_MORE: Final = "\n…"
_UNITS: Final = ((3600, "hour"), (60, "minute"), (1, "second"))


def of(request: DelegationRequest, requestor_name: str | None) -> str:
    """Who asks for what, for how long and why, in English."""
    who = f"account {request.requestor_account}"
    lines = [
        f"{requestor_name} ({who})" if requestor_name else f"A{who[1:]}",
    ]
    lines[0] += f" asks for access for {duration(request.session_seconds)}, which begins when it is given."
    lines.append(f"What it is for: {request.description}")
    if request.message:
        lines.append(f"Message: {request.message}")
    lines.append("The access never goes beyond the permissions of who approves it. Within them, it could:")
    statements = statements_of(request.policy)
    lines += [f"- {_sentence(statement)}" for statement in statements if statement.is_allow]
    denies = [statement for statement in statements if not statement.is_allow]
    if denies:
        lines.append("It could not:")
        lines += [f"- {_sentence(statement)}" for statement in denies]
    if boundaries := boundaries_of(request.policy):
        lines.append(f"Roles that it makes are bounded by {_listed(boundaries)}.")
    text = "\n".join(lines)
    return text if len(text) <= LONGEST else text[: LONGEST - len(_MORE)] + _MORE


def duration(seconds: int) -> str:
    """A number of seconds in hours, minutes and seconds."""
    parts = []
    for size, unit in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(parts) or "0 seconds"


def _sentence(statement: AskedStatement) -> str:
    if statement.actions is None:
        what = f"everything except {_listed(statement.not_actions)}"
    else:
        what = "everything" if "*" in statement.actions else _listed(statement.actions)
    if statement.resources is None:
        where = f"on all resources except {_listed(statement.not_resources)}"
    else:
        where = "on all resources" if "*" in statement.resources else f"on {_listed(statement.resources)}"
    when = [f"{key} {operator} {_listed(values)}" for operator, key, values in statement.conditions]
    return f"{what}, {where}" + (f", when {' and '.join(when)}" if when else "")


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(texts)
