"""The page on quotas gives the quotas that can be set, as the program has them."""

import re
from pathlib import Path

from bailiwick.access.account_quotas import ADJUSTABLE
from bailiwick.access.quotas import DEFAULT_QUOTAS

PAGE = (Path(__file__).parents[2] / "docs" / "quotas.md").read_text(encoding="utf-8")


def test_the_page_lists_every_quota_that_can_be_set() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\d,]+) \| ([\d,]+) \| (L-\w{8}) \|$", PAGE, re.MULTILINE)

    assert rows == [
        (name, f"{DEFAULT_QUOTAS[name]:,}", f"{quota.maximum:,}", quota.code)
        for name, quota in sorted(ADJUSTABLE.items())
    ]
