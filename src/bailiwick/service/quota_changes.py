"""Shows and sets the quotas of an account, for the operator on the host; each that is set leaves an audit event.

The events are those of AWS's Service Quotas, by which accounts there get other quotas.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bailiwick.access.account_quotas import ADJUSTABLE, AccountQuotas, own_quotas
from bailiwick.access.request_ids import new_request_id
from bailiwick.account import accounts
from bailiwick.service.calls import new_event_id
from bailiwick.service.clock import Clock
from bailiwick.service.operator import USER_AGENT, root_of
from bailiwick.store import Store, Transaction
from bailiwick.trail import Event, Recorder

_API_VERSION = "2019-06-24"


class NoSuchAccount(Exception):
    """The installation has no account of that id."""


@dataclass(frozen=True, slots=True)
class Quota:
    """One adjustable quota of an account: the value that holds, the installation's, and the highest it can be given."""

    name: str
    code: str
    value: int
    default: int
    maximum: int
    is_own: bool


class QuotaChanges:
    """Shows and sets quotas."""

    def __init__(
        self,
        store: Store,
        quotas: AccountQuotas,
        recorder: Recorder,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._quotas = quotas
        self._recorder = recorder
        self._clock = clock
        self._random_bytes = random_bytes

    async def shown(self, account: str) -> Sequence[Quota]:
        """The account's adjustable quotas, by name.

        Raises:
            NoSuchAccount: there is no such account.
        """

        async def read(tx: Transaction) -> Mapping[str, int]:
            await _require(tx, account)
            return await own_quotas(tx, account)

        own = await self._store.read(read)
        return [
            Quota(
                name=name,
                code=ADJUSTABLE[name].code,
                value=own.get(name, self._quotas.installation[name]),
                default=self._quotas.installation[name],
                maximum=self._quotas.maximum(name),
                is_own=name in own,
            )
            for name in sorted(ADJUSTABLE)
        ]

    async def set(self, account: str, values: Mapping[str, int | None]) -> None:
        """Give an account quotas of its own, or with None the installation's; all of them or none.

        They hold from the next request on, at every node.

        Raises:
            NoSuchAccount: there is no such account.
            QuotaRefused: a quota is fixed or unknown, or a value is higher than AWS allows.
        """

        async def write(tx: Transaction) -> None:
            await _require(tx, account)
            for name, value in values.items():
                await self._quotas.set(tx, account, name, value)
                desired = self._quotas.installation[name] if value is None else value
                await self._recorder.write(tx, self._event(account, name, desired))

        await self._store.write(write, lock=account)

    def _event(self, account: str, name: str, desired: int) -> Event:
        now, caller = self._clock.now(), root_of(account)
        return Event(
            request_id=new_request_id(now, self._random_bytes),
            source_address=None,
            user_agent=USER_AGENT,
            happened_at=now,
            new_id=new_event_id,
            caller=caller,
            service="servicequotas",
            operation="RequestServiceQuotaIncrease",
            api_version=_API_VERSION,
            region=caller.region,
            parameters={"ServiceCode": "iam", "QuotaCode": ADJUSTABLE[name].code, "DesiredValue": desired},
        )


async def _require(tx: Transaction, account: str) -> None:
    if await accounts.find(tx, account) is None:
        raise NoSuchAccount(f"There is no account {account}.")
