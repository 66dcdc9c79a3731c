"""ApplyChanges: each change is the IAM operation that it names, with its permission, its rules and its event."""

from collections.abc import Mapping
from typing import Final

from bailiwick.access.call import Call
from bailiwick.access.callers import require_may_call
from bailiwick.access.done import performed
from bailiwick.changes.errors import InvalidInput
from bailiwick.errors import AwsError
from bailiwick.iam import iam
from bailiwick.operations import Authorization, Operation, Undone, operation
from bailiwick.store.transaction import Transaction
from bailiwick.sts import bailiwick

_Declared = Operation[Call, Transaction]

_MOST_DECISIONS: Final = 100
"""How many decisions on what was refused the call's event tells."""


@operation(bailiwick, "ApplyChanges")
async def apply_changes(call: Call, tx: Transaction) -> dict[str, object]:
    """Perform operations of IAM in their order, in this transaction.

    Raises:
        InvalidInput: a change names an operation that is not one of these, or its parameters are not JSON.
        InvalidClientTokenId: the caller's session may not call IAM.
        Undone: it was a dry run, or something is refused: nothing is changed, and the output tells why.
        TransactionTooLong: they take longer than one transaction may.
    """
    require_may_call(call.caller, "iam")
    changes = [_change(index, change) for index, change in enumerate(call.structures("Changes"))]
    refusals: list[dict[str, object]] = []
    decisions = call.access.decisions
    call.access.done.clear()  # of an earlier run of the same transaction
    for index, (declared, text) in enumerate(changes):
        await tx.pause()
        try:
            parameters = call.access.read_parameters(declared.service, declared.name, text)
            call.access.done.append(await performed(call, tx, declared, parameters))
        except AwsError as error:
            refusals.append({"Index": index, "Code": error.code, "Message": error.message})
            del decisions[_MOST_DECISIONS:]
    if refusals or call.flag("DryRun"):
        raise Undone({"Applied": False, "Refusals": refusals})
    return {"Applied": True, "Refusals": []}


def _change(index: int, change: Mapping[str, object]) -> tuple[_Declared, str]:
    name = str(change["Operation"])
    declared = iam.find(name)
    if declared is None or not _can_be_one_of_many(declared):
        raise InvalidInput(f"Changes.{index}: {name} is not an operation of IAM that can be one of many changes.")
    return declared, str(change["Parameters"])


def _can_be_one_of_many(declared: _Declared) -> bool:
    """Whether it changes the account's data, and neither needs anything else nor gives a secret away."""
    return (
        not declared.is_read_only
        and declared.prepare is None
        and not declared.secrets
        and declared.authorization is Authorization.POLICIES
    )
