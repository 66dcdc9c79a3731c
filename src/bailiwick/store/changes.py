"""What memory must forget: the change feed between nodes.

Every write to identity data adds rows to `changes` in its own transaction. Before it decides, a node asks for the
rows that it has not seen; the acknowledgement of a write is its commit, so a request sent after it finds its row.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

RETENTION_MS = 60 * 60 * 1000
"""How long rows of `changes` are kept. A node that has not looked for half as long forgets everything it holds."""


class Change(NamedTuple):
    """One thing that memory may hold and that is no longer so; see `Transaction.changed`."""

    kind: str
    account: str
    subject: str


Listener = Callable[[Sequence[Change] | None], None]
"""Told of changes after they are committed; None means: forget everything. Never awaits, never fails."""
