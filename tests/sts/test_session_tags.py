"""Session tags: which are taken, and what a chain of roles hands down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.access.call import Tag
from bailiwick.auth import SessionTag
from bailiwick.sts import session_tags
from bailiwick.sts.errors import InvalidParameterValue

TEAM = Tag("Team", "blue")
STAGE = Tag("Stage", "test")

KEYS = st.text("aAbBcC", min_size=1, max_size=3)


def refused(given: list[Tag], transitive: list[str], inherited: list[SessionTag]) -> str:
    with pytest.raises(InvalidParameterValue) as caught:
        session_tags.merged(given, transitive, inherited)
    return caught.value.message


def test_passed_tags_keep_their_order_and_their_case() -> None:
    assert session_tags.merged([TEAM, STAGE]) == (
        SessionTag("Team", "blue", False),
        SessionTag("Stage", "test", False),
    )


def test_transitive_keys_are_found_in_any_case() -> None:
    assert session_tags.merged([TEAM, STAGE], ["team"]) == (
        SessionTag("Team", "blue", True),
        SessionTag("Stage", "test", False),
    )


def test_only_transitive_tags_are_handed_down() -> None:
    held = [SessionTag("Team", "blue", True), SessionTag("Stage", "test", False)]

    assert session_tags.handed_down(held) == (SessionTag("Team", "blue", True),)


def test_inherited_tags_come_first_and_stay_transitive() -> None:
    inherited = [SessionTag("Cost", "42", True)]

    assert session_tags.merged([TEAM], [], inherited) == (
        SessionTag("Cost", "42", True),
        SessionTag("Team", "blue", False),
    )


def test_no_tags_at_all_are_no_tags() -> None:
    assert session_tags.merged([]) == ()


def test_a_key_given_twice_in_any_case_is_refused() -> None:
    message = refused([TEAM, Tag("tEAM", "red")], [], [])

    assert message == "Duplicate tag keys found. Please note that Tag keys are case insensitive."


@pytest.mark.parametrize("tag", [Tag("aws:Team", "x"), Tag("AWS:x", "x"), Tag("Team", "Aws:x")])
def test_the_prefix_of_aws_is_refused_in_keys_and_values(tag: Tag) -> None:
    assert "reserved prefix aws:" in refused([tag], [], [])


def test_a_tag_that_merely_holds_the_prefix_is_taken() -> None:
    assert session_tags.merged([Tag("my-aws:x", "not aws:")]) == (SessionTag("my-aws:x", "not aws:", False),)


def test_a_transitive_key_needs_a_tag() -> None:
    message = refused([TEAM], ["Stage"], [])

    assert message == "The specified transitive tag key must be included in the requested tags."


@pytest.mark.parametrize(("passed", "transitive"), [([Tag("TEAM", "red")], []), ([], ["team"])])
def test_what_is_inherited_can_be_neither_passed_nor_set_again(passed: list[Tag], transitive: list[str]) -> None:
    message = refused(passed, transitive, [SessionTag("Team", "blue", True)])

    assert "conflicts with a transitive tag key from the calling session" in message


@given(st.lists(KEYS, unique_by=str.lower), st.data())
def test_no_call_changes_or_drops_an_inherited_tag(keys: list[str], data: st.DataObject) -> None:
    split = data.draw(st.integers(0, len(keys)))
    inherited = [SessionTag(key, "handed down", True) for key in keys[:split]]

    tags = session_tags.merged([Tag(key, "new") for key in keys[split:]], [], inherited)

    assert [tag for tag in tags if tag.value == "handed down"] == inherited
    assert len({tag.key.lower() for tag in tags}) == len(keys)
