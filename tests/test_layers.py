"""The order of the parts is kept, function-level imports counted, and serving loads nothing it should not."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_parts_depend_on_each_other_in_one_direction() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_serving_reads_botocores_models_without_importing_it() -> None:
    program = (
        "import sys, bailiwick.cli.serve\n"
        "from bailiwick.wire import load_service\n"
        "load_service('iam').operation('CreateUser')\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'botocore', 'boto3', 'psycopg'}))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
