import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.policy.patterns import Masked, Places, Wildcard, compile_glob, matches, segment, split_at_stars, tokenize

ANY, ONE = Wildcard.ANY, Wildcard.ONE


def reference_match(pattern: str, text: str) -> bool:
    """The textbook table: which prefixes of the text the pattern's prefixes match."""
    row = [True] + [False] * len(text)
    for character in pattern:
        if character == "*":
            for i in range(1, len(text) + 1):
                row[i] = row[i] or row[i - 1]
        else:
            row = [False] + [row[i] and character in ("?", text[i]) for i in range(len(text))]
    return row[-1]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("", "a", False),
        ("a", "a", True),
        ("a", "A", False),
        ("*", "", True),
        ("*", "a:b/c\n", True),
        ("?", "", False),
        ("?", "\n", True),
        ("?", "ab", False),
        ("a*", "a", True),
        ("a*", "ba", False),
        ("*a", "ba", True),
        ("*a", "ab", False),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("ab*bc", "abc", False),
        ("ab*bc", "abbc", True),
        ("a*b*c", "a-c-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("*b*", "b", True),
        ("*b?*", "bc", True),
        ("*???*", "abc", True),
        ("*???*", "ab", False),
        ("*b*b*", "b", False),
        ("*b*b*", "xbyb", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a?c*", "abcd", True),
        ("*a?c", "xabc", True),
        ("*a?c*", "aXaYcZ", True),
        ("*a?c*", "aXXc", False),
        ("?*?", "a", False),
        ("?*?", "ab", True),
        ("a.c", "abc", False),
        ("a[b]*", "a[b]c", True),
        ("**", "x", True),
        ("a**b", "ab", True),
    ],
)
def test_a_star_is_any_run_and_a_question_mark_one_character(pattern: str, text: str, expected: bool) -> None:
    assert compile_glob(pattern)(text) is expected
    assert reference_match(pattern, text) is expected


@given(st.text("ab*?", max_size=12), st.text("ab", max_size=16))
def test_a_glob_equals_the_textbook_matcher(pattern: str, text: str) -> None:
    assert compile_glob(pattern)(text) is reference_match(pattern, text)


LONG = st.lists(st.sampled_from(["a", "é", "\u1234", "?"]), min_size=9, max_size=24).map("".join)


@given(LONG, st.text("aé\u1234", max_size=90), st.sampled_from(["*{}*", "*{}é", "a*{}*", "*{}*a?a*"]))
def test_a_long_segment_with_question_marks_equals_the_textbook_matcher(core: str, text: str, frame: str) -> None:
    pattern = frame.format(core)

    assert compile_glob(pattern)(text) is reference_match(pattern, text)


@pytest.mark.parametrize("length", [4, 10, *range(60, 80)])
def test_a_segment_that_stands_nowhere_is_given_up_in_a_text_of_any_length(length: int) -> None:
    text = "a" * length

    assert Masked(tokenize("aa?b")).find(text, 0, length) == -1
    assert Masked(tokenize("aa?b")).find(text + "b", 0, length + 1) == length - 3


def test_a_segment_is_sought_from_its_start_on_only_after_a_place_where_it_did_not_stand_too() -> None:
    text = "-aaxbcd" + "aaxxxx" + "aaxbcd"

    assert Masked(tokenize("aa?b??")).find(text, 7, len(text)) == 13


@pytest.mark.parametrize("before", [0, 1, 7, 100])
@pytest.mark.parametrize("tries", [0, 63, 64, 65, 200])
def test_a_segment_must_fit_whole_before_the_end_however_late_it_is_found(before: int, tries: int) -> None:
    masked = Masked(tokenize("aa?b??"))
    text = "-" * before + "a" * tries + "aaxbcd" + "aaxbcd"
    place = before + tries

    assert masked.find(text, before, len(text)) == place
    assert masked.find(text, before, place + 6) == place
    assert masked.find(text, before, place + 5) == -1
    assert masked.find(text, place + 1, len(text)) == place + 6
    assert masked.find(text, place + 1, len(text) - 1) == -1


def test_a_long_segment_with_a_character_beyond_those_of_the_text_stands_nowhere() -> None:
    assert not compile_glob("*?\u1234?bbbbbbbb*")("bbbbbbbbbbbbbbbbbbbb")


@given(LONG, st.text("aéb", max_size=12), st.text("ab", max_size=12))
def test_a_long_segment_is_found_where_it_stands_first(core: str, before: str, after: str) -> None:
    masked = Masked(tokenize(core))
    text = before + core.replace("?", "a") + after

    found = masked.find(text, 0, len(text))

    first = next(i for i in range(len(text)) if reference_match(core, text[i : i + len(core)]))
    assert found == first


@pytest.mark.parametrize("pattern", ["b?b", "b?b" + "a" * 30])
def test_a_segment_is_sought_between_start_and_end_only(pattern: str) -> None:
    masked = Masked(tokenize(pattern))
    one = pattern.replace("?", "x")
    text = one + one

    assert masked.find(text, 0, len(text)) == 0
    assert masked.find(text, 1, len(text)) == len(one)
    assert masked.find(text, 1, len(text) - 1) == -1
    assert masked.find(text, 0, len(one) - 1) == -1
    assert masked.find("a" * len(text), 0, len(text)) == -1


@pytest.mark.parametrize("pattern", ["?b?", "?" + "b" * 30 + "?"])
def test_question_marks_at_the_ends_of_a_segment_need_a_character_each(pattern: str) -> None:
    masked = Masked(tokenize(pattern))
    core = pattern.strip("?")

    for text, expected in ((core + "x", -1), ("x" + core, -1), ("x" + core + "x", 0), ("yx" + core + "x", 1)):
        assert masked.find(text, 0, len(text)) == expected


@given(st.text("ab*?:", max_size=20))
def test_tokens_spell_the_pattern_with_runs_of_stars_as_one(pattern: str) -> None:
    spelled = "".join(token if isinstance(token, str) else token.value for token in tokenize(pattern))

    while "**" in pattern:
        pattern = pattern.replace("**", "*")
    assert spelled == pattern


def test_literal_tokens_are_never_wildcards() -> None:
    assert compile_glob(("*",))("*")
    assert not compile_glob(("*",))("x")
    assert compile_glob(("a", ONE, "?"))("ab?")
    assert not compile_glob(("a", ONE, "?"))("abc")
    assert compile_glob(("?", ANY, "*"))("?x*")
    assert not compile_glob(("?", ANY, "*"))("ax*")


def test_segments_lie_between_the_stars() -> None:
    groups = split_at_stars(("a", ANY, "b", ONE, ANY))

    assert groups == [["a"], ["b", ONE], []]
    assert segment(groups[0]) == "a"
    assert segment(["a", "b"]) == "ab"
    assert segment([]) == ""
    assert len(segment(groups[1])) == 2
    assert matches([segment(group) for group in groups], "axbbx")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*a" * 3_000, "a" * 2_999),
        ("*a" * 3_000 + "*b", "a" * 20_000),
        ("*" + "a?" * 3_000 + "b*", "a" * 20_000),
        ("*a?a?a?b" * 700, "a" * 20_000),
        ("?" * 6_000, "a" * 5_999),
        ("*" + "?" * 6_000 + "b*", "a" * 20_000),
        ("a*" * 3_000 + "b", "a" * 20_000),
        ("*" + "a" * 6_000 + "b*", "a" * 20_000),
    ],
)
def test_hostile_patterns_are_matched_in_bounded_time(pattern: str, text: str) -> None:
    assert not compile_glob(pattern)(text)


@given(st.text("aé\u1234😀", max_size=20), st.text("aé\u1234😀", min_size=1, max_size=9))
def test_places_are_those_where_a_text_stands(text: str, run: str) -> None:
    expected = sum(1 << place for place in range(len(text)) if text.startswith(run, place))

    assert Places(text).of(run) == expected


@pytest.mark.parametrize("text", ["a\u0161\u1261\U00010161\U00010061a", "\u0161\ud861a", "\u0361\u0161"])
def test_characters_that_share_bytes_are_told_apart(text: str) -> None:
    places = Places(text)

    for character in text:
        assert places.of(character) == sum(1 << place for place in range(len(text)) if text[place] == character)


def test_what_repeats_itself_is_sought_once() -> None:
    places = Places("a" * 1_000)
    places.of("a" * 512)

    assert len(places._known) == 10  # 512, 256, ..., 1
