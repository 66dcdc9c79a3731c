"""The condition operators: their names, and for each family how one request value is compared with the policy's values.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for multivalued keys".
"""

import enum
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from bailiwick.policy import scalars
from bailiwick.policy.arn_patterns import TextTest, arn_test
from bailiwick.policy.patterns import Token, compile_glob, tokenize
from bailiwick.policy.variables import (
    ContextKeys,
    Part,
    Template,
    split_variables,
    substituted_text,
    variable_keys,
    without_variables,
)


class Family(enum.Enum):
    """Operators that read their values alike."""

    STRING = "String"
    STRING_IGNORE_CASE = "StringIgnoreCase"
    STRING_LIKE = "StringLike"
    NUMERIC = "Numeric"
    DATE = "Date"
    BOOL = "Bool"
    BINARY = "Binary"
    IP = "IpAddress"
    ARN = "Arn"
    NULL = "Null"


class SetQualifier(enum.Enum):
    """How a key of several values is compared."""

    FOR_ALL_VALUES = "ForAllValues"
    FOR_ANY_VALUE = "ForAnyValue"


Comparison: TypeAlias = Callable[[Decimal, Decimal], bool]


@dataclass(frozen=True, slots=True)
class BaseOperator:
    """An operator without prefix and suffix: the positive form of its comparison, and whether it is negated."""

    family: Family
    negated: bool = False
    comparison: Comparison = operator.eq


@dataclass(frozen=True, slots=True)
class Operator:
    """A whole operator name, understood."""

    base: BaseOperator
    qualifier: SetQualifier | None
    if_exists: bool


_ORDERS: Final[dict[str, Comparison]] = {
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_BASE: Final[dict[str, BaseOperator]] = {
    "StringEquals": BaseOperator(Family.STRING),
    "StringNotEquals": BaseOperator(Family.STRING, negated=True),
    "StringEqualsIgnoreCase": BaseOperator(Family.STRING_IGNORE_CASE),
    "StringNotEqualsIgnoreCase": BaseOperator(Family.STRING_IGNORE_CASE, negated=True),
    "StringLike": BaseOperator(Family.STRING_LIKE),
    "StringNotLike": BaseOperator(Family.STRING_LIKE, negated=True),
    "NumericEquals": BaseOperator(Family.NUMERIC),
    "NumericNotEquals": BaseOperator(Family.NUMERIC, negated=True),
    "DateEquals": BaseOperator(Family.DATE),
    "DateNotEquals": BaseOperator(Family.DATE, negated=True),
    "Bool": BaseOperator(Family.BOOL),
    "BinaryEquals": BaseOperator(Family.BINARY),
    "IpAddress": BaseOperator(Family.IP),
    "NotIpAddress": BaseOperator(Family.IP, negated=True),
    "ArnEquals": BaseOperator(Family.ARN),
    "ArnLike": BaseOperator(Family.ARN),
    "ArnNotEquals": BaseOperator(Family.ARN, negated=True),
    "ArnNotLike": BaseOperator(Family.ARN, negated=True),
    "Null": BaseOperator(Family.NULL),
    **{f"Numeric{name}": BaseOperator(Family.NUMERIC, comparison=order) for name, order in _ORDERS.items()},
    **{f"Date{name}": BaseOperator(Family.DATE, comparison=order) for name, order in _ORDERS.items()},
}
_IF_EXISTS: Final = "IfExists"


def find_operator(name: str) -> Operator | None:
    """The operator of that name in its canonical spelling, or None; Null takes neither prefix nor suffix."""
    prefix, colon, rest = name.rpartition(":")
    base_name = rest.removesuffix(_IF_EXISTS)
    base = _BASE.get(base_name)
    if base is None or (base.family is Family.NULL and name != base_name):
        return None
    if not colon:
        return Operator(base, None, base_name != rest)
    try:
        return Operator(base, SetQualifier(prefix), base_name != rest)
    except ValueError:
        return None


def value_test(base: BaseOperator, values: Iterable[str], *, variables: bool) -> tuple[TextTest, frozenset[str]]:
    """A function that compares one request value with the policy's values, in the operator's positive form.

    The second part of the result is the condition keys that the values ask for through variables. A value that
    cannot be read as the operator's type matches nothing, and so does one whose variable has no value.
    """
    match base.family:
        case Family.NUMERIC:
            return _ordered(scalars.number, base.comparison, values), frozenset()
        case Family.DATE:
            return _ordered(scalars.instant, base.comparison, values), frozenset()
        case Family.BINARY:
            return _read_alike(scalars.octets, values), frozenset()
        case Family.IP:
            return _in_networks(values), frozenset()
        case _:
            return _text_test(base.family, values, variables=variables)


def _text_test(family: Family, values: Iterable[str], *, variables: bool) -> tuple[TextTest, frozenset[str]]:
    """The families whose values may hold variables."""
    wildcards = family in (Family.STRING_LIKE, Family.ARN)
    patterns = [_parts(value, wildcards=wildcards, variables=variables) for value in values]
    asked = frozenset[str]().union(*map(variable_keys, patterns))
    if family is Family.ARN:
        return arn_test(patterns), asked
    fixed = [without_variables(parts) for parts in patterns if not variable_keys(parts)]
    varying = [parts for parts in patterns if variable_keys(parts)]
    if family is Family.STRING_LIKE:
        return _like(fixed, [Template(parts) for parts in varying]), asked
    texts = ["".join(map(str, tokens)) for tokens in fixed]
    if family is Family.STRING:
        return _equal(texts, varying), asked
    if family is Family.STRING_IGNORE_CASE:
        return _equal_ignoring_case(texts, varying), asked
    return _equal_booleans(texts, varying), asked


def _parts(value: str, *, wildcards: bool, variables: bool) -> tuple[Part, ...]:
    if variables:
        return split_variables(value, wildcards=wildcards)
    return tokenize(value) if wildcards else (value,)


def _equal(texts: Iterable[str], varying: Sequence[Sequence[Part]]) -> TextTest:
    fixed = frozenset(texts)
    if not varying:
        return lambda value, keys: value in fixed
    return lambda value, keys: value in fixed or any(substituted_text(parts, keys) == value for parts in varying)


def _equal_ignoring_case(texts: Iterable[str], varying: Sequence[Sequence[Part]]) -> TextTest:
    fixed = frozenset(text.lower() for text in texts)

    def test(value: str, keys: ContextKeys) -> bool:
        folded = value.lower()
        if folded in fixed:
            return True
        substituted = (substituted_text(parts, keys) for parts in varying)
        return any(text is not None and text.lower() == folded for text in substituted)

    return test


def _like(fixed: Iterable[Sequence[Token]], templates: Sequence[Template]) -> TextTest:
    globs = tuple(compile_glob(tokens) for tokens in fixed)
    if len(globs) == 1 and not templates:
        only = globs[0]
        return lambda value, keys: only(value)

    def test(value: str, keys: ContextKeys) -> bool:
        return any(glob(value) for glob in globs) or any(template.matches(value, keys) for template in templates)

    return test


def _equal_booleans(texts: Iterable[str], varying: Sequence[Sequence[Part]]) -> TextTest:
    fixed = frozenset(map(scalars.boolean, texts))

    def test(value: str, keys: ContextKeys) -> bool:
        truth = scalars.boolean(value)
        if truth is None:
            return False
        substituted = (substituted_text(parts, keys) for parts in varying)
        return truth in fixed or any(text is not None and scalars.boolean(text) is truth for text in substituted)

    return test


def _ordered(read: Callable[[str], Decimal | None], compare: Comparison, values: Iterable[str]) -> TextTest:
    limits = tuple(limit for limit in map(read, values) if limit is not None)

    def test(value: str, keys: ContextKeys) -> bool:
        given = read(value)
        return given is not None and any(compare(given, limit) for limit in limits)

    return test


def _read_alike(read: Callable[[str], bytes | None], values: Iterable[str]) -> TextTest:
    accepted = frozenset(each for each in map(read, values) if each is not None)
    return lambda value, keys: read(value) in accepted


def _in_networks(values: Iterable[str]) -> TextTest:
    networks = tuple(block for block in map(scalars.network, values) if block is not None)

    def test(value: str, keys: ContextKeys) -> bool:
        address = scalars.address(value)
        return address is not None and any(block.holds(address) for block in networks)

    return test
