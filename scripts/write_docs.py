"""Writes the pages of the documentation that are made from the program itself; a test fails when one is stale."""

from pathlib import Path

from bailiwick.cli.coverage import coverage, markdown
from bailiwick.settings import SETTINGS

DOCS = Path(__file__).resolve().parents[1] / "docs"


def pages() -> dict[str, str]:
    """Each generated page's text, by its name in docs/."""
    return {"operations.md": markdown(coverage()), "settings.md": settings_page()}


def settings_page() -> str:
    """Every setting with its three spellings, what is allowed and the default."""
    lines = [
        "# Settings",
        "",
        "Made by `make docs` from the program. A setting is given by its flag, its environment variable or its name in",
        "the TOML file of `--config` (or `BAILIWICK_CONFIG`), in that order. One that is unknown or cannot be used",
        "refuses to start; `bailiwick config check` shows every value and where it came from.",
        "",
    ]
    for setting in SETTINGS:
        lines += [
            f"## {setting.name}",
            "",
            setting.help,
            "",
            f"- flag: `{setting.flag_name}`{' (may be repeated)' if setting.is_repeatable else ''}",
            f"- environment: `{setting.variable}`",
            f"- allowed: {setting.allowed}",
            f"- default: {setting.default_shown}",
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    DOCS.mkdir(exist_ok=True)
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")
        print(f"docs/{name}")
