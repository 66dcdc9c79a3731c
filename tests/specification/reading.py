"""Reading a policy text (guide: "Grammar of the IAM JSON policy language").

What cannot be understood denies everything: it may have been meant as a Deny.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from tests.specification.conditions import is_operator
from tests.specification.world import World

NAMING = ("resource", "trust", "rcps", "vpc_endpoint")
"""The layers whose statements name principals; in all others none may (guide: "Principal")."""

SPARING = ("resource", "vpc_endpoint")
"""The layers whose statements may hold NotPrincipal."""

COMPLETING = ("identity", "boundary", "scps", "rcps")
"""The layers in which an ARN of fewer than six fields means any value of those that are left out."""

LEVELLED = ("scps", "rcps", "scope_downs")

ELEMENTS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"
}  # fmt: skip

DENY_ALL = {"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": [], "new": False}


class Number(str):
    """A JSON number as it was written; it may stand where a condition's value does, and nowhere else."""


class UnreadableError(Exception):
    """Not a policy of this kind."""


@dataclass
class Prepared:
    """A world whose texts have been read: layer → levels → policies → statements, in their order."""

    layers: dict[str, list[list[list[dict[str, Any]]]]]
    resource_must_allow: bool


def prepare(world: World) -> Prepared:
    """Read every text of a world."""
    layers: dict[str, list[list[list[dict[str, Any]]]]] = {}
    for layer in ("identity", "boundary", "session", "resource", "trust", "vpc_endpoint", *LEVELLED):
        written: Any = world[layer]  # type: ignore[literal-required]
        levels = written if layer in LEVELLED else [] if written is None else [written]
        layers[layer] = [[statements(text, layer) for text in level] for level in levels]
    return Prepared(layers, world["resource_must_allow"])


def statements(text: str, layer: str) -> list[dict[str, Any]]:
    """The statements of one policy, their lists always lists; a deny of everything if it cannot be understood."""
    try:
        return read(text, layer)
    except (UnreadableError, ValueError, RecursionError):
        return [DENY_ALL]


def read(text: str, layer: str) -> list[dict[str, Any]]:
    # Only tab, line feed, carriage return and U+0020 to U+00FF, 131,072 characters at most (botocore's IAM model).
    if not re.fullmatch("[\t\n\r\x20-\xff]{1,131072}", text):
        raise UnreadableError
    document = json.loads(
        text, object_pairs_hook=without_repeats, parse_int=Number, parse_float=Number, parse_constant=refuse
    )
    if not isinstance(document, dict) or not set(document) <= {"Version", "Id", "Statement"}:
        raise UnreadableError
    for name in ("Version", "Id"):
        if name in document:
            require_text(document[name])
    if document.get("Version", "2008-10-17") not in ("2008-10-17", "2012-10-17"):
        raise UnreadableError
    # Absent, the version is the old one.
    new = document.get("Version") == "2012-10-17"
    found = document.get("Statement")
    found = found if isinstance(found, list) else [found]
    if not found:
        raise UnreadableError
    return [statement(each, layer, new=new) for each in found]


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object must not hold the same key twice."""
    if len(dict(pairs)) != len(pairs):
        raise UnreadableError
    for key, _ in pairs:
        refuse_surrogates(key)
    return dict(pairs)


def refuse(text: str) -> None:
    raise UnreadableError


def refuse_surrogates(text: str) -> None:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise UnreadableError


def require_text(value: Any) -> str:
    if not isinstance(value, str) or isinstance(value, Number):
        raise UnreadableError
    refuse_surrogates(value)
    return value


def texts(value: Any) -> list[str]:
    """A text, or a list of texts: brackets around one may be left out."""
    return [require_text(each) for each in (value if isinstance(value, list) else [value])]


def statement(written: Any, layer: str, *, new: bool) -> dict[str, Any]:
    if not isinstance(written, dict) or not set(written) <= ELEMENTS:
        raise UnreadableError
    if "Sid" in written:
        require_text(written["Sid"])
    if not isinstance(written.get("Effect"), str) or written["Effect"] not in ("Allow", "Deny"):
        raise UnreadableError
    found: dict[str, Any] = {"Effect": written["Effect"], "new": new}
    # Exactly one of each pair; trust policies have no resources, and only some policies name principals.
    found |= one_of(written, "Action", "NotAction")
    if layer == "trust":
        if "Resource" in written or "NotResource" in written:
            raise UnreadableError
    else:
        found |= one_of(written, "Resource", "NotResource")
    if layer in NAMING:
        if ("Principal" in written) == ("NotPrincipal" in written):
            raise UnreadableError
        if "NotPrincipal" in written and layer not in SPARING:
            raise UnreadableError
        name = "Principal" if "Principal" in written else "NotPrincipal"
        found[name] = principals(written[name])
    elif "Principal" in written or "NotPrincipal" in written:
        raise UnreadableError
    found["Condition"] = conditions(written.get("Condition", {}))
    return found


def one_of(written: dict[str, Any], name: str, negated: str) -> dict[str, list[str]]:
    if (name in written) == (negated in written):
        raise UnreadableError
    present = name if name in written else negated
    found = texts(written[present])
    if not found:
        raise UnreadableError
    return {present: found}


def principals(written: Any) -> dict[str, list[str]]:
    """`{"*": ["*"]}` for the bare star."""
    if isinstance(written, str) and not isinstance(written, Number) and written == "*":
        return {"*": ["*"]}
    if not isinstance(written, dict) or not set(written) <= {"AWS", "Federated", "Service", "CanonicalUser"}:
        raise UnreadableError
    found = {kind: texts(names) for kind, names in written.items()}
    if not any(found.values()) or not all(map(names_somebody, found.get("AWS", []))):
        raise UnreadableError
    # No part of a service's or a provider's name is a wildcard, nor is the whole.
    if re.search(r"[*?]", "".join([*found.get("Service", []), *found.get("Federated", [])])):
        raise UnreadableError
    return found


def names_somebody(value: str) -> bool:
    """Everyone, an account, a user, a role, a session, or the id that one is stored by; no groups, no wildcards."""
    if value == "*" or re.fullmatch(r"[0-9]{12}|arn:aws:iam::[0-9]{12}:root", value):
        return True
    if re.search(r"[*?]", value):
        return False
    # Ids of users and roles, and of a role's session (stored forms).
    if re.fullmatch(r"(AIDA|AROA)[0-9A-Z]+|AROA[0-9A-Z]+:[^:/]+", value):
        return True
    fields = value.split(":")
    if len(fields) != 6 or not re.fullmatch("[0-9]{12}", fields[4]):
        return False
    kind, *names = fields[5].split("/")
    if fields[:4] == ["arn", "aws", "iam", ""]:
        return kind in ("user", "role") and "/".join(names) != ""
    parts = {"assumed-role": 2, "federated-user": 1}
    return fields[:4] == ["arn", "aws", "sts", ""] and parts.get(kind) == len(names) and all(names)


def conditions(written: Any) -> list[tuple[str, str, list[str]]]:
    """Operator, key and values of each test."""
    found = []
    if not isinstance(written, dict):
        raise UnreadableError
    for operator, tests in written.items():
        if not isinstance(tests, dict) or not is_operator(operator):
            raise UnreadableError
        for key, values in tests.items():
            listed = values if isinstance(values, list) else [values]
            found.append((operator, key, [condition_value(each) for each in listed]))
    return found


def condition_value(value: Any) -> str:
    """Numbers and booleans may be written without quotes; they mean their JSON text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise UnreadableError
    refuse_surrogates(value)
    return value
