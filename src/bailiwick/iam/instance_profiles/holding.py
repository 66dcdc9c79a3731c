"""Which instance profiles hold a role, as deleting and describing roles asks."""

from collections.abc import Sequence

from bailiwick.iam.errors import DeleteConflict
from bailiwick.iam.instance_profiles.record import SELECT, InstanceProfile, shown
from bailiwick.store.transaction import Transaction


async def require_in_no_profile(tx: Transaction, role_id: str) -> None:
    """Pass if no instance profile holds the role of that unique id.

    Raises:
        DeleteConflict: one does.
    """
    if await tx.one("SELECT 1 FROM instance_profiles WHERE role_id = ? LIMIT 1", role_id):
        raise DeleteConflict.first("remove roles from instance profile")


async def of_roles(tx: Transaction, role_ids: Sequence[str]) -> dict[str, list[dict[str, object]]]:
    """The instance profiles that hold each role (of a page), by the role's unique id; those in none are left out."""
    if not role_ids:
        return {}
    marks = ", ".join("?" * len(role_ids))
    rows = await tx.all(SELECT + " WHERE role_id IN (" + marks + ") ORDER BY role_id, name_key", *role_ids)
    profiles = [InstanceProfile.of_row(row) for row in rows]
    found: dict[str, list[dict[str, object]]] = {}
    for profile, output in zip(profiles, await shown(tx, profiles), strict=True):
        found.setdefault(str(profile.role_id), []).append(output)
    return found
