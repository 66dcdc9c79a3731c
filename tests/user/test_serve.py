"""Serving: the first run, what start-up says, health, what refuses to start, and how it stops."""

import configparser
import http.client
import json
import os
import signal
import socket
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest

from tests.user import server as servers
from tests.user.client import REGION, send, send_signed
from tests.user.server import Server
from tests.user.test_refused_starts import refusal

Start = Callable[..., Server]


def profiles(file: Path) -> configparser.ConfigParser:
    """The credentials file's profiles."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(file.read_text())
    return parser


def mode_of(path: Path) -> int:
    """The permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


# The first run


def test_the_first_run_makes_an_account_whose_administrator_can_work_at_once(start_server: Start) -> None:
    server = start_server()
    administrator = profiles(server.data / "credentials")["default"]

    client = boto3.client(
        "iam",
        endpoint_url=server.url,
        region_name=administrator["region"],
        aws_access_key_id=administrator["aws_access_key_id"],
        aws_secret_access_key=administrator["aws_secret_access_key"],
    )
    user = client.get_user(UserName="admin")["User"]
    groups = client.list_groups_for_user(UserName="admin")["Groups"]
    attached = client.list_attached_group_policies(GroupName="Administrators")["AttachedPolicies"]

    assert user["Arn"].endswith(":user/admin")
    assert [group["GroupName"] for group in groups] == ["Administrators"]
    assert [policy["PolicyName"] for policy in attached] == ["AdministratorAccess"]
    assert len(user["Arn"].split(":")[4]) == 12
    client.close()


def test_the_first_run_writes_files_that_only_their_owner_can_read(start_server: Start) -> None:
    server = start_server()

    assert mode_of(server.data / "credentials") == 0o600
    assert mode_of(server.data / "master.key") == 0o600
    assert not mode_of(server.data) & 0o077


def test_the_credentials_file_has_a_default_profile_and_one_named_admin(start_server: Start) -> None:
    found = profiles(start_server().data / "credentials")

    assert found.sections() == ["default", "admin"]
    assert dict(found["default"]) == dict(found["admin"])
    assert found["default"]["region"] == "us-east-1"


def test_the_accounts_id_and_its_roots_address_can_be_set(start_server: Start) -> None:
    server = start_server("--account-id", "111122223333", "--root-email", "root@shop.example")

    assert "account 111122223333 with the administrator `admin`" in server.announcement


def test_a_second_start_keeps_what_the_first_made(start_server: Start) -> None:
    first = start_server()
    credentials = (first.data / "credentials").read_bytes()
    first.stop()

    second = start_server()

    assert (second.data / "credentials").read_bytes() == credentials
    assert "account" not in second.announcement


def test_start_up_says_what_listens_where_the_data_is_which_store_and_what_to_do_next(start_server: Start) -> None:
    server = start_server()
    lines = server.announcement.splitlines()

    assert lines[0].startswith("Bailiwick ")
    assert lines[0].endswith(f" is listening on {server.url}")
    assert lines[1].split() == ["data", str(server.data)]
    assert lines[2].split()[0] == "store"
    assert lines[-2].strip() == (
        f"export AWS_ENDPOINT_URL={server.url} AWS_SHARED_CREDENTIALS_FILE={server.data / 'credentials'}"
    )
    assert lines[-1].strip() == "aws sts get-caller-identity"


def test_the_credentials_file_is_named_so_that_it_is_found_from_every_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a folder").mkdir()
    monkeypatch.chdir(tmp_path / "a folder")

    server = servers.start(Path("data"))

    server.stop()
    assert f"AWS_SHARED_CREDENTIALS_FILE='{tmp_path / 'a folder' / 'data' / 'credentials'}'" in server.announcement


def test_a_credentials_file_that_is_not_there_is_not_named(tmp_path: Path) -> None:
    servers.run("init", "--data", str(tmp_path / "data"))
    (tmp_path / "data" / "credentials").unlink()

    server = servers.start(tmp_path / "data")

    server.stop()
    assert f"  export AWS_ENDPOINT_URL={server.url}\n" in server.announcement


def test_the_administrators_secret_is_in_no_log_and_no_announcement(start_server: Start) -> None:
    server = start_server("--log-level", "debug")
    secret = profiles(server.data / "credentials")["default"]["aws_secret_access_key"]

    server.stop()

    assert secret not in server.announcement
    assert secret not in server.log


def test_a_secret_given_to_an_operation_that_refuses_it_is_written_nowhere(tmp_path: Path) -> None:
    server = servers.start(tmp_path / "data")
    administrator = profiles(server.data / "credentials")["default"]
    keys = {
        "AccessKeyId": administrator["aws_access_key_id"],
        "SecretAccessKey": administrator["aws_secret_access_key"],
    }

    body = "Action=GetDelegatedAccessToken&Version=2011-06-15&TradeInToken=canary-s3cret"
    reply = send_signed(server.url, body, keys, service="sts")
    server.stop()

    assert reply.status == 400
    written = b"".join(file.read_bytes() for file in server.data.iterdir()) + server.log.encode()
    assert b"GetDelegatedAccessToken" in written
    assert b"canary-s3cret" not in written


# Health


@pytest.mark.parametrize(("path", "body"), [("/healthz", b"ok\n"), ("/readyz", b"ready\n")])
def test_health_is_answered_without_a_signature(server: Server, path: str, body: bytes) -> None:
    reply = send(server.url, "GET", path, {})

    assert (reply.status, reply.body) == (200, body)


def test_the_version_is_answered_as_json(server: Server) -> None:
    reply = send(server.url, "GET", "/version", {})

    assert reply.headers["content-type"] == "application/json"
    assert set(json.loads(reply.body)) == {"version"}


def test_every_reply_has_a_date_and_none_names_the_server_program(server: Server) -> None:
    reply = send(server.url, "GET", "/healthz", {})

    assert "date" in reply.headers
    assert "server" not in reply.headers


# Where it listens


def test_several_addresses_are_served_at_once(start_server: Start, tmp_path: Path) -> None:
    path = tmp_path / "b.sock"
    server = start_server("--listen", "[::1]:0", "--listen", f"unix:{path}")

    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(path))
    connection.request("GET", "/healthz")
    assert connection.getresponse().read() == b"ok\n"
    connection.close()

    assert mode_of(path) == 0o660
    assert server.announcement.splitlines()[0].count("http://") == 2
    server.stop()
    assert not path.exists()


def test_the_socket_file_of_a_killed_server_does_not_block_the_next(start_server: Start, tmp_path: Path) -> None:
    path = tmp_path / "b.sock"
    start_server("--listen", f"unix:{path}").stop(signal.SIGKILL)
    assert path.exists()

    assert f"unix:{path}" in start_server("--listen", f"unix:{path}").announcement


def test_a_file_that_is_no_socket_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("data")

    code, words = refusal(tmp_path, "--listen", f"unix:{path}")

    assert code == 1
    assert "is not a socket" in words
    assert path.read_text() == "data"


# What a connection may send


def test_a_head_that_never_ends_is_refused(server: Server) -> None:
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        received = b""
        for _ in range(100):
            try:
                connection.sendall(b"X-Filler: " + b"x" * 8_000 + b"\r\n")
            except (BrokenPipeError, ConnectionResetError):
                break
        else:
            received = connection.recv(1_000)

    assert received.startswith(b"HTTP/1.1 400") or received == b""
    assert send(server.url, "GET", "/healthz", {}).status == 200


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-A: b\x00c\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n folded: yes\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
    ],
)
def test_a_request_with_ambiguous_framing_is_refused_and_the_connection_closed(server: Server, head: bytes) -> None:
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(head)
        received = b""
        while more := connection.recv(4096):
            received += more

    assert received.startswith(b"HTTP/1.1 400")
    assert received.count(b"HTTP/1.1") == 1


# Stopping


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_with_exit_code_0(start_server: Start, number: int) -> None:
    server = start_server()

    assert server.stop(number) == 0
    assert "Traceback" not in server.log


def test_a_server_that_drains_says_so_and_closes_connections_with_their_reply(start_server: Start) -> None:
    server = start_server()
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    connection.request("GET", "/readyz")
    assert connection.getresponse().read() == b"ready\n"

    server.process.send_signal(signal.SIGTERM)
    while "Stopping" not in server.log:
        os.sched_yield()
    connection.request("GET", "/readyz")
    reply = connection.getresponse()

    assert reply.status == 503
    assert reply.getheader("connection") == "close"
    assert b"shutting down" in reply.read()
    connection.close()
    assert server.stop() == 0


def test_no_reply_is_broken_when_the_server_stops_under_load(start_server: Start) -> None:
    server = start_server()
    administrator = profiles(server.data / "credentials")["default"]
    replies: list[int] = []
    broken: list[BaseException] = []
    began = threading.Barrier(5)
    session = boto3.Session(
        administrator["aws_access_key_id"], administrator["aws_secret_access_key"], region_name=REGION
    )
    clients = [session.client("iam", endpoint_url=server.url) for _ in range(4)]

    def work(client: object, number: int) -> None:
        count = 0
        while True:
            try:
                client.create_user(UserName=f"user-{number}-{count}")  # type: ignore[attr-defined]  # boto3 is untyped
            except Exception as error:  # noqa: BLE001  what it is, is judged below
                broken.append(error)
                return
            replies.append(count)
            count += 1
            if count == 3:
                began.wait()

    threads = [threading.Thread(target=work, args=(client, number)) for number, client in enumerate(clients)]
    for thread in threads:
        thread.start()
    began.wait()
    code = server.stop()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()

    assert code == 0
    # Each client ends by finding nobody at the address, never by a reply that was cut.
    assert {type(error).__name__ for error in broken} == {"EndpointConnectionError"}
    restarted = start_server()
    again = session.client("iam", endpoint_url=restarted.url)
    held = sum(len(page["Users"]) for page in again.get_paginator("list_users").paginate())
    again.close()
    assert held == len(replies) + 1
