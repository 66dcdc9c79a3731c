"""Renewal under load: the SDK's own renewing of credentials, across the end of the sessions it renews."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.credentials import RefreshableCredentials

from tests.user.client import Aws
from tests.user.refusals import refused
from tests.user.sessions import root_of, using

CALLERS = 4
LIFE_SECONDS = 3
LIVES = 3
ONCE = Config(retries={"total_max_attempts": 1})


def calling(client: Any, until: float, call: Callable[[Any], object]) -> int:
    """Call until then; how often. A call that fails, and is not tried again, fails the test."""
    count = 0
    while time.monotonic() < until:
        call(client)
        count += 1
    return count


def test_no_call_fails_while_sessions_end_and_are_renewed(aws: Aws) -> None:
    ana = aws.user("ana", allow=["sts:GetScopedCredentials", "bailiwick:ListSessions"])
    source = using(aws, ana.client("sts").get_session_token(), "sts")
    issued: list[dict[str, Any]] = []

    def renew() -> dict[str, str]:
        reply = source.get_scoped_credentials(DurationSeconds=LIFE_SECONDS)
        issued.append(reply)
        given = reply["Credentials"]
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }

    credentials = RefreshableCredentials.create_from_metadata(renew(), renew, "scoped")
    # The SDK's own renewing, for sessions of seconds in place of an hour: early in the last third.
    credentials._advisory_refresh_timeout, credentials._mandatory_refresh_timeout = 1, 0.5
    core = botocore.session.get_session()
    core._credentials = credentials  # where its own providers would put them
    client = boto3.Session(botocore_session=core, region_name="us-east-1").client(
        "sts", endpoint_url=aws.endpoint, config=ONCE
    )
    until = time.monotonic() + LIFE_SECONDS * LIVES

    with ThreadPoolExecutor(CALLERS) as callers:
        runs = [callers.submit(calling, client, until, lambda sts: sts.get_caller_identity()) for _ in range(CALLERS)]
        counts = [run.result() for run in runs]

    assert sum(counts) > 100
    assert len(issued) >= LIVES
    assert issued[0]["Credentials"]["Expiration"] < datetime.now(UTC)
    with refused("ExpiredToken", "The security token included in the request is expired"):
        using(aws, issued[0], "sts").get_caller_identity()


def test_the_sdks_provider_of_role_sessions_renews_under_load(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of fifteen minutes, the shortest, the SDK holds every moment to be late: it renews all the time."""
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    role = aws.role("deploy", trust=root_of(aws), allow=["iam:ListUsers"])
    file = tmp_path / "config"
    file.write_text(
        f"[profile ana]\naws_access_key_id = {ana.access_key_id}\naws_secret_access_key = {ana.secret_access_key}\n"
        f"[profile deploy]\nrole_arn = {role.arn}\nsource_profile = ana\nduration_seconds = 900\nregion = us-east-1\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint)
    client = boto3.Session(profile_name="deploy").client("iam", config=ONCE)
    until = time.monotonic() + 2

    with ThreadPoolExecutor(CALLERS) as callers:
        runs = [callers.submit(calling, client, until, lambda iam: iam.list_users()) for _ in range(CALLERS)]
        counts = [run.result() for run in runs]

    assert sum(counts) > 20
    sessions = aws.admin("bailiwick").list_sessions(PrincipalArn=role.arn)["Sessions"]
    assert len(sessions) > 2
