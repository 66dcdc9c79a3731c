"""What the page on explanations shows is what happens."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.user.aws_cli import variables
from tests.user.client import REGION
from tests.user.conftest import accounts, aws, database_url, server
from tests.user.refusals import denial_of
from tests.user.server import clean_environment, run

__all__ = ["accounts", "aws", "database_url", "server"]

PAGE = (Path(__file__).parents[2] / "docs" / "explanations.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The one code block of a language."""
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def environment(aws: Any) -> dict[str, str]:
    return {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_DEFAULT_REGION": REGION, **variables(aws.administrator)}


def test_the_command_prints_what_the_page_shows(aws: Any) -> None:
    statement = {"Sid": "Mfa", "Effect": "Allow", "Action": "iam:Get*", "Resource": "*"}
    statement["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}  # type: ignore[assignment]
    aws.user("ana")
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.admin("iam").put_user_policy(UserName="ana", PolicyName="own", PolicyDocument=document)
    command, _, shown = block("console").replace("ACCOUNT", aws.account_id).partition("\n")

    done = run(*command.removeprefix("$ bailiwick ").split(), environment=environment(aws))

    assert (done.returncode, done.stdout) == (1, shown)


def test_the_program_runs(aws: Any) -> None:
    aws.user("ana")

    done = subprocess.run(
        [sys.executable, "-c", block("python")],
        capture_output=True,
        text=True,
        timeout=60,
        env=clean_environment(environment(aws)),
    )

    assert (done.stdout, done.stderr) == ("Deny identity\n", "")


def test_the_policy_allows_ones_own_requests_alone(aws: Any) -> None:
    ana = aws.user("ana", policy=json.loads(block("json")))
    own = denial_of(ana.client("iam").list_users).request_id
    others = aws.admin("iam").list_users()["ResponseMetadata"]["RequestId"]

    for request_id, code in ((own, 0), (others, 1)):
        flags = {**environment(aws), **variables(ana)}
        assert run("explain", request_id, environment=flags).returncode == code


@pytest.mark.parametrize("flag", re.findall(r"`(--[a-z-]+)", PAGE))
def test_every_flag_that_is_named_is_there(flag: str) -> None:
    assert flag in run("can", "--help").stdout
