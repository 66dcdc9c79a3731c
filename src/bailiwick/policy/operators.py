"""The condition operators: their names, and for each family how one request value is compared with the policy's values.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for multivalued keys".
"""

import enum
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from bailiwick.policy import scalars
from bailiwick.policy.arn_patterns import arn_test
from bailiwick.policy.glob_lists import glob_test
from bailiwick.policy.patterns import tokenize
from bailiwick.policy.value_tests import TextTest, ValueTest
from bailiwick.policy.variables import ContextKeys, Part, split_variables, substituted_text, variable_keys


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


def value_test(base: BaseOperator, values: Iterable[str], *, variables: bool) -> tuple[ValueTest, frozenset[str]]:
    """What compares request values with the policy's values, in the operator's positive form.

    The second part of the result is the condition keys that the values ask for through variables. A value that
    cannot be read as the operator's type matches nothing, and so does one whose variable has no value.
    """
    match base.family:
        case Family.NUMERIC:
            return ValueTest.each(_ordered(scalars.number, base.comparison, values)), frozenset()
        case Family.DATE:
            return ValueTest.each(_ordered(scalars.instant, base.comparison, values)), frozenset()
        case Family.BINARY:
            return ValueTest.each(_read_alike(scalars.octets, values)), frozenset()
        case Family.IP:
            return ValueTest.each(_in_networks(values)), frozenset()
        case _:
            return _text_test(base.family, values, variables=variables)


def _text_test(family: Family, values: Iterable[str], *, variables: bool) -> tuple[ValueTest, frozenset[str]]:
    """The families whose values may hold variables."""
    wildcards = family in (Family.STRING_LIKE, Family.ARN)
    patterns = [_parts(value, wildcards=wildcards, variables=variables) for value in values]
    asked = frozenset[str]().union(*map(variable_keys, patterns))
    if family is Family.ARN:
        return arn_test(patterns), asked
    if family is Family.STRING_LIKE:
        return glob_test(patterns), asked
    texts = ["".join(map(str, parts)) for parts in patterns if not variable_keys(parts)]
    varying = [parts for parts in patterns if variable_keys(parts)]
    if family is Family.STRING:
        return _equal(texts, varying), asked
    if family is Family.STRING_IGNORE_CASE:
        return _equal_ignoring_case(texts, varying), asked
    return ValueTest.each(_equal_booleans(texts, varying)), asked


def _parts(value: str, *, wildcards: bool, variables: bool) -> tuple[Part, ...]:
    if variables:
        return split_variables(value, wildcards=wildcards)
    return tokenize(value) if wildcards else (value,)


def _equal(texts: Iterable[str], varying: Sequence[Sequence[Part]]) -> ValueTest:
    fixed = frozenset(texts)
    if not varying:
        return ValueTest(lambda value, keys: value in fixed, lambda values, keys: fixed.intersection(values))

    def matching(values: Sequence[str], keys: ContextKeys) -> set[str]:
        # By their lengths first: a long variable's text is made quickly, but not hashed quickly.
        lengths = set(map(len, values))
        accepted = {text for text in _substituted(varying, keys) if len(text) in lengths}
        return {value for value in values if value in fixed or value in accepted}

    return ValueTest(
        lambda value, keys: value in fixed or any(value == text for text in _substituted(varying, keys)), matching
    )


def _equal_ignoring_case(texts: Iterable[str], varying: Sequence[Sequence[Part]]) -> ValueTest:
    fixed = frozenset(text.lower() for text in texts)
    lengths = frozenset(map(len, fixed))

    def matches(value: str, keys: ContextKeys) -> bool:
        # Only characters beyond ASCII have lower-case forms of another length.
        if not varying and value.isascii() and len(value) not in lengths:
            return False
        folded = value.lower()
        if folded in fixed:
            return True
        return any(text.lower() == folded for text in _substituted(varying, keys) if _may_be(text, {len(folded)}))

    def matching(values: Sequence[str], keys: ContextKeys) -> set[str]:
        folded = {value: value.lower() for value in values}
        asked = set(map(len, folded.values()))
        accepted = {text.lower() for text in _substituted(varying, keys) if _may_be(text, asked)}
        return {value for value, lower in folded.items() if lower in fixed or lower in accepted}

    return ValueTest(matches, matching)


def _may_be(text: str, lengths: AbstractSet[int]) -> bool:
    """Whether its lower-case form may have one of the lengths."""
    return not text.isascii() or len(text) in lengths


def _equal_booleans(texts: Iterable[str], varying: Sequence[Sequence[Part]]) -> TextTest:
    fixed = frozenset(map(scalars.boolean, texts))

    def test(value: str, keys: ContextKeys) -> bool:
        truth = scalars.boolean(value)
        if truth is None:
            return False
        return truth in fixed or any(scalars.boolean(text) is truth for text in _substituted(varying, keys))

    return test


def _substituted(varying: Iterable[Sequence[Part]], keys: ContextKeys) -> Iterator[str]:
    """The texts that patterns without wildcards stand for in this request."""
    for parts in varying:
        text = substituted_text(parts, keys)
        if text is not None:
            yield text


def _ordered(read: Callable[[str], Decimal | None], compare: Comparison, values: Iterable[str]) -> TextTest:
    limits = frozenset(limit for limit in map(read, values) if limit is not None)
    if compare is operator.eq:
        return lambda value, keys: read(value) in limits
    if not limits:
        return lambda value, keys: False
    # Whoever is below any of several limits is below the greatest.
    widest = max(limits) if compare in (operator.lt, operator.le) else min(limits)

    def test(value: str, keys: ContextKeys) -> bool:
        given = read(value)
        return given is not None and compare(given, widest)

    return test


def _read_alike(read: Callable[[str], bytes | None], values: Iterable[str]) -> TextTest:
    accepted = frozenset(each for each in map(read, values) if each is not None)
    return lambda value, keys: read(value) in accepted


def _in_networks(values: Iterable[str]) -> TextTest:
    """By length of prefix, of which there are few, and within it by address."""
    networks: dict[tuple[int, int], set[int]] = {}
    for block in map(scalars.network, values):
        if block is not None:
            networks.setdefault((block.version, block.host_bits), set()).add(block.address)
    blocks = tuple(networks.items())

    def test(value: str, keys: ContextKeys) -> bool:
        address = scalars.address(value)
        if address is None:
            return False
        for (version, host_bits), addresses in blocks:
            if version == address.version and address.value >> host_bits in addresses:
                return True
        return False

    return test
