"""An explanation for people: the answer first, then why, then what would change it, and on demand the whole trace.

Takes the members of the model's `Answer`, whose documents `policy.explanation_as_json` and `policy.remedies_as_json`
describe.
"""

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from bailiwick.access.condition_keys import spelled
from bailiwick.cli.output import readable, show

Json = Mapping[str, Any]

WIDTH: Final = 100
_MOST_VALUES: Final = 6
_MOST_NEAR: Final = 5
_MOST_REMEDIES: Final = 4

_LAYERS: Final = {
    "identity": "identity-based policies",
    "resource": "resource-based policy",
    "trust": "role's trust policy",
    "boundary": "permissions boundary",
    "session": "session policy",
    "scope-down": "scope-down policy",
    "SCP": "service control policies",
    "RCP": "resource control policies",
    "VPC endpoint": "VPC endpoint policy",
    "root": "account's root",
}
_OUTCOMES: Final = {"allows": "allows", "denies": "denies", "silent": "says nothing of this"}
_GRANTS: Final = {
    "direct": ", to the caller itself",
    "inherited": ", to the role or user that the caller's session is of",
    "delegated": ", to the caller's account, whose own policies must allow it too",
}


def headline(effect: str, principal: str, action: str, resource: str) -> str:
    """The answer in one line."""
    answer, may = ("ALLOWED", "may") if effect == "Allow" else ("DENIED", "may not")
    return f"{answer}: {principal} {may} perform {action} on {resource}"


def why(answer: Json) -> list[str]:
    """What settled it, the statements that come near, and what no policy shows."""
    explanation = answer["Explanation"]
    decision = explanation["decision"]
    if decision["effect"] != answer["Effect"]:
        return list(answer["Notes"])  # something else than the policies that are told settled it
    lines = [] if decision["layer"] == "root" else [_settled(decision)]
    if decision["effect"] == "Deny":
        if decision["missingKeys"]:
            lines.append(f"The request lacks: {_values([spelled(key) for key in decision['missingKeys']])}")
        if decision["statement"] is None:
            lines += _near_misses(explanation)
    if explanation["note"] is not None:
        lines.append(explanation["note"])
    return [*answer["Notes"], *lines]


def settled_by(reason: str | None, layer: str | None, statement: str | None) -> str:
    """Which layer settled a decision, and how."""
    name = _LAYERS.get(layer or "", "policies")
    if reason == "implicit deny":
        return f"Nothing in the {name} allows it."
    verb = "denies it" if reason == "explicit deny" else "allows it"
    return f"{statement or 'A statement'} in the {name} {verb}."


def changes(answer: Json) -> list[str]:
    """What would have to change, the least first; empty where nothing can, or need."""
    lines: list[str] = []
    remedies: Sequence[Sequence[Json]] = answer["Remedies"]
    for number, remedy in enumerate(remedies[:_MOST_REMEDIES], 1):
        mark = f"{number}. " if len(remedies) > 1 else ""
        for position, change in enumerate(remedy):
            lead = mark if position == 0 else " " * len(mark)
            lines.append(f"{lead}{change['text']}" if position == 0 else f"{lead}and: {change['text']}")
            if change["addition"] is not None:
                lines.append(" " * len(mark) + "    " + json.dumps(change["addition"]))
    if len(remedies) > _MOST_REMEDIES:
        lines.append(f"{len(remedies) - _MOST_REMEDIES} more ways: see --json")
    return lines


def trace(answer: Json) -> list[str]:
    """Every layer, policy, statement and element."""
    return [line for layer in answer["Explanation"]["layers"] for line in _layer(layer)]


def print_section(title: str, lines: Iterable[str], *, wraps: bool = True) -> None:
    """A part of the text under its title; nothing without lines."""
    shown = [part for line in lines for part in (_wrapped(line) if wraps else ["  " + line])]
    if shown:
        show("", title, *shown)


def print_answer(answer: Json, *, title: str, with_trace: bool) -> None:
    """All of an answer but its first line."""
    print_section(title, why(answer))
    print_section("What would allow it", changes(answer), wraps=False)
    if with_trace:
        print_section("Trace", trace(answer), wraps=False)


def named(statement: Json) -> str:
    """A statement by its place, its Sid and its policy."""
    sid = f' "{statement["sid"]}"' if statement["sid"] else ""
    return f"Statement[{statement['index']}]{sid} of {_policy(statement['policy'])}"


def _settled(decision: Json) -> str:
    statement = decision["statement"]
    return settled_by(decision["reason"], decision["layer"], None if statement is None else named(statement))


def _near_misses(explanation: Json) -> list[str]:
    """Of the layer that should have allowed: the statements on this action that did not apply, and why not."""
    found = []
    for layer in explanation["layers"]:
        if layer["layer"] != explanation["decision"]["layer"] or layer["outcome"] == "allows":
            continue
        for policy in layer["policies"]:
            for statement in policy["statements"]:
                if statement["effect"] == "Allow" and _is_of_the_action(statement):
                    lacking = [_element(each) for each in statement["elements"] if not each["matched"]]
                    where = named({**statement, "policy": policy["policy"]})
                    found.append(f"{where} would, but {'; '.join(lacking)}.")
    if len(found) > _MOST_NEAR:
        return [*found[:_MOST_NEAR], f"{len(found) - _MOST_NEAR} more come near: see --trace"]
    return found


def _is_of_the_action(statement: Json) -> bool:
    return all(each["matched"] for each in statement["elements"] if each["element"] in ("Action", "NotAction"))


def _element(element: Json) -> str:
    """An element that did not match, in words."""
    name = element["element"]
    expected, actual = _values(element["expected"]), element["actual"]
    if name == "Condition":
        told = f"its condition {element['operator']} {element['key']} = {expected} is not met: "
        if actual is None:
            return told + _note(element, "the request does not have it")
        told += f"the request has {_values(actual)}"
    else:
        told = f"its {name} {expected} does not match {_values(actual or ())}"
    return told if element["note"] is None else f"{told} ({_note(element)})"


def _note(element: Json, otherwise: str = "") -> str:
    """An element's note as a part of a sentence."""
    return otherwise if element["note"] is None else str(element["note"]).rstrip(".")


def _layer(layer: Json) -> Iterator[str]:
    level = "" if layer["level"] is None else f", level {layer['level']}"
    need = "its Allow is needed" if layer["mustAllow"] else "its Allow is not needed"
    outcome = _OUTCOMES[layer["outcome"]] + _GRANTS.get(layer["grant"] or "", "")
    yield f"{_LAYERS[layer['layer']]}{level}: {outcome} ({need})"
    if not layer["policies"]:
        yield "  no policy"
    for policy in layer["policies"]:
        yield f"  {_policy(policy['policy'])}"
        if policy["fault"] is not None:
            yield f"    denies everything, because it cannot be understood: {policy['fault']}"
        for statement in policy["statements"]:
            sid = f' "{statement["sid"]}"' if statement["sid"] else ""
            applies = "applies" if statement["applies"] else "does not apply"
            yield f"    Statement[{statement['index']}]{sid} {statement['effect']}: {applies}"
            yield from map(_traced, statement["elements"])


def _traced(element: Json) -> str:
    name = element["element"]
    if name == "Condition":
        name = f"Condition {element['operator']} {element['key']}"
    if element["actual"] is None:
        actual, note = _note(element, "the request does not have it"), ""
    else:
        actual = f"request: {_values(element['actual'])}"
        note = "" if element["note"] is None else f"  ({_note(element)})"
    mark = "matches      " if element["matched"] else "does not     "
    return f"      {mark}{name}: {_values(element['expected'])}  | {actual}{note}"


def _policy(source: Json) -> str:
    match source["type"]:
        case "managed":
            return f"managed policy {source['arn'] or source['name']}"
        case "inline":
            return f"inline policy {source['name']}"
        case _:
            return f"the {source['name']}" if source["arn"] is None else str(source["arn"])


def _values(values: Sequence[str]) -> str:
    shown = ", ".join(values[:_MOST_VALUES]) or "(nothing)"
    return shown if len(values) <= _MOST_VALUES else f"{shown} and {len(values) - _MOST_VALUES} more"


def _wrapped(line: str) -> list[str]:
    line = readable(line)
    indent = len(line) - len(line.lstrip())
    return textwrap.wrap(
        line.strip(),
        WIDTH,
        initial_indent=" " * (indent + 2),
        subsequent_indent=" " * (indent + 4),
        break_long_words=False,
        break_on_hyphens=False,
    )
