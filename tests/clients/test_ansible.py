"""Ansible's modules for IAM (the collection amazon.aws): what is as it should be is not changed again."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.user.aws_cli import variables
from tests.user.client import REGION, Aws
from tests.user.server import clean_environment

PLAYBOOK = Path(__file__).parent / "ansible" / "playbook.yml"


def play(aws: Aws, home: Path, stage: str) -> int:
    """Run the playbook for a stage; how many of its tasks have changed something."""
    own = {
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_HOME": str(home / "ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        **variables(aws.administrator),
    }
    program = Path(sys.executable).with_name("ansible-playbook")
    given = ["-i", "localhost,", "-e", f"ansible_python_interpreter={sys.executable}", "-e", f"stage={stage}"]
    done = subprocess.run(
        [program, *given, PLAYBOOK], capture_output=True, text=True, timeout=300, env=clean_environment(own)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"^localhost +: ok=\d+ +changed=(\d+) .*failed=0 ", done.stdout, re.MULTILINE)
    assert found is not None, done.stdout
    return int(found[1])


def test_what_is_made_and_changed_is_not_changed_again(aws: Aws, tmp_path: Path) -> None:
    changed = [play(aws, tmp_path, stage) for stage in ("made", "made", "changed", "changed", "gone")]

    assert changed == [7, 0, 5, 0, 7]
    users = aws.admin("iam").list_users()["Users"]
    assert [user["UserName"] for user in users] == ["admin"]
