"""Lists of patterns, of which one must match: in StringLike and in Resource, with or without variables."""

from collections.abc import Iterable, Sequence
from typing import Final

from bailiwick.policy.lanes import Lanes, guarded
from bailiwick.policy.patterns import Matcher, Wildcard, compile_glob
from bailiwick.policy.request_keys import lanes_of
from bailiwick.policy.value_tests import TextTest, ValueTest
from bailiwick.policy.variables import ContextKeys, Part, Template, substitute, variable_keys, without_variables

_FEW: Final = 256
"""Up to so many pairs of a value and a part of a pattern, each value is tried with each pattern."""

_FEW_MASKED: Final = 8
"""Up to so many patterns with `?` are tried one by one with a text."""


def glob_test(patterns: Iterable[Sequence[Part]]) -> ValueTest:
    """Whether a text as a whole matches any of the patterns."""
    patterns = tuple(patterns)
    matches = _matches_any(patterns)
    parts = sum(map(len, patterns))

    def matching(values: Sequence[str], keys: ContextKeys) -> set[str]:
        if len(values) * parts <= _FEW:
            return {value for value in values if matches(value, keys)}
        found = _found(lanes_of(values, keys), patterns, keys)
        return guarded(found, values, [len(value) for value in values]) if found else set()

    return ValueTest(matches, matching)


def _matches_any(patterns: Sequence[Sequence[Part]]) -> TextTest:
    are_many = sum(Wildcard.ONE in parts for parts in patterns) > _FEW_MASKED
    globs: list[Matcher] = []
    templates: list[Template] = []
    laned: list[Sequence[Part]] = []
    for parts in patterns:
        varies = bool(variable_keys(parts))
        # With a `?` beside it, a variable's text cannot be sought by the methods of strings; and what many patterns
        # with `?` ask of a text is found out once for all of them.
        if (varies or are_many) and Wildcard.ONE in parts:
            laned.append(parts)
        elif varies:
            templates.append(Template(parts))
        else:
            globs.append(compile_glob(without_variables(parts)))
    if len(globs) == len(patterns) == 1:
        only = globs[0]
        return lambda text, keys: only(text)

    def matches(text: str, keys: ContextKeys) -> bool:
        if any(glob(text) for glob in globs) or any(template.matches(text, keys) for template in templates):
            return True
        return bool(laned) and _found(lanes_of((text,), keys), laned, keys) != 0

    return matches


def _found(lanes: Lanes, patterns: Iterable[Sequence[Part]], keys: ContextKeys) -> int:
    found = 0
    for parts in patterns:
        tokens = substitute(parts, keys)
        if tokens is not None:
            found |= lanes.matching(tokens)
            if found == lanes.all:
                break
    return found
