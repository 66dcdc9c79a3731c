"""What a delegation request asks for, read from its policy: for the check of permissions and for people to read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_MAKES_ROLES: Final = frozenset({"iam:createrole", "iam:putrolepermissionsboundary"})
_BOUNDARY_KEY: Final = "iam:permissionsboundary"


@dataclass(frozen=True, slots=True)
class AskedStatement:
    """One statement. `actions` or `resources` are None where the policy says what they are not."""

    is_allow: bool
    actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_actions: tuple[str, ...]
    not_resources: tuple[str, ...]
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]


def statements_of(policy: str) -> tuple[AskedStatement, ...]:
    """The statements of a policy that was found valid."""
    found = json.loads(policy)["Statement"]
    return tuple(map(_statement, found if isinstance(found, list) else [found]))


def boundaries_of(policy: str) -> list[str]:
    """The boundaries that the roles which the policy lets be made must have, by ARN (RolePermissionRestrictionArns)."""
    found = {
        value
        for statement in statements_of(policy)
        if statement.is_allow and any(action.lower() in _MAKES_ROLES for action in statement.actions or ())
        for _, key, values in statement.conditions
        if key.lower() == _BOUNDARY_KEY
        for value in values
    }
    return sorted(found)


def _statement(node: Mapping[str, object]) -> AskedStatement:
    return AskedStatement(
        is_allow=node["Effect"] == "Allow",
        actions=_texts(node["Action"]) if "Action" in node else None,
        resources=_texts(node["Resource"]) if "Resource" in node else None,
        not_actions=_texts(node.get("NotAction", [])),
        not_resources=_texts(node.get("NotResource", [])),
        conditions=tuple(_conditions(node.get("Condition", {}))),
    )


def _conditions(block: object) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    assert isinstance(block, Mapping), "a valid policy"
    for operator, keys in block.items():
        for key, values in keys.items():
            yield str(operator), str(key), _texts(values)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_scalar(each) for each in value)
    return (_scalar(value),)


def _scalar(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
