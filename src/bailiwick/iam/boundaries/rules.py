"""What may be a permissions boundary, and the count of its uses."""

from bailiwick.iam import policies
from bailiwick.store.transaction import Transaction


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
