"""How many things with documents make a page."""

import pytest

from bailiwick.access.pagination import fitting


@pytest.mark.parametrize(
    ("characters", "count"),
    [
        ([], 0),
        ([0], 1),
        ([5_000_000], 1),
        ([5_000_000, 1], 1),
        ([1, 5_000_000], 1),
        ([500_000, 500_000], 2),
        ([500_000, 500_000, 1], 2),
        ([500_000, 500_001], 1),
        ([100] * 1000, 1000),
    ],
)
def test_a_page_ends_before_a_million_characters_but_not_before_its_first_thing(
    characters: list[int], count: int
) -> None:
    assert fitting(characters) == count
