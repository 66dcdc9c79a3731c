import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.policy.patterns import Wildcard
from bailiwick.policy.variables import (
    Part,
    Template,
    Variable,
    leading_text,
    split_variables,
    substitute,
    substituted_text,
    variable_keys,
    without_variables,
)

ANY, ONE = Wildcard.ANY, Wildcard.ONE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("a*b?", ("a", ANY, "b", ONE)),
        ("${aws:username}", (Variable("aws:username", None),)),
        ("x/${AWS:UserName}/y", ("x/", Variable("aws:username", None), "/y")),
        ("${aws:PrincipalTag/cost center}", (Variable("aws:principaltag/cost center", None),)),
        ("${aws:PrincipalTag/a.b_c:d/e=f+g-h@i}", (Variable("aws:principaltag/a.b_c:d/e=f+g-h@i", None),)),
        ("${k, 'd'}", (Variable("k", "d"),)),
        ("${k, ''}", (Variable("k", ""),)),
        ("${k, '*}{$'}", (Variable("k", "*}{$"),)),
        ("${*}${?}${$}", ("*", "?", "$")),
        ("${$}{aws:username}", ("$", "{aws:username}")),
        ("${${k}}", ("${", Variable("k", None), "}")),
        ("${k", ("${k",)),
        ("${}", ("${}",)),
        ("${ k}", ("${ k}",)),
        ("${k }", ("${k }",)),
        ("${k,'d'}", ("${k,'d'}",)),
        ("${k,  'd'}", ("${k,  'd'}",)),
        ('${k, "d"}', ('${k, "d"}',)),
        ("${k, 'd}", ("${k, 'd}",)),
        ("$k {k} $", ("$k {k} $",)),
    ],
)
def test_a_text_is_taken_apart_into_literals_wildcards_and_variables(text: str, expected: tuple[Part, ...]) -> None:
    assert split_variables(text, wildcards=True) == expected


def test_without_wildcards_stars_are_text() -> None:
    assert split_variables("a*${k}?", wildcards=False) == ("a*", Variable("k", None), "?")
    assert split_variables("", wildcards=False) == ()


def test_a_variable_has_the_value_of_a_single_valued_key_or_else_its_default() -> None:
    plain, default = Variable("k", None), Variable("k", "d")

    assert plain.resolve({"k": "v"}) == "v"
    assert default.resolve({"k": "v"}) == "v"
    assert default.resolve({"k": ""}) == ""
    assert plain.resolve({}) is None
    assert default.resolve({}) == "d"
    assert default.resolve({"k": ()}) == "d"
    assert default.resolve({"k": ("v",)}) is None


def test_substitution_needs_every_variable() -> None:
    parts = split_variables("a${x}*${y}", wildcards=True)

    assert substitute(parts, {"x": "1", "y": "*"}) == ["a", "1", ANY, "*"]
    assert substitute(parts, {"x": "1"}) is None
    text = split_variables("a${x}", wildcards=False)
    assert substituted_text(text, {"x": "1"}) == "a1"
    assert substituted_text(text, {}) is None


def test_parts_know_their_keys_their_rest_and_their_leading_text() -> None:
    parts = split_variables("ab${$}c${X}d*${y}", wildcards=True)

    assert variable_keys(parts) == {"x", "y"}
    assert without_variables(parts) == ["ab", "$", "c", "d", ANY]
    assert leading_text(parts) == "ab$c"
    assert leading_text(()) == ""


@pytest.mark.parametrize(
    ("pattern", "value", "text", "expected"),
    [
        ("b/${k}/*", "ana", "b/ana/x", True),
        ("b/${k}/*", "ana", "b/eva/x", False),
        ("b/${k}/*", "*", "b/eva/x", False),
        ("b/${k}/*", "*", "b/*/x", True),
        ("b/${k}", "?", "b/x", False),
        ("b/${k}", "${k}", "b/${k}", True),
        ("*${k}*z", "mid", "a-mid-z", True),
        ("*${k}*z", "mid", "a-z", False),
        ("a${*}b*${k}", "x", "a*b-x", True),
        ("a${*}b*${k}", "x", "a-b-x", False),
    ],
)
def test_what_a_variable_stands_for_is_literal(pattern: str, value: str, text: str, expected: bool) -> None:
    template = Template(split_variables(pattern, wildcards=True))

    assert template.matches(text, {"k": value}) is expected


def test_a_pattern_whose_variable_has_no_value_matches_nothing() -> None:
    template = Template(split_variables("*${k}*", wildcards=True))

    assert not template.matches("", {})
    assert not template.matches("${k}", {})


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_text_in_a_variable_matches_itself_only(value: str, text: str) -> None:
    template = Template(split_variables("<${k}>", wildcards=True))

    assert template.matches(f"<{text}>", {"k": value}) is (text == value)


@pytest.mark.parametrize(
    "text", ["${" * 50_000, "${a" * 40_000, "${a, '" * 20_000, "${a " * 30_000, "${a, 'x'" * 15_000]
)
def test_hostile_texts_are_taken_apart_in_linear_time(text: str) -> None:
    assert split_variables(text, wildcards=True) == (text,)


@pytest.mark.parametrize("nothing", [(), ("",)])
def test_a_default_stands_in_for_a_key_with_an_empty_set_of_values(nothing: tuple[str, ...]) -> None:
    parts = split_variables("${a:k, 'all'}", wildcards=False)

    assert substituted_text(parts, {"a:k": nothing}) == "all"
