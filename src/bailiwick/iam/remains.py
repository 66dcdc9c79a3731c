"""What must be gone before a user, group or role can be deleted: policies of all three, and credentials of users."""

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


async def require_no_credentials(tx: Transaction, user_id: str) -> None:
    """Pass if the user of that unique id has nothing left to prove itself with.

    Raises:
        DeleteConflict: it still has a password, access keys, signing certificates, MFA devices, SSH keys or
            service-specific credentials.
    """
    if await tx.one("SELECT 1 FROM login_profiles WHERE user_id = ?", user_id):
        raise DeleteConflict.first("delete login profile")
    if await tx.one("SELECT 1 FROM access_keys WHERE user_id = ? LIMIT 1", user_id):
        raise DeleteConflict.first("delete access keys")
    if await tx.one("SELECT 1 FROM signing_certificates WHERE owner_id = ? LIMIT 1", user_id):
        raise DeleteConflict.first("delete certificates")
    if await tx.one("SELECT 1 FROM mfa_devices WHERE owner_id = ? LIMIT 1", user_id):
        raise DeleteConflict.first("delete MFA device")
    for table in ("ssh_public_keys", "service_specific_credentials"):
        if await tx.one("SELECT 1 FROM " + table + " WHERE user_id = ? LIMIT 1", user_id):
            raise DeleteConflict.first("remove referenced objects")
