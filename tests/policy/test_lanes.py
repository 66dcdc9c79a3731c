import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bailiwick.policy.lanes import Lanes, guarded
from bailiwick.policy.patterns import compile_glob, tokenize
from bailiwick.policy.request_keys import RequestKeys, arn_lanes_of, lanes_of

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


@pytest.mark.parametrize("pattern", ["a??*", "b?*", "???", "*b *", "*ab  *", "?b?", "a* ", "??? *", "*?????*"])
def test_no_match_runs_into_the_room_behind_a_text(pattern: str) -> None:
    assert found(pattern, ["ab", "b"]) == set()


@pytest.mark.parametrize("pattern", ["*a*b", "*a?*b", "*a*a*b", "a*b"])
def test_what_follows_a_star_is_sought_after_every_place_reached_before_it(pattern: str) -> None:
    assert found(pattern, ["aab", "aaaab", "aaxab", "b"]) == {"aab", "aaaab", "aaxab"}


def test_every_text_has_its_lane() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Lanes(["a", "b"], [1])
    with pytest.raises(ValueError, match="shorter"):
        guarded(0, ["a", "b"], [1])
    with pytest.raises(ValueError, match="shorter"):
        arn_lanes_of(("arn:a:b:c:d:e", "no-arn"), {})


def test_empty_text_from_a_variable_takes_no_room() -> None:
    lanes = Lanes(["ab"], [2])

    assert lanes.matching(["a", "", "b"]) == lanes.all
    assert lanes.matching(["", *tokenize("*"), ""]) == lanes.all


def test_lanes_of_equal_widths_have_equal_guards() -> None:
    widths = [5, 3]

    assert Lanes(["abc", ""], widths).all == Lanes(["", "abc"], widths).all


def test_a_requests_values_are_laid_out_once() -> None:
    keys = RequestKeys({"a:k": ("x", "y")})

    assert lanes_of(("x", "y"), keys) is lanes_of(["x", "y"], keys)
    assert lanes_of(("x",), keys) is not lanes_of(("x", "y"), keys)
    assert arn_lanes_of(("arn:::::x",), keys) is arn_lanes_of(("arn:::::x",), keys)
    assert arn_lanes_of(("arn:::::y",), keys) is not arn_lanes_of(("arn:::::x",), keys)


def test_other_keys_remember_nothing() -> None:
    assert lanes_of(("x",), {}) is not lanes_of(("x",), {})
    assert arn_lanes_of(("arn:::::x",), {}) is not arn_lanes_of(("arn:::::x",), {})
