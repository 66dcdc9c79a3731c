"""A policy document as a typed, frozen tree, and back to text.

`parse` refuses what has not the shape of a policy at all; whether a well-shaped document may be stored as a policy
of some type is `validation`'s question.

Source: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

import enum
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bailiwick.policy.json_text import DuplicateKeyError, JsonError, JsonValue, Number, load
from bailiwick.policy.positions import Position, Steps, locate, path_text, position

SYNTAX_ERRORS: Final = "Syntax errors in policy."
LEGACY_PARSING: Final = "The policy failed legacy parsing"
EVERYONE: Final = "*"
"""The principal type that stands for the bare `"Principal": "*"`."""

PRINCIPAL_TYPES: Final = ("AWS", "Federated", "Service", "CanonicalUser")
VERSIONS: Final = ("2008-10-17", "2012-10-17")


class PolicyType(enum.Enum):
    """Where a policy stands, which decides its grammar. A permissions boundary is a managed policy."""

    INLINE = "inline"
    MANAGED = "managed"
    SESSION = "session"
    TRUST = "trust"
    RESOURCE = "resource"
    SERVICE_CONTROL = "service control"
    RESOURCE_CONTROL = "resource control"
    VPC_ENDPOINT = "VPC endpoint"


class Effect(enum.Enum):
    """What a statement, or a decision, says."""

    ALLOW = "Allow"
    DENY = "Deny"


class PolicySyntaxError(Exception):
    """The document is malformed.

    Attributes:
        message: AWS's text for `MalformedPolicyDocument`.
        place: where, as names of members and indexes; () is the whole document.
        position: the line and column of the place, or where reading stopped; None if there was no text to look in.
    """

    def __init__(self, message: str, place: Steps = (), position: Position | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.position = position

    @property
    def path(self) -> str:
        """The place as people write it, such as `Statement[0].Action`; empty for the whole document."""
        return path_text(self.place)


class NotJsonError(PolicySyntaxError):
    """The text is no JSON at all; trust policies have words of their own for it."""


@dataclass(frozen=True, slots=True)
class PrincipalBlock:
    """A Principal or NotPrincipal: pairs of type and values, in the order written; `EVERYONE` for the bare `"*"`."""

    members: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class ConditionBlock:
    """One operator of a Condition, with the values to test each key against, as text."""

    operator: str
    tests: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; an element that is absent is None."""

    sid: str | None = None
    effect: Effect | None = None
    principal: PrincipalBlock | None = None
    not_principal: PrincipalBlock | None = None
    action: tuple[str, ...] | None = None
    not_action: tuple[str, ...] | None = None
    resource: tuple[str, ...] | None = None
    not_resource: tuple[str, ...] | None = None
    conditions: tuple[ConditionBlock, ...] | None = None


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """A whole policy; at least one statement."""

    version: str | None
    id: str | None
    statements: tuple[Statement, ...]


def parse(text: str) -> PolicyDocument:
    """Read a policy document.

    Raises:
        PolicySyntaxError: not JSON, a repeated key, an unknown element, or an element of the wrong shape; with its
            position. Also for a text that is too long or nested too deep. Linear in the text, whatever it holds.
    """
    try:
        value = load(text)
    except JsonError as error:
        raise NotJsonError(SYNTAX_ERRORS, (), position(text, error.offset)) from error
    except DuplicateKeyError as error:
        raise PolicySyntaxError(SYNTAX_ERRORS, error.place, position(text, error.offset)) from error
    try:
        return _document(value)
    except PolicySyntaxError as error:
        error.position = locate(text, error.place)
        raise


def render(document: PolicyDocument) -> str:
    """The document as compact JSON text, ASCII only; `parse` gives the same tree back."""
    members: dict[str, object] = {}
    if document.version is not None:
        members["Version"] = document.version
    if document.id is not None:
        members["Id"] = document.id
    members["Statement"] = [render_statement(statement) for statement in document.statements]
    return json.dumps(members, separators=(",", ":"))


def size(text: str) -> int:
    """Characters that count against a quota: all but white space (IAM User Guide, "IAM and AWS STS quotas")."""
    return len(text) - sum(map(text.count, " \t\n\r"))


def _document(value: JsonValue) -> PolicyDocument:
    members = _object(value, ())
    _refuse_unknown(members, ("Version", "Id", "Statement"), ())
    version = _text(members["Version"], ("Version",)) if "Version" in members else None
    if version is not None and version not in VERSIONS:
        raise PolicySyntaxError(SYNTAX_ERRORS, ("Version",))
    policy_id = _text(members["Id"], ("Id",)) if "Id" in members else None
    written = members.get("Statement")
    statements = written if isinstance(written, list) else [written]
    if not statements:
        raise PolicySyntaxError(SYNTAX_ERRORS, ("Statement",))
    return PolicyDocument(
        version,
        policy_id,
        tuple(_statement(statement, ("Statement", index)) for index, statement in enumerate(statements)),
    )


def _statement(value: JsonValue, place: Steps) -> Statement:
    members = _object(value, place)
    _refuse_unknown(members, tuple(_ELEMENTS), place)
    elements = {_ELEMENTS[name][0]: _ELEMENTS[name][1](element, (*place, name)) for name, element in members.items()}
    return Statement(**elements)  # type: ignore[arg-type]  # _ELEMENTS pairs each field with the reader of its type


def _object(value: JsonValue, place: Steps) -> dict[str, JsonValue]:
    if not isinstance(value, dict):
        raise PolicySyntaxError(SYNTAX_ERRORS, place)
    return value


def _refuse_unknown(members: dict[str, JsonValue], known: tuple[str, ...], place: Steps) -> None:
    for name in members:
        if name not in known:
            raise PolicySyntaxError(SYNTAX_ERRORS, (*place, name))


def _text(value: JsonValue, place: Steps) -> str:
    if not isinstance(value, str) or isinstance(value, Number):
        raise PolicySyntaxError(SYNTAX_ERRORS, place)
    return value


def _texts(value: JsonValue, place: Steps) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(_text(item, (*place, index)) for index, item in enumerate(value))
    return (_text(value, place),)


def _effect(value: JsonValue, place: Steps) -> Effect:
    try:
        return Effect(_text(value, place))
    except ValueError as error:
        raise PolicySyntaxError(LEGACY_PARSING, place) from error


def _principal(value: JsonValue, place: Steps) -> PrincipalBlock:
    if value == EVERYONE:
        return PrincipalBlock(((EVERYONE, (EVERYONE,)),))
    members = _object(value, place)
    _refuse_unknown(members, PRINCIPAL_TYPES, place)
    return PrincipalBlock(tuple((kind, _texts(names, (*place, kind))) for kind, names in members.items()))


def _conditions(value: JsonValue, place: Steps) -> tuple[ConditionBlock, ...]:
    return tuple(
        ConditionBlock(operator, _tests(tests, (*place, operator))) for operator, tests in _object(value, place).items()
    )


def _tests(value: JsonValue, place: Steps) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((key, _condition_values(values, (*place, key))) for key, values in _object(value, place).items())


def _condition_values(value: JsonValue, place: Steps) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(_condition_value(item, (*place, index)) for index, item in enumerate(value))
    return (_condition_value(value, place),)


def _condition_value(value: JsonValue, place: Steps) -> str:
    """Numbers and booleans may be written without quotes; they mean their JSON text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value)
    raise PolicySyntaxError(SYNTAX_ERRORS, place)


_ELEMENTS: Final[dict[str, tuple[str, Callable[[JsonValue, Steps], object]]]] = {
    "Sid": ("sid", _text),
    "Effect": ("effect", _effect),
    "Principal": ("principal", _principal),
    "NotPrincipal": ("not_principal", _principal),
    "Action": ("action", _texts),
    "NotAction": ("not_action", _texts),
    "Resource": ("resource", _texts),
    "NotResource": ("not_resource", _texts),
    "Condition": ("conditions", _conditions),
}


def render_statement(statement: Statement) -> dict[str, object]:
    """The statement as a JSON object, its elements in their usual order."""
    members: dict[str, object] = {}
    if statement.sid is not None:
        members["Sid"] = statement.sid
    for name, block in (("Principal", statement.principal), ("NotPrincipal", statement.not_principal)):
        if block is not None:
            members[name] = _render_principal(block)
    if statement.effect is not None:
        members["Effect"] = statement.effect.value
    for name, values in (
        ("Action", statement.action),
        ("NotAction", statement.not_action),
        ("Resource", statement.resource),
        ("NotResource", statement.not_resource),
    ):
        if values is not None:
            members[name] = list(values)
    if statement.conditions is not None:
        members["Condition"] = {block.operator: dict(block.tests) for block in statement.conditions}
    return members


def _render_principal(block: PrincipalBlock) -> object:
    members = dict(block.members)
    return EVERYONE if EVERYONE in members else members
