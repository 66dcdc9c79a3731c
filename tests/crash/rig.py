"""Kills the real server amid writes and holds what is left against what was acknowledged.

The recorder is outside the server: it keeps every reply that came back. After each kill the store is opened anew, as
a restart would, and compared with it.
"""

import asyncio
import configparser
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bailiwick.store import Transaction, open_store

BAILIWICK = Path(sys.executable).parent / "bailiwick"

_WRITERS = 8
_START_SECONDS = 20.0
_FORM = "application/x-www-form-urlencoded; charset=utf-8"
_ACCOUNT = "111122223333"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"AWS": _ACCOUNT}, "Action": "sts:AssumeRole"},
}
_DOCUMENT = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}
_VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15"}


@dataclass
class Acknowledged:
    """What the server said it had done: request ids by user name, by policy holder, by session access key id."""

    users: dict[str, str] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Acknowledged") -> None:
        """Take in what another recorder holds."""
        self.users |= other.users
        self.policies |= other.policies
        self.sessions |= other.sessions

    def __len__(self) -> int:
        return len(self.users) + len(self.policies) + len(self.sessions)


class CrashRig:
    """One store, and a server on it that is killed again and again."""

    def __init__(self, data: Path, database_url: str, seed: int) -> None:
        self.data = data
        self.database_url = database_url
        self.random = random.Random(seed)
        self.acknowledged = Acknowledged()
        self.rounds = 0
        self._this_round = Acknowledged()
        self._from = _START
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def run_round(self) -> None:
        """Start the server, write until it is killed at a random moment, and check what is left."""
        self.rounds += 1
        self._this_round = Acknowledged()
        self._start()
        try:
            asyncio.run(self._write_until_killed())
        finally:
            self._kill()
        self._from = asyncio.run(self._check(self._this_round, f"r{self.rounds}-", self._from))
        self.acknowledged.add(self._this_round)

    def check_all_rounds(self) -> None:
        """Check once more what all rounds left together."""
        asyncio.run(self._check(self.acknowledged, "r", _START))

    def _start(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        command = [str(BAILIWICK), "serve", "--data", str(self.data), "--listen", f"127.0.0.1:{self._port}"]
        environment = {**os.environ, "BAILIWICK_DATABASE_URL": self.database_url}
        command += ["--account-id", _ACCOUNT, "--quota", "UsersPerAccount=1000000"]
        with (self.data.parent / f"{self.data.name}.log").open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        asyncio.run(self._await_ready())

    async def _await_ready(self) -> None:
        assert self._process is not None
        async with asyncio.timeout(_START_SECONDS):
            while True:
                assert self._process.poll() is None, "the server did not start; see its log"
                with contextlib.suppress(OSError):
                    reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                    writer.write(b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                    answer = await reader.read()
                    writer.close()
                    await writer.wait_closed()
                    if answer.startswith(b"HTTP/1.1 200"):
                        return
                await asyncio.sleep(0.01)

    async def _write_until_killed(self) -> None:
        credentials = self._administrator()
        role_arn = f"arn:aws:iam::{_ACCOUNT}:role/crash"
        if self.rounds == 1:
            connection = await _Connection.open(self._port, credentials)
            await connection.call("iam", "CreateRole", RoleName="crash", AssumeRolePolicyDocument=json.dumps(_TRUST))
            await connection.close()
        writers = [asyncio.create_task(self._write(credentials, role_arn, number)) for number in range(_WRITERS)]
        await asyncio.sleep(self.random.uniform(0.02, 0.25))
        self._kill()
        await asyncio.gather(*writers)

    async def _write(self, credentials: Credentials, role_arn: str, writer: int) -> None:
        document = json.dumps(_DOCUMENT)
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(contextlib.suppress(OSError, EOFError))
            connection = await _Connection.open(self._port, credentials)
            stack.push_async_callback(connection.close)
            number = 0
            while True:
                number += 1
                name = f"r{self.rounds}-w{writer}-{number}"
                tags = {"Tags.member.1.Key": "a", "Tags.member.1.Value": "1"}
                tags |= {"Tags.member.2.Key": "b", "Tags.member.2.Value": "2"}
                request_id, _ = await connection.call("iam", "CreateUser", UserName=name, **tags)
                self._this_round.users[name] = request_id
                request_id, _ = await connection.call(
                    "iam", "PutUserPolicy", UserName=name, PolicyName="p", PolicyDocument=document
                )
                self._this_round.policies[name] = request_id
                request_id, reply = await connection.call("sts", "AssumeRole", RoleArn=role_arn, RoleSessionName="cr")
                key = ET.fromstring(reply).find(".//{*}AccessKeyId")
                assert key is not None
                assert key.text is not None
                self._this_round.sessions[key.text] = request_id

    def _administrator(self) -> Credentials:
        parser = configparser.RawConfigParser()
        parser.read(self.data / "credentials")
        profile = parser["default"]
        return Credentials(profile["aws_access_key_id"], profile["aws_secret_access_key"])

    def _kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    async def _check(self, acknowledged: Acknowledged, prefix: str, start: "_Place") -> "_Place":
        store = await open_store(self.database_url, lambda: 0)
        try:
            return await store.read(lambda tx: _compare(tx, acknowledged, prefix, start))
        finally:
            await store.close()


@dataclass(frozen=True)
class _Place:
    """How far the store had been written: the last event's position, and the last session's id."""

    event: int
    session: str


_START = _Place(0, "")


async def _compare(tx: Transaction, acknowledged: Acknowledged, prefix: str, start: _Place) -> _Place:
    """Compare what was written since `start`, by users whose names begin so, with what was acknowledged."""
    rows = await tx.all(
        "SELECT position, request_id, body FROM events WHERE position > ? ORDER BY position", start.event
    )
    events = {str(request_id): json.loads(str(body)) for _, request_id, body in rows}
    done = [event for event in events.values() if "errorCode" not in event]
    own, bounds = "name_key >= ? AND name_key < ?", (prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1))
    users = {str(name): str(of) for name, of in await tx.all(f"SELECT name, user_id FROM users WHERE {own}", *bounds)}
    theirs = f"IN (SELECT user_id FROM users WHERE {own})"
    holders = await tx.all(f"SELECT owner_id FROM inline_policies WHERE owner_id {theirs}", *bounds)
    tagged = Counter(await tx.all(f"SELECT resource_id FROM tags WHERE resource_id {theirs}", *bounds))
    sessions = await tx.all("SELECT access_key_id, session_id FROM sessions WHERE session_id > ?", start.session)
    session_keys = {key for key, _ in sessions}

    for name, request_id in acknowledged.users.items():
        assert name in users, f"the acknowledged user {name} is lost"
        assert events[request_id]["eventName"] == "CreateUser"
    for name, request_id in acknowledged.policies.items():
        assert (users[name],) in holders, f"the acknowledged policy of {name} is lost"
        assert events[request_id]["eventName"] == "PutUserPolicy"
    for key, request_id in acknowledged.sessions.items():
        assert key in session_keys, f"the acknowledged session {key} is lost"
        assert events[request_id]["eventName"] == "AssumeRole"

    # What was not acknowledged is whole or absent: everything there has its parts and its event, and no more.
    made = [event["requestParameters"]["userName"] for event in done if event["eventName"] == "CreateUser"]
    assert sorted(name for name in made if name != "admin") == sorted(users)
    assert all(tagged[user_id,] == 2 for user_id in users.values())
    put = [event["requestParameters"]["userName"] for event in done if event["eventName"] == "PutUserPolicy"]
    assert sorted(users[name] for name in put) == sorted(str(owner) for (owner,) in holders)
    assumed = [event["responseElements"] for event in done if event["eventName"] == "AssumeRole"]
    assert sorted(reply["credentials"]["accessKeyId"] for reply in assumed) == sorted(map(str, session_keys))
    held = await tx.one("SELECT held FROM usage WHERE kind = ?", "users")
    assert held == await tx.one("SELECT count(*) FROM users")
    last_event = max((int(position or 0) for position, *_ in rows), default=start.event)
    return _Place(last_event, max((str(of) for _, of in sessions), default=start.session))


class _Connection:
    """One keep-alive connection that signs as botocore does."""

    def __init__(
        self, port: int, credentials: Credentials, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._port = port
        self._credentials = credentials
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int, credentials: Credentials) -> "_Connection":
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        return cls(port, credentials, reader, writer)

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def call(self, service: str, action: str, **parameters: str) -> tuple[str, bytes]:
        """The request id and body of a success; EOFError when the server went away."""
        body = urllib.parse.urlencode({"Action": action, "Version": _VERSIONS[service], **parameters})
        request = AWSRequest("POST", f"http://127.0.0.1:{self._port}/", data=body, headers={"Content-Type": _FORM})
        SigV4Auth(self._credentials, service, "us-east-1").add_auth(request)
        lines = [f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nContent-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        reply = await self._reader.readexactly(int(headers["content-length"]))
        assert head.startswith("HTTP/1.1 200"), reply
        return headers["x-amzn-requestid"], reply
