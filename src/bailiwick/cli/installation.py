"""Commands that act on an installation which must be there: they make neither a store nor a key by mistake."""

from pathlib import Path

from bailiwick.cli.outcome import CommandFailed
from bailiwick.settings import Settings


def require_installation(settings: Settings) -> None:
    """Refuse to go on where no first run has been.

    Raises:
        CommandFailed: the SQLite store's file is not there.
    """
    scheme, _, path = settings.database_url.partition(":")
    if scheme == "sqlite" and not Path(path).exists():
        raise CommandFailed(
            f"There is no installation in {settings.data.absolute()}: {path} does not exist. "
            "Name its folder with --data, or make a new one: bailiwick init"
        )
