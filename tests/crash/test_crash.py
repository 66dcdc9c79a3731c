"""Nothing acknowledged is lost, and nothing is half there, whenever the server is killed."""

import os
from pathlib import Path

from tests.crash.rig import CrashRig

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "20"))


def test_every_acknowledged_write_outlives_a_kill(store_url: str, tmp_path: Path) -> None:
    rig = CrashRig(tmp_path / "data", store_url, seed=ROUNDS)
    for _ in range(ROUNDS):
        rig.run_round()
    rig.check_all_rounds()
    assert len(rig.acknowledged) > ROUNDS
