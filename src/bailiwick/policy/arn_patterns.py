"""Patterns for ARNs: the Resource element, one glob over the whole text, and the Arn operators, field by field.

Source: IAM User Guide, "IAM JSON policy elements: Resource" and "Amazon Resource Name (ARN) condition operators".
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from bailiwick.policy.arn import FIELDS
from bailiwick.policy.lanes import guarded
from bailiwick.policy.patterns import Matcher, Wildcard, compile_glob, tokenize
from bailiwick.policy.request_keys import arn_lanes_of
from bailiwick.policy.value_tests import ValueTest
from bailiwick.policy.variables import (
    ContextKeys,
    Part,
    Template,
    split_variables,
    substitute,
    substituted_text,
    variable_keys,
    without_variables,
)

Fields: TypeAlias = Sequence[Sequence[Part]]
"""The six fields of a pattern for ARNs."""

_ANY_ARN: Final[Fields] = [[Wildcard.ANY]] * FIELDS
_FEW: Final = 256
"""Up to so many pairs of an ARN and a part of a pattern, each ARN is tried with each pattern."""

_FEW_MASKED: Final = 8
"""Up to so many patterns with `?` are tried one by one with an ARN."""


def is_arn(text: str) -> bool:
    """Whether the text has the six fields of an ARN, whatever stands in them."""
    return text.startswith("arn:") and text.count(":") >= FIELDS - 1


def completed(pattern: str) -> str:
    """A Resource pattern with the fields that an incomplete ARN lacks, each `*`."""
    missing = FIELDS - 1 - pattern.count(":")
    return pattern + ":*" * missing if pattern.startswith("arn:") else pattern


def resource_parts(pattern: str, *, variables: bool) -> tuple[Part, ...]:
    """A Resource pattern taken apart. Only what follows the fifth colon may hold variables; before it they are text."""
    fields = pattern.split(":", FIELDS - 1)
    if not variables or len(fields) < FIELDS:
        return tokenize(pattern)
    head = ":".join(fields[:-1]) + ":"
    return (*tokenize(head), *split_variables(fields[-1], wildcards=True))


def arn_test(patterns: Iterable[Sequence[Part]]) -> ValueTest:
    """Whether a text is an ARN that matches any pattern, each of its six fields for itself.

    A pattern of fewer fields matches nothing, save a lone `*`, which matches any ARN. What a variable stands for
    stays within the field that the variable stands in. A pattern without wildcards is compared as text, so that it
    may consist of a variable alone.
    """
    exact: set[str] = set()
    varying: list[Sequence[Part]] = []
    fielded: list[Fields] = []
    for parts in patterns:
        if not any(isinstance(part, Wildcard) for part in parts):
            if variable_keys(parts):
                varying.append(parts)
            else:
                exact.add("".join(map(str, parts)))
        else:
            fields = _ANY_ARN if tuple(parts) == (Wildcard.ANY,) else _split_at_colons(parts)
            if len(fields) == FIELDS:
                fielded.append(fields)
    # What many patterns with `?` ask of an ARN is found out once for all of them.
    are_many = sum(map(_has_question_mark, fielded)) > _FEW_MASKED
    is_laned = _has_question_mark if are_many else _needs_lanes
    laned = tuple(filter(is_laned, fielded))
    tests = tuple(_fields_test(fields) for fields in fielded if not is_laned(fields))
    size = sum(len(parts) for parts in varying) + sum(len(field) for fields in fielded for field in fields)
    if not varying and not fielded:
        return ValueTest.each(lambda text, keys: text in exact and is_arn(text))

    def matches(text: str, keys: ContextKeys) -> bool:
        if not is_arn(text):
            return False
        if text in exact or any(substituted_text(parts, keys) == text for parts in varying):
            return True
        fields = text.split(":", FIELDS - 1)
        if any(test(fields, keys) for test in tests):
            return True
        return bool(laned) and text in _found([text], laned, keys)

    def matching(values: Sequence[str], keys: ContextKeys) -> set[str]:
        if len(values) * size <= _FEW:
            return {value for value in values if matches(value, keys)}
        arns = [value for value in values if is_arn(value)]
        accepted = exact.union(substituted_text(parts, keys) or "" for parts in varying)  # "" is no ARN
        return _found(arns, fielded, keys) | accepted.intersection(arns)

    return ValueTest(matches, matching)


def _has_question_mark(fields: Fields) -> bool:
    return any(Wildcard.ONE in field for field in fields)


def _needs_lanes(fields: Fields) -> bool:
    """Whether a variable has a `?` beside it, so that its text cannot be sought by the methods of strings."""
    return any(variable_keys(field) and Wildcard.ONE in field for field in fields)


def _found(arns: Sequence[str], patterns: Sequence[Fields], keys: ContextKeys) -> set[str]:
    """The ARNs that match any of the patterns."""
    lanes = arn_lanes_of(arns, keys)
    found = 0
    for pattern in patterns:
        matching = -1
        # The last field first: it is what tells ARNs apart.
        for lane, field in zip(reversed(lanes), reversed(pattern), strict=False):
            tokens = substitute(field, keys)
            matching &= 0 if tokens is None else lane.matching(tokens)
            if not matching:
                break
        found |= matching
    return guarded(found, arns, [len(arn) for arn in arns]) if found else set()


def _split_at_colons(parts: Iterable[Part]) -> Fields:
    """The fields of a pattern: split at its own first five colons, never at one that a variable brings in."""
    groups: list[list[Part]] = [[]]
    for part in parts:
        if not isinstance(part, str):
            groups[-1].append(part)
            continue
        first, *others = part.split(":", FIELDS - len(groups))
        if first:
            groups[-1].append(first)
        for other in others:
            groups.append([other] if other else [])
    return groups


def _fields_test(groups: Fields) -> Callable[[list[str], ContextKeys], bool]:
    fixed: list[tuple[int, Matcher]] = []
    varying: list[tuple[int, Template]] = []
    # The last field first: it is what tells ARNs apart.
    for index, group in reversed(tuple(enumerate(groups))):
        if variable_keys(group):
            varying.append((index, Template(group)))
        elif tuple(group) != (Wildcard.ANY,):
            fixed.append((index, compile_glob(without_variables(group))))

    def matches_fields(fields: list[str], keys: ContextKeys) -> bool:
        for index, matcher in fixed:
            if not matcher(fields[index]):
                return False
        return all(template.matches(fields[index], keys) for index, template in varying)

    return matches_fields
