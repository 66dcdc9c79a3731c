"""Plays the README's story against the running service with the real `aws` command, and shows each real answer.

`make demo`. It reads AWS_ENDPOINT_URL (http://127.0.0.1:4260 without it) and AWS_SHARED_CREDENTIALS_FILE
(data/credentials), makes what it needs under names that begin with `demo-`, and removes it in the end.
"""

import configparser
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

ENDPOINT = os.environ.get("AWS_ENDPOINT_URL", "http://127.0.0.1:4260")
CREDENTIALS = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE", "data/credentials"))
USER, GROUP, ROLE = "demo-ana", "demo-readers", "demo-deploy"
READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"

_SECRET = re.compile(r'("(?:SecretAccessKey|SessionToken)": ")[^"]*')


class UnexpectedAnswer(Exception):
    """A command did not answer as the story says; the message shows how it did."""


class Story:
    """Runs commands as one profile or another, and tells what they answer."""

    def __init__(self, folder: Path) -> None:
        self._profiles = folder / "credentials"
        self._profiles.touch(mode=0o600)
        beside = Path(sys.executable).parent / "aws"
        self._aws = str(beside) if beside.exists() else shutil.which("aws") or "aws"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self._environment = {
            **kept,
            "AWS_ENDPOINT_URL": ENDPOINT,
            "AWS_SHARED_CREDENTIALS_FILE": str(self._profiles),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_PAGER": "",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        administrator = configparser.ConfigParser(interpolation=None)
        administrator.read(CREDENTIALS)
        self._administrator = dict(administrator["default"])
        self._write("admin", self._administrator)

    def tell(self, words: str) -> None:
        """A step of the story."""
        print(f"\n# {words}", flush=True)

    def may(self, profile: str, *command: str) -> Any:
        """Run a command that must succeed; returns its answer."""
        done = self._run(profile, command)
        if done.returncode != 0:
            raise UnexpectedAnswer(f"this was to be allowed, and was not:\n{done.stderr.strip()}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def may_not(self, profile: str, *command: str) -> None:
        """Run a command that must be denied."""
        done = self._run(profile, command)
        if "AccessDenied" not in done.stderr:
            raise UnexpectedAnswer("this was to be denied, and was not")

    def remember(self, profile: str, credentials: dict[str, str]) -> None:
        """Put an answer's credentials under a profile."""
        keys = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey"}
        if "SessionToken" in credentials:
            keys["aws_session_token"] = "SessionToken"  # noqa: S105  the name of a field
        self._write(profile, {name: credentials[key] for name, key in keys.items()} | {"region": "us-east-1"})
        print(f"# (kept as profile {profile})", flush=True)

    def clear(self) -> None:
        """Remove what the story made, this time or in a run that was interrupted; what is not there is no matter."""
        key = self._administrator
        iam = boto3.client(
            "iam",
            endpoint_url=ENDPOINT,
            region_name="us-east-1",
            aws_access_key_id=key["aws_access_key_id"],
            aws_secret_access_key=key["aws_secret_access_key"],
        )
        with contextlib.suppress(iam.exceptions.NoSuchEntityException):
            for one in iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]:
                iam.delete_access_key(UserName=USER, AccessKeyId=one["AccessKeyId"])
        steps = (
            (iam.remove_user_from_group, {"GroupName": GROUP, "UserName": USER}),
            (iam.delete_user, {"UserName": USER}),
            (iam.delete_group_policy, {"GroupName": GROUP, "PolicyName": "list-users"}),
            (iam.delete_group, {"GroupName": GROUP}),
            (iam.delete_role_policy, {"RoleName": ROLE, "PolicyName": "AWSRevokeOlderSessions"}),
            (iam.detach_role_policy, {"RoleName": ROLE, "PolicyArn": READ_ONLY}),
            (iam.delete_role, {"RoleName": ROLE}),
        )
        for step, parameters in steps:
            with contextlib.suppress(iam.exceptions.NoSuchEntityException):
                step(**parameters)
        iam.close()

    def _run(self, profile: str, command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        shown = " ".join(part if re.fullmatch(r"[\w@%+=:,./-]+", part) else f"'{part}'" for part in command)
        print(f"$ aws --profile {profile} {shown}", flush=True)
        done = self._call(profile, command)
        answer = (done.stdout + done.stderr).strip()
        if answer:
            print(_SECRET.sub(r"\1(not shown)", answer), flush=True)
        return done

    def _call(self, profile: str, command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._aws, "--profile", profile, "--output", "json", *command],
            capture_output=True,
            text=True,
            env=self._environment,
            check=False,
        )

    def _write(self, profile: str, values: dict[str, str]) -> None:
        parser = configparser.RawConfigParser()
        parser.read(self._profiles)
        parser[profile] = values
        with self._profiles.open("w", encoding="utf-8") as file:
            parser.write(file)


def play(story: Story) -> None:
    """The story: a user who may, a user who may not, a role, its session, its revocation."""
    story.tell("The administrator that the first run made")
    account = story.may("admin", "sts", "get-caller-identity")["Account"]

    story.tell("A user, in a group that may list users, with an access key")
    story.may("admin", "iam", "create-user", "--user-name", USER)
    story.may("admin", "iam", "create-group", "--group-name", GROUP)
    policy = _policy({"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"})
    story.may(
        "admin",
        *("iam", "put-group-policy", "--group-name", GROUP, "--policy-name", "list-users"),
        *("--policy-document", policy),
    )
    story.may("admin", "iam", "add-user-to-group", "--group-name", GROUP, "--user-name", USER)
    story.remember(USER, story.may("admin", "iam", "create-access-key", "--user-name", USER)["AccessKey"])

    story.tell("What the user may do, and what not")
    story.may(USER, "iam", "list-users", "--query", "Users[].UserName")
    story.may_not(USER, "iam", "create-user", "--user-name", "demo-eve")

    story.tell("A role that the user may assume, with permissions of its own")
    trust = _policy(
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:user/{USER}"}, "Action": "sts:AssumeRole"}
    )
    role = story.may("admin", "iam", "create-role", "--role-name", ROLE, "--assume-role-policy-document", trust)["Role"]
    story.may("admin", "iam", "attach-role-policy", "--role-name", ROLE, "--policy-arn", READ_ONLY)

    story.tell("A session of the role: temporary credentials, within the role's permissions and no further")
    assume = ("sts", "assume-role", "--role-arn", role["Arn"], "--role-session-name", "demo")
    story.remember("session", story.may(USER, *assume)["Credentials"])
    story.may("session", "sts", "get-caller-identity")
    story.may("session", "iam", "list-roles", "--query", "Roles[].RoleName")
    story.may_not("session", "iam", "create-user", "--user-name", "demo-eve")

    story.tell("Revoke the role's sessions of until now: the earlier one is refused on its very next call")
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    revoke = _policy(
        {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"DateLessThan": {"aws:TokenIssueTime": now}},
        }
    )
    story.may(
        "admin",
        *("iam", "put-role-policy", "--role-name", ROLE, "--policy-name", "AWSRevokeOlderSessions"),
        *("--policy-document", revoke),
    )
    story.may_not("session", "iam", "list-roles", "--query", "Roles[].RoleName")

    story.tell("… and a new one works")
    story.remember("session", story.may(USER, *assume)["Credentials"])
    story.may("session", "iam", "list-roles", "--query", "Roles[].RoleName")


def _policy(statement: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def main() -> int:
    """Play the story; the exit code is 0, 1 when an answer was not as told, 3 when no service is there."""
    try:
        with urllib.request.urlopen(f"{ENDPOINT}/healthz", timeout=10):
            pass
    except (urllib.error.URLError, OSError) as error:
        print(f"No service answers at {ENDPOINT} ({error}). In another terminal run: make serve", file=sys.stderr)
        return 3
    if not CREDENTIALS.exists():
        print(f"There is no {CREDENTIALS}; name the file by AWS_SHARED_CREDENTIALS_FILE.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        story = Story(Path(folder))
        story.clear()
        try:
            play(story)
        except UnexpectedAnswer as error:
            print(f"\nThe story went another way: {error}", file=sys.stderr)
            return 1
        finally:
            story.clear()
    print("\n# Done; what the story made is removed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
