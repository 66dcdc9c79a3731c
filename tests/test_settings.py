"""Settings: where a value comes from, and what refuses to start."""

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

import pytest

from bailiwick.settings import SETTINGS, Address, HostRoute, Loaded, SettingsError, load

QUOTAS = ("UsersPerAccount", "GroupsPerAccount", "RolesPerAccount")


def loaded(
    flags: Mapping[str, str | list[str]] | None = None,
    environment: Mapping[str, str] | None = None,
    config: Path | None = None,
) -> Loaded:
    """The settings, with the quotas above."""
    path = None if config is None else str(config)
    return load(flags=flags or {}, environment=environment or {}, config=path, quota_names=QUOTAS)


def refusal(
    flags: Mapping[str, str | list[str]] | None = None,
    environment: Mapping[str, str] | None = None,
    config: Path | None = None,
) -> str:
    """What is said when the settings are refused."""
    with pytest.raises(SettingsError) as refused:
        loaded(flags, environment, config)
    return str(refused.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a test writes its configuration file."""
    return tmp_path / "bailiwick.toml"


# Where a value comes from


def test_without_anything_each_setting_has_its_default() -> None:
    settings = loaded().settings

    assert settings.data == Path("data")
    assert settings.database_url == "sqlite:data/bailiwick.db"
    assert settings.listen == (Address(host="127.0.0.1", port=4260),)
    assert settings.public_url == "http://localhost:4260"
    assert settings.account_id is None
    assert settings.account_name == "main"
    assert settings.master_key == "file:data/master.key"
    assert settings.stale_limit == 60
    assert settings.trusted_proxies == ()
    assert settings.egress_allow == ()
    assert settings.egress_ca is None
    assert settings.shutdown_grace == 10
    assert settings.quotas == {}


def test_a_flag_wins_over_the_environment_which_wins_over_the_file(file: Path) -> None:
    file.write_text('stale_limit = 1\nlog_level = "debug"\nroot_email = "file@example.com"\n')
    environment = {"BAILIWICK_STALE_LIMIT": "2", "BAILIWICK_LOG_LEVEL": "error"}

    found = loaded({"stale_limit": "3"}, environment, file)

    assert found.settings.stale_limit == 3
    assert found.settings.log_level == "error"
    assert found.settings.root_email == "file@example.com"
    assert found.sources["stale_limit"] == "--stale-limit"
    assert found.sources["log_level"] == "BAILIWICK_LOG_LEVEL"
    assert found.sources["root_email"] == f"{file}: root_email"
    assert found.sources["listen"] == "default"


def test_the_file_may_be_named_by_the_environment(file: Path) -> None:
    file.write_text('account_name = "shop"\n')

    assert loaded(environment={"BAILIWICK_CONFIG": str(file)}).settings.account_name == "shop"


def test_the_store_and_the_master_key_follow_the_data_folder() -> None:
    settings = loaded({"data": "/srv/iam"}).settings

    assert settings.database_url == "sqlite:/srv/iam/bailiwick.db"
    assert settings.master_key == "file:/srv/iam/master.key"


def test_the_public_url_follows_the_port() -> None:
    assert loaded({"listen": ["127.0.0.1:5000"]}).settings.public_url == "http://localhost:5000"
    assert loaded({"listen": ["unix:/run/b.sock"]}).settings.public_url == "http://localhost:4260"


def test_every_kind_of_value_can_be_written_in_a_file(file: Path) -> None:
    file.write_text(
        'listen = ["127.0.0.1:1", "[::1]:2", "unix:/run/b.sock"]\n'
        'trusted_proxies = ["10.0.0.0/8", "fd00::/8"]\n'
        'account_id = "000000000001"\nstale_limit = 0.5\n'
        "[quotas]\nUsersPerAccount = 7\n"
    )

    settings = loaded(config=file).settings

    assert [str(address) for address in settings.listen] == ["127.0.0.1:1", "[::1]:2", "unix:/run/b.sock"]
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
    assert settings.account_id == "000000000001"
    assert settings.stale_limit == 0.5
    assert settings.quotas == {"UsersPerAccount": 7}


def test_lists_are_written_with_commas_in_text() -> None:
    environment = {
        "BAILIWICK_LISTEN": "127.0.0.1:1, [::1]:2",
        "BAILIWICK_QUOTAS": "UsersPerAccount=1,GroupsPerAccount=2",
    }

    settings = loaded({"trusted_proxies": ["10.0.0.0/8,192.0.2.1", "::1"]}, environment).settings

    assert [str(address) for address in settings.listen] == ["127.0.0.1:1", "[::1]:2"]
    assert settings.quotas == {"UsersPerAccount": 1, "GroupsPerAccount": 2}
    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.0/8", "192.0.2.1/32", "::1/128"]


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("1.5m", 90), ("250ms", 0.25), ("1h", 3600)])
def test_a_time_may_have_a_unit(text: str, seconds: float) -> None:
    assert loaded({"stale_limit": text}).settings.stale_limit == seconds


# What refuses to start


def test_an_unknown_variable_is_refused_with_the_nearest_name() -> None:
    words = refusal(environment={"BAILIWICK_DATABSE_URL": "x"})

    assert words == (
        "There is no setting for the environment variable BAILIWICK_DATABSE_URL; did you mean BAILIWICK_DATABASE_URL?"
    )


def test_an_unknown_name_in_the_file_is_refused_with_the_nearest_name(file: Path) -> None:
    file.write_text('lisen = "127.0.0.1:1"\n')

    assert refusal(config=file) == f"{file}: there is no setting 'lisen'; did you mean listen?"


def test_an_unknown_quota_is_refused_with_all_that_there_are() -> None:
    words = refusal({"quotas": ["UserPerAccount=1"]})

    assert words == (
        "--quota: there is no quota 'UserPerAccount'; did you mean UsersPerAccount? "
        "Quotas are GroupsPerAccount, RolesPerAccount, UsersPerAccount."
    )


def test_a_value_that_cannot_be_used_is_named_with_its_source_and_what_is_allowed() -> None:
    words = refusal(environment={"BAILIWICK_STALE_LIMIT": "soon"})

    assert words == ('BAILIWICK_STALE_LIMIT: the value "soon" cannot be used; expected seconds from 0 to 3600.')


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data", ""),
        ("database_url", "mysql://host/db"),
        ("database_url", "sqlite:"),
        ("listen", ""),
        ("listen", "4260"),
        ("listen", "127.0.0.1"),
        ("listen", "127.0.0.1:65536"),
        ("listen", "127.0.0.1:-1"),
        ("listen", "::1:4260"),
        ("listen", "unix:"),
        ("public_url", "localhost:4260"),
        ("public_url", "http://host/?a=b"),
        ("public_url", "http://user:word@host/"),
        ("account_id", "12345678901"),
        ("account_id", "1234567890123"),
        ("account_id", "١٢٣٤٥٦٧٨٩٠١٢"),
        ("account_name", "x" * 51),
        ("account_name", "a\nb"),
        ("root_email", "nobody"),
        ("root_email", "a b@example.com"),
        ("master_key", "secret"),
        ("master_key", "env:"),
        ("stale_limit", "-1"),
        ("stale_limit", "3601"),
        ("stale_limit", "nan"),
        ("trusted_proxies", "10.0.0.1/8"),
        ("trusted_proxies", "proxy"),
        ("egress_allow", "10.0.0.1/8"),
        ("egress_allow", "idp.example.com"),
        ("egress_allow", "idp.example.com=10.0.0.1"),
        ("egress_allow", "idp.example.com=10.0.0.1:0"),
        ("egress_allow", "idp.example.com=other.example.com:443"),
        ("egress_allow", "idp.example.com=unix:/socket"),
        ("egress_allow", "=10.0.0.1:443"),
        ("egress_allow", "a b=10.0.0.1:443"),
        ("egress_ca", ""),
        ("log_format", "xml"),
        ("log_level", "INFO"),
        ("shutdown_grace", "11"),
        ("quotas", "UsersPerAccount"),
        ("quotas", "UsersPerAccount=-1"),
        ("quotas", "UsersPerAccount=many"),
    ],
)
def test_an_ill_typed_value_is_refused(name: str, value: str) -> None:
    words = refusal({name: value})

    setting = next(setting for setting in SETTINGS if setting.name == name)
    assert words.startswith(f"{setting.flag_name}: the value")
    assert f"expected {setting.allowed}." in words


@pytest.mark.parametrize("line", ["account_id = 123456789012", "stale_limit = true", "data = 1", "listen = [1]"])
def test_a_value_of_another_type_in_the_file_is_refused(file: Path, line: str) -> None:
    file.write_text(line + "\n")

    assert f"{file}: {line.split()[0]}: the value" in refusal(config=file)


def test_a_refused_value_is_quoted_as_it_was_given(file: Path) -> None:
    file.write_text('listen = ["here", "there"]\n')

    assert refusal({"listen": ["5001"]}).startswith('--listen: the value "5001" cannot be used; expected HOST:PORT')
    assert ': the value "here", "there" cannot be used' in refusal(config=file)
    file.write_text("account_id = 123456789012\n")
    assert ": the value 123456789012 cannot be used; expected 12 digits, in quotation marks" in refusal(config=file)


def test_a_heading_over_the_settings_of_a_file_is_refused(file: Path) -> None:
    file.write_text('[bailiwick]\nlisten = "127.0.0.1:1"\n')

    assert refusal(config=file) == (
        f"{file}: there is no table [bailiwick]; settings stand at the top, under no heading."
    )


def test_a_quota_in_the_file_must_be_a_number(file: Path) -> None:
    file.write_text('[quotas]\nUsersPerAccount = "many"\n')

    assert "UsersPerAccount is not a number" in refusal(config=file)


def test_a_file_that_is_missing_or_not_toml_is_refused(tmp_path: Path, file: Path) -> None:
    file.write_text("listen =\n")
    (tmp_path / "latin").write_bytes(b"# caf\xe9\n")

    assert "the file cannot be read: No such file or directory" in refusal(config=tmp_path / "none.toml")
    assert "not TOML" in refusal(config=file)
    assert "not UTF-8" in refusal(config=tmp_path / "latin")


def test_what_may_be_fetched_from_is_networks_and_hosts_with_their_place() -> None:
    allowed = ["10.0.0.0/8, IdP.example.com=10.0.0.7:8443", "idp=[fd00::7]:443"]

    found = loaded({"egress_allow": allowed, "egress_ca": "ca.pem"})

    assert found.settings.egress_allow == (
        ip_network("10.0.0.0/8"),
        HostRoute("idp.example.com", "10.0.0.7", 8443),
        HostRoute("idp", "fd00::7", 443),
    )
    shown = {name: value for name, value, _ in found.shown()}
    assert shown["egress_allow"] == "10.0.0.0/8, idp.example.com=10.0.0.7:8443, idp=[fd00::7]:443"
    assert shown["egress_ca"] == "ca.pem"


# What is shown


def test_the_password_of_the_database_is_not_shown() -> None:
    urls = ["postgresql://ana:s3cret@host:5432/iam?sslmode=require", "postgresql://host/iam?user=ana&password=s3cret"]

    for url in urls:
        shown = {name: value for name, value, _ in loaded({"database_url": url}).shown()}

        assert "s3cret" not in shown["database_url"]
        assert "host" in shown["database_url"]


def test_the_command_for_the_master_key_is_not_shown() -> None:
    shown = {name: value for name, value, _ in loaded({"master_key": "command:vault --token s3cret"}).shown()}

    assert shown["master_key"] == "command:********"


def test_a_refusal_never_quotes_a_value_that_may_hold_a_secret() -> None:
    assert "s3cret" not in refusal({"database_url": "mysql://ana:s3cret@host/iam"})
    assert "s3cret" not in refusal({"master_key": "s3cret"})


def test_the_variable_that_holds_the_master_key_is_no_unknown_setting() -> None:
    environment = {"BAILIWICK_MASTER_KEY": "env:BAILIWICK_THE_KEY", "BAILIWICK_THE_KEY": "…"}

    assert loaded(environment=environment).settings.master_key == "env:BAILIWICK_THE_KEY"
