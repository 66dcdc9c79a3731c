import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bailiwick.policy.lanes import Lanes, guarded
from bailiwick.policy.patterns import compile_glob, tokenize

# Few characters, so that patterns match; beyond Latin-1 too.
TEXTS = st.text("ab?* é\u1234", max_size=12)
PATTERNS = st.text("aab*?é\u1234", max_size=10)


def found(pattern: str, texts: list[str]) -> set[str]:
    widths = [len(text) for text in texts]
    return guarded(Lanes(texts, widths).matching(tokenize(pattern)), texts, widths)


@given(st.lists(TEXTS, max_size=6), PATTERNS)
@example(["aaaaaaaaab"], "*aaaa?aaab")
@example(["", "a"], "")
@example(["", "a"], "?")
@example([], "*")
def test_many_texts_match_as_each_alone(texts: list[str], pattern: str) -> None:
    glob = compile_glob(pattern)

    assert found(pattern, texts) == {text for text in texts if glob(text)}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", {"ab", "b", ""}),
        ("*b", {"ab", "b"}),
        ("?b", {"ab"}),
        ("a?*", {"ab"}),
        ("*ba*", set()),
        ("abb", set()),
        ("*abcdefgh*", set()),
    ],
)
def test_no_match_runs_from_one_text_into_the_next(pattern: str, expected: set[str]) -> None:
    assert found(pattern, ["ab", "b", "", "ab"]) == expected


def test_empty_text_from_a_variable_takes_no_room() -> None:
    lanes = Lanes(["ab"], [2])

    assert lanes.matching(["a", "", "b"]) == lanes.all
    assert lanes.matching(["", *tokenize("*"), ""]) == lanes.all


def test_lanes_of_equal_widths_have_equal_guards() -> None:
    widths = [5, 3]

    assert Lanes(["abc", ""], widths).all == Lanes(["", "abc"], widths).all


def test_what_repeats_itself_is_sought_once() -> None:
    lanes = Lanes(["a" * 1_000], [1_000])
    lanes.matching(["a" * 512])

    assert len(lanes._at) == 10  # 512, 256, ..., 1
