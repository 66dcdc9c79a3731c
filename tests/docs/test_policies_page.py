"""What the page on writing policies shows is what happens."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.user.server import PROGRAM, clean_environment

PAGE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_command_prints_what_the_page_shows(tmp_path: Path) -> None:
    [document] = blocks("json")
    [session] = blocks("console")
    command, _, shown = session.partition("\n")
    (tmp_path / "policy.json").write_text(document)

    arguments = command.removeprefix("$ bailiwick ").split()
    done = subprocess.run(
        [PROGRAM, *arguments], cwd=tmp_path, capture_output=True, text=True, env=clean_environment(), timeout=60
    )

    assert (done.returncode, done.stdout) == (1, shown)


def test_the_python_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    program = next(block for block in blocks("python") if "policy.faults" in block)

    exec(program, {"text": blocks("json")[0]})

    assert "Statement[0].Action[1]" in capsys.readouterr().out
