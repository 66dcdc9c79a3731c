"""`bailiwick sessions`: listing, ending and revoking in a terminal."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.user.aws_cli import variables
from tests.user.client import Aws, User
from tests.user.refusals import refused
from tests.user.server import run
from tests.user.sessions import SESSION_RIGHTS, assume, root_of, trusting, using


@pytest.fixture
def ana(aws: Aws) -> User:
    return aws.user("ana", allow=list(SESSION_RIGHTS))


@pytest.fixture
def issued(aws: Aws, ana: User) -> Any:
    """A session of the role `deploy`, with its reply."""
    role = aws.role("deploy", trust=trusting(root_of(aws), actions=list(SESSION_RIGHTS)))
    return assume(ana.client("sts"), role.arn, {"team": "blue"}, SourceIdentity="nina")


def sessions(aws: Aws, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as the account's administrator."""
    environment = {"HOME": str(home), "AWS_ENDPOINT_URL": aws.endpoint, **variables(aws.administrator)}
    return run("sessions", *arguments, environment=environment)


def test_live_sessions_are_listed_with_where_they_came_from(aws: Aws, ana: User, issued: Any, tmp_path: Path) -> None:
    done = sessions(aws, tmp_path, "list", "--role", "deploy")

    assert (done.returncode, done.stderr) == (0, "")
    heading, row = done.stdout.splitlines()
    assert heading.split()[:3] == ["SESSION", "PRINCIPAL", "BY"]
    assert "assumed-role/deploy/work" in row
    assert "AssumeRole" in row
    assert row.endswith("user/ana > 127.0.0.1")


def test_json_holds_everything_and_every_page(aws: Aws, ana: User, issued: Any, tmp_path: Path) -> None:
    ana.client("sts").get_session_token()

    told = json.loads(sessions(aws, tmp_path, "list", "--json").stdout)["Sessions"]
    one = json.loads(sessions(aws, tmp_path, "list", "--source-identity", "nina", "--json").stdout)["Sessions"]

    assert len(told) == 2
    (session,) = one
    assert session["AccessKeyId"] == issued["Credentials"]["AccessKeyId"]
    assert session["Tags"] == [{"Key": "team", "Value": "blue", "Transitive": False}]
    assert session["IssuedAt"].endswith("Z")


@pytest.mark.parametrize("whose", ["--role", "--principal", "--source-identity", "--all", "--id"])
def test_sessions_are_ended(aws: Aws, issued: Any, tmp_path: Path, whose: str) -> None:
    (listed,) = aws.admin("bailiwick").list_sessions()["Sessions"]
    value = {
        "--role": ["deploy"],
        "--principal": [f"arn:aws:sts::{aws.account_id}:assumed-role/deploy/work"],
        "--source-identity": ["nina"],
        "--all": [],
        "--id": [listed["SessionId"]],
    }[whose]

    done = sessions(aws, tmp_path, "end", whose, *value)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Ended: ")
    with refused("InvalidClientTokenId"):
        using(aws, issued, "sts").get_caller_identity()
    assert sessions(aws, tmp_path, "list").stdout == "There are no live sessions.\n"
    assert "ended" in sessions(aws, tmp_path, "list", "--all").stdout


@pytest.mark.parametrize("arguments", [[], ["--all", "--role", "deploy"], ["--role", "deploy", "--id", "x"]])
def test_whose_sessions_to_end_must_be_said_once(aws: Aws, issued: Any, tmp_path: Path, arguments: list[str]) -> None:
    done = sessions(aws, tmp_path, "end", *arguments)

    assert done.returncode == 2
    assert "say whose sessions" in done.stderr
    using(aws, issued, "sts").get_caller_identity()


def test_who_has_no_sessions_is_said(aws: Aws, tmp_path: Path) -> None:
    assert sessions(aws, tmp_path, "list").stdout == "There are no live sessions.\n"
    assert sessions(aws, tmp_path, "list", "--all").stdout == "There are no sessions.\n"
    done = sessions(aws, tmp_path, "end", "--role", "nobody")
    assert done.returncode == 1
    assert "nobody cannot be found" in done.stderr


def test_older_sessions_are_revoked_by_awss_policy(aws: Aws, issued: Any, tmp_path: Path) -> None:
    done = sessions(aws, tmp_path, "revoke", "--role", "deploy")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("The inline policy AWSRevokeOlderSessions denies all sessions issued before ")
    assert aws.admin("iam").list_role_policies(RoleName="deploy")["PolicyNames"] == ["AWSRevokeOlderSessions"]
    with refused("InvalidClientTokenId"):
        using(aws, issued, "sts").get_caller_identity()
