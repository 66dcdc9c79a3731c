"""The real parts of the service that STS's handlers run on, put together for what no client can do: to be
root, or to be in the middle of a call when something else happens."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bailiwick.access.account_quotas import AccountQuotas
from bailiwick.access.call import Call, Caller
from bailiwick.access.callers import NO_LIMITS, Standing
from bailiwick.access.decisions import Access, Installation
from bailiwick.access.principals import Principals
from bailiwick.access.quotas import DEFAULT_QUOTAS
from bailiwick.access.sessions import Sessions
from bailiwick.access.token_keys import open_token_keys
from bailiwick.auth import PrincipalKind, SessionClaims
from bailiwick.egress import Destinations, Egress
from bailiwick.errors import KeptRefusal
from bailiwick.iam import iam
from bailiwick.operations import Authorization, Deferred, Operation
from bailiwick.policy import Principal
from bailiwick.policy import PrincipalKind as Asking
from bailiwick.store import Store, Transaction, open_store, open_vault, read_master_key
from bailiwick.sts import sts
from bailiwick.sts.issue import SessionPrincipal, issue_session

ACCOUNT = "111122223333"
ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"
ROOT_KEY = "AKIAROOTROOTROOTROOT"
ROLE = SessionPrincipal(
    kind=PrincipalKind.ROLE,
    account=ACCOUNT,
    principal_id="AROAONE",
    name="deploy",
    arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/work",
    session_name="work",
)
NOW = datetime(2026, 11, 24, 20, 0, 0, 123_999, tzinfo=UTC)
NOW_MS = (NOW - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@dataclass
class Parts:
    """An installation on an empty store, and its one caller: the root user of an account."""

    store: Store
    installation: Installation

    async def call(self, operation: str, parameters: Mapping[str, object], now: datetime = NOW) -> Mapping[str, object]:
        """The reply of one of STS's or IAM's operations to root, decided and kept as the service does it."""
        declared = sts.find(operation) or iam.find(operation)
        assert declared is not None, f"STS or IAM has {operation}"
        call = self.call_of(operation, parameters)
        call.now = now
        if declared.prepare is not None:
            call.prepared = await declared.prepare(call)
        answer = await self.store.write(lambda tx: _run(call, tx, declared))
        if isinstance(answer, KeptRefusal):
            raise answer.error
        return answer

    async def issue_under(self, session: SessionClaims) -> Mapping[str, object]:
        """A role session that a caller with this session gets, once all that is to be decided was decided."""
        call = self.call_of("AssumeRole", {}, session)
        return await self.store.write(lambda tx: issue_session(call, tx, ROLE, seconds=900))

    def call_of(self, operation: str, parameters: Mapping[str, object], session: SessionClaims | None = None) -> Call:
        """A call by root, with a session of that content if one is given."""
        caller = Caller(
            kind=PrincipalKind.ROOT,
            account=ACCOUNT,
            principal_id=ACCOUNT,
            arn=ROOT_ARN,
            user_id=ACCOUNT,
            name=None,
            access_key_id=ROOT_KEY,
            session=session,
            principal=Principal(kind=Asking.ROOT, account=ACCOUNT, arn=ROOT_ARN),
            region="us-east-1",
            source_address=None,
            user_agent="",
            is_secure=True,
        )
        return Call(
            parameters=parameters,
            caller=caller,
            now=NOW,
            request_id="request",
            new_id=lambda prefix: prefix + os.urandom(9).hex()[:17].upper(),
            random_bytes=os.urandom,
            access=Access(self.installation, Standing.of(caller, None, NO_LIMITS)),
            operation=operation,
        )

    def claims(self, reply: Mapping[str, object]) -> SessionClaims:
        """What the session token of a reply says."""
        credentials = reply["Credentials"]
        assert isinstance(credentials, Mapping), "Credentials is a structure"
        ring = self.installation.token_keys.current()
        return ring.open(credentials["SessionToken"], credentials["AccessKeyId"]).claims


@asynccontextmanager
async def opened(folder: Path, url: str | None = None) -> AsyncIterator[Parts]:
    """The parts on the store of an address, by default a new SQLite store in the folder, which has the master key."""
    store = await open_store(url or f"sqlite:{folder / 'bailiwick.db'}", lambda: NOW_MS)
    try:
        vault = await open_vault(store, read_master_key(f"file:{folder / 'master.key'}", may_create=True), NOW_MS)
        principals = Principals(store, vault)
        installation = Installation(
            principals=principals,
            sessions=Sessions(store, principals, lambda: NOW),
            token_keys=await open_token_keys(store, vault, lambda: NOW),
            vault=vault,
            quotas=AccountQuotas(store, DEFAULT_QUOTAS),
            random_bytes=os.urandom,
            public_url="http://localhost:4260",
            egress=Egress(Destinations()),
            services={},
        )
        yield Parts(store, installation)
        installation.hashing.close()
        installation.reporting.close()
    finally:
        await store.close()


async def _run(
    call: Call, tx: Transaction, declared: Operation[Call, Transaction]
) -> Mapping[str, object] | KeptRefusal:
    if declared.authorization is Authorization.POLICIES:
        await call.access.authorize(call, tx, declared)
    try:
        output = await declared.handler(call, tx)
    except KeptRefusal as refusal:
        return refusal
    assert not isinstance(output, Deferred), "what is called here answers at once"
    return output or {}
