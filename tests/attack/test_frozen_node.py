"""A node that was frozen and wakes allows nothing that was ended meanwhile, not even what was sent to it before."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.attack.wire import connection, head, reply, signed_headers
from tests.user import server as servers
from tests.user.accounts import Accounts
from tests.user.client import Aws, Keys, User
from tests.user.server import Server


@pytest.fixture
def nodes(store_url: str, tmp_path: Path) -> Iterator[tuple[Aws, Server]]:
    """An account seen through one server, and another server on the same store; once on each engine."""
    given = None if store_url.startswith("sqlite:") else store_url
    one = servers.start(tmp_path / "data", database_url=given)
    other = servers.start(tmp_path / "data", database_url=given)
    accounts = Accounts(one.data, one.database_url)
    account_id, access_key_id, secret_access_key = accounts.create()
    aws = Aws(one.url, account_id, Keys(access_key_id, secret_access_key), accounts)
    try:
        yield aws, other
    finally:
        for client in aws.clients:
            client.close()
        accounts.close()
        one.stop()
        other.stop()


@contextmanager
def frozen(server: Server) -> Iterator[None]:
    """The server does not run at all."""
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.process.pid, signal.SIGCONT)


def make_key_inactive(aws: Aws, ana: User) -> None:
    aws.admin("iam").update_access_key(UserName="ana", AccessKeyId=ana.access_key_id, Status="Inactive")


def delete_policy(aws: Aws, ana: User) -> None:
    aws.admin("iam").delete_user_policy(UserName="ana", PolicyName="given-0")


def deny_by_boundary(aws: Aws, ana: User) -> None:
    aws.admin("iam").put_user_permissions_boundary(
        UserName="ana", PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    )


ENDINGS: dict[str, Callable[[Aws, User], None]] = {
    "InvalidClientTokenId": make_key_inactive,
    "AccessDenied": delete_policy,
    "no permissions boundary allows": deny_by_boundary,
}


def test_what_was_sent_to_a_frozen_node_before_the_end_is_refused_when_it_wakes(nodes: tuple[Aws, Server]) -> None:
    aws, other = nodes
    body = b"Action=ListUsers&Version=2010-05-08"
    for words, end in ENDINGS.items():
        ana = aws.user("ana", allow=["iam:ListUsers"])
        keys = Keys(ana.access_key_id, ana.secret_access_key)
        signed = {**signed_headers(other.url, body, keys, "iam"), "Content-Length": str(len(body))}
        request = head("POST / HTTP/1.1", signed) + body
        with connection(other.url) as own:
            own.sendall(request)
            assert reply(own)[0] == 200

            with frozen(other):
                own.sendall(request)
                end(aws, ana)

            status, answer = reply(own)
            assert status == 403
            assert words.encode() in answer
        remove(aws, ana)


def remove(aws: Aws, ana: User) -> None:
    iam = aws.admin("iam")
    iam.delete_access_key(UserName="ana", AccessKeyId=ana.access_key_id)
    for policy in iam.list_user_policies(UserName="ana")["PolicyNames"]:
        iam.delete_user_policy(UserName="ana", PolicyName=policy)
    iam.delete_user(UserName="ana")
