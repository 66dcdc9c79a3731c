"""The page on importing shows code that runs, and the numbers that the program goes by."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from bailiwick.cli import importing
from tests.docs.test_explanations_page import environment
from tests.user.client import MODELS
from tests.user.conftest import accounts, aws, database_url, server
from tests.user.server import clean_environment

__all__ = ["accounts", "aws", "database_url", "server"]

PAGE = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")


def test_the_pages_code_runs(aws: Any) -> None:
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        env=clean_environment({**environment(aws), "AWS_DATA_PATH": str(MODELS)}),
    )

    assert (done.stdout, done.stderr) == ("1 NoSuchEntity The user with name ana cannot be found.\n", "")


def test_the_page_tells_how_much_is_taken() -> None:
    assert f"may lead to {importing._MOST_CHANGES:,} operations" in PAGE
