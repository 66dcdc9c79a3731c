"""Makes accounts, each with its root user and its first named administrator, for the operator on the host.

What IAM does here it does through its own operations, in one transaction, in the name of the new account's root user;
each is an audit event. Root itself gets no credential.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bailiwick.access.call import Call
from bailiwick.access.callers import NO_LIMITS, Standing
from bailiwick.access.decisions import Access, Installation
from bailiwick.access.request_ids import new_request_id
from bailiwick.account import accounts
from bailiwick.iam import administrators
from bailiwick.operations import Deferred, Operation, Operations
from bailiwick.secret import Secret
from bailiwick.service.calls import new_event_id, new_id
from bailiwick.service.clock import Clock
from bailiwick.service.operator import USER_AGENT, root_of
from bailiwick.store import Store, Transaction
from bailiwick.trail import Event, Recorder

_TO_HAND_OVER = "first_access_key"
"""The name in `meta` of the first administrator's access key id, until its secret was handed over."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A new account and the access key of its administrator, to be shown once."""

    account_id: str
    access_key_id: str
    secret_access_key: Secret


class Founding:
    """Makes accounts."""

    def __init__(
        self,
        store: Store,
        iam: Operations[Call, Transaction],
        installation: Installation,
        recorder: Recorder,
        clock: Clock,
        api_version: str,
    ) -> None:
        self._store = store
        self._iam = iam
        self._installation = installation
        self._recorder = recorder
        self._clock = clock
        self._api_version = api_version

    async def is_needed(self) -> bool:
        """Whether the store holds no account yet."""
        return not await self._store.read(accounts.any_exists)

    async def create(
        self, name: str, email: str, *, account_id: str | None = None, only_first: bool = False
    ) -> NewAccount | None:
        """Make an account; None when `only_first` and another node was first.

        Raises:
            AccountExists: the id or the e-mail address is taken.
        """
        new = accounts.Account(
            account_id=account_id or accounts.new_account_id(self._installation.random_bytes),
            name=name,
            root_email=email,
            alias=None,
            created_at=self._clock.now_ms(),
        )

        async def found(tx: Transaction) -> NewAccount | None:
            if only_first and await accounts.any_exists(tx):
                return None
            await accounts.add(tx, new)
            output: Mapping[str, object] = {}
            for name, parameters in administrators.STEPS:
                declared = self._iam.find(name)
                assert declared is not None, f"IAM has {name}"
                output = await self._as_root(tx, new.account_id, declared, parameters)
            key = output["AccessKey"]
            assert isinstance(key, Mapping), "the last step makes an access key"
            if only_first:
                await tx.run("INSERT INTO meta (name, value) VALUES (?, ?)", _TO_HAND_OVER, key["AccessKeyId"])
            return NewAccount(new.account_id, key["AccessKeyId"], Secret(key["SecretAccessKey"].encode()))

        return await self._store.write(found, lock=new.account_id)

    async def not_handed_over(self) -> NewAccount | None:
        """The first account, for as long as its access key was not handed over: the program may have been killed."""
        row = await self._store.read(
            lambda tx: tx.one(
                "SELECT k.account_id, k.access_key_id, k.secret FROM meta m"
                " JOIN access_keys k ON k.access_key_id = m.value WHERE m.name = ?",
                _TO_HAND_OVER,
            )
        )
        if row is None:
            return None
        account_id, access_key_id, sealed = str(row[0]), str(row[1]), row[2]
        assert isinstance(sealed, bytes), "a secret is sealed bytes"
        secret = self._installation.vault.open("access_keys", access_key_id, "secret", sealed)
        return NewAccount(account_id, access_key_id, secret)

    async def note_handed_over(self) -> None:
        """Note that the first account's access key is where its operator finds it."""
        await self._store.write(lambda tx: tx.run("DELETE FROM meta WHERE name = ?", _TO_HAND_OVER))

    async def _as_root(
        self,
        tx: Transaction,
        account_id: str,
        declared: Operation[Call, Transaction],
        parameters: Mapping[str, object],
    ) -> Mapping[str, object]:
        caller = root_of(account_id)
        access = Access(self._installation, Standing.of(caller, None, NO_LIMITS))
        now = self._clock.now()
        call = Call(
            parameters=parameters,
            caller=caller,
            now=now,
            request_id=new_request_id(now, self._installation.random_bytes),
            new_id=lambda prefix: new_id(self._installation.random_bytes, prefix),
            random_bytes=self._installation.random_bytes,
            access=access,
            operation=declared.name,
        )
        await access.authorize(call, tx, declared)
        output = await declared.handler(call, tx) or {}
        assert not isinstance(output, Deferred), "a write's reply is complete"
        event = Event(
            request_id=call.request_id,
            source_address=None,
            user_agent=USER_AGENT,
            happened_at=call.now,
            new_id=new_event_id,
            caller=caller,
            service=declared.service,
            operation=declared.name,
            api_version=self._api_version,
            region=caller.region,
            parameters=parameters,
            output=output,
            secrets=declared.secrets,
            decisions=tuple(access.decisions),
        )
        await self._recorder.write(tx, event)
        return output
