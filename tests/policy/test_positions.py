import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.policy import Position, Span, locate, path_text, simulator_spans, statement_spans
from bailiwick.policy.json_text import MAX_CHARACTERS
from bailiwick.policy.positions import position
from tests.policy.places import offset_of

POLICY = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "One", "Action": "s3:*"},
    {
      "Action" : [ "s3:Get*",
        "s3:Put*"],
      "Condition": {"StringLike": {"aws:a.b[1]": ["x", "y"], "aws:é\\u0041": "z"}}
    }
  ]
}"""
ONE_LINE = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",'
    '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
)
READ_ONLY = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "s3:Get*",
        "s3:List*"
      ],
      "Resource": "*"
    }
  ]
}"""
NOT_QUITE_JSON = st.text(alphabet='{}[]:,"\\ \n1aStatement', max_size=60)


def at(text: str, position: Position) -> str:
    """The text from a position to the end of its line."""
    return text.split("\n")[position.line - 1][position.column - 1 :]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((), "{"),
        (("Version",), '"Version": "2012-10-17",'),
        (("Statement",), '"Statement": ['),
        (("Statement", 0), '{"Sid": "One", "Action": "s3:*"},'),
        (("Statement", 0, "Action"), '"Action": "s3:*"},'),
        (("Statement", 0, "Action", 0), '"s3:*"},'),
        (("Statement", 1, "Action", 0), '"s3:Get*",'),
        (("Statement", 1, "Action", 1), '"s3:Put*"],'),
        (("Statement", 1, "Condition", "StringLike", "aws:a.b[1]", 1), '"y"], "aws:é\\u0041": "z"}}'),
        (("Statement", 1, "Condition", "StringLike", "aws:éA"), '"aws:é\\u0041": "z"}}'),
    ],
)
def test_a_place_is_found_at_its_name_or_first_character(place: tuple[str | int, ...], expected: str) -> None:
    assert at(POLICY, locate(POLICY, place)) == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (("Id",), "{"),
        ((0, "Version"), '"Version": "2012-10-17",'),
        (("Statement", 2), '"Statement": ['),
        (("Statement", "Action"), '"Statement": ['),
        (("Statement", 0, "Action", 1), '"Action": "s3:*"},'),
        (("Statement", 0, "Condition", "Bool", "Sid"), '{"Sid": "One", "Action": "s3:*"},'),
    ],
)
def test_of_a_place_that_is_not_there_the_deepest_that_is_counts(place: tuple[str | int, ...], expected: str) -> None:
    assert at(POLICY, locate(POLICY, place)) == expected


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_end_as_people_end_them(line_end: str) -> None:
    assert locate(line_end.join(["{", '"a": "é",', ' "b": 1}']), ("b",)) == Position(3, 2)


@pytest.mark.parametrize("text", ["", " \n", "x", '"', "{", '{"a"', '{"a":', '{"a":}', "[:]", '{"\\x": [1, "'])
def test_text_that_is_no_json_is_read_as_far_as_it_goes(text: str) -> None:
    assert locate(text, ()) == Position(1, 1)
    assert statement_spans(text) == simulator_spans(text) == ()


def test_a_document_begins_at_its_first_character_that_is_not_blank() -> None:
    text = '\n {"Version": "2012-10-17", "Statement": []}'

    assert locate(text, ()) == Position(2, 2)
    assert locate(text, ("Statement",)) == Position(2, 28)
    assert locate(text, ("Version", 0)) == Position(2, 14)


def test_a_text_has_no_members() -> None:
    assert locate('{"a": ",", ":": 1}', ("a", ", ")) == Position(1, 2)


def test_a_name_that_cannot_be_read_is_what_is_written() -> None:
    assert locate('{"a": 1, "\\x": [1, "', ("\\x", 1)) == Position(1, 20)


def test_a_place_is_written_as_people_do() -> None:
    assert path_text(()) == ""
    assert path_text(("Statement", 0, "Condition", "Bool", "aws:x", 1)) == "Statement[0].Condition.Bool.aws:x[1]"
    assert path_text((0, "a")) == "[0].a"


def test_statements_are_spanned_from_brace_to_brace() -> None:
    assert statement_spans(POLICY) == (
        Span(Position(4, 5), Position(4, 37)),
        Span(Position(5, 5), Position(9, 6)),
    )
    assert statement_spans(ONE_LINE) == (Span(Position(1, 37), Position(1, 167)),)
    assert statement_spans('{"Statement": []}') == ()
    assert statement_spans('{"Statement": "{}"}') == (Span(Position(1, 15), Position(1, 19)),)


def test_the_simulators_positions_are_those_of_awss_samples() -> None:
    """AWS CLI reference, simulate-custom-policy, example 1; IAM API Reference, SimulatePrincipalPolicy, example 1."""
    own = '{\n  "Version":"2012-10-17",\n  "Statement":{\n    "Effect":"Allow",\n    "Action":"s3:PutObject",\n'
    own += '    "Resource":"arn:aws:s3:::my-test-bucket"\n  }\n}'

    assert simulator_spans(ONE_LINE) == (Span(Position(1, 38), Position(1, 167)),)
    assert simulator_spans(own) == (Span(Position(3, 16), Position(7, 4)),)
    assert simulator_spans(READ_ONLY) == (Span(Position(3, 17), Position(11, 6)),)


def test_the_simulator_starts_a_further_statement_where_the_one_before_it_ends() -> None:
    first, second = simulator_spans(POLICY)

    assert first == Span(Position(3, 17), Position(4, 37))
    assert second == Span(Position(4, 37), Position(9, 6))


@given(st.lists(st.fixed_dictionaries({"Sid": st.text()}), max_size=5), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_each_span_holds_its_statement(statements: list[Any], indent: Any, ascii_only: bool) -> None:
    text = json.dumps({"Id": "{[", "Statement": statements}, indent=indent, ensure_ascii=ascii_only)
    lines = text.split("\n") if "\r" not in text else None

    spans = statement_spans(text)

    assert len(spans) == len(simulator_spans(text)) == len(statements)
    for span, statement in zip(spans, statements, strict=True):
        if lines and span.start.line == span.end.line:
            written = lines[span.start.line - 1][span.start.column - 1 : span.end.column - 1]
            assert json.loads(written) == statement


@given(NOT_QUITE_JSON, st.lists(st.sampled_from(["Statement", "a", 0, 1]), max_size=3).map(tuple))
def test_nothing_is_raised_whatever_the_text(text: str, place: tuple[str | int, ...]) -> None:
    found = locate(text, place)

    assert position(text, offset_of(text, found)) == found
    statement_spans(text)
    simulator_spans(text)


@pytest.mark.parametrize("piece", ["[", "{", '{"Statement":', '"', "\\", ",", "{},", "\n", '[{"Statement":['])
def test_hostile_text_is_located_in_linear_time(piece: str) -> None:
    text = '{"Statement":[' + piece * (MAX_CHARACTERS // len(piece))

    assert locate(text, ("Statement", 10**6, "Statement")).line == 1
    statement_spans(text)
    simulator_spans(text)
