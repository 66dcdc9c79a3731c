"""Names and paths of IAM's things: how they are compared, how they make ARNs, how lists are ordered by them.

Names are unique in an account without regard to case, and every reply shows the spelling given at creation (IAM User
Guide, "IAM identifiers"). The model allows only ASCII in them, so lower case is their folded form.
"""

from typing import Protocol

from bailiwick.store.transaction import Row, Transaction


class Named(Protocol):
    """What has a name and a path."""

    @property
    def name(self) -> str:
        """As given when it was made or renamed."""

    @property
    def path(self) -> str:
        """`/`, or begins and ends with `/`."""


def folded(name: str) -> str:
    """The form in which a name is unique and looked up."""
    return name.lower()


def arn_of(account: str, kind: str, path: str, name: str) -> str:
    """The ARN of a thing: `arn:aws:iam::ACCOUNT:KIND/path/name`; `kind` is user, group, role, policy …"""
    return f"arn:aws:iam::{account}:{kind}{path}{name}"


def is_whole_list(path_prefix: str | None) -> bool:
    """Whether a PathPrefix leaves nothing out; such lists are ordered by name, the others by path and then name."""
    return path_prefix is None or path_prefix == "/"


def place(path_prefix: str | None, thing: Named) -> tuple[str, ...]:
    """A thing's place in the list: its folded name, after its path where a PathPrefix narrows the list."""
    return (folded(thing.name),) if is_whole_list(path_prefix) else (thing.path, folded(thing.name))


def after_prefix(path_prefix: str) -> str:
    """The first text, by code points, after all that begin with the prefix; paths are ASCII, so there is one."""
    return path_prefix[:-1] + chr(ord(path_prefix[-1]) + 1)


async def rows_in_order(
    tx: Transaction, select: str, account: str, path_prefix: str | None, after: tuple[str, ...] | None, limit: int
) -> list[Row]:
    """At most `limit` rows of the account's things, in the order of their places, after the given place.

    `select` ends with their table, which has the columns account_id, name_key and path, with an index for each order.
    """
    if path_prefix is None or is_whole_list(path_prefix):
        return await tx.all(
            select + " WHERE account_id = ? AND name_key > ? ORDER BY name_key LIMIT ?",
            account,
            *(after or ("",)),
            limit,
        )
    return await tx.all(
        select + " WHERE account_id = ? AND (path, name_key) > (?, ?) AND path < ? ORDER BY path, name_key LIMIT ?",
        account,
        *(after or (path_prefix, "")),
        after_prefix(path_prefix),
        limit,
    )
