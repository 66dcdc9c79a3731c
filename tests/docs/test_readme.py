"""Every command of the README runs, in order, and then its Python, against a service that was just started.

A command whose comment says `# AccessDenied` must be denied; every other must succeed. `make …`, `git clone …` and the
change into the clone are what the test stands in for.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.user import server as servers

README = Path(__file__).parents[2] / "README.md"
ADDRESS = "http://127.0.0.1:4260"

_BLOCK = re.compile(r"^```(?:bash|sh|shell|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_STOOD_IN_FOR = ("make ", "git clone ", "cd bailiwick")
_DENIED = re.compile(r"\s+#.*\bAccessDenied\b")


def commands(text: str) -> list[str]:
    """The logical lines of the fenced blocks; of a block with prompts, those that begin with `$ ` or `> `."""
    lines: list[str] = []
    for block in _BLOCK.findall(text):
        given = block.splitlines()
        if any(line.startswith("$ ") for line in given):
            given = [line[2:] for line in given if line.startswith(("$ ", "> "))]
        continued = False
        for line in given:
            if continued:
                lines[-1] += "\n" + line
            else:
                lines.append(line)
            continued = line.endswith("\\")
    return [line for line in lines if line.strip() and not line.startswith(_STOOD_IN_FOR)]


def programs(text: str) -> list[str]:
    """The fenced blocks of Python, each as the command that runs it."""
    return [f"python - <<'END'\n{block}END" for block in _PYTHON.findall(text)]


def script(lines: list[str]) -> str:
    """A shell script that ends at the first command which does not do as told, and shows it."""
    parts = ["set -eu -o pipefail", "trap 'echo \"failed: $BASH_COMMAND\" >&2' ERR"]
    for line in lines:
        if denied := _DENIED.search(line):
            command = line[: denied.start()]
            parts.append(
                f"answer=$( {{ {command}\n}} 2>&1 ) || true\n"
                'case "$answer" in *AccessDenied*) ;; *) echo "not denied: $answer" >&2; exit 1 ;; esac'
            )
        else:
            parts.append(line)
    return "\n".join(parts) + "\n"


@pytest.mark.timeout(600)
def test_the_quick_start_works_as_it_is_written(tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    lines = commands(text) + programs(text)
    server = servers.start(tmp_path / "data")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    done = subprocess.run(
        ["bash", "-c", script(lines).replace(ADDRESS, server.url)],
        cwd=tmp_path,
        env=servers.clean_environment({"PATH": path, "HOME": str(tmp_path)}),
        capture_output=True,
        text=True,
    )

    assert any("aws " in line for line in lines)
    assert any("import boto3" in line for line in lines)
    assert any(_DENIED.search(line) for line in lines)
    assert done.returncode == 0, done.stdout + done.stderr
    assert server.stop() == 0


def test_the_reader_finds_commands_in_blocks_with_and_without_prompts() -> None:
    text = "```bash\nmake serve\naws a \\\n  b\n```\nwords\n```console\n$ aws c  # AccessDenied\nanswer\n```\n"

    assert commands(text) == ["aws a \\\n  b", "aws c  # AccessDenied"]
