"""What compares the values of a request with those of a policy: one value at a time, or many at once."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, TypeAlias

from bailiwick.policy.variables import ContextKeys

TextTest: TypeAlias = Callable[[str, ContextKeys], bool]
"""Whether a text matches, given the keys that variables may ask for."""

ManyTest: TypeAlias = Callable[[Sequence[str], ContextKeys], AbstractSet[str]]
"""Those of several texts that match."""


class ValueTest(NamedTuple):
    """The values of a condition as functions of a request's values.

    `matches` and `matching` agree; the second keeps the cost from being that of the first for every value.
    """

    matches: TextTest
    matching: ManyTest

    @classmethod
    def each(cls, matches: TextTest) -> "ValueTest":
        """For a test that is quick however many values the policy gives."""
        return cls(matches, lambda values, keys: {value for value in values if matches(value, keys)})
