"""Policy variables: `${key}`, `${key, 'default'}` and the escapes `${*}`, `${?}`, `${$}`.

A text is taken apart once, when the policy is compiled; what a variable stands for is put in as literal text
afterwards, so that a `*`, a `?` or a `${` in somebody's tag can never act as a pattern.

Source: IAM User Guide, "IAM policy elements: Variables and tags".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from bailiwick.policy.patterns import Token, Wildcard, matches, tokenize

ContextValue: TypeAlias = str | tuple[str, ...]
"""One value of a condition key: text for a single-valued key, a tuple for a multi-valued one."""

ContextKeys: TypeAlias = Mapping[str, ContextValue]
"""The condition keys of a request, in lower case."""

# A key may hold spaces (tag keys do) but none at its ends; the default is set off by a comma and one space.
_VARIABLE = re.compile(
    r"\$\{(?:(?P<escape>[*?$])"
    r"|(?P<key>[^\s{}'\",*?$][^{}'\",*?$]*+)(?<!\s)(?:, '(?P<default>[^']*+)')?)\}"
)


def is_absent(value: ContextValue | None) -> bool:
    """Whether a key has no value: not there, an empty set, or a set of one empty string (the "null data set").

    The empty string of a single-valued key is a value: tag values may be empty.
    """
    return value is None or value in ((), ("",))


class Variable(NamedTuple):
    """A place for the value of a single-valued condition key (lower case)."""

    key: str
    default: str | None

    def resolve(self, keys: ContextKeys) -> str | None:
        """The value in this request; the default if the key is absent; None if there is neither.

        A key with several values cannot be used, so it has no value here.
        """
        value = keys.get(self.key)
        if isinstance(value, str):
            return value
        return self.default if is_absent(value) else None


Part: TypeAlias = Token | Variable

_NO_KEYS: Final = frozenset[str]()


def split_variables(text: str, *, wildcards: bool) -> tuple[Part, ...]:
    """Take a text apart into literals, variables and, if asked for, wildcards. What is no variable is literal."""
    parts: list[Part] = []
    if "${" not in text:
        _add_text(parts, text, wildcards=wildcards)
        return tuple(parts)
    end = 0
    for found in _VARIABLE.finditer(text):
        _add_text(parts, text[end : found.start()], wildcards=wildcards)
        if escape := found["escape"]:
            parts.append(escape)
        else:
            parts.append(Variable(found["key"].lower(), found["default"]))
        end = found.end()
    _add_text(parts, text[end:], wildcards=wildcards)
    return tuple(parts)


def variable_keys(parts: Iterable[Part]) -> frozenset[str]:
    """The condition keys that the variables among the parts ask for."""
    keys = [part.key for part in parts if isinstance(part, Variable)]
    return frozenset(keys) if keys else _NO_KEYS


def leading_text(parts: Iterable[Part]) -> str:
    """The text before the first wildcard or variable; whatever matches the parts starts with it."""
    leading = ""
    for part in parts:
        if not isinstance(part, str):
            break
        leading += part
    return leading


def substitute(parts: Iterable[Part], keys: ContextKeys) -> list[Token] | None:
    """The parts with every variable replaced by literal text; None if one of them has no value."""
    tokens: list[Token] = []
    for part in parts:
        if isinstance(part, Variable):
            value = part.resolve(keys)
            if value is None:
                return None
            tokens.append(value)
        else:
            tokens.append(part)
    return tokens


def substituted_text(parts: Iterable[Part], keys: ContextKeys) -> str | None:
    """The text that parts without wildcards stand for; None if one of its variables has no value."""
    tokens = substitute(parts, keys)
    return None if tokens is None else "".join(token for token in tokens if isinstance(token, str))


def without_variables(parts: Iterable[Part]) -> list[Token]:
    """The parts that are no variables."""
    return [part for part in parts if not isinstance(part, Variable)]


class Template:
    """A pattern with at least one variable and no `?`, matched as a whole against a text."""

    __slots__ = ("_groups", "_head")

    def __init__(self, parts: Sequence[Part]) -> None:
        assert Wildcard.ONE not in parts  # a pattern with `?` is followed in lanes
        self._head = leading_text(parts)
        groups: list[list[Part]] = [[]]
        for part in parts:
            if part is Wildcard.ANY:
                groups.append([])
            else:
                groups[-1].append(part)
        self._groups: tuple[str | tuple[Part, ...], ...] = tuple(_prepared(group) for group in groups)

    def matches(self, text: str, keys: ContextKeys) -> bool:
        """Whether the text matches; a variable without a value makes the pattern match nothing."""
        if not text.startswith(self._head):
            return False
        segments: list[str] = []
        for group in self._groups:
            if isinstance(group, tuple):
                substituted = substituted_text(group, keys)
                if substituted is None:
                    return False
                segments.append(substituted)
            else:
                segments.append(group)
        return matches(segments, text)


def _add_text(parts: list[Part], text: str, *, wildcards: bool) -> None:
    if wildcards:
        parts.extend(tokenize(text))
    elif text:
        parts.append(text)


def _prepared(group: Sequence[Part]) -> str | tuple[Part, ...]:
    return tuple(group) if variable_keys(group) else "".join(part for part in group if isinstance(part, str))
