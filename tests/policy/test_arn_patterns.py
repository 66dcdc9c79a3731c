import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.policy.arn_patterns import arn_test, completed, is_arn, resource_parts
from bailiwick.policy.patterns import Wildcard, tokenize
from bailiwick.policy.variables import Variable, leading_text, split_variables

ROLE = "arn:aws:iam::111111111111:role/x"


def like(*patterns: str, value: str, keys: dict[str, str] | None = None) -> bool:
    parted = [split_variables(pattern, wildcards=True) for pattern in patterns]
    return arn_test(parted).matches(value, keys or {})


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("arn:aws:sqs", "arn:aws:sqs:*:*:*"),
        ("arn:aws:sqs:*:q", "arn:aws:sqs:*:q:*"),
        ("arn:", "arn::*:*:*:*"),
        ("arn:aws:s3:::b", "arn:aws:s3:::b"),
        ("arn:aws:logs:*:1:log-group:g:s", "arn:aws:logs:*:1:log-group:g:s"),
        ("*", "*"),
        ("arn", "arn"),
        ("b/*", "b/*"),
    ],
)
def test_an_incomplete_arn_is_completed_with_stars(pattern: str, expected: str) -> None:
    assert completed(pattern) == expected


def test_an_arn_has_six_fields() -> None:
    assert is_arn(ROLE)
    assert is_arn("arn:::::")
    assert not is_arn("arn:aws:iam::1")
    assert not is_arn("*:aws:iam::1:x")


def test_variables_in_a_resource_count_only_after_the_fifth_colon() -> None:
    assert resource_parts("arn:aws:s3:::b/${k}", variables=True) == ("arn:aws:s3:::", "b/", Variable("k", None))
    in_account = "arn:aws:iam::${aws:PrincipalAccount}:role/x"
    assert leading_text(resource_parts(in_account, variables=True)) == in_account
    assert resource_parts("arn:aws:s3:::b/${k}", variables=False) == ("arn:aws:s3:::b/${k}",)
    assert resource_parts("${k}", variables=True) == ("${k}",)
    assert resource_parts("a*", variables=True) == tokenize("a*") == ("a", Wildcard.ANY)


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        (ROLE, ROLE, True),
        (ROLE, ROLE + "y", False),
        (ROLE, ROLE.upper(), False),
        ("*", ROLE, True),
        ("**", ROLE, True),
        ("*", "no-arn", False),
        ("no-arn", "no-arn", False),
        ("arn:aws:iam::*:role/*", ROLE, True),
        ("arn:*:*:*:*:*", ROLE, True),
        ("*:*:*:*:*:*", ROLE, True),
        ("arn:aws:*:role/x", ROLE, False),
        ("arn:*", ROLE, False),
        ("arn:aws:iam::*role/x", ROLE, False),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/a:b:c", True),
        ("arn:aws:s3:::b?a:*", "arn:aws:s3:::b/a:b:c", True),
        ("arn:aws:logs:*:*:log-group:*:stream", "arn:aws:logs:r:1:log-group:g:stream", True),
        ("arn:aws:iam::111111111111:role/?", ROLE, True),
        ("arn:aws:iam::?:role/x", ROLE, False),
        ("arn:aws:iam:?:111111111111:role/x", ROLE, False),
        ("arn:*:iam:*:*:role/x", "arn:aws:iam::111111111111", False),
    ],
)
def test_an_arn_is_matched_field_by_field(pattern: str, value: str, expected: bool) -> None:
    assert like(pattern, value=value) is expected


def test_an_escaped_wildcard_is_that_character() -> None:
    literal = "arn:aws:s3:::b/${*}/${?}x"

    assert like(literal, value="arn:aws:s3:::b/*/?x")
    assert not like(literal, value="arn:aws:s3:::b/a/bx")


def test_any_of_several_patterns_may_match() -> None:
    assert like("arn:aws:iam::*:user/*", ROLE, value=ROLE)
    assert like("arn:aws:iam::*:user/*", "arn:aws:iam::*:role/*", value=ROLE)
    assert not like(value=ROLE)


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("arn:aws:iam::${k}:role/*", "111111111111", True),
        ("arn:aws:iam::${k}:role/*", "222222222222", False),
        ("arn:aws:iam::${k}:role/*", "*", False),
        ("arn:aws:iam::${k}:role/x", "111111111111", True),
        ("arn:aws:iam::${k}/x", "111111111111:role", True),
        ("arn:aws:iam:*:${k}", "111111111111:role/x", False),
        ("arn:*:iam::*:${k}", "role/x", True),
        ("arn:*:iam::*:${k}", "role/*", False),
        ("${k}", ROLE, True),
        ("${k}*", ROLE, False),
        ("${k, 'd'}", "d", False),
    ],
)
def test_a_variable_may_stand_in_any_field_and_stays_within_it(pattern: str, value: str, expected: bool) -> None:
    assert like(pattern, value=ROLE, keys={"k": value}) is expected


def test_a_pattern_whose_variable_has_no_value_matches_nothing() -> None:
    assert not like("arn:aws:iam::${k}:role/*", value=ROLE)
    assert not like("arn:aws:iam::${k}:role/x", value=ROLE)
    assert like("arn:aws:iam::${k}:role/*", ROLE, value=ROLE)


ARN_FIELDS = st.lists(st.sampled_from(["", "a", "b", "ab", "a:b"]), min_size=4, max_size=7)
ARN_PIECES = st.lists(
    st.sampled_from(["", "a", "b", "*", "?", "*a", "${k}", "${k}?", "${none}*"]), min_size=4, max_size=7
)


@given(st.lists(ARN_PIECES, max_size=30), st.lists(ARN_FIELDS, min_size=10, max_size=30))
def test_many_arns_match_as_each_alone(patterns: list[list[str]], values: list[list[str]]) -> None:
    arns = ["arn:" + ":".join(fields) for fields in values]
    test = arn_test([split_variables("arn:" + ":".join(fields), wildcards=True) for fields in patterns])
    keys = {"k": "a"}

    assert test.matching(arns, keys) == {arn for arn in arns if test.matches(arn, keys)}


def test_of_many_arns_those_are_found_that_match_any_pattern_field_by_field() -> None:
    arns = [f"arn:aws:s3:::bucket-{number}:x:y" for number in range(300)]
    patterns = [
        "arn:aws:s3:::bucket-7:*",
        "arn:aws:s3:::bucket-?8:?:y",
        "arn:aws:s?:::bucket-9:x:y",
        "arn:aws:sqs:*:*:*",
    ]
    test = arn_test([tokenize(pattern) for pattern in patterns])

    expected = {f"arn:aws:s3:::bucket-{number}:x:y" for number in (7, 9, *range(18, 100, 10))}
    assert test.matching(arns, {}) == expected
    assert test.matching([f"no-arn-{number}" for number in range(300)], {}) == set()


def test_of_many_arns_those_are_found_that_a_variable_alone_stands_for() -> None:
    arns = [f"arn:aws:s3:::bucket-{number}" for number in range(300)]
    test = arn_test([split_variables(text, wildcards=True) for text in ("${k}", "${n}", "${x}", "arn:aws:sqs:*:*:*")])

    assert test.matching(arns, {"k": arns[7], "x": "no-arn"}) == {arns[7]}


def test_a_variable_with_a_question_mark_beside_it_stays_literal_and_in_its_field() -> None:
    assert like("arn:aws:s3:::${k}?", value="arn:aws:s3:::ab", keys={"k": "a"})
    assert not like("arn:aws:s3:::${k}?", value="arn:aws:s3:::ab", keys={"k": "?"})
    assert not like("arn:aws:s3:::?${k}", value="arn:aws:s3:::ab", keys={})
    assert not like("arn:aws:s3::?${k}:b", value="arn:aws:s3:::b", keys={"k": ""})
