"""The command line: what each command does, prints and ends with."""

import configparser
import json
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError

from tests.user import server as servers
from tests.user.client import Aws, Keys, new_name
from tests.user.server import PROGRAM, Server, run


@pytest.fixture
def on_store(server: Server, database_url: str | None) -> tuple[str, ...]:
    """The flags that name the store of this worker's server."""
    return ("--data", str(server.data), *servers.flags_for(database_url))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder of an installation of the test's own."""
    assert run("init", "--data", str(tmp_path / "data")).returncode == 0
    return tmp_path / "data"


def create(on_store: tuple[str, ...], *flags: str, name: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run `bailiwick account create` with an address that nobody has."""
    given = name or new_name("account")
    return run("account", "create", given, "--email", f"{new_name('root')}@example.com", *flags, *on_store)


# bailiwick


def test_help_lists_every_command_and_ends_with_0() -> None:
    done = run("--help")

    assert done.returncode == 0
    for command in ("serve", "init", "account", "can", "explain", "doctor", "coverage", "config", "policy", "version"):
        assert f"\n    {command} " in done.stdout


@pytest.mark.parametrize(
    "command",
    [
        "serve",
        "init",
        "account",
        "account create",
        "account quota",
        "can",
        "doctor",
        "coverage",
        "config",
        "config check",
        "explain",
        "policy",
        "policy check",
        "version",
    ],
)
def test_every_command_has_help(command: str) -> None:
    done = run(*command.split(), "--help")

    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: bailiwick {command}")
    assert done.stderr == ""


def test_the_version_is_one_line() -> None:
    assert run("--version").stdout == run("version").stdout
    assert run("version").stdout.startswith("bailiwick ")
    assert set(json.loads(run("version", "--json").stdout)) >= {"bailiwick", "python", "botocore"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["frob"], "invalid choice: 'frob'"),
        (["doctor", "--jsn"], "there is no argument --jsn; did you mean --json?"),
        (["account", "create", "shop"], "the following arguments are required: --email"),
        (["account", "create", "shop", "--email", "nobody"], '--email: "nobody" cannot be used'),
        (["account", "create", "", "--email", "a@example.com"], "NAME:"),
        (["account", "quota", "111122223333", "RolesPerAccount"], '"RolesPerAccount" cannot be used'),
        (["account", "quota", "111122223333", "RolesPerAccount=-1"], '"RolesPerAccount=-1" cannot be used'),
        (["account", "create", "a", "--email", "a@example.com", "--account-id", "12"], "--account-id:"),
        (
            ["account", "create", "a", "--email", "a@example.com", "--json", "--credentials-file", "f"],
            "not allowed with",
        ),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(arguments: list[str], words: str) -> None:
    done = run(*arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert done.stdout == ""


def test_a_mistyped_flag_leads_to_the_help_of_its_command() -> None:
    assert run("account", "create", "a", "--emial", "b", "--email", "a@example.com").stderr == (
        "bailiwick: there is no argument --emial; did you mean --email?\nTry: bailiwick account create --help\n"
    )


def test_output_to_a_reader_that_went_away_is_no_traceback() -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{PROGRAM} coverage | head -1"],
        capture_output=True,
        text=True,
        env=servers.clean_environment(),
    )

    assert "Traceback" not in done.stderr


def test_showing_the_version_loads_nothing_heavy() -> None:
    done = subprocess.run(
        [PROGRAM.with_name("python"), "-X", "importtime", PROGRAM, "--version"], capture_output=True, text=True
    )

    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not loaded & {"asyncio", "msgspec", "cryptography", "uvicorn", "bailiwick.service", "bailiwick.wire"}


# bailiwick init


def test_init_makes_what_the_first_run_makes(tmp_path: Path) -> None:
    done = run("init", "--data", str(tmp_path / "data"), "--json")

    made = json.loads(done.stdout)
    assert made["made"] is True
    assert len(made["account_id"]) == 12
    assert made["credentials_file"] == str(tmp_path / "data" / "credentials")
    assert stat.S_IMODE((tmp_path / "data" / "credentials").stat().st_mode) == 0o600


def test_init_changes_nothing_where_there_is_an_account(data: Path) -> None:
    before = (data / "credentials").read_bytes()

    done = run("init", "--data", str(data))

    assert done.returncode == 0
    assert "nothing was changed" in done.stdout
    assert (data / "credentials").read_bytes() == before


# bailiwick account create


def test_an_account_made_while_the_server_runs_can_work_at_once(aws: Aws, on_store: tuple[str, ...]) -> None:
    done = create(on_store, "--json")

    made = json.loads(done.stdout)
    assert set(made) == {"account_id", "access_key_id", "secret_access_key"}
    keys = Keys(made["access_key_id"], made["secret_access_key"])
    identity = aws.client("sts", keys).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{made['account_id']}:user/admin"
    assert [user["UserName"] for user in aws.client("iam", keys).list_users()["Users"]] == ["admin"]


def test_accounts_do_not_see_each_other(aws: Aws, on_store: tuple[str, ...]) -> None:
    aws.user("ana")
    made = json.loads(create(on_store, "--json").stdout)
    other = aws.client("iam", Keys(made["access_key_id"], made["secret_access_key"]))

    with pytest.raises(ClientError) as refused:
        other.get_user(UserName="ana")

    assert refused.value.response["Error"]["Code"] == "NoSuchEntity"


def test_the_accounts_id_can_be_chosen_once(on_store: tuple[str, ...]) -> None:
    account_id = str(int.from_bytes(new_name("").encode()[-8:], "big") % 900_000_000_000 + 100_000_000_000)

    first = create(on_store, "--json", "--account-id", account_id)
    second = create(on_store, "--json", "--account-id", account_id)

    assert json.loads(first.stdout)["account_id"] == account_id
    assert second.returncode == 1
    assert f"There is an account {account_id} already." in second.stderr


def test_the_roots_address_is_unique_without_regard_to_case(on_store: tuple[str, ...]) -> None:
    address = f"{new_name('Root')}@example.com"
    run("account", "create", "one", "--email", address, *on_store)

    done = run("account", "create", "two", "--email", address.upper(), "--json", *on_store)

    assert done.returncode == 1
    assert "has the e-mail address" in done.stderr
    assert done.stdout == ""


def test_the_access_key_is_written_as_a_profile_beside_what_the_file_has(
    aws: Aws, on_store: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "credentials"
    mine = "# mine, by hand\n[work]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = abc\n"
    file.write_text(mine)
    file.chmod(0o600)

    done = create(on_store, "--credentials-file", str(file), name="shop")

    assert done.returncode == 0
    assert file.read_text().startswith(mine)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(file)
    assert parser.sections() == ["work", "shop"]
    shop = parser["shop"]
    assert shop["region"] == "us-east-1"
    assert shop["aws_secret_access_key"] not in done.stdout
    keys = Keys(shop["aws_access_key_id"], shop["aws_secret_access_key"])
    assert aws.client("sts", keys).get_caller_identity()["Account"] in done.stdout


def test_another_profile_of_that_name_is_kept_and_no_account_is_made(on_store: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text("[shop]\naws_access_key_id = AKIAEXAMPLE\n")
    address = f"{new_name('root')}@example.com"
    arguments = ("account", "create", "shop", "--email", address, "--credentials-file", str(file), *on_store)

    refused = run(*arguments)

    assert refused.returncode == 1
    assert "has a profile [shop] already" in refused.stderr
    assert file.read_text() == "[shop]\naws_access_key_id = AKIAEXAMPLE\n"
    file.unlink()
    assert run(*arguments).returncode == 0


def test_two_at_once_lose_no_profile(on_store: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "credentials"

    with ThreadPoolExecutor() as pool:
        done = list(
            pool.map(lambda name: create(on_store, "--credentials-file", str(file), name=name), ("one", "two", "three"))
        )

    assert [one.returncode for one in done] == [0, 0, 0]
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(file)
    assert sorted(parser.sections()) == ["one", "three", "two"]


def test_a_link_to_the_file_stays_a_link(on_store: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "real").touch()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    create(on_store, "--credentials-file", str(tmp_path / "link"), name="shop")

    assert (tmp_path / "link").is_symlink()
    assert "[shop]" in (tmp_path / "real").read_text()


def test_a_folder_that_is_missing_is_named_before_an_account_is_made(on_store: tuple[str, ...], tmp_path: Path) -> None:
    done = create(on_store, "--credentials-file", str(tmp_path / "none" / "credentials"))

    assert done.returncode == 1
    file = tmp_path / "none" / "credentials"
    assert done.stderr == f"bailiwick: The credentials file {file} cannot be written: its folder does not exist.\n"


@pytest.mark.parametrize("command", ["account create a --email a@example.com", "account quota 111122223333", "doctor"])
def test_without_an_installation_none_is_made_by_mistake(tmp_path: Path, command: str) -> None:
    done = run(*command.split(), "--data", str(tmp_path / "data"))

    assert done.returncode == 1
    assert f"There is no installation in {tmp_path / 'data'}" in done.stderr
    assert "or make a new one: bailiwick init" in done.stderr
    assert not (tmp_path / "data").exists()


# bailiwick doctor


def findings(*flags: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code of `doctor --json`, and its findings that are more than notes."""
    done = run("doctor", "--json", *flags)
    found = json.loads(done.stdout)
    assert found["ok"] == (done.returncode == 0)
    return done.returncode, [finding for finding in found["findings"] if finding["severity"] != "note"]


def test_a_new_installation_has_nothing_to_put_right(data: Path) -> None:
    assert findings("--data", str(data)) == (0, [])
    assert "root user has no credential" in run("doctor", "--data", str(data)).stdout


@pytest.mark.parametrize("name", ["master.key", "credentials", "bailiwick.db"])
def test_a_file_open_to_others_must_be_put_right(data: Path, name: str) -> None:
    (data / name).chmod(0o644)

    code, found = findings("--data", str(data))

    assert code == 1
    assert [(finding["severity"], finding["subject"]) for finding in found] == [("must", str(data / name))]
    assert f"chmod 600 {data / name}" in found[0]["advice"]


def test_a_wrong_master_key_must_be_put_right(data: Path, tmp_path: Path) -> None:
    run("init", "--data", str(tmp_path / "other"))
    (data / "master.key").write_bytes((tmp_path / "other" / "master.key").read_bytes())

    code, found = findings("--data", str(data))

    assert code == 1
    assert found[0]["subject"] == "store"
    assert "master key" in found[0]["finding"]


def of_account(aws: Aws, on_store: tuple[str, ...]) -> list[tuple[str, str]]:
    """Severity and finding of each finding about the test's account, notes left out."""
    _, found = findings(*on_store)
    return [(one["severity"], one["finding"]) for one in found if one["account_id"] == aws.account_id]


def test_no_account_is_made_in_a_store_that_had_no_first_run(store_url: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    if store_url.startswith("sqlite:"):
        Path(store_url.removeprefix("sqlite:")).touch(mode=0o600)

    done = create(("--data", str(data), "--database-url", store_url))

    assert done.returncode == 1
    assert "There is no installation in" in done.stderr
    assert run("init", "--data", str(data), "--database-url", store_url).returncode == 0
    assert (data / "credentials").exists()


def test_an_account_without_an_administrator_must_be_put_right(aws: Aws, on_store: tuple[str, ...]) -> None:
    aws.admin("iam").delete_access_key(UserName="admin", AccessKeyId=aws.administrator.access_key_id)

    assert of_account(aws, on_store) == [
        ("must", "No user that holds AdministratorAccess has an active access key."),
    ]


def test_an_administrator_by_attachment_to_the_user_counts(aws: Aws, on_store: tuple[str, ...]) -> None:
    ana = aws.user("ana")
    iam = aws.admin("iam")
    iam.attach_user_policy(UserName="ana", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    ana.client("iam").delete_access_key(UserName="admin", AccessKeyId=aws.administrator.access_key_id)

    assert of_account(aws, on_store) == []


def test_a_second_active_key_of_an_administrator_should_go(aws: Aws, on_store: tuple[str, ...]) -> None:
    iam = aws.admin("iam")
    second = iam.create_access_key(UserName="admin")["AccessKey"]["AccessKeyId"]

    assert of_account(aws, on_store) == [("should", "2 access keys are active.")]

    iam.update_access_key(UserName="admin", AccessKeyId=second, Status="Inactive")
    assert of_account(aws, on_store) == []


@pytest.mark.parametrize(
    ("used_days_ago", "finding"),
    [(None, "was not used ever."), (100, "was not used for 100 days."), (1, "is 200 days old.")],
)
def test_an_old_or_unused_key_of_an_administrator_should_go(
    aws: Aws, server: Server, on_store: tuple[str, ...], used_days_ago: int | None, finding: str
) -> None:
    key_id = aws.administrator.access_key_id
    now = datetime.now(UTC)

    def milliseconds(days_ago: int) -> int:
        return int((now - timedelta(days=days_ago)).timestamp() * 1000)

    # The past cannot be made through the API: the rows are put back in time.
    statements = [f"UPDATE access_keys SET created_at = {milliseconds(200)} WHERE access_key_id = '{key_id}'"]
    statements.append(f"DELETE FROM last_used WHERE subject_id = '{key_id}'")
    if used_days_ago is not None:
        statements.append(
            "INSERT INTO last_used (subject_id, account_id, used_at, service, region)"
            f" VALUES ('{key_id}', '{aws.account_id}', {milliseconds(used_days_ago)}, 'iam', 'us-east-1')"
        )
    execute(server, statements)

    assert of_account(aws, on_store) == [("should", f"Access key {key_id} {finding}")]


def execute(server: Server, statements: list[str]) -> None:
    """Run SQL on the server's store."""
    if server.database_url.startswith("sqlite:"):
        import sqlite3
        from contextlib import closing

        with closing(sqlite3.connect(server.database_url.removeprefix("sqlite:"), timeout=30)) as database, database:
            for statement in statements:
                database.execute(statement)
        return
    with psycopg.connect(server.database_url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


# bailiwick coverage


def test_coverage_lists_every_operation_of_the_models(aws: Aws) -> None:
    rows = json.loads(run("coverage", "--json").stdout)

    by_service = {
        service: {row["operation"]: row["done"] for row in rows if row["service"] == service}
        for service in ("iam", "sts", "bailiwick")
    }
    for service, operations in by_service.items():
        assert set(operations) == set(aws.admin(service).meta.service_model.operation_names)
    assert by_service["iam"]["CreateUser"] is True
    assert set(by_service["sts"].values()) == {True}
    assert set(by_service["bailiwick"].values()) == {True}


# bailiwick config check


def test_config_check_shows_each_setting_with_its_source_and_no_password(tmp_path: Path) -> None:
    file = tmp_path / "b.toml"
    file.write_text("stale_limit = 5\n")

    done = run(
        "config",
        "check",
        "--json",
        "--config",
        str(file),
        "--quota",
        "UsersPerAccount=9",
        environment={"BAILIWICK_DATABASE_URL": "postgresql://ana:s3cret@host/iam"},
    )

    shown = {row["name"]: (row["value"], row["source"]) for row in json.loads(done.stdout)}
    assert shown["stale_limit"] == ("5", f"{file}: stale_limit")
    assert shown["quotas"] == ("UsersPerAccount=9", "--quota")
    assert shown["database_url"] == ("postgresql://ana:********@host/iam", "BAILIWICK_DATABASE_URL")
    assert shown["log_level"] == ("info", "default")
    assert "s3cret" not in done.stdout
