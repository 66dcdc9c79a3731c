"""Finding each setting's value: flag, environment, file, default, in that order."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bailiwick.settings.definitions import DEFAULT_PORT, ENVIRONMENT_PREFIX, SETTINGS, Setting, Settings

CONFIG_VARIABLE = "BAILIWICK_CONFIG"


class SettingsError(Exception):
    """A setting cannot be used. The message says which, where it came from, what is allowed; never a secret."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and for each where its value came from (`default`, `--listen`, `BAILIWICK_LISTEN`, `FILE`)."""

    settings: Settings
    sources: Mapping[str, str]

    def shown(self) -> list[tuple[str, str, str]]:
        """(name, value, source) of each setting, secrets masked, in the order of SETTINGS."""
        return [
            (setting.name, setting.show(getattr(self.settings, setting.name)), self.sources[setting.name])
            for setting in SETTINGS
        ]


def load(
    *,
    flags: Mapping[str, str | list[str]],
    environment: Mapping[str, str],
    config: str | None,
    quota_names: Iterable[str],
) -> Loaded:
    """The settings by flag, environment, file and default, in that order.

    Args:
        flags: setting name → the flag's text, or texts when repeated; absent when not given.
        environment: the process's environment; names that begin with BAILIWICK_ must all be settings.
        config: the TOML file's path, from `--config`; None takes BAILIWICK_CONFIG, and without it no file is read.
        quota_names: the quotas that there are.

    Raises:
        SettingsError: a setting is unknown or its value cannot be used.
    """
    path = config if config is not None else environment.get(CONFIG_VARIABLE)
    from_file = {} if path is None else _read_file(path)
    raw: dict[str, tuple[object, str]] = {name: (value, f"{path}: {name}") for name, value in from_file.items()}
    raw |= {s.name: (environment[s.variable], s.variable) for s in SETTINGS if s.variable in environment}
    raw |= {s.name: (flags[s.name], s.flag_name) for s in SETTINGS if s.name in flags}

    values: dict[str, object] = {}
    sources: dict[str, str] = {}
    for setting in SETTINGS:
        default: tuple[object, str] = (_default(setting, values), "default")
        value, source = raw.get(setting.name, default)
        values[setting.name] = None if value is None else _read(setting, value, source)
        sources[setting.name] = source
    _check_quotas(values["quotas"], sources["quotas"], quota_names)
    _check_variables(environment, values["master_key"])
    return Loaded(_build(values), MappingProxyType(sources))


def _build(values: Mapping[str, object]) -> Settings:
    # Each value was made by its own Setting's reader, which has the field's type; mypy cannot see that pairing.
    return Settings(**values)  # type: ignore[arg-type]


def _read(setting: Setting[object], value: object, source: str) -> object:
    try:
        return setting.read(value)
    except ValueError as error:
        given = "" if setting.is_secret else f" {_quoted(value)}"
        why = f" ({error})" if str(error) else ""
        raise SettingsError(f"{source}: the value{given} cannot be used{why}; expected {setting.allowed}.") from None


def _quoted(value: object) -> str:
    """The value as it was given: texts in quotation marks, of a list each."""
    if isinstance(value, list) and value:
        return ", ".join(_quoted(item) for item in value)
    text = str(value)
    text = text if len(text) <= 80 else text[:77] + "..."
    return f'"{text}"' if isinstance(value, str) else text


def _default(setting: Setting[object], values: Mapping[str, object]) -> str | None:
    """The default, which for some settings follows from those that come before them in SETTINGS."""
    match setting.name:
        case "database_url":
            return f"sqlite:{values['data']}/bailiwick.db"
        case "master_key":
            return f"file:{values['data']}/master.key"
        case "public_url":
            addresses = values["listen"]
            assert isinstance(addresses, tuple)
            ports = [address.port for address in addresses if address.path is None and address.port]
            return f"http://localhost:{ports[0] if ports else DEFAULT_PORT}"
        case _:
            return setting.default


def _read_file(path: str) -> dict[str, object]:
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"--config {path}: the file cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"--config {path}: the file is not UTF-8 text.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"--config {path}: not TOML: {error}.") from error
    names = [setting.name for setting in SETTINGS]
    for name, value in content.items():
        if name not in names:
            if isinstance(value, dict):
                raise SettingsError(f"{path}: there is no table [{name}]; settings stand at the top, under no heading.")
            raise SettingsError(f"{path}: there is no setting {name!r}{nearest(name, names)}")
    return content


def _check_variables(environment: Mapping[str, str], master_key: object) -> None:
    known = {setting.variable for setting in SETTINGS} | {CONFIG_VARIABLE}
    for name in sorted(environment):
        # The variable that holds the master key may have any name, ours included.
        if name.startswith(ENVIRONMENT_PREFIX) and name not in known and master_key != f"env:{name}":
            raise SettingsError(f"There is no setting for the environment variable {name}{nearest(name, known)}")


def _check_quotas(quotas: object, source: str, names: Iterable[str]) -> None:
    allowed = sorted(names)
    assert isinstance(quotas, Mapping)
    for name in quotas:
        if name not in allowed:
            raise SettingsError(
                f"{source}: there is no quota {name!r}{nearest(name, allowed)} Quotas are {', '.join(allowed)}."
            )


def nearest(name: str, names: Iterable[str]) -> str:
    """`; did you mean X?` when a known name is near, else a full stop: the end of a sentence that names `name`."""
    found = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"; did you mean {found[0]}?" if found else "."
