"""`bailiwick serve`: what it refuses to start on, and what it tells whoever started it."""

import socket
from pathlib import Path

import pytest

from tests.user import server as servers

# What refuses to start


def refusal(tmp_path: Path, *flags: str, environment: dict[str, str] | None = None) -> tuple[int, str]:
    """The exit code and the words of a server that does not start."""
    done = servers.run("serve", "--data", str(tmp_path / "data"), *flags, environment=environment)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_a_port_in_use_is_named_with_another_to_try(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        code, words = refusal(tmp_path, "--listen", f"127.0.0.1:{port}")

    assert code == 1
    assert words == (
        f"bailiwick: Cannot listen on 127.0.0.1:{port}: another program listens there. "
        f"Stop it, or choose another address, for instance --listen 127.0.0.1:{port + 1}\n"
    )
    assert not (tmp_path / "data").exists()


def test_an_address_of_another_host_is_refused(tmp_path: Path) -> None:
    code, words = refusal(tmp_path, "--listen", "192.0.2.1:4260")

    assert code == 1
    assert "Cannot listen on 192.0.2.1:4260: this host does not have that address." in words


def test_a_data_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file is in the way")

    code, words = refusal(tmp_path, "--listen", "127.0.0.1:0")

    assert code == 1
    assert words == f"bailiwick: {tmp_path / 'data'} is not a folder; name another for the data with --data.\n"


@pytest.mark.parametrize(
    ("flags", "place"),
    [(("--data", "/proc/none"), "/proc/none"), (("--database-url", "sqlite:/none/x.db"), "/none/x.db")],
)
def test_a_place_that_cannot_be_used_is_named_with_what_to_do(
    tmp_path: Path, flags: tuple[str, ...], place: str
) -> None:
    code, words = refusal(tmp_path, "--listen", "127.0.0.1:0", *flags)

    assert code == 1
    assert words == (
        f"bailiwick: {place} cannot be used: No such file or directory. "
        "Name another place with --data, --database-url or --master-key.\n"
    )


def test_a_file_of_authorities_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")

    for name in ("empty.pem", "absent.pem"):
        code, words = refusal(tmp_path, "--listen", "127.0.0.1:0", "--egress-ca", str(tmp_path / name))

        assert code == 1
        assert f"The authorities of egress_ca, {tmp_path / name}, cannot be used: " in words
        assert "Name a file of certificates in PEM." in words


def test_a_master_key_in_a_folder_that_is_missing_is_refused(tmp_path: Path) -> None:
    code, words = refusal(tmp_path, "--listen", "127.0.0.1:0", "--master-key", "file:/none/key")

    assert code == 1
    assert words == "bailiwick: The master key /none/key cannot be made: there is no folder /none.\n"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("env:NOT_SET", "environment variable NOT_SET is not set."),
        ("env:THE_KEY", "is not base64; `openssl rand -base64 32` makes a key of the right form."),
        ("command:exit 7", "command failed with exit code 7."),
    ],
)
def test_a_master_key_that_cannot_be_had_is_refused(tmp_path: Path, source: str, words: str) -> None:
    code, refused = refusal(
        tmp_path, "--listen", "127.0.0.1:0", "--master-key", source, environment={"THE_KEY": "no key"}
    )

    assert code == 1
    assert words in refused


@pytest.mark.parametrize("name", ["master.key", "credentials", "bailiwick.db"])
def test_a_file_that_others_can_read_is_refused_with_the_command_that_helps(tmp_path: Path, name: str) -> None:
    servers.run("init", "--data", str(tmp_path / "data"))
    file = tmp_path / "data" / name
    file.chmod(0o640)

    code, words = refusal(tmp_path, "--listen", "127.0.0.1:0")

    assert code == 1
    assert f"chmod 600 {file}" in words


def test_a_wrong_master_key_is_refused_and_nothing_is_changed(tmp_path: Path) -> None:
    for name in ("data", "other"):
        servers.run("init", "--data", str(tmp_path / name))
    key = tmp_path / "data" / "master.key"
    key.write_bytes((tmp_path / "other" / "master.key").read_bytes())

    code, words = refusal(tmp_path, "--listen", "127.0.0.1:0")

    assert code == 1
    assert "master key" in words


def test_a_missing_master_key_is_refused_and_no_new_one_is_made(tmp_path: Path) -> None:
    servers.run("init", "--data", str(tmp_path / "data"))
    (tmp_path / "data" / "master.key").unlink()

    code, words = refusal(tmp_path, "--listen", "127.0.0.1:0")

    assert code == 1
    assert "master.key" in words
    assert "name it with --master-key" in words
    assert not (tmp_path / "data" / "master.key").exists()


def test_a_master_key_may_come_from_the_environment(tmp_path: Path) -> None:
    key = {"BAILIWICK_MASTER_KEY": "env:THE_KEY", "THE_KEY": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="}
    assert servers.run("init", "--data", str(tmp_path / "data"), environment=key).returncode == 0

    code, words = refusal(tmp_path, "--listen", "127.0.0.1:0", environment={"BAILIWICK_MASTER_KEY": "env:THE_KEY"})

    assert not (tmp_path / "data" / "master.key").exists()
    assert code == 1
    assert "THE_KEY is not set" in words


def test_a_database_that_cannot_be_reached_is_named_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://ana:s3cret@127.0.0.1:1/iam"

    code, words = refusal(tmp_path, "--listen", "127.0.0.1:0", "--database-url", url)

    assert code == 1
    assert "127.0.0.1:1" in words
    assert "s3cret" not in words


@pytest.mark.parametrize(
    ("flags", "environment", "words"),
    [
        (["--lisen", "127.0.0.1:0"], {}, "there is no argument --lisen; did you mean --listen?"),
        (["--stale-limit", "soon"], {}, '--stale-limit: the value "soon" cannot be used'),
        ([], {"BAILIWICK_LISTN": "127.0.0.1:0"}, "BAILIWICK_LISTN; did you mean BAILIWICK_LISTEN?"),
        (["--config", "missing.toml"], {}, "--config missing.toml: the file cannot be read"),
    ],
)
def test_a_setting_that_cannot_be_used_refuses_to_start(
    tmp_path: Path, flags: list[str], environment: dict[str, str], words: str
) -> None:
    code, said = refusal(tmp_path, *flags, environment=environment)

    assert code == 2
    assert words in said
    assert not (tmp_path / "data").exists()
