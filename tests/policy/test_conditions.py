import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.policy import ConditionBlock, ContextValue
from bailiwick.policy.conditions import UnknownOperatorError, compile_block
from bailiwick.policy.operators import find_operator

POSITIVE = {
    "StringEquals": ("a", "b"),
    "StringEqualsIgnoreCase": ("A", "b"),
    "StringLike": ("a*", "b"),
    "NumericEquals": ("1", "2"),
    "NumericLessThan": ("1", "2"),
    "NumericLessThanEquals": ("1", "2"),
    "NumericGreaterThan": ("1", "0"),
    "NumericGreaterThanEquals": ("1", "0"),
    "DateEquals": ("2026", "2025"),
    "DateLessThan": ("2026", "2027"),
    "DateLessThanEquals": ("2026", "2027"),
    "DateGreaterThan": ("2026", "2025"),
    "DateGreaterThanEquals": ("2026", "2025"),
    "Bool": ("true", "false"),
    "BinaryEquals": ("QQ==", "Qg=="),
    "IpAddress": ("10.0.0.0/8", "11.0.0.0/8"),
    "ArnEquals": ("arn:aws:s3:::a*", "arn:aws:s3:::b"),
    "ArnLike": ("arn:aws:s3:::a*", "arn:aws:s3:::b"),
}
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
ABSENT: list[ContextValue | None] = [None, (), ("",)]


def holds(operator: str, values: tuple[str, ...], given: ContextValue | None, **keys: ContextValue) -> bool:
    [condition] = compile_block(ConditionBlock(operator, (("A:K", values),)), variables=True)
    return condition.holds(keys if given is None else keys | {"a:k": given})


@pytest.mark.parametrize(("operator", "value"), [("StringEquals", "${a:other}"), ("StringLike", "${a:other}*")])
def test_a_variable_has_its_value_also_beside_several_values(operator: str, value: str) -> None:
    assert holds(operator, (value,), ("x", "y"), **{"a:other": "y"})
    assert not holds(operator, (value,), ("x", "y"), **{"a:other": "z"})
    assert not holds(operator, (value,), ("x", "y"))


@pytest.mark.parametrize(
    ("operator", "values", "given", "expected"),
    [
        ("StringEquals", ("a",), "a", True),
        ("StringEquals", ("a",), "A", False),
        ("StringEquals", ("a", "b"), "b", True),
        ("StringEquals", ("*",), "x", False),
        ("StringEquals", ("${*}",), "*", True),
        ("StringEquals", ("a${*}b${?}${$}",), "a*b?$", True),
        ("StringEqualsIgnoreCase", ("a${*}b",), "A*B", True),
        ("StringEquals", ("",), "", True),
        ("StringEquals", (), "a", False),
        ("StringEqualsIgnoreCase", ("aB",), "Ab", True),
        ("StringEqualsIgnoreCase", ("aB",), "Abc", False),
        ("StringLike", ("a?c*",), "abcd", True),
        ("StringLike", ("a?c*",), "ac", False),
        ("StringLike", ("x", "a*"), "ab", True),
        ("StringLike", ("x", "y"), "ab", False),
        ("StringLike", ("${*}",), "x", False),
        ("NumericEquals", ("10",), "10.0", True),
        ("NumericEquals", ("10",), "11", False),
        ("NumericLessThan", ("10",), "9.9", True),
        ("NumericLessThan", ("3", "10", "x"), "9", True),
        ("NumericLessThanEquals", ("3", "9"), "9", True),
        ("NumericGreaterThan", ("3", "10"), "4", True),
        ("NumericGreaterThanEquals", ("10", "4"), "3", False),
        ("NumericLessThan", ("10",), "10", False),
        ("NumericLessThanEquals", ("10",), "10", True),
        ("NumericLessThanEquals", ("10",), "10.1", False),
        ("NumericGreaterThan", ("10",), "10.1", True),
        ("NumericGreaterThan", ("10",), "10", False),
        ("NumericGreaterThanEquals", ("10",), "10", True),
        ("NumericGreaterThanEquals", ("10",), "9", False),
        ("NumericEquals", ("x", "3"), "3", True),
        ("NumericEquals", ("3",), "three", False),
        ("NumericLessThan", ("x",), "3", False),
        ("DateEquals", ("2026-11-24",), "2026-11-24T00:00:00Z", True),
        ("DateEquals", ("2026-11-24T01:00:00+01:00",), "2026-11-24T00:00:00Z", True),
        ("DateEquals", ("2026-11-24",), "2026-11-25", False),
        ("DateLessThan", ("2026-11-24T10:00:00.500Z",), "2026-11-24T10:00:00.499Z", True),
        ("DateLessThan", ("2026-11-24",), "2026-11-24", False),
        ("DateLessThanEquals", ("2026-11-24",), "2026-11-24", True),
        ("DateLessThanEquals", ("2026-11-24",), "2026-11-25", False),
        ("DateGreaterThan", ("2026-11-24",), "2026-11-25", True),
        ("DateGreaterThan", ("1795514400",), "2026-11-24T10:00:00Z", False),
        ("DateGreaterThanEquals", ("1795514400",), "2026-11-24T10:00:00Z", True),
        ("DateGreaterThanEquals", ("2026-11-24",), "2026-11-23", False),
        ("DateEquals", ("never",), "never", False),
        ("Bool", ("true",), "TRUE", True),
        ("Bool", ("True",), "false", False),
        ("Bool", ("false",), "false", True),
        ("Bool", ("true", "false"), "false", True),
        ("Bool", ("maybe",), "maybe", False),
        ("Bool", ("maybe",), "true", False),
        ("BinaryEquals", ("QUI=",), "QUI=", True),
        ("BinaryEquals", ("QUI=",), "QUM=", False),
        ("BinaryEquals", ("!",), "!", False),
        ("IpAddress", ("10.0.0.0/8", "::1"), "10.9.9.9", True),
        ("IpAddress", ("10.0.0.0/8", "::1"), "::1", True),
        ("IpAddress", ("10.0.0.0/8",), "11.0.0.1", False),
        ("IpAddress", ("10.0.0.0/8",), "here", False),
        ("IpAddress", ("nonsense", "10.0.0.0/8"), "10.0.0.1", True),
        ("ArnLike", ("arn:aws:iam::*:role/*",), "arn:aws:iam::1:role/x", True),
        ("ArnLike", ("arn:aws:iam::*:role/*",), "arn:aws:iam::1:user/x", False),
        ("ArnEquals", ("arn:aws:iam::*:role/*",), "arn:aws:iam::1:role/x", True),
    ],
)  # fmt: skip
def test_a_value_is_compared_as_its_operator_says(
    operator: str, values: tuple[str, ...], given: str, expected: bool
) -> None:
    assert holds(operator, values, given) is expected


@pytest.mark.parametrize(("negated", "positive"), NEGATED.items())
def test_a_negated_operator_holds_when_none_of_its_values_match(negated: str, positive: str) -> None:
    matching, other = POSITIVE[positive]
    value = {"IpAddress": "10.1.1.1", "ArnEquals": "arn:aws:s3:::ab", "ArnLike": "arn:aws:s3:::ab"}.get(
        positive, matching
    )

    assert holds(positive, (other, matching), value)
    assert not holds(negated, (other, matching), value)
    assert holds(negated, (other,), value)
    assert not holds(positive, (other,), value)
    assert holds(negated, (), value)


@pytest.mark.parametrize("operator", ["NumericNotEquals", "DateNotEquals", "NotIpAddress", "ArnNotLike"])
def test_a_value_that_cannot_be_read_matches_nothing_so_the_negated_operator_holds(operator: str) -> None:
    assert holds(operator, ("1",), "unreadable")


@pytest.mark.parametrize("absent", ABSENT)
def test_a_missing_key_or_empty_set_meets_what_the_guide_says(absent: ContextValue | None) -> None:
    for operator, (value, _) in POSITIVE.items():
        assert not holds(operator, (value,), absent)
        assert holds(f"{operator}IfExists", (value,), absent)
    for operator, positive in NEGATED.items():
        value = POSITIVE[positive][0]
        assert holds(operator, (value,), absent)
        assert holds(f"{operator}IfExists", (value,), absent)
    for operator in (*POSITIVE, *NEGATED):
        value = POSITIVE[NEGATED.get(operator, operator)][0]
        assert holds(f"ForAllValues:{operator}", (value,), absent)
        assert holds(f"ForAllValues:{operator}IfExists", (value,), absent)
        assert not holds(f"ForAnyValue:{operator}", (value,), absent)
        assert holds(f"ForAnyValue:{operator}IfExists", (value,), absent)


@pytest.mark.parametrize("operator", ["StringEquals", "StringEqualsIfExists"])
def test_an_empty_single_value_is_a_value(operator: str) -> None:
    assert holds(operator, ("",), "")
    assert not holds(operator, ("a",), "")
    assert not holds("StringNotEquals", ("",), "")
    assert holds("Null", ("false",), "")
    assert not holds("ForAllValues:StringEquals", ("a",), "")
    assert holds("ForAnyValue:StringEquals", ("",), "")


@pytest.mark.parametrize(
    ("given", "all_match", "any_match"),
    [
        (("a",), True, True),
        (("a", "b"), True, True),
        (("a", "c"), False, True),
        (("c",), False, False),
        ("a", True, True),
        ("c", False, False),
        (("", "c"), False, False),
    ],
)
def test_set_operators_ask_all_or_any_of_the_requests_values(
    given: ContextValue, all_match: bool, any_match: bool
) -> None:
    values = ("a", "b")

    assert holds("ForAllValues:StringEquals", values, given) is all_match
    assert holds("ForAnyValue:StringEquals", values, given) is any_match
    # Negated: all, or any, of the values match none of the policy's.
    assert holds("ForAllValues:StringNotEquals", values, given) is (not any_match)
    assert holds("ForAnyValue:StringNotEquals", values, given) is (not all_match)


def test_several_values_without_a_set_operator_match_when_any_does() -> None:
    assert holds("StringEquals", ("a",), ("c", "a"))
    assert not holds("StringNotEquals", ("a",), ("c", "a"))
    assert not holds("StringEquals", ("a",), ("c", "d"))
    assert holds("StringNotEquals", ("a",), ("c", "d"))
    assert holds("StringEqualsIfExists", ("a",), ("c", "a"))
    assert not holds("StringEqualsIfExists", ("a",), ("c", "d"))


@pytest.mark.parametrize("absent", ABSENT)
def test_null_asks_whether_the_key_is_missing(absent: ContextValue | None) -> None:
    assert holds("Null", ("true",), absent)
    assert not holds("Null", ("FALSE",), absent)
    assert holds("Null", ("true", "false"), absent)
    assert not holds("Null", ("maybe",), absent)
    assert not holds("Null", (), absent)
    for present in ("x", ("x",), ("", "x")):
        assert not holds("Null", ("True",), present)
        assert holds("Null", ("false",), present)
        assert holds("Null", ("true", "false"), present)


@pytest.mark.parametrize(
    ("operator", "pattern", "value", "given", "expected"),
    [
        ("StringEquals", "${a:v}", "x", "x", True),
        ("StringEquals", "${a:v}", "*", "x", False),
        ("StringEquals", "<${A:V}>", "x", "<x>", True),
        ("StringEquals", "${a:v}", None, "x", False),
        ("StringNotEquals", "${a:v}", None, "x", True),
        ("StringNotEquals", "${a:v}", "x", "x", False),
        ("StringEquals", "${a:v, 'd'}", None, "d", True),
        ("StringEqualsIgnoreCase", "${a:v}", "X", "x", True),
        ("StringEqualsIgnoreCase", "${a:v}", "y", "x", False),
        ("StringEqualsIgnoreCase", "${a:v}", "\u0130", "i\u0307", True),
        ("StringEqualsIgnoreCase", "${a:v}", None, "x", False),
        ("StringLike", "${a:v}/*", "x", "x/y", True),
        ("StringLike", "${a:v}/*", "?", "x/y", False),
        ("StringLike", "${a:v}", None, "", False),
        ("StringNotLike", "${a:v}", None, "x", True),
        ("ArnLike", "arn:aws:s3:::${a:v}/*", "b", "arn:aws:s3:::b/k", True),
        ("ArnLike", "arn:aws:s3:::${a:v}/*", "*", "arn:aws:s3:::b/k", False),
        ("ArnNotLike", "arn:aws:s3:::${a:v}/*", None, "arn:aws:s3:::b/k", True),
        ("Bool", "${a:v}", "true", "true", True),
        ("Bool", "${a:v}", "false", "true", False),
        ("Bool", "${a:v}", None, "true", False),
        ("NumericEquals", "${a:v}", "1", "1", False),
        ("DateEquals", "${a:v}", "2026", "2026", False),
        ("IpAddress", "${a:v}", "10.0.0.1", "10.0.0.1", False),
        ("BinaryEquals", "${a:v}", "QQ==", "QQ==", False),
        ("Null", "${a:v}", "false", "x", False),
    ],
)  # fmt: skip
def test_variables_stand_for_literal_text_in_the_families_that_take_them(
    operator: str, pattern: str, value: str | None, given: str, expected: bool
) -> None:
    keys = {} if value is None else {"a:v": value}

    assert holds(operator, (pattern,), given, **keys) is expected


def test_only_the_values_whose_variable_is_missing_drop_out() -> None:
    assert holds("StringLike", ("home/", "home/${a:v}/"), "home/")
    assert holds("StringEquals", ("${a:v}", "x"), "x")
    assert holds("StringEqualsIgnoreCase", ("${a:v}", "x"), "X")
    assert not holds("StringNotEquals", ("${a:v}", "x"), "x")
    assert holds("Bool", ("${a:v}", "true"), "true")
    assert holds("ForAllValues:StringNotEquals", ("${a:v}",), ("x", "y"))
    assert not holds("ForAnyValue:StringEquals", ("${a:v}",), ("x", "y"))


def test_before_2012_variables_are_text_and_wildcards_still_wildcards() -> None:
    def old(operator: str, value: str, given: str) -> bool:
        [condition] = compile_block(ConditionBlock(operator, (("a:k", (value,)),)), variables=False)
        assert condition.keys == {"a:k"}
        return condition.holds({"a:k": given, "a:v": "x"})

    assert old("StringEquals", "${a:v}", "${a:v}")
    assert not old("StringEquals", "${a:v}", "x")
    assert old("StringEquals", "a*b?", "a*b?")
    assert not old("StringEquals", "a*b?", "axbx")
    assert old("StringEqualsIgnoreCase", "A*", "a*")
    assert old("StringLike", "${*}b", "${xyz}b")
    assert old("ArnLike", "arn:aws:s3:::${*}", "arn:aws:s3:::${x}")
    assert not old("Bool", "${a:v}", "true")


def test_a_condition_knows_which_keys_it_asks_for() -> None:
    block = ConditionBlock("StringLike", (("AWS:PrincipalTag/Team", ("${aws:ResourceTag/Team}-*", "x")), ("a:b", ())))

    first, second = compile_block(block, variables=True)

    assert first.keys == {"aws:principaltag/team", "aws:resourcetag/team"}
    assert (first.operator, first.key) == ("StringLike", "aws:principaltag/team")
    assert second.keys == {"a:b"}
    [numeric] = compile_block(ConditionBlock("NumericEquals", (("a:b", ("${c:d}",)),)), variables=True)
    assert numeric.keys == {"a:b"}


def test_a_block_without_keys_asks_nothing() -> None:
    assert compile_block(ConditionBlock("StringEquals", ()), variables=True) == ()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Equals",
        "stringequals",
        "StringEqualsifexists",
        "StringEqualsIfExistsIfExists",
        "IfExists",
        "NullIfExists",
        "ForAllValues:Null",
        "ForAnyValue:Null",
        "ForEachValue:StringEquals",
        "forallvalues:StringEquals",
        "ForAllValues:",
        ":StringEquals",
        "ForAllValues:ForAnyValue:StringEquals",
        "ForAllValues:StringEquals:",
        "BoolNotEquals",
        "BinaryNotEquals",
        "NotNull",
        "ArnNotLikes",
        "String Equals",
    ],
)
def test_an_unknown_operator_is_not_understood(name: str) -> None:
    assert find_operator(name) is None
    for tests in ((), (("a:b", ("x",)),)):
        with pytest.raises(UnknownOperatorError):
            compile_block(ConditionBlock(name, tests), variables=True)


def test_every_operator_takes_the_prefixes_and_the_suffix_save_null() -> None:
    for name, prefix, suffix in itertools.product(
        (*POSITIVE, *NEGATED), ("", "ForAllValues:", "ForAnyValue:"), ("", "IfExists")
    ):
        found = find_operator(f"{prefix}{name}{suffix}")
        assert found is not None
        assert found.if_exists is bool(suffix)
        assert (found.qualifier.value + ":" if found.qualifier else "") == prefix
        assert found.base.negated is (name in NEGATED)
    assert find_operator("Null") is not None


@pytest.mark.parametrize("negated", [False, True])
@pytest.mark.parametrize("family", ["StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnLike", "Bool"])
@given(
    patterns=st.lists(
        st.sampled_from(["a", "A*", "?b", "${a:v}", "true", "${a:n}*", "arn:a:b:*::${a:v}"]), max_size=12
    ),
    given_values=st.lists(st.sampled_from(["a", "A", "ab", "true", "arn:a:b:c::x", "x"]), min_size=1, max_size=12),
)
def test_set_operators_are_those_of_their_values_one_by_one(
    family: str, negated: bool, patterns: list[str], given_values: list[str]
) -> None:
    operator = family.replace("Equals", "NotEquals").replace("Like", "NotLike") if negated else family
    values = tuple(patterns)
    keys = {"a:v": "x"}
    alone = [holds(operator, values, value, **keys) for value in given_values]

    assert holds(f"ForAllValues:{operator}", values, tuple(given_values), **keys) is all(alone)
    assert holds(f"ForAnyValue:{operator}", values, tuple(given_values), **keys) is any(alone)


@pytest.mark.parametrize(
    ("operator", "given", "all_match", "any_match"),
    [
        ("StringEquals", ("x", "y"), False, True),
        ("StringEquals", ("x", "x"), True, True),
        ("StringEquals", ("X", "xy"), False, False),
        ("StringEqualsIgnoreCase", ("X", "y"), False, True),
        ("StringEqualsIgnoreCase", ("X", "x"), True, True),
        ("StringEqualsIgnoreCase", ("xy", ""), False, False),
        ("StringEqualsIgnoreCase", ("i\u0307", "I\u0307"), True, True),
    ],
)
def test_set_operators_compare_with_what_a_variable_stands_for(
    operator: str, given: tuple[str, ...], all_match: bool, any_match: bool
) -> None:
    keys = {"a:v": "x", "a:w": "\u0130"}
    values = ("${a:v}", "${a:none}", "${a:w}")

    assert holds(f"ForAllValues:{operator}", values, given, **keys) is all_match
    assert holds(f"ForAnyValue:{operator}", values, given, **keys) is any_match
