"""The answer to one question: may it, why, and what would have to change. Pure: the policies and facts are given.

What belongs to another account is not told: of a role's trust policy there, only whether all in all it may be assumed.
"""

from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final

from bailiwick.access.decided import keys_to_tell
from bailiwick.explanations.rules import Settled
from bailiwick.policy import (
    FULL_AWS_ACCESS,
    Effect,
    Layer,
    Layers,
    PolicySet,
    PolicySource,
    PolicyType,
    RequestContext,
    compile_policy,
    evaluate,
    explain,
    explanation_as_json,
    remedies,
    remedies_as_json,
)

MOST_STATEMENTS: Final = 1000
"""As many as are told one by one. Past it those that are of other actions are left out, and then the last ones."""

MOST_CHARACTERS: Final = 1024 * 1024
"""Of what statements ask for and requests have, in all of an answer: each statement tells of the same large values."""

_TRUSTING: Final = PolicySet.of(
    [
        compile_policy(
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]}',
            PolicySource(PolicyType.TRUST, "trust policy", None),
        )
    ]
)
"""Stands in for another account's trust policy, so that what is told is of the caller's side alone."""

_ALLOWING: Final = PolicySet.of([FULL_AWS_ACCESS])
"""Stands in for the caller's own side, where only the other one is asked."""

_HIDDEN: Final = (
    "The role is another account's: its trust policy and its tags are not told, nor whether there is such a role. What "
    "is told is what the caller's own side says."
)
_REFUSED_THERE: Final = (
    "The caller's own side allows it. The role's account does not: there is no such role, or its trust policy does not "
    "allow this caller under these conditions."
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        layers: the policies that apply.
        request: what is asked for.
        settled: what holds whatever policies say.
        hides_trust: the trust policy among the layers is not to be told.
        there: what a hidden trust policy is asked about, when that is not the request.
        also_alone: the caller's own policies must allow it also without the trust policy.
        notes: what else the asker should know.
    """

    layers: Layers
    request: RequestContext
    settled: Settled | None = None
    hides_trust: bool = False
    there: RequestContext | None = None
    also_alone: bool = False
    notes: tuple[str, ...] = ()


def answer(question: Question) -> dict[str, object]:
    """The model's Answer. Takes long where there are many policies."""
    layers, request = _asked(question)
    notes = list(question.notes)
    told, told_request = layers, request
    if question.hides_trust:
        told = replace(layers, trust=_TRUSTING)
        there = evaluate(Layers(identity=_ALLOWING, trust=layers.trust), question.there or request).effect
        effect = evaluate(told, request).effect if there is Effect.ALLOW else there
        told_request = replace(request, keys=keys_to_tell(request))
        notes.append(_HIDDEN)
    else:
        effect = evaluate(layers, request).effect
    explanation = explain(told, told_request)
    shown = explanation_as_json(explanation)
    if question.hides_trust:
        shown["layers"] = [layer for layer in _list(shown["layers"]) if layer["layer"] != Layer.TRUST.value]
        if explanation.decision.layer is Layer.TRUST:
            shown["decision"] = {**_object(shown["decision"]), "statement": None}
        if effect is Effect.DENY and explanation.decision.is_allowed:
            notes.append(_REFUSED_THERE)
    found = remedies(told, told_request)
    if question.settled is not None:
        effect = question.settled.effect
        notes.insert(0, question.settled.why)
        found = ()
    notes += _shortened(shown)
    return {
        "Effect": effect.value,
        "Explanation": shown,
        "Remedies": remedies_as_json(found),
        "Notes": notes,
    }


def _asked(question: Question) -> tuple[Layers, RequestContext]:
    """The layers that decide: where the caller's own side must allow, too, and does not, it decides alone."""
    if not question.also_alone:
        return question.layers, question.request
    alone = replace(question.layers, trust=None)
    if evaluate(question.layers, question.request).is_allowed and not evaluate(alone, question.request).is_allowed:
        return alone, question.request
    return question.layers, question.request


def _shortened(shown: dict[str, object]) -> list[str]:
    """Leave statements out where there are too many; what was done, in words."""
    policies = [policy for layer in _list(shown["layers"]) for policy in layer["policies"]]
    total = _count(policies)
    told = [statement for policy in policies for statement in policy["statements"]]
    if total <= MOST_STATEMENTS and sum(map(_characters, told)) <= MOST_CHARACTERS:
        return []
    statements, characters = MOST_STATEMENTS, MOST_CHARACTERS
    for policy in policies:
        kept = []
        for statement in filter(_is_of_the_action, policy["statements"]):
            statements -= 1
            characters -= _characters(statement)
            if min(statements, characters) < 0:
                break
            kept.append(statement)
        policy["statements"] = kept
    return [f"{total - _count(policies)} statements are left out, those of other actions first."]


def _count(policies: list[dict[str, Any]]) -> int:
    return sum(len(policy["statements"]) for policy in policies)


def _characters(statement: dict[str, Any]) -> int:
    """Of all values in a statement's elements."""
    told = (each[side] or () for each in statement["elements"] for side in ("expected", "actual"))
    return sum(map(len, chain.from_iterable(told)))


def _is_of_the_action(statement: dict[str, Any]) -> bool:
    return all(each["matched"] for each in statement["elements"] if each["element"] in ("Action", "NotAction"))


def _object(value: object) -> dict[str, Any]:
    assert isinstance(value, dict), "the decision is an object"
    return value


def _list(value: object) -> list[dict[str, Any]]:
    assert isinstance(value, list), "the layers are a list"
    return value
