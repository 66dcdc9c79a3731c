"""What was done as part of a call that does more than one thing: an operation of its own, with an event of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bailiwick.access.call import Call
from bailiwick.access.decided import Decided
from bailiwick.operations import Operation, Output
from bailiwick.store import Transaction


@dataclass(frozen=True, slots=True)
class Done:
    """An operation that was performed, as its event tells of it."""

    declared: Operation[Call, Transaction]
    parameters: Mapping[str, object]
    output: Output
    decisions: Sequence[Decided]
