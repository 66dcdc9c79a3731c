"""Mutation testing of the policy engine: each small change of its code must make a test fail.

Runs mutmut (configured in `pyproject.toml`) and compares what survived with `tests/policy/survivors.toml`, which says
of each known survivor why no test can tell it apart. Ends with 1 if another one survived, or if a known one no longer
does. Names of modules limit it: `mutate.py conditions operators`.
"""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
MUTMUT = Path(sys.executable).with_name("mutmut")
KNOWN = ROOT / "tests" / "policy" / "survivors.toml"
ENDED_WELL = ("killed", "timeout", "caught by type check", "skipped")


class Mutant(NamedTuple):
    """A change: the function it is in, and its lines before and after, without their indentation."""

    function: str
    before: str
    after: str


def main(modules: list[str]) -> int:
    """Run all mutants, or those of some modules; the exit status."""
    children = str(os.cpu_count() or 1)
    patterns = [f"bailiwick.policy.{module}.*" for module in modules]
    ran = subprocess.run([MUTMUT, "run", "--max-children", children, *patterns], cwd=ROOT, check=False)
    if ran.returncode != 0:
        print("mutmut could not run.", file=sys.stderr)
        return 1
    survivors = {mutant_of(name): name for name in survived(modules)}
    known = {Mutant(each["function"], each["before"], each["after"]) for each in explained()}
    known = {each for each in known if not modules or each.function.split(".")[2] in modules}
    for mutant, name in sorted(survivors.items()):
        if mutant not in known:
            print(f"survived: {name}\n  - {mutant.before}\n  + {mutant.after}")
    for mutant in sorted(known - set(survivors)):
        print(f"explained, but it does not survive: {mutant.function}\n  - {mutant.before}\n  + {mutant.after}")
    print(f"{len(survivors)} mutants survived, {len(known & set(survivors))} of them explained.")
    return 0 if known == set(survivors) else 1


def survived(modules: list[str]) -> Iterable[str]:
    """The names of the mutants that no test failed for."""
    for line in output_of("results").splitlines():
        name, colon, status = line.strip().partition(": ")
        if colon and status not in ENDED_WELL and (not modules or name.split(".")[2] in modules):
            if status == "not checked":
                continue  # of another module
            yield name


def mutant_of(name: str) -> Mutant:
    """What mutmut changed there."""
    lines = output_of("show", name).splitlines()
    removed = [line[1:].strip() for line in lines if line.startswith("-") and not line.startswith("---")]
    added = [line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++")]
    module, _, mangled = name.rpartition(".")
    function = re.sub(r"__mutmut_\d+$", "", mangled)
    function = ".".join(function.split("ǁ")[1:]) if "ǁ" in function else function.removeprefix("x_")
    return Mutant(f"{module}.{function}", "\n".join(removed), "\n".join(added))


def explained() -> list[dict[str, str]]:
    """The known survivors."""
    return list(tomllib.loads(KNOWN.read_text("utf-8")).get("survivor", []))


def output_of(*arguments: str) -> str:
    """What a command of mutmut prints."""
    return subprocess.run([MUTMUT, *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
