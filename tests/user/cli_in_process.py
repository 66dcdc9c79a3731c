"""The real `aws` CLI, run within the tests' process: each of hundreds of commands would else start an interpreter."""

import contextlib
import functools
import io
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import awscli  # type: ignore[import-untyped]
from awscli.clidriver import create_clidriver  # type: ignore[import-untyped]
from botocore import xform_name

from tests.user.aws_cli import variables
from tests.user.client import REGION, Signer
from tests.user.server import clean_environment

WITHOUT_SKELETON = frozenset({"CreateVirtualMFADevice"})
"""Commands that the CLI gives a form of its own: this one writes the picture into a file."""

_DATA = Path(awscli.__file__).parent / "data"


class Ended(NamedTuple):
    """How a command ended: its exit code, what it printed, and AWS's error code (empty without one)."""

    exit_code: int
    printed: str
    error: str


@functools.cache
def skeleton(operation: str) -> Mapping[str, Any]:
    """What `--generate-cli-skeleton` prints of an IAM command."""
    ended = _run(["iam", xform_name(operation, "-"), "--generate-cli-skeleton"], {})
    assert ended.exit_code == 0
    printed: dict[str, Any] = json.loads(ended.printed)
    return printed


def run_filled(operation: str, parameters: Mapping[str, Any], endpoint: str, signer: Signer) -> Ended:
    """Run an IAM command with its skeleton, in which the parameters are filled in and the rest is taken out."""
    environment = {"AWS_ENDPOINT_URL": endpoint, **variables(signer)}
    if operation in WITHOUT_SKELETON:
        return _new_device(parameters["VirtualMFADeviceName"], environment)
    filled = {name: parameters[name] for name in skeleton(operation) if name in parameters}
    assert filled.keys() == parameters.keys(), "the skeleton has all that the operation takes"
    arguments = ["--cli-input-json", json.dumps(filled), "--output", "json"]
    return _run(["iam", xform_name(operation, "-"), *arguments], environment)


def _new_device(name: str, environment: Mapping[str, str]) -> Ended:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "picture.png"
        arguments = ["--virtual-mfa-device-name", name, "--outfile", str(file), "--bootstrap-method", "QRCodePNG"]
        return _run(["iam", "create-virtual-mfa-device", *arguments], environment)


def _run(arguments: list[str], environment: Mapping[str, str]) -> Ended:
    printed, told = io.StringIO(), io.StringIO()
    with _environment(environment), contextlib.redirect_stdout(printed), contextlib.redirect_stderr(told):
        exit_code: int = create_clidriver().main(arguments)
    error = re.search(r"An error occurred \((\w+)\)", told.getvalue())
    assert exit_code == 0 or error is not None, told.getvalue()
    return Ended(exit_code, printed.getvalue(), error[1] if error else "")


@contextlib.contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    own = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_DATA_PATH": str(_DATA)}
    try:
        os.environ.clear()
        os.environ.update({**clean_environment(), **own, "AWS_DEFAULT_REGION": REGION, **more})
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
