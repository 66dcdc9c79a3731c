"""Accounts: the record, how one is found, and how one is made by the operator on the host."""

from collections.abc import Callable
from dataclasses import dataclass

from bailiwick.store import Row, Transaction

_ID_DIGITS = 12
_SELECT = "SELECT account_id, name, root_email, alias, created_at FROM accounts"


class AccountExists(Exception):
    """An account has that id, or its root user that e-mail address; the message says which."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account. `created_at` is in milliseconds since 1970 UTC."""

    account_id: str
    name: str
    root_email: str
    alias: str | None
    created_at: int

    @classmethod
    def of_row(cls, row: Row) -> "Account":
        """From a row of its table, in the order of the fields."""
        account_id, name, root_email, alias, created_at = row
        shown_alias = None if alias is None else str(alias)
        return cls(str(account_id), str(name), str(root_email), shown_alias, int(created_at or 0))


def new_account_id(random_bytes: Callable[[int], bytes]) -> str:
    """12 random digits, the first not 0, so that no program reads the id as a shorter number."""
    first = 10 ** (_ID_DIGITS - 1)
    return str(first + int.from_bytes(random_bytes(16), "big") % (9 * first))


async def any_exists(tx: Transaction) -> bool:
    """Whether the store holds an account."""
    return await tx.one("SELECT 1 FROM accounts LIMIT 1") is not None


async def find(tx: Transaction, account_id: str) -> Account | None:
    """The account of that id, or None."""
    row = await tx.one(_SELECT + " WHERE account_id = ?", account_id)
    return None if row is None else Account.of_row(row)


async def page_after(tx: Transaction, account_id: str, limit: int) -> list[Account]:
    """At most `limit` accounts in the order of their ids, after the given one ("" from the start)."""
    rows = await tx.all(_SELECT + " WHERE account_id > ? ORDER BY account_id LIMIT ?", account_id, limit)
    return [Account.of_row(row) for row in rows]


async def add(tx: Transaction, account: Account) -> None:
    """Add an account with its root user.

    Raises:
        AccountExists: the id or the e-mail address (without regard to case) is taken.
    """
    if await find(tx, account.account_id):
        raise AccountExists(f"There is an account {account.account_id} already.")
    email_key = account.root_email.casefold()
    if await tx.one("SELECT 1 FROM accounts WHERE root_email_key = ?", email_key):
        raise AccountExists(f"The root user of another account has the e-mail address {account.root_email}.")
    await tx.run(
        "INSERT INTO accounts (account_id, name, root_email, root_email_key, created_at) VALUES (?, ?, ?, ?, ?)",
        account.account_id,
        account.name,
        account.root_email,
        email_key,
        account.created_at,
    )
