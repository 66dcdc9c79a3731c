"""Patterns for ARNs: the Resource element, one glob over the whole text, and the Arn operators, field by field.

Source: IAM User Guide, "IAM JSON policy elements: Resource" and "Amazon Resource Name (ARN) condition operators".
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from bailiwick.policy.arn import FIELDS
from bailiwick.policy.patterns import Matcher, Wildcard, compile_glob, tokenize
from bailiwick.policy.variables import (
    ContextKeys,
    Part,
    Template,
    split_variables,
    substituted_text,
    variable_keys,
    without_variables,
)

TextTest: TypeAlias = Callable[[str, ContextKeys], bool]
"""Whether a text matches, given the keys that variables may ask for."""


def is_arn(text: str) -> bool:
    """Whether the text has the six fields of an ARN, whatever stands in them."""
    return text.startswith("arn:") and text.count(":") >= FIELDS - 1


def completed(pattern: str) -> str:
    """A Resource pattern with the fields that an incomplete ARN lacks, each `*`."""
    missing = FIELDS - 1 - pattern.count(":")
    return pattern + ":*" * missing if pattern.startswith("arn:") and missing > 0 else pattern


def resource_parts(pattern: str, *, variables: bool) -> tuple[Part, ...]:
    """A Resource pattern taken apart. Only what follows the fifth colon may hold variables; before it they are text."""
    fields = pattern.split(":", FIELDS - 1)
    if not variables or len(fields) < FIELDS:
        return tokenize(pattern)
    head = ":".join(fields[:-1]) + ":"
    return (*tokenize(head), *split_variables(fields[-1], wildcards=True))


def arn_test(patterns: Iterable[Sequence[Part]]) -> TextTest:
    """Whether a text is an ARN that matches any pattern, each of its six fields for itself.

    A pattern of fewer fields matches nothing, save a lone `*`, which matches any ARN. What a variable stands for
    stays within the field that the variable stands in. A pattern without wildcards is compared as text, so that it
    may consist of a variable alone.
    """
    exact: set[str] = set()
    varying: list[Sequence[Part]] = []
    tests: list[Callable[[list[str], ContextKeys], bool]] = []
    for parts in patterns:
        if not any(isinstance(part, Wildcard) for part in parts):
            if variable_keys(parts):
                varying.append(parts)
            else:
                exact.add("".join(map(str, parts)))
        elif tuple(parts) == (Wildcard.ANY,):
            tests.append(lambda fields, keys: True)
        else:
            groups = _split_at_colons(parts)
            if len(groups) == FIELDS:
                tests.append(_fields_test(groups))
    if not varying and not tests:
        return lambda text, keys: text in exact and is_arn(text)

    def matches_any(text: str, keys: ContextKeys) -> bool:
        if not is_arn(text):
            return False
        if text in exact or any(substituted_text(parts, keys) == text for parts in varying):
            return True
        fields = text.split(":", FIELDS - 1)
        return any(test(fields, keys) for test in tests)

    return matches_any


def _split_at_colons(parts: Iterable[Part]) -> list[list[Part]]:
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


def _fields_test(groups: Sequence[Sequence[Part]]) -> Callable[[list[str], ContextKeys], bool]:
    fixed: list[tuple[int, Matcher]] = []
    varying: list[tuple[int, Template]] = []
    for index, group in enumerate(groups):
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
