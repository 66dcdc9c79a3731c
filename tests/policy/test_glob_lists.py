import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.policy.glob_lists import glob_test
from bailiwick.policy.value_tests import ValueTest
from bailiwick.policy.variables import split_variables

# More than 1,024 pairs of a value and a part of a pattern, or fewer.
PIECES = st.lists(st.sampled_from(["a", "b", "*", "?", "${k}", "${none}", "${k, 'b'}"]), max_size=5).map("".join)
VALUES = st.text("ab?*", max_size=8)


def globs(*patterns: str) -> ValueTest:
    return glob_test([split_variables(pattern, wildcards=True) for pattern in patterns])


@pytest.mark.parametrize(
    ("pattern", "value", "text", "expected"),
    [
        ("*/${k}?", "a", "x/ab", True),
        ("*/${k}?", "a", "x/a", False),
        ("?*${k}", "a", "ba", True),
        ("${k}?", "?", "ab", False),
        ("${k}?", "", "b", True),
        ("?${k}", "a" * 10_000, "ba", False),
    ],
)
def test_what_a_variable_stands_for_is_literal_beside_a_question_mark(
    pattern: str, value: str, text: str, expected: bool
) -> None:
    assert globs(pattern).matches(text, {"k": value}) is expected


def test_a_pattern_whose_variable_has_no_value_matches_nothing() -> None:
    test = globs("${k}?", "${k}", "?${k}*")

    assert not test.matches("a", {})
    assert test.matching(["a", "b"] * 10, {}) == set()


@given(st.lists(PIECES, max_size=40), st.lists(VALUES, min_size=20, max_size=40), VALUES)
def test_many_values_match_as_each_alone(patterns: list[str], values: list[str], k: str) -> None:
    test = globs(*patterns)
    keys = {"k": k}

    assert test.matching(values, keys) == {value for value in values if test.matches(value, keys)}


def test_no_pattern_is_followed_once_every_value_has_matched() -> None:
    values = [f"a{number}" for number in range(100)]

    assert globs("*", *values).matching(values, {}) == set(values)
