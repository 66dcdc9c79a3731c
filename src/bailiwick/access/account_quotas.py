"""The quotas that hold for each account: its own where the operator set one, else the installation's.

Which can be set, and how high, is as in AWS. Source: IAM User Guide, "IAM and AWS STS quotas"; Service Quotas for the
codes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bailiwick.access.memory import Invalidations, Memory
from bailiwick.store import Change, Store, Transaction

_ACCOUNTS_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Adjustable:
    """A quota that an account can have a value of its own for: its code in Service Quotas, and AWS's maximum."""

    code: str
    maximum: int


ADJUSTABLE: Final[Mapping[str, Adjustable]] = MappingProxyType(
    {
        "GroupsPerAccount": Adjustable("L-F4A5425F", 500),
        "RolesPerAccount": Adjustable("L-FE177D64", 10_000),
        "PoliciesPerAccount": Adjustable("L-E95E4862", 10_000),
        "InstanceProfilesPerAccount": Adjustable("L-6E65F664", 10_000),
        "ServerCertificatesPerAccount": Adjustable("L-BF35879D", 20),
        "OpenIdConnectProvidersPerAccount": Adjustable("L-858F3967", 700),
        "PoliciesPerUser": Adjustable("L-4019AD8B", 20),
        "PoliciesPerRole": Adjustable("L-0DA4ABF3", 25),
        "ACLSizePerRole": Adjustable("L-C07B4B0D", 8192),
    }
)
"""By the names of `quotas.DEFAULT_QUOTAS`. All others are fixed for every account, as in AWS."""


class QuotaRefused(Exception):
    """An account cannot have that value for that quota; the message tells why."""


class AccountQuotas:
    """The quotas of every account, from memory first."""

    def __init__(self, store: Store, installation: Mapping[str, int]) -> None:
        """`installation` has every quota, for accounts that have no value of their own."""
        self._store = store
        self.installation = installation
        self._invalidations = Invalidations()
        self._own: Memory[Mapping[str, int]] = Memory(_ACCOUNTS_KEPT, self._invalidations)

    def forget(self, changes: Sequence[Change] | None) -> None:
        """Drop what changed; see `store.Listener`."""
        self._invalidations.add(changes)
        self._own.forget(changes)

    async def of(self, tx: Transaction, account: str, name: str) -> int:
        """The account's quota of that name, as this transaction sees it."""
        own = await self._own_of(tx, account) if name in ADJUSTABLE else {}
        return own.get(name, self.installation[name])

    def maximum(self, name: str) -> int:
        """The highest value that an account can be given: AWS's, or the installation's where that is higher."""
        return max(ADJUSTABLE[name].maximum, self.installation[name])

    async def set(self, tx: Transaction, account: str, name: str, value: int | None) -> None:
        """Give an account a value of its own, or with None the installation's again.

        Raises:
            QuotaRefused: the quota is fixed or unknown, or the value is higher than AWS allows.
        """
        if name not in ADJUSTABLE:
            known = "cannot be set for one account" if name in self.installation else "is not known"
            raise QuotaRefused(f"The quota {name} {known}. These can be set: {', '.join(sorted(ADJUSTABLE))}.")
        if value is not None and not 0 <= value <= self.maximum(name):
            raise QuotaRefused(f"{name} can be at most {self.maximum(name)}, as in AWS; not {value}.")
        if value is None:
            await tx.run("DELETE FROM account_quotas WHERE account_id = ? AND name = ?", account, name)
        else:
            await tx.run(
                "INSERT INTO account_quotas (account_id, name, value) VALUES (?, ?, ?)"
                " ON CONFLICT (account_id, name) DO UPDATE SET value = excluded.value",
                account,
                name,
                value,
            )
        tx.changed(*_source(account))

    async def _own_of(self, tx: Transaction, account: str) -> Mapping[str, int]:
        source = _source(account)
        is_changing = tx.was_changed(*source)
        known = None if is_changing else self._own.find(account)
        if known is not None:
            return known
        mark = self._invalidations.mark()
        own = await own_quotas(tx, account)
        if not is_changing:
            self._own.keep(account, own, (source,), mark)
        return own


async def own_quotas(tx: Transaction, account: str) -> Mapping[str, int]:
    """What the account has values of its own for."""
    rows = await tx.all("SELECT name, value FROM account_quotas WHERE account_id = ?", account)
    return {str(name): int(value or 0) for name, value in rows}


def _source(account: str) -> Change:
    return Change("quotas", account, account)
