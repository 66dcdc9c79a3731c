"""Context entries are read as the type that they are said to be of."""

import pytest

from bailiwick.analyzer import ContextEntry, ContextEntryError, context_keys
from bailiwick.policy import ContextValue

KEY = "aws:Example"


@pytest.mark.parametrize(
    ("key_type", "values", "read"),
    [
        ("string", ["a b"], "a b"),
        ("string", [""], ""),
        ("stringList", ["a", "b"], ("a", "b")),
        ("stringList", [], ()),
        ("numeric", ["-1.50"], "-1.50"),
        ("numericList", ["1", "2e3"], ("1", "2e3")),
        ("boolean", ["True"], "true"),
        ("booleanList", ["FALSE", "true"], ("false", "true")),
        ("ip", ["203.0.113.9"], "203.0.113.9"),
        ("ipList", ["2001:db8::1", "10.0.0.1"], ("2001:db8::1", "10.0.0.1")),
        ("binary", ["QmluYXJ5"], "QmluYXJ5"),
        ("binaryList", ["QQ==", "Qg=="], ("QQ==", "Qg==")),
        ("date", ["2019-04-25T11:00:00Z"], "2019-04-25T11:00:00Z"),
        ("date", ["1556190000"], "1556190000"),
        ("dateList", ["2019-04-25", "2020-01-01T00:00:00+02:00"], ("2019-04-25", "2020-01-01T00:00:00+02:00")),
    ],
)
def test_values_of_each_type_are_taken(key_type: str, values: list[str], read: ContextValue) -> None:
    assert context_keys([ContextEntry(KEY, tuple(values), key_type)]) == {"aws:example": read}


@pytest.mark.parametrize(
    ("key_type", "value"),
    [
        ("numeric", "ten"),
        ("numericList", ""),
        ("boolean", "yes"),
        ("booleanList", "1"),
        ("ip", "203.0.113.0/24"),
        ("ipList", "203.0.113.256"),
        ("binary", "not base64"),
        ("binaryList", "QQ"),
        ("date", "25 April 2019"),
        ("dateList", "2019-04-25T11:00:00"),
    ],
)
def test_a_value_that_is_not_of_its_type_is_refused(key_type: str, value: str) -> None:
    with pytest.raises(ContextEntryError, match=rf"aws:Example is not of the type {key_type}\."):
        context_keys([ContextEntry(KEY, (value,), key_type)])


@pytest.mark.parametrize("values", [(), ("a", "b")])
def test_a_key_that_is_no_list_has_exactly_one_value(values: tuple[str, ...]) -> None:
    with pytest.raises(ContextEntryError, match="must have exactly one value"):
        context_keys([ContextEntry(KEY, values, "string")])


def test_a_key_that_is_given_twice_is_refused_in_whatever_spelling() -> None:
    entries = [ContextEntry(KEY, ("a",), "string"), ContextEntry("AWS:EXAMPLE", ("b",), "string")]

    with pytest.raises(ContextEntryError, match="AWS:EXAMPLE is given more than once"):
        context_keys(entries)
