"""The unmodified `aws` command, as a person runs it in a terminal of their own."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.user.client import Signer, keys_of
from tests.user.server import clean_environment

PROGRAM = Path(sys.executable).parent / "aws"


class Refused(Exception):
    """The command failed.

    Attributes:
        words: what it wrote to standard error, without the blank lines around it.
    """

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True)
class AwsCli:
    """A terminal: a home folder, and the variables that the README tells to set.

    Attributes:
        home: where the command runs and finds its files; nothing of the machine's own user is seen.
        environment: the `AWS_*` variables.
    """

    home: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str, **more_environment: str) -> str:
        """Run `aws ARGUMENTS`; returns what it printed.

        Raises:
            Refused: its exit code was not 0.
        """
        done = subprocess.run(
            [PROGRAM, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            env={**clean_environment(), "HOME": str(self.home), **self.environment, **more_environment},
        )
        if done.returncode != 0:
            raise Refused(done.stderr.strip())
        assert done.stderr == ""
        return done.stdout

    def ask(self, *arguments: str, **more_environment: str) -> Any:
        """Run a command that answers JSON; returns it."""
        return json.loads(self.run(*arguments, **more_environment))

    def write(self, name: str, document: Mapping[str, object]) -> str:
        """Write a policy into a file; returns how the command is told to read it."""
        (self.home / name).write_text(json.dumps(document, indent=4) + "\n")
        return f"file://{name}"


def variables(signer: Signer) -> dict[str, str]:
    """The environment variables by which the command acts as the signer."""
    keys = keys_of(signer)
    given = {"AWS_ACCESS_KEY_ID": keys.access_key_id, "AWS_SECRET_ACCESS_KEY": keys.secret_access_key}
    if keys.session_token is not None:
        given["AWS_SESSION_TOKEN"] = keys.session_token
    return given
