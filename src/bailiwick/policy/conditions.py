"""Conditions, compiled: one function per operator and key, from the request's condition keys to a truth value.

The rules for a missing key, for sets of values and for negation are those of the IAM User Guide, "Condition
operators", "Set operators for multivalued keys" and "...IfExists condition operators".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bailiwick.policy import scalars
from bailiwick.policy.document import ConditionBlock
from bailiwick.policy.operators import Family, Operator, SetQualifier, find_operator, value_test
from bailiwick.policy.value_tests import ValueTest
from bailiwick.policy.variables import ContextKeys, ContextValue, is_absent

ConditionTest: TypeAlias = Callable[[ContextKeys], bool]


class UnknownOperatorError(Exception):
    """No condition operator has this name."""


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """One operator applied to one key.

    `holds` tells whether it is met; `keys` are the condition keys it asks for, through variables too, in lower case.
    """

    operator: str
    key: str
    holds: ConditionTest
    keys: frozenset[str]


def compile_block(block: ConditionBlock, *, variables: bool) -> tuple[CompiledCondition, ...]:
    """Prepare the tests of one operator, all of which must hold; `variables`: the policy's version has variables.

    Raises:
        UnknownOperatorError: the operator does not exist, or not in this spelling.
    """
    operator = find_operator(block.operator)
    if operator is None:
        raise UnknownOperatorError(f"no condition operator is called {block.operator}")
    return tuple(_compiled(block.operator, operator, key.lower(), values, variables) for key, values in block.tests)


def _compiled(name: str, operator: Operator, key: str, values: Sequence[str], variables: bool) -> CompiledCondition:
    if operator.base.family is Family.NULL:
        return CompiledCondition(name, key, _null(key, values), frozenset((key,)))
    test, asked = value_test(operator.base, values, variables=variables)
    return CompiledCondition(name, key, _QUALIFIED[operator.qualifier](key, operator, test), asked | {key})


def _null(key: str, values: Sequence[str]) -> ConditionTest:
    wanted = frozenset(map(scalars.boolean, values))
    return lambda keys: is_absent(keys.get(key)) in wanted


def _one_value(key: str, operator: Operator, test: ValueTest) -> ConditionTest:
    negated = operator.base.negated
    when_absent = operator.if_exists or negated
    matches, matching = test

    def holds(keys: ContextKeys) -> bool:
        value = keys.get(key)
        if isinstance(value, str):
            return matches(value, keys) is not negated
        if value is None or is_absent(value):
            return when_absent
        return bool(matching(value, keys)) is not negated

    return holds


def _for_all_values(key: str, operator: Operator, test: ValueTest) -> ConditionTest:
    negated = operator.base.negated

    def holds(keys: ContextKeys) -> bool:
        value = keys.get(key)
        if value is None or is_absent(value):
            return True
        matching = test.matching(values_of(value), keys)
        return not matching if negated else len(matching) == len(set(values_of(value)))

    return holds


def _for_any_value(key: str, operator: Operator, test: ValueTest) -> ConditionTest:
    negated = operator.base.negated
    when_absent = operator.if_exists

    def holds(keys: ContextKeys) -> bool:
        value = keys.get(key)
        if value is None or is_absent(value):
            return when_absent
        matching = test.matching(values_of(value), keys)
        return len(matching) < len(set(values_of(value))) if negated else bool(matching)

    return holds


def values_of(value: ContextValue) -> tuple[str, ...]:
    """The values of a key, as a tuple for a single-valued one too."""
    return (value,) if isinstance(value, str) else value


_QUALIFIED: dict[SetQualifier | None, Callable[[str, Operator, ValueTest], ConditionTest]] = {
    None: _one_value,
    SetQualifier.FOR_ALL_VALUES: _for_all_values,
    SetQualifier.FOR_ANY_VALUE: _for_any_value,
}
