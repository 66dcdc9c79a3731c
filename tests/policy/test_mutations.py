"""Documents that were damaged at random: nothing is raised but what says where and what is wrong."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bailiwick.policy import (
    PolicyDocument,
    PolicySyntaxError,
    PolicyType,
    check,
    faults,
    locate,
    parse,
    render,
    simulator_spans,
    statement_spans,
)
from bailiwick.policy.positions import position
from bailiwick.policy.validation import ORGANIZATIONS
from tests.policy.places import offset_of

WORDS = st.sampled_from(
    [
        "*",
        "s3:*",
        "s3:GetObject",
        "iam:Get?ser",
        "a:b:c",
        "arn:aws:s3:::b/*",
        "arn:aws:iam::1:user/x",
        "Allow",
        "Deny",
        "2012-10-17",
        "${",
        "{}",
        "${aws:username}",
        "é",
        "日",
        "111111111111",
        "ec2.amazonaws.com",
        "10.0.0.0/8",
        "sts:AssumeRole",
        "2026-11-24",
        "true",
        "arn:aws:sqs",
        "arn:aws:iam::111111111111:role/r",
        "'",
        '"',
        "\\",
    ]
)
TEXTS = st.one_of(WORDS, st.text(max_size=5))
ONE_OR_MORE = st.one_of(TEXTS, st.lists(TEXTS, max_size=3))
PRINCIPALS = st.one_of(
    st.just("*"),
    st.dictionaries(st.sampled_from(["AWS", "Service", "Federated", "CanonicalUser", "aws"]), ONE_OR_MORE, max_size=2),
)
CONDITIONS = st.dictionaries(
    st.sampled_from(["StringEquals", "ForAnyValue:StringLikeIfExists", "Null", "DateLessThan", "IpAddress", "Odd"]),
    st.dictionaries(
        st.sampled_from(["aws:username", "a:b.c[0]", "aws:PrincipalTag/x:y", "nothing"]),
        st.one_of(ONE_OR_MORE, st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
        max_size=2,
    ),
    max_size=2,
)
STATEMENTS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "Sid": TEXTS,
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Principal": PRINCIPALS,
        "NotPrincipal": PRINCIPALS,
        "Action": ONE_OR_MORE,
        "NotAction": ONE_OR_MORE,
        "Resource": ONE_OR_MORE,
        "NotResource": ONE_OR_MORE,
        "Condition": CONDITIONS,
    },
)
DOCUMENTS = st.builds(
    lambda document, indent: json.dumps(document, indent=indent),
    st.fixed_dictionaries(
        {"Statement": st.one_of(STATEMENTS, st.lists(STATEMENTS, max_size=3))},
        optional={"Version": st.sampled_from(["2008-10-17", "2012-10-17", "2015"]), "Id": TEXTS},
    ),
    st.sampled_from([None, 0, 2, "\t"]),
)
DAMAGE = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 4),
        st.sampled_from(
            ["", "{", "}", "[", "]", '"', ",", ":", "\\", "null", "1e9", "\n", "\\ud800", "\x00", "\u0100"]
        ),
    ),
    max_size=4,
)
POLICY_TYPES = st.sampled_from(PolicyType)


def damaged(text: str, damage: list[tuple[float, int, str]]) -> str:
    """The text with pieces of it replaced."""
    for where, length, replacement in damage:
        start = int(where * len(text))
        text = text[:start] + replacement + text[start + length :]
    return text


@given(DOCUMENTS, DAMAGE, POLICY_TYPES)
def test_a_damaged_document_is_refused_somewhere_in_it_or_taken(
    document: str, damage: list[tuple[float, int, str]], policy_type: PolicyType
) -> None:
    text = damaged(document, damage)

    try:
        taken: PolicyDocument | None = check(text, policy_type)
        first = None
    except PolicySyntaxError as refused:
        taken, first = None, refused

    found = faults(text, policy_type)
    for fault in found:
        assert fault.position is not None
        assert position(text, offset_of(text, fault.position)) == fault.position
    if first is None:
        assert (taken, found) == (parse(text), ())
    else:
        assert (found[0].place, found[0].position) == (first.place, first.position)
        assert first.message in (found[0].message, ORGANIZATIONS)


@given(DOCUMENTS, DAMAGE)
def test_what_is_read_is_written_so_that_it_reads_the_same(document: str, damage: list[tuple[float, int, str]]) -> None:
    text = damaged(document, damage)
    try:
        tree = parse(text)
    except PolicySyntaxError:
        return

    written = render(tree)

    assert parse(written) == tree
    assert render(parse(written)) == written
    assert len(statement_spans(text)) == len(simulator_spans(text)) == len(tree.statements)


@given(DOCUMENTS, DAMAGE, st.lists(st.one_of(TEXTS, st.integers(0, 3)), max_size=6).map(tuple))
def test_every_place_of_every_text_is_somewhere_in_it(
    document: str, damage: list[tuple[float, int, str]], steps: tuple[str | int, ...]
) -> None:
    text = damaged(document, damage)

    found = locate(text, steps)

    assert position(text, offset_of(text, found)) == found
