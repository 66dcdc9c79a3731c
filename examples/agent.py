"""Runs an agent, or any program, with the right to read one prefix of a store for an hour, and nothing else.

    python examples/agent.py reports 2026/q4 -- my-agent --summarise

The agent gets your own session's credentials once more, narrowed (GetScopedCredentials), in its environment, where
every AWS SDK looks for them. It is still you to every audit event; it is listed under your session by `bailiwick
sessions list`, can be ended alone by `bailiwick sessions end --id`, and ends when your session does. With an access key
in place of a session, a session is taken first (GetSessionToken).
"""

import argparse
import json
import os
import subprocess
import sys
from typing import Any

import boto3
import botocore.session

if __package__:
    from examples.catalogue import Table, session_policy
else:
    from catalogue import Table, session_policy  # type: ignore[import-not-found,no-redef]

SECONDS = 3600


def narrowed(credentials: Any, table: Table, purpose: str) -> dict[str, Any]:
    """Credentials for reading one prefix, made from the caller's own.

    Args:
        credentials: the caller's: `access_key`, `secret_key` and `token`, as botocore has them.
        table: the bucket and prefix.
        purpose: what the agent is for; it is kept in the audit event, 2 to 256 characters.

    Returns:
        AccessKeyId, SecretAccessKey, SessionToken and Expiration.
    """
    sts = _sts(credentials.access_key, credentials.secret_key, credentials.token)
    if credentials.token is None:
        own = sts.get_session_token(DurationSeconds=SECONDS)["Credentials"]
        sts = _sts(own["AccessKeyId"], own["SecretAccessKey"], own["SessionToken"])
    policy = session_policy(table, writes=False)
    asked = {"Policy": policy, "ScopedSessionDescription": purpose}
    try:
        reply = sts.get_scoped_credentials(DurationSeconds=SECONDS, **asked)
    except sts.exceptions.InsufficientSessionLifetimeException:
        reply = sts.get_scoped_credentials(**asked)  # the caller's session ends sooner, and the agent's with it
    made: dict[str, Any] = reply["Credentials"]
    return made


def _sts(access_key_id: str, secret_access_key: str, token: str | None) -> Any:
    return boto3.client(
        "sts",
        region_name=os.environ.get("AWS_REGION", "us-east-1"),
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        aws_session_token=token,
    )


def environment(made: dict[str, Any]) -> dict[str, str]:
    """The agent's environment: the caller's, with the narrowed credentials in place of all that leads to others."""
    kept = {name: value for name, value in os.environ.items() if name not in _LEADS_TO_OTHERS}
    return {
        **kept,
        "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
        "AWS_SESSION_TOKEN": made["SessionToken"],
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


_LEADS_TO_OTHERS = frozenset(
    {
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    }
)


def main() -> int:
    """Run the agent; its exit code."""
    parser = argparse.ArgumentParser(description="Run a program that may read one prefix of a store for an hour.")
    parser.add_argument("bucket")
    parser.add_argument("prefix")
    parser.add_argument("program", nargs="+", help="the program and its arguments, after --")
    asked = parser.parse_args()
    try:
        table = Table(asked.bucket, asked.prefix)
    except ValueError as error:
        parser.error(str(error))
    credentials = botocore.session.get_session().get_credentials()
    if credentials is None:
        print("No credentials were found. Name them as for the aws CLI.", file=sys.stderr)
        return 1
    made = narrowed(credentials.get_frozen_credentials(), table, json.dumps(asked.program)[:256])
    return subprocess.run(asked.program, env=environment(made), check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
