"""The rules that the tags of one request keep."""

import pytest

from bailiwick.access.call import Tag
from bailiwick.iam import tags
from bailiwick.iam.errors import InvalidInput


def test_keys_are_unique_without_regard_to_case_and_keep_their_spelling() -> None:
    given = tags.validated([Tag("Team", "blue"), Tag("cost", "")], case_sensitive=False)

    assert given == {"team": Tag("Team", "blue"), "cost": Tag("cost", "")}


def test_keys_that_differ_only_in_case_are_duplicates_on_users_and_roles() -> None:
    with pytest.raises(InvalidInput, match="Tag keys are case insensitive"):
        tags.validated([Tag("Team", "a"), Tag("TEAM", "a")], case_sensitive=False)


def test_keys_that_differ_only_in_case_are_two_where_case_counts() -> None:
    given = tags.validated([Tag("Team", "a"), Tag("TEAM", "b")], case_sensitive=True)

    assert list(given) == ["Team", "TEAM"]


def test_the_same_key_twice_is_a_duplicate_where_case_counts() -> None:
    with pytest.raises(InvalidInput, match=r"^Duplicate tag keys found\.$"):
        tags.validated([Tag("Team", "a"), Tag("Team", "b")], case_sensitive=True)


@pytest.mark.parametrize(
    "tag", [Tag("aws:x", "v"), Tag("AWS:x", "v"), Tag("x", "aws:v"), Tag("x", "Aws:v"), Tag("aws:", "")]
)
@pytest.mark.parametrize("case_sensitive", [True, False])
def test_the_prefix_of_aws_is_refused_in_keys_and_values_in_any_case(tag: Tag, case_sensitive: bool) -> None:
    with pytest.raises(InvalidInput):
        tags.validated([tag], case_sensitive=case_sensitive)


def test_a_prefix_that_only_resembles_that_of_aws_is_good() -> None:
    given = tags.validated([Tag("awsome", "aws"), Tag("my:aws:x", "a:aws:")], case_sensitive=False)

    assert set(given) == {"awsome", "my:aws:x"}
