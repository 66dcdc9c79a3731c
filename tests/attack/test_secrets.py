"""Secrets are found in the replies that hand them out, in the credentials file, and nowhere else."""

import json
import resource
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from bailiwick.store import StoreRefused
from bailiwick.store.postgresql_connection import address_for_people
from tests.attack.events import events
from tests.user import server as servers
from tests.user.client import Keys, send_signed
from tests.user.server import Server

_PASSWORD = "S3cretPassw0rd"

URLS = {
    "before the host": f"postgresql://ana:{_PASSWORD}@127.0.0.1:1/bailiwick",
    "in the query": f"postgresql://ana@127.0.0.1:1/bailiwick?password={_PASSWORD}",
    "in both": f"postgresql://ana:{_PASSWORD}@127.0.0.1:1/bailiwick?password={_PASSWORD}&sslpassword={_PASSWORD}",
    "encoded badly": f"postgresql://ana:{_PASSWORD}%zz@127.0.0.1:1/bailiwick",
    "before half an address": f"postgresql://ana:{_PASSWORD}@[::1/bailiwick",
    "before an unknown parameter": f"postgresql://ana:{_PASSWORD}@127.0.0.1:1/bailiwick?nonsense={_PASSWORD}",
}


@pytest.mark.parametrize("place", ["in both", "encoded badly"])
def test_a_databases_password_is_not_printed_when_it_cannot_be_reached(tmp_path: Path, place: str) -> None:
    flags = ("--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0")
    done = servers.run("serve", *flags, environment={"BAILIWICK_DATABASE_URL": URLS[place]})

    assert done.returncode == 1
    assert done.stderr.startswith("bailiwick: The database ")
    assert _PASSWORD not in done.stdout + done.stderr


@pytest.mark.parametrize("place", URLS)
def test_a_databases_address_is_shown_without_its_password(place: str) -> None:
    try:
        shown = address_for_people(URLS[place])
    except StoreRefused as refused:
        shown = str(refused)

    assert shown.startswith(("postgresql://ana@127.0.0.1:1/bailiwick", "The database URL cannot be read."))
    assert _PASSWORD not in shown


def test_what_a_reply_hands_out_is_written_nowhere(start_server: Callable[..., Server]) -> None:
    started = start_server()
    file = (started.data / "credentials").read_text()
    administrator = Keys(*(line.split(" = ")[1] for line in file.splitlines()[1:3]))
    handed_out = [administrator.secret_access_key]
    for service, body, names in (
        ("iam", "Action=CreateAccessKey&Version=2010-05-08&UserName=admin", ["SecretAccessKey"]),
        ("sts", "Action=GetSessionToken&Version=2011-06-15", ["SecretAccessKey", "SessionToken"]),
        ("sts", "Action=GetFederationToken&Version=2011-06-15&Name=guest", ["SecretAccessKey", "SessionToken"]),
        ("iam", "Action=EnableOutboundWebIdentityFederation&Version=2010-05-08", []),
        (
            "sts",
            "Action=GetWebIdentityToken&Version=2011-06-15&Audience.member.1=app&SigningAlgorithm=ES384",
            ["WebIdentityToken"],
        ),
    ):
        reply = send_signed(started.url, body, administrator, service=service)
        assert reply.status == 200
        handed_out += [reply.text.split(f"<{name}>")[1].split(f"</{name}>")[0] for name in names]
    # A refusal must not show them either: a token as a name, a secret as a parameter that there is not.
    send_signed(started.url, f"Action=GetUser&Version=2010-05-08&SessionToken={handed_out[3]}", administrator)
    started.stop()

    written = {path.name: path.read_bytes() for path in started.data.iterdir() if path.name != "credentials"}
    written["log"] = started.log.encode()
    written["events"] = json.dumps(events(started.database_url)).encode()
    assert {name: secret for name, text in written.items() for secret in handed_out if secret.encode() in text} == {}
    assert len(events(started.database_url)) > len(handed_out)


def test_files_are_their_owners_alone(start_server: Callable[..., Server]) -> None:
    started = start_server()

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in started.data.iterdir()}
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}
    assert stat.S_IMODE(started.data.stat().st_mode) == 0o700
    assert {"credentials", "master.key"} <= modes.keys()


def test_a_crash_leaves_no_memory_in_a_file(server: Server) -> None:
    assert resource.prlimit(server.process.pid, resource.RLIMIT_CORE) == (0, 0)
