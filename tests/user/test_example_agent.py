"""`examples/agent.py`: a program that may read one prefix for an hour, below the session of whoever starts it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.user.aws_cli import variables
from tests.user.client import Aws, Keys, User
from tests.user.refusals import refused
from tests.user.sessions import using

PROGRAM = Path(__file__).parents[2] / "examples" / "agent.py"
REPORT = (
    "import boto3, json, os, sys\n"
    "sts = boto3.client('sts'); iam = boto3.client('iam')\n"
    "told = {'who': sts.get_caller_identity()['Arn'], 'key': os.environ['AWS_ACCESS_KEY_ID'],\n"
    "        'secret': os.environ['AWS_SECRET_ACCESS_KEY'], 'token': os.environ['AWS_SESSION_TOKEN']}\n"
    "try:\n"
    "    boto3.client('sts').get_access_key_info(AccessKeyId=told['key']); told['more'] = 'allowed'\n"
    "except sts.exceptions.ClientError as error:\n"
    "    told['more'] = error.response['Error']['Code']\n"
    "print(json.dumps(told))\n"
)
"""An agent that tells what it found: who it is, and what more than its task it may do."""


@pytest.fixture
def nina(aws: Aws) -> User:
    return aws.user("nina", allow=["*"])


def run_agent(aws: Aws, signer: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = {**kept, **variables(signer), "AWS_ENDPOINT_URL": aws.endpoint, "AWS_DEFAULT_REGION": "us-east-1"}
    command = [sys.executable, str(PROGRAM), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def told_by_agent(aws: Aws, signer: Any) -> dict[str, str]:
    done = run_agent(aws, signer, "reports", "2026/q4", "--", sys.executable, "-c", REPORT)
    assert done.returncode == 0, done.stderr
    told: dict[str, str] = json.loads(done.stdout)
    return told


def test_the_agent_is_the_person_and_may_do_less(aws: Aws, nina: User) -> None:
    told = told_by_agent(aws, nina)

    assert told["who"] == nina.arn
    assert told["key"].startswith("ASIA")
    assert told["more"] == "AccessDenied"


def test_it_is_listed_under_the_persons_session_and_ends_with_it(aws: Aws, nina: User) -> None:
    own = nina.client("sts").get_session_token()["Credentials"]
    keys = Keys(own["AccessKeyId"], own["SecretAccessKey"], own["SessionToken"])
    told = told_by_agent(aws, keys)
    agents = {"Credentials": {**own, "AccessKeyId": told["key"], "SecretAccessKey": told["secret"]}}
    agents["Credentials"]["SessionToken"] = told["token"]
    bailiwick = aws.admin("bailiwick")
    shown = {each["AccessKeyId"]: each for each in bailiwick.list_sessions(PrincipalArn=nina.arn)["Sessions"]}

    assert shown[told["key"]]["ParentSessionId"] == shown[own["AccessKeyId"]]["SessionId"]
    assert shown[told["key"]]["ScopedPoliciesCount"] == 1
    assert shown[told["key"]]["Operation"] == "GetScopedCredentials"
    bailiwick.end_session(SessionId=shown[own["AccessKeyId"]]["SessionId"])

    with refused("InvalidClientTokenId"):
        using(aws, agents, "sts").get_caller_identity()


def test_the_programs_exit_code_is_handed_on_and_a_pattern_is_no_prefix(aws: Aws, nina: User) -> None:
    assert run_agent(aws, nina, "reports", "2026", "--", sys.executable, "-c", "raise SystemExit(7)").returncode == 7
    done = run_agent(aws, nina, "reports", "*", "--", "true")
    assert done.returncode == 2
    assert "is not the place of a table" in done.stderr
