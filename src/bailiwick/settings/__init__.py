"""Every setting, typed: from a flag, `BAILIWICK_*`, the `--config` file or its default, in that order. A leaf.

An unknown or ill-typed setting refuses to start and says which, where it came from and what is allowed. A setting
has one name everywhere: `database_url` is `--database-url`, `BAILIWICK_DATABASE_URL` and `database_url = …` in TOML.
"""

from bailiwick.settings.definitions import SETTINGS, Setting, Settings
from bailiwick.settings.loading import Loaded, SettingsError, load, nearest
from bailiwick.settings.readers import Address, HostRoute, is_email

__all__ = [
    "SETTINGS",
    "Address",
    "HostRoute",
    "Loaded",
    "Setting",
    "Settings",
    "SettingsError",
    "is_email",
    "load",
    "nearest",
]
