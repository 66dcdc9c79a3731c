"""What others wrote is shown in an administrator's terminal as text: it moves no cursor and adds no line."""

import json
import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.user.aws_cli import variables
from tests.user.client import Aws
from tests.user.refusals import denial_of
from tests.user.server import PROGRAM, run
from tests.user.sessions import trusting

CLEAR = "\x1b[2J\x1b]0;owned\x07"
EIGHT_BIT = "\x9b2J"
LINE = "\r\nALLOWED: everything"
TURNED = "\u202edetcirtser"
HOSTILE = CLEAR + EIGHT_BIT + LINE + TURNED


def commanding(output: str) -> list[str]:
    """The characters that a terminal would act on, and those that change how others look."""
    return [each for each in output if not each.isprintable() and each != "\n"]


def hostile_policy() -> str:
    """A policy that AWS takes: what is not Latin-1 is escaped in it."""
    statement = {
        "Effect": "Allow",
        "Action": f"s3:Get{HOSTILE.replace(':', '')}",
        "Resource": f"arn:aws:s3:::bucket/{TURNED}",
        "Condition": {"StringEquals": {f"aws:RequestTag/{HOSTILE}": HOSTILE, "aws:UserAgent": "other"}},
    }
    near = {**statement, "Action": "*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement, near]})


def terminal(aws: Aws, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"HOME": str(home), "AWS_ENDPOINT_URL": aws.endpoint, **variables(aws.administrator)}
    return run(*arguments, environment=environment)


@pytest.mark.parametrize("flags", [[], ["--trace"]])
def test_a_policy_commands_no_terminal_through_can(aws: Aws, tmp_path: Path, flags: list[str]) -> None:
    ana = aws.user("ana")
    aws.admin("iam").put_user_policy(UserName="ana", PolicyName="own", PolicyDocument=hostile_policy())

    done = terminal(aws, tmp_path, "can", ana.arn, "s3:PutObject", "arn:aws:s3:::bucket/o", *flags)

    assert commanding(done.stdout) == []
    assert not any(line.startswith("ALLOWED") for line in done.stdout.splitlines())
    assert r"\x1b[2J" in done.stdout


def test_a_denied_request_commands_no_terminal_through_explain(aws: Aws, tmp_path: Path) -> None:
    aws.user("ana", allow=["sts:AssumeRole"])
    role = aws.role("work", trust=trusting(f"arn:aws:iam::{aws.account_id}:root"), allow=["*"])
    guest = aws.client("iam", aws.assume(aws.administrator, role, Policy=hostile_policy()))

    def send_as(request: Any, **_: object) -> None:
        request.headers["User-Agent"] = f"x{EIGHT_BIT}".encode("latin-1")

    guest.meta.events.register("before-send.*", send_as)
    denial = denial_of(guest.get_user, UserName="ana")

    done = terminal(aws, tmp_path, "explain", denial.request_id, "--trace")

    assert (done.returncode, done.stderr) == (0, "")
    assert commanding(done.stdout) == []
    assert r"request: x\x9b2J" in done.stdout


def test_an_error_of_the_server_commands_no_terminal(aws: Aws, tmp_path: Path) -> None:
    done = terminal(aws, tmp_path, "can", f"arn:aws:iam::{aws.account_id}:user/{HOSTILE}", "s3:GetObject", "*")

    assert done.returncode != 0
    assert commanding(done.stderr) == []
    assert len(done.stderr.splitlines()) == 1


def test_a_file_commands_no_terminal_through_policy_check(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": HOSTILE, "Condition": {HOSTILE: {}}}
    name = f"a{CLEAR}.json"
    (tmp_path / name).write_text(json.dumps({"Version": "2012-10-17", "Statement": statement}), encoding="utf-8")

    done = run("policy", "check", str(tmp_path / name))

    assert done.returncode == 1
    assert commanding(done.stdout) == []
    assert all("ALLOWED" not in line[:8] for line in done.stdout.splitlines())


def test_characters_that_the_terminal_does_not_have_are_spelled_out(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "\u20ac\u00e9"}
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"Version": "2012-10-17", "Statement": statement}), encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": "ascii"}

    done = run("policy", "check", str(file), environment=environment)

    assert (done.returncode, done.stderr) == (1, "")
    assert r"\u20ac\xe9" in done.stdout


def test_nothing_is_written_to_a_terminal_but_text(tmp_path: Path) -> None:
    """In a true terminal, which turns line ends into its own."""
    file = tmp_path / "policy.json"
    file.write_text(
        json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": HOSTILE}}), encoding="utf-8"
    )
    outside, inside = pty.openpty()
    try:
        subprocess.run([str(PROGRAM), "policy", "check", str(file)], stdout=inside, stderr=inside, check=False)
        shown = os.read(outside, 65_536).decode()
    finally:
        os.close(inside)
        os.close(outside)

    assert commanding(shown.replace("\r\n", "\n")) == []
