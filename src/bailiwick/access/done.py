"""What was done as part of a call that does more than one thing: an operation of its own, with an event of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bailiwick.access.call import Call
from bailiwick.access.decided import Decided
from bailiwick.operations import Deferred, Operation, Output
from bailiwick.store import Transaction


@dataclass(frozen=True, slots=True)
class Done:
    """An operation that was performed, as its event tells of it."""

    declared: Operation[Call, Transaction]
    parameters: Mapping[str, object]
    output: Output
    decisions: Sequence[Decided]


async def performed(
    call: Call, tx: Transaction, declared: Operation[Call, Transaction], parameters: Mapping[str, object]
) -> Done:
    """Perform another operation as part of a call: with its own permission, its rules, and later its event.

    Raises:
        AwsError: what the operation itself would refuse.
    """
    decided = len(call.access.decisions)
    own = replace(call, operation=declared.name, parameters=parameters)
    await call.access.authorize(own, tx, declared)
    output = await declared.handler(own, tx)
    assert not isinstance(output, Deferred), "only the reply of a read can be worked out later"
    decisions = tuple(call.access.decisions[decided:])
    del call.access.decisions[decided:]  # they are told of by the event of their own operation
    return Done(declared, parameters, output, decisions)
