import json
from itertools import islice

import pytest

from bailiwick.policy.json_text import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    DuplicateKeyError,
    JsonError,
    Number,
    elements,
    load,
    repeated_keys,
    string_token,
    string_value,
    tokens,
    value_end,
)


def test_numbers_keep_the_text_they_were_written_in() -> None:
    value = load('{"a": 10, "b": 2.50, "c": -1e3, "d": true, "e": null, "f": "10"}')

    assert value == {"a": "10", "b": "2.50", "c": "-1e3", "d": True, "e": None, "f": "10"}
    assert isinstance(value, dict)
    assert isinstance(value["a"], Number)
    assert not isinstance(value["f"], Number)


@pytest.mark.parametrize(
    "text", ["", " ", "{", "{'a': 1}", '{"a": 1,}', "NaN", "[Infinity]", "-Infinity", '"a', "{} {}", "\ufeff{}"]
)
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(JsonError):
        load(text)


def test_a_number_of_any_length_is_read() -> None:
    assert load("9" * 10_000) == "9" * 10_000


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\u0100", "\u2028", "\U0001f600"])
def test_characters_outside_latin_1_and_control_characters_are_refused(character: str) -> None:
    with pytest.raises(JsonError):
        load(f'{{"a": "{character}"}}')


def test_latin_1_and_escapes_beyond_it_are_read() -> None:
    assert load('["\u00e9\u00ff", "\\u65e5", "\\ud83d\\ude00"]') == ["éÿ", "日", "\U0001f600"]


@pytest.mark.parametrize("text", ['["\\ud800"]', '{"\\udfff": 1}', '"\\ude00\\ud83d"'])
def test_half_of_a_surrogate_pair_is_refused(text: str) -> None:
    with pytest.raises(JsonError):
        load(text)


def test_a_key_twice_in_one_object_is_refused_however_it_is_spelled() -> None:
    with pytest.raises(DuplicateKeyError, match=r"^an object holds the same key twice$"):
        load('{"a": {"b": 1, "\\u0062": 2}}')
    assert load('{"a": {"b": 1}, "b": 2}') == {"a": {"b": "1"}, "b": "2"}


def test_depth_is_bounded_and_brackets_in_strings_do_not_count() -> None:
    assert load("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    with pytest.raises(JsonError):
        load("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))
    assert load(json.dumps({"a": "[{" * 100 + '"\\'})) == {"a": "[{" * 100 + '"\\'}
    assert load("[" + ",".join(["[]"] * 1000) + "]") == [[]] * 1000


@pytest.mark.parametrize("closed", ["[]", "[[]]", "[[[]]]", "{}"])
def test_depth_is_that_of_the_brackets_that_are_open(closed: str) -> None:
    def after_two_that_stay_open(count: int) -> str:
        return f"[[{closed}," + "[" * count + "]" * count + "]]"

    assert load(after_two_that_stay_open(MAX_DEPTH - 2))
    with pytest.raises(JsonError):
        load(after_two_that_stay_open(MAX_DEPTH - 1))


@pytest.mark.parametrize(
    "text",
    [
        "[" * MAX_CHARACTERS,
        '{"a":' * (MAX_CHARACTERS // 5),
        '"' + '\\"' * (MAX_CHARACTERS // 2 - 1),
        '"' * MAX_CHARACTERS,
        "\\" * MAX_CHARACTERS,
        " " * MAX_CHARACTERS,
        "9" * (MAX_CHARACTERS - 1) + "x",
    ],
)
def test_hostile_text_of_the_greatest_length_is_refused_in_linear_time(text: str) -> None:
    with pytest.raises(JsonError):
        load(text)


def test_text_beyond_the_greatest_length_is_refused_unread() -> None:
    text = '"' + "a" * (MAX_CHARACTERS - 2) + '"'

    assert load(text)
    with pytest.raises(JsonError):
        load(" " + text)


@pytest.mark.parametrize(
    ("text", "offset", "why"),
    [
        ("", 0, "Expecting value"),
        ('["a" "b"]', 5, "Expecting ',' delimiter"),
        ('["a", NaN]', 6, "NaN is not JSON"),
        ('{"Infinity": -Infinity}', 13, "-Infinity is not JSON"),
        ('["a\u0100"]', 3, "a character that a policy may not hold"),
        ('\ufeff{"a": 1}', 0, "a character that a policy may not hold"),
        ("[" * (MAX_DEPTH + 1), MAX_DEPTH, "nested too deep"),
        ('["a", "\\u65e5", "\\ud800"]', 16, "half of a surrogate pair"),
        (" " * (MAX_CHARACTERS + 1), MAX_CHARACTERS, "too long"),
    ],
)
def test_the_character_where_reading_stopped_is_known_and_why(text: str, offset: int, why: str) -> None:
    with pytest.raises(JsonError) as refused:
        load(text)

    assert refused.value.offset == offset
    assert str(refused.value) == why


def test_a_repeated_key_is_known_by_its_place() -> None:
    text = '[{"a": "a"}, {"b": ["x,", {"c": 1, "\\u0063" : 2}], "b": 3}]'

    with pytest.raises(DuplicateKeyError) as refused:
        load(text)

    assert [(key.place, key.offset) for key in repeated_keys(text)] == [
        ((1, "b", 1, "c"), text.index('"\\u0063"')),
        ((1, "b"), text.rindex('"b"')),
    ]
    assert (refused.value.place, refused.value.offset) == ((1, "b", 1, "c"), text.index('"\\u0063"'))


def test_tokens_know_where_they_stand() -> None:
    text = ' {"a\\"{": [1, true] ,\n"b":"" }'

    found = list(tokens(text))

    assert [token.text for token in found] == [
        "{", '"a\\"{"', ":", "[", "1", ",", "true", "]", ",", '"b"', ":", '""', "}",
    ]  # fmt: skip
    assert all(text[token.start : token.end] == token.text for token in found)


def test_a_string_token_stands_for_its_value() -> None:
    assert string_value(string_token('é"\\日')) == 'é"\\日'
    assert string_token("日").isascii()


@pytest.mark.parametrize(
    ("text", "end"),
    [("a, b", 1), ("X]", 1), ("-1.5e3}", 6), ('"a, \\"b", 1', 8), ('"a, b', 5), ("[[1], {}], 1", 9), ("[[1]", 4)],
)
def test_a_value_ends_where_what_follows_cannot_be_of_it(text: str, end: int) -> None:
    assert value_end(text, 0) == end


@pytest.mark.parametrize("end", ["", "]", "}", ":", "]]", "}, 3"])
def test_an_array_ends_where_no_element_can_begin(end: str) -> None:
    assert list(islice(elements(f"[1, 2{end}", 0), 3)) == [1, 4]
