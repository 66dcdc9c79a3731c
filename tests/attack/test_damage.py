"""A damaged file: what cannot be read is refused, in a way that can be retried once the file is mended."""

import configparser
import sqlite3
from pathlib import Path

import pytest

from tests.user import server as servers
from tests.user.client import Keys, send_signed


def overwrite_table(file: Path, table: str) -> None:
    """Fill the first page of a table with what no page holds."""
    connection = sqlite3.connect(file)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with file.open("r+b") as opened:
        opened.seek((page - 1) * size)
        opened.write(b"\xff" * size)


def administrator(data: Path) -> Keys:
    """Who is in the credentials file."""
    file = configparser.ConfigParser()
    file.read(data / "credentials")
    return Keys(file["admin"]["aws_access_key_id"], file["admin"]["aws_secret_access_key"])


@pytest.mark.parametrize(
    ("table", "body"),
    [
        ("users", "Action=ListUsers&Version=2010-05-08"),
        ("groups", "Action=ListGroups&Version=2010-05-08"),
        ("groups", "Action=CreateGroup&Version=2010-05-08&GroupName=readers"),
        ("access_keys", "Action=ListAccessKeys&Version=2010-05-08"),
        ("events", "Action=CreateUser&Version=2010-05-08&UserName=ana"),
    ],
)
def test_what_cannot_be_read_is_refused(installation: Path, table: str, body: str) -> None:
    overwrite_table(installation / "bailiwick.db", table)

    damaged = servers.start(installation)
    try:
        reply = send_signed(damaged.url, body, administrator(installation))
    finally:
        damaged.stop()

    assert reply.status == 503
    assert "<Code>ServiceUnavailable</Code>" in reply.text
