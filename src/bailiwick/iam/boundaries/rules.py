"""What may be a permissions boundary, the condition key that tells of it, and the count of its uses."""

from typing import Final

from bailiwick.iam import policies
from bailiwick.store.transaction import Transaction

HELD: Final = ("iam:PermissionsBoundary",)
"""What policies see of the user or role acted on: the boundary that it has."""

SET: Final = {"iam:PermissionsBoundary": "PermissionsBoundary"}
"""What policies see of a call that sets a boundary: the one being set, and not the one that is there."""


async def require_usable(tx: Transaction, account: str, arn: str) -> None:
    """Make sure that a managed policy may be a boundary of the account's users and roles.

    Raises:
        InvalidInput: it is not the ARN of a managed policy.
        NoSuchEntity: there is none that the account may use.
        PolicyNotAttachable: only a service-linked role may hold it.
    """
    await policies.require_attachable(tx, account, arn)


async def count_use(tx: Transaction, account: str, arn: str, difference: int) -> None:
    """Record that a policy became (+1) the boundary of one more user or role, or of one less (-1)."""
    await policies.count(tx, account, arn, boundaries=difference)


def as_output(arn: str) -> dict[str, object]:
    """The model's AttachedPermissionsBoundary. The type is the word that AWS answers with."""
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
