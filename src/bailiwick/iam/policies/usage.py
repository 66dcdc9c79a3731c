"""How often an account uses each managed policy, its own or AWS's, kept so that no reply and no check has to count."""

from collections.abc import Sequence
from dataclasses import dataclass

from bailiwick.iam import names
from bailiwick.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Usage:
    """How often one account uses one managed policy.

    Attributes:
        attachments: to how many users, groups and roles it is attached.
        boundaries: of how many users and roles it is the permissions boundary.
    """

    attachments: int = 0
    boundaries: int = 0

    @property
    def is_used(self) -> bool:
        """Whether anything holds it."""
        return self.attachments > 0 or self.boundaries > 0


UNUSED = Usage()


async def of(tx: Transaction, account: str, arn: str) -> Usage:
    """How often the account uses one policy."""
    return (await of_many(tx, account, [arn])).get(arn, UNUSED)


async def of_many(tx: Transaction, account: str, arns: Sequence[str]) -> dict[str, Usage]:
    """How often the account uses each policy (of a page), by ARN; those not in use are left out."""
    if not arns:
        return {}
    select = "SELECT policy_arn, attachments, boundaries FROM policy_usage WHERE account_id = ? AND policy_arn IN ("
    rows = await tx.all(select + ", ".join("?" * len(arns)) + ")", account, *arns)
    return {str(arn): Usage(int(attachments or 0), int(boundaries or 0)) for arn, attachments, boundaries in rows}


async def count(tx: Transaction, account: str, arn: str, *, attachments: int = 0, boundaries: int = 0) -> None:
    """Record that the account uses a policy more, or less."""
    head, _, name = arn.rpartition("/")
    path = head[head.index(":policy") + len(":policy") :] + "/"
    await tx.run(
        "INSERT INTO policy_usage (account_id, policy_arn, name_key, path, attachments, boundaries)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, policy_arn) DO UPDATE SET"
        " attachments = policy_usage.attachments + excluded.attachments,"
        " boundaries = policy_usage.boundaries + excluded.boundaries",
        account,
        arn,
        names.folded(name),
        path,
        attachments,
        boundaries,
    )
    if attachments < 0 or boundaries < 0:
        await tx.run(
            "DELETE FROM policy_usage WHERE account_id = ? AND policy_arn = ? AND attachments <= 0 AND boundaries <= 0",
            account,
            arn,
        )
