"""Every example of the page on the policy engine runs, in order, and prints what the page shows."""

import doctest
import re
import subprocess
import sys
from pathlib import Path

import bailiwick.policy

PAGE = Path(__file__).parents[2] / "docs" / "policy-engine.md"

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_IMPORT = re.compile(r"^>>> from bailiwick\.policy import (.+)$", re.MULTILINE)
_NAME = re.compile(r"`(\w+)`")


def blocks() -> list[tuple[str, str]]:
    """The language and text of each fenced block."""
    return _BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def test_every_example_prints_what_the_page_shows() -> None:
    assert {language for language, _ in blocks()} == {"python"}
    examples = doctest.DocTestParser().get_doctest("\n".join(text for _, text in blocks()), {}, PAGE.name, str(PAGE), 0)
    told: list[str] = []

    outcome = doctest.DocTestRunner(verbose=False).run(examples, out=told.append, clear_globs=False)

    assert outcome.attempted > 50
    assert outcome.failed == 0, "".join(told)


def test_no_example_is_without_an_answer_to_compare() -> None:
    for _, text in blocks():
        answers = [example for example in doctest.DocTestParser().get_examples(text) if example.want]
        assert answers, text


def test_what_the_page_calls_public_is_exported() -> None:
    page = PAGE.read_text(encoding="utf-8")
    imported = {name.strip() for line in _IMPORT.findall(page) for name in line.split(",")}

    assert imported <= set(bailiwick.policy.__all__)
    functions = {"evaluate", "explain", "remedies", "check", "faults", "ceilings", "compile_policy", "request_of"}
    assert functions <= imported


def test_the_engine_imports_nothing_but_the_standard_library() -> None:
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "import bailiwick.policy\n"
        "loaded = set(sys.modules) - before - {'bailiwick'}\n"
        "strange = [name for name in loaded if not name.startswith('bailiwick.policy')]\n"
        "print(sorted(n for n in strange if n.partition('.')[0] not in sys.stdlib_module_names))\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout == "[]\n"
