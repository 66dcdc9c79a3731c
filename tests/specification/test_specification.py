"""The engine decides as the executable specification does: effect, reason, layer, statement and missing keys.

The seed of a run stands in its report; DIFFERENTIAL_SEED makes the same cases again. `make differential` compares as
many as one likes.
"""

import ast
import json
import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bailiwick.policy import CompiledPolicy, PolicySource, compile_policy
from tests.specification import cases, comparison, engine_side
from tests.specification.comparison import compare, compare_all, run, smallest
from tests.specification.coverage import Statistics, condition_cells, decision_cells
from tests.specification.run import main
from tests.specification.world import World

FOLDER = Path(__file__).parent
OF_THE_SPECIFICATION = ("decision", "principals", "conditions", "patterns", "reading", "world")

PARTS = 5
CASES_OF_A_PART = 5_000


@pytest.mark.parametrize("part", range(PARTS))
def test_the_engine_decides_as_the_specification_does(part: int) -> None:
    seed = os.environ["DIFFERENTIAL_SEED"]  # set in tests/conftest.py

    found = run(random.Random(f"{seed}/{part}"), CASES_OF_A_PART, Statistics())

    assert found is None, f"DIFFERENTIAL_SEED={seed}\n{found}"


@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_engine_decides_as_the_specification_does_where_hypothesis_leads(chance: random.Random) -> None:
    world = cases.world(chance)

    found = compare_all(world, cases.requests(chance, world, 5), Statistics())

    assert found is None, str(found)


def test_a_short_run_reaches_every_decision_and_every_operator() -> None:
    statistics = Statistics()

    found = run(random.Random("reached"), 30_000, statistics)

    assert found is None, str(found)
    assert [cell for cell in decision_cells() if not statistics.decisions[cell]] == []
    looked_at = {(operator, state) for operator, state, _ in statistics.conditions}
    assert {(operator, state) for operator, state, _ in condition_cells()} - looked_at == set()


def test_the_specification_shares_no_code_with_the_engine() -> None:
    for name in OF_THE_SPECIFICATION:
        for node in ast.walk(ast.parse((FOLDER / f"{name}.py").read_text())):
            if isinstance(node, ast.Import):
                imported = [each.name for each in node.names]
            else:
                imported = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [each for each in imported if each.startswith("bailiwick")], name


def test_a_disagreement_is_found_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_a_defect(text: str, source: PolicySource) -> CompiledPolicy:
        return compile_policy(text.replace('"Deny"', '"Allow"'), source)

    monkeypatch.setattr(engine_side, "compile_policy", with_a_defect)

    found = run(random.Random("spoiled"), 20_000, Statistics())

    assert found is not None
    assert isinstance(found.engine, tuple)
    assert found.specification.reason == "explicit deny"
    assert compare(found.world, found.request) == found
    assert smallest(found) == found
    assert json.dumps(found.world).count("Effect") == 1
    assert "Condition" not in json.dumps(found.world)
    assert f"request = {{'action': {found.request['action']!r}" in str(found)


def test_an_engine_that_raises_disagrees(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(engine_side, "evaluate", fail)
    chance = random.Random(1)
    world: World = cases.world(chance)

    found = compare(world, cases.requests(chance, world, 1)[0])

    assert found is not None
    assert found.engine == "raised RuntimeError('broken')"


def test_the_long_run_fails_when_it_reaches_too_little(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["100", "1"]) == 1

    printed = capsys.readouterr().out
    assert "100 cases agree" in printed
    assert "SEED=1" in printed
    assert "never seen: ForAllValues:" in printed


@pytest.mark.parametrize("arguments", [[], ["x"], ["0"], ["1", "2", "3"]])
def test_the_long_run_wants_a_number_of_cases(arguments: list[str]) -> None:
    assert main(arguments) == 2


def test_the_same_seed_makes_the_same_cases() -> None:
    first, second = Statistics(), Statistics()

    run(random.Random("same"), 400, first)
    run(random.Random("same"), 400, second)

    assert first.conditions == second.conditions
    assert first.decisions == second.decisions
    assert first.decisions.total() == 400
    assert comparison.REQUESTS_OF_A_WORLD <= 50
