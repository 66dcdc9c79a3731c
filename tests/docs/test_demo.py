"""`make demo`: the README's story, told by the real `aws` command."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.user import server as servers

STORY = Path(__file__).parents[2] / "demo" / "story.py"


@pytest.mark.timeout(600)
def test_the_story_goes_as_told_also_after_an_interrupted_one_and_leaves_nothing(tmp_path: Path) -> None:
    server = servers.start(tmp_path / "data")
    credentials = str(server.data / "credentials")
    environment = servers.clean_environment(
        {"AWS_ENDPOINT_URL": server.url, "AWS_SHARED_CREDENTIALS_FILE": credentials, "AWS_REGION": "us-east-1"}
    )
    iam = [str(Path(sys.executable).parent / "aws"), "iam"]
    subprocess.run([*iam, "create-user", "--user-name", "demo-ana"], check=True, capture_output=True, env=environment)

    done = subprocess.run([sys.executable, STORY], capture_output=True, text=True, env=environment)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "is not authorized to perform: iam:CreateUser" in done.stdout
    assert "with an explicit deny in an identity-based policy" in done.stdout
    left = subprocess.run([*iam, "list-users"], check=True, capture_output=True, text=True, env=environment)
    assert "demo-ana" not in left.stdout
    assert server.stop() == 0


def test_without_a_service_it_says_how_to_start_one(tmp_path: Path) -> None:
    environment = servers.clean_environment({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})

    done = subprocess.run([sys.executable, STORY], capture_output=True, text=True, env=environment)

    assert done.returncode == 3
    assert "make serve" in done.stderr
