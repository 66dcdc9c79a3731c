"""One change that helps a denied request, in data and in words."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from bailiwick.policy.decision import Layer, StatementId
from bailiwick.policy.document import EVERYONE, Statement, render_statement
from bailiwick.policy.explanation.as_json import statement_id_as_json
from bailiwick.policy.principals import account_of
from bailiwick.policy.variables import ContextValue


class ChangeKind(enum.Enum):
    """What is to be done, what asks least of anybody first; the values are the names that programs see."""

    MEET_CONDITION = "meetCondition"
    ADD_STATEMENT = "addStatement"
    NEW_SESSION = "newSession"
    REPAIR_POLICY = "repairPolicy"
    REMOVE_DENY = "removeDeny"
    RESTORE_DEFAULT = "restoreDefault"


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    `layer` and `level`: where, as in `LayerTrace`. `statement`: the one that stands in the way (REMOVE_DENY,
    REPAIR_POLICY, a NEW_SESSION because of a deny), or that a MEET_CONDITION is about. `addition`: the statement to
    add, or for the new session to have, in a policy of version 2012-10-17. For MEET_CONDITION: `operator`, `key` and
    `expected` as the policy has them, and `value`, a value of the key that will do; None means that the request must
    not have the key. `text` says it all in one sentence.
    """

    kind: ChangeKind
    layer: Layer
    level: int | None
    text: str
    statement: StatementId | None = None
    addition: Statement | None = None
    operator: str | None = None
    key: str | None = None
    expected: tuple[str, ...] = ()
    value: ContextValue | None = None


Remedy: TypeAlias = tuple[Change, ...]
"""Changes that together make the request allowed; none of them is superfluous."""

_PLACES: Final = {
    Layer.IDENTITY: "a permissions policy of the caller",
    Layer.RESOURCE: "the resource's policy",
    Layer.TRUST: "the role's trust policy",
    Layer.BOUNDARY: "the caller's permissions boundary",
    Layer.SESSION: "the session policy",
    Layer.SCOPE_DOWN: "the scope-down policy",
    Layer.SCP: "a service control policy",
    Layer.RCP: "a resource control policy",
    Layer.VPC_ENDPOINT: "the VPC endpoint's policy",
}
_SESSION_LAYERS: Final = frozenset({Layer.SESSION, Layer.SCOPE_DOWN})


def addition(layer: Layer, level: int | None, statement: Statement) -> Change:
    """An Allow that a layer lacks. A session's policies are fixed when it is made, so it takes a new session."""
    what = " on ".join((*(statement.action or ()), *(statement.resource or ())))
    if layer in _SESSION_LAYERS:
        text = f"Ask for a new session, of which {_PLACES[layer]} allows {what}."
        return Change(ChangeKind.NEW_SESSION, layer, level, text, addition=statement)
    if layer is Layer.RCP:
        text = f"Attach RCPFullAWSAccess again{_at(level)}: other resource control policies cannot allow."
        return Change(ChangeKind.RESTORE_DEFAULT, layer, level, text)
    text = f"Allow {what} in {_PLACES[layer]}{_at(level)}{_to_whom(statement)}."
    return Change(ChangeKind.ADD_STATEMENT, layer, level, text, addition=statement)


def removal(layer: Layer, level: int | None, statement: StatementId, fault: str | None) -> Change:
    """What lifts a deny. `fault`: why its policy cannot be understood, if that is why it denies."""
    if fault is not None:
        text = f"Repair the policy {statement.source.name}, which denies everything as it cannot be understood: {fault}"
        return Change(ChangeKind.REPAIR_POLICY, layer, level, text, statement)
    if layer in _SESSION_LAYERS:
        text = f"Ask for a new session, of which {_PLACES[layer]} does not deny it as {_named(statement)} does."
        return Change(ChangeKind.NEW_SESSION, layer, level, text, statement)
    text = f"Take out {_named(statement)} in {_PLACES[layer]}{_at(level)}, which denies it, or narrow it."
    return Change(ChangeKind.REMOVE_DENY, layer, level, text, statement)


def condition(
    layer: Layer,
    level: int | None,
    statement: StatementId,
    written: tuple[str, str, tuple[str, ...]],
    value: ContextValue | None,
    *,
    lifts: bool,
    is_example: bool,
) -> Change:
    """A value of one key that makes an Allow apply or (`lifts`) a Deny not.

    `written`: operator, key and values of the condition. `is_example`: other values would do as well.
    """
    operator, key, expected = written
    effect = "no longer denies it" if lifts else "then allows it"
    example = ", for example" if is_example else ""
    text = f"{_with_value(key, value)}{example}: {_named(statement)} {effect} ({operator} {', '.join(expected)})."
    return Change(ChangeKind.MEET_CONDITION, layer, level, text, statement, None, operator, key, expected, value)


def remedies_as_json(found: Iterable[Remedy]) -> list[list[dict[str, object]]]:
    """Remedies as a tree that `json.dumps` takes: for each, the list of its changes.

    A change is {kind, text, layer, level | null, statement | null, addition: a statement as policies have it | null,
    operator | null, key | null, expected: [text], value: text | [text] | null}; layers, levels and statements are as
    in `explanation_as_json`.
    """
    return [[_as_json(change) for change in remedy] for remedy in found]


def _as_json(change: Change) -> dict[str, object]:
    return {
        "kind": change.kind.value,
        "text": change.text,
        "layer": change.layer.value,
        "level": change.level,
        "statement": None if change.statement is None else statement_id_as_json(change.statement),
        "addition": None if change.addition is None else render_statement(change.addition),
        "operator": change.operator,
        "key": change.key,
        "expected": list(change.expected),
        "value": list(change.value) if isinstance(change.value, tuple) else change.value,
    }


def _at(level: int | None) -> str:
    if level is None:
        return ""
    return " at the organization's root" if level == 0 else f" at level {level} below the organization's root"


def _named(statement: StatementId) -> str:
    sid = f' "{statement.sid}"' if statement.sid else ""
    return f"Statement[{statement.index}]{sid} of {statement.source.name}"


def _to_whom(statement: Statement) -> str:
    if statement.principal is None:
        return ""
    [(kind, (name, *_))] = statement.principal.members
    if kind == EVERYONE:
        return ", to everyone, signed in or not"
    return f", to {name}" if account_of(name) is None else f", to {name}, which is its whole account"


def _with_value(key: str, value: ContextValue | None) -> str:
    if value is None:
        return f"Send the request without {key}"
    shown = value if isinstance(value, str) else "[" + ", ".join(value) + "]"
    folded = key.lower()
    if folded == "aws:multifactorauthpresent":
        how = "made with MFA" if shown == "true" else "made without MFA"
        return f"Send the request with credentials {how} ({key} = {shown})"
    if folded.startswith("aws:principaltag/"):
        return f"Tag the caller so that {key} = {shown}"
    if folded.partition(":")[2].startswith("resourcetag/"):
        return f"Tag the resource so that {key} = {shown}"
    return f"Send the request with {key} = {shown}"
