"""What must be gone before a user, group or role can be deleted, as far as all three have it."""

from bailiwick.iam.errors import DeleteConflict
from bailiwick.store.transaction import Transaction


async def require_no_policies(tx: Transaction, owner_id: str) -> None:
    """Pass if nothing grants through the user, group or role of that unique id any more.

    Raises:
        DeleteConflict: it still has inline policies, or managed policies attached.
    """
    if await tx.one("SELECT 1 FROM inline_policies WHERE owner_id = ? LIMIT 1", owner_id):
        raise DeleteConflict.first("delete policies")
    if await tx.one("SELECT 1 FROM attachments WHERE owner_id = ? LIMIT 1", owner_id):
        raise DeleteConflict.first("detach all policies")
