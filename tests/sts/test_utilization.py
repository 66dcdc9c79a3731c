"""How full a session token is, in percent."""

import pytest

from bailiwick.sts.issue import utilization_of


@pytest.mark.parametrize(
    ("size", "percent"), [(1, 1), (40, 1), (41, 2), (2048, 50), (2049, 51), (4095, 100), (4096, 100)]
)
def test_utilization_is_rounded_up(size: int, percent: int) -> None:
    assert utilization_of(size) == percent
