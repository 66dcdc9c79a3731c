"""The schema, as numbered forward-only steps in portable SQL, and how each engine reads them."""

import re
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema: its number and its portable statements."""

    version: int
    text: str

    def statements(self, engine: str) -> list[str]:
        """The statements in the words of `sqlite` or `postgresql`."""
        text = self.text
        if engine == "postgresql":
            text = text.replace("-- postgresql: ", "")
        text = re.sub(r"--[^\n]*", "", text)
        for pattern, by_engine in _WORDS:
            text = re.sub(pattern, by_engine[engine], text)
        return [statement.strip() for statement in text.split(";") if statement.strip()]


_WORDS: tuple[tuple[str, dict[str, str]], ...] = (
    (r"\bTEXT\b", {"sqlite": "TEXT", "postgresql": 'TEXT COLLATE "C"'}),
    (r"\bBYTES\b", {"sqlite": "BLOB", "postgresql": "BYTEA"}),
    (
        r"\bIDENTITY\b",
        {
            "sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT",
            "postgresql": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        },
    ),
    (r"\bTRANSACTION_ID\b", {"sqlite": "", "postgresql": "xid XID8 NOT NULL DEFAULT pg_current_xact_id(),"}),
)


def all_migrations() -> list[Migration]:
    """Every step, in order."""
    files = [item for item in resources.files(__name__).iterdir() if item.name.endswith(".sql")]
    steps = [Migration(int(item.name[:4]), item.read_text(encoding="utf-8")) for item in files]
    return sorted(steps, key=lambda step: step.version)
