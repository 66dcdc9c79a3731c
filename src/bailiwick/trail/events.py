"""Finding a call's event by its request id, in the account whose caller made the call."""

import json
from collections.abc import Mapping
from typing import Any

from bailiwick.access.request_ids import moment_of
from bailiwick.store import Transaction


async def find(tx: Transaction, account: str, request_id: str) -> Mapping[str, Any] | None:
    """The event, as its JSON has it, or None.

    The id tells when the call was, and events are found by their time. Events of reads and refusals are written up to
    a second after their reply.
    """
    happened_at = moment_of(request_id)
    if happened_at is None:
        return None
    row = await tx.one(
        "SELECT body FROM events WHERE account_id = ? AND happened_at = ? AND request_id = ?",
        account,
        happened_at,
        request_id,
    )
    if row is None:
        return None
    found: Mapping[str, Any] = json.loads(str(row[0]))
    return found
