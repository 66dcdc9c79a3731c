"""The composition root: builds the whole service from its settings, and takes it apart again."""

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bailiwick import __version__
from bailiwick.access.account_quotas import AccountQuotas
from bailiwick.access.call import Call
from bailiwick.access.callers import Callers
from bailiwick.access.decisions import Installation
from bailiwick.access.pagination import LONGEST_MARKER
from bailiwick.access.principals import Principals
from bailiwick.access.quotas import DEFAULT_QUOTAS
from bailiwick.access.sessions import Sessions
from bailiwick.access.token_keys import TokenKeys, open_token_keys
from bailiwick.account import accounts
from bailiwick.auth import Authenticator
from bailiwick.changes import bailiwick as own
from bailiwick.egress import Destinations, Egress, Route
from bailiwick.errors import AwsError
from bailiwick.iam import iam
from bailiwick.iam.wording import PATTERN_MESSAGES, PATTERNS
from bailiwick.operations import Operations
from bailiwick.service.calls import Calls
from bailiwick.service.clock import SKEW, Clock, system_time
from bailiwick.service.credentials_file import write_profiles
from bailiwick.service.door import Door
from bailiwick.service.founding import Founding, NewAccount
from bailiwick.service.housekeeping import Housekeeping
from bailiwick.service.quota_changes import QuotaChanges
from bailiwick.settings import HostRoute, Settings
from bailiwick.store import (
    Store,
    StoreRefused,
    Tampered,
    Transaction,
    Vault,
    open_store,
    open_vault,
    read_master_key,
)
from bailiwick.sts import sts
from bailiwick.sts.web_identity import ProviderKeys
from bailiwick.sts.web_identity_token import IssuerDocuments
from bailiwick.trail import Recorder
from bailiwick.wire import Limits, Router, load_service


class StartError(Exception):
    """The service cannot start; the message tells the operator why and what to do."""


@dataclass(frozen=True, slots=True)
class FirstRun:
    """What the first run made: an account and its administrator, whose access key is in the credentials file."""

    account: NewAccount
    credentials_file: Path


class Service:
    """The whole service. `open` it, `start` its background work, serve `app`, and `close` it."""

    def __init__(
        self, settings: Settings, store: Store, vault: Vault, token_keys: TokenKeys, clock: Clock, egress: Egress
    ) -> None:
        self.settings = settings
        self._egress = egress
        self.store = store
        self._clock = clock
        self._recorder = Recorder(store)
        principals = Principals(store, vault)
        sessions = Sessions(store, principals, clock.now)
        store.listen(principals.forget)
        store.listen(sessions.forget)
        quotas = AccountQuotas(store, {**DEFAULT_QUOTAS, **settings.quotas})
        store.listen(quotas.forget)
        operations: Mapping[str, Operations[Call, Transaction]] = {
            registry.service: registry for registry in (iam, sts, own)
        }
        iam_model = load_service(
            "iam", pattern_messages=PATTERN_MESSAGES, longest={"markerType": LONGEST_MARKER}, patterns=PATTERNS
        )
        limits = Limits()
        installation = Installation(
            principals=principals,
            sessions=sessions,
            token_keys=token_keys,
            vault=vault,
            quotas=quotas,
            random_bytes=os.urandom,
            public_url=settings.public_url,
            egress=egress,
            services={"iam": iam_model},
            parts=[ProviderKeys(egress)],
        )
        self.quotas = QuotaChanges(store, quotas, self._recorder, clock, os.urandom)
        self._founding = Founding(store, iam, installation, self._recorder, clock, iam_model.api_version)
        self._calls = Calls(
            store=store,
            router=Router([iam_model, load_service("sts"), load_service("bailiwick")], limits),
            operations=operations,
            authenticator=Authenticator(principals, token_keys, clock.now),
            callers=Callers(principals, sessions),
            installation=installation,
            recorder=self._recorder,
            clock=clock,
            unproven_bytes=limits.unsigned_bytes,
        )
        documents = IssuerDocuments(store, clock.now_ms, settings.public_url)
        self.app = Door(self._calls, self.why_not_ready, __version__, settings.trusted_proxies, limits, documents.find)
        self._housekeeping = Housekeeping(store, vault, clock, token_keys, sessions, installation.hashing)
        self._is_draining = False

    @classmethod
    async def open(cls, settings: Settings, *, clock: Callable[[], datetime] = system_time) -> "Service":
        """Open the store, bringing its schema up to date, and build the service on it.

        Raises:
            StartError: the data folder, the store, the master key or the file of egress_ca is not as it must be.
        """
        time = Clock(clock)
        egress = _open_egress(settings)
        try:
            _make_data_folder(settings.data)
            store = await open_store(settings.database_url, time.now_ms, stale_limit_seconds=settings.stale_limit)
        except (StoreRefused, OSError) as error:
            raise StartError(_told(error)) from error
        try:
            is_new = await store.read(_has_no_data_keys)
            master_key = read_master_key(settings.master_key, may_create=is_new)
            vault = await open_vault(store, master_key, time.now_ms())
            await time.meet(store)
            _require_plausible(time)
            return cls(settings, store, vault, await open_token_keys(store, vault, time.now), time, egress)
        except (StoreRefused, AwsError, OSError) as error:
            await store.close()
            raise StartError(_told(error)) from error
        except Tampered as error:
            await store.close()
            raise StartError(f"The store was changed by something else than Bailiwick: {error}.") from error

    async def first_run(self) -> FirstRun | None:
        """On an empty store make the account of the settings, and write its administrator's credentials file.

        A first run that ended between the two is brought to its end.

        Raises:
            StartError: the credentials file cannot be written.
        """
        settings = self.settings
        file = settings.data / "credentials"
        if await self._founding.is_needed():
            await self._founding.create(
                settings.account_name, settings.root_email, account_id=settings.account_id, only_first=True
            )
        made = await self._founding.not_handed_over()
        if made is None:
            return None
        try:
            write_profiles(file, ("default", "admin"), made.access_key_id, made.secret_access_key)
        except OSError as error:
            raise StartError(f"The credentials file {file} cannot be written: {error.strerror}.") from error
        await self._founding.note_handed_over()
        return FirstRun(made, file)

    async def create_account(self, name: str, email: str, *, account_id: str | None = None) -> NewAccount:
        """Make a further account, isolated from the others, with its own administrator.

        Raises:
            AccountExists: the id or the e-mail address is taken.
            StartError: there has been no first run, whose account comes before any other.
        """
        if await self._founding.is_needed():
            raise StartError(
                f"There is no installation in {self.store.description}. Make a new one first: bailiwick init"
            )
        made = await self._founding.create(name, email, account_id=account_id)
        assert made is not None, "only a first run can find that another was first"
        return made

    async def start(self) -> None:
        """Begin the background work."""
        self._recorder.start()
        self._housekeeping.start()

    def drain(self) -> None:
        """Say in `/readyz` that no more requests should be sent here."""
        self._is_draining = True

    async def close(self) -> None:
        """Write what is still to be written, and let go of the store."""
        self._calls.close()
        self._egress.close()
        await self._housekeeping.close()
        await self._recorder.close()
        await self.store.close()

    async def why_not_ready(self) -> str | None:
        """Why this node should get no requests now, or None."""
        if self._is_draining:
            return "it is shutting down"
        try:
            await self.store.freshen()
            await self.store.read(accounts.any_exists)
            self._clock.now()
            self._clock.require_plausible()
        except AwsError as error:
            return error.message
        return None


def _open_egress(settings: Settings) -> Egress:
    """What fetches from other systems.

    Raises:
        StartError: the file of `egress_ca` cannot be read, or holds no certificate.
    """
    networks = [each for each in settings.egress_allow if not isinstance(each, HostRoute)]
    routes = {
        each.host: Route(each.address, each.port) for each in settings.egress_allow if isinstance(each, HostRoute)
    }
    try:
        return Egress(Destinations(networks, routes), settings.egress_ca)
    except OSError as error:  # ssl.SSLError is one
        raise StartError(
            f"The authorities of egress_ca, {settings.egress_ca}, cannot be used: {error.strerror or error}. "
            "Name a file of certificates in PEM."
        ) from error


def _require_plausible(time: Clock) -> None:
    """Refuse to start with a clock behind the time of the store.

    Raises:
        StoreRefused: it lags by more than the skew; the operator is told what to do, whichever of the two is wrong.
    """
    if time.lag > SKEW:
        raise StoreRefused(
            f"This host's clock is {time.lag} behind the latest time that the store has seen. Set the clock. If it is "
            "right, and another host's was once ahead, stop every server and remove the mark from the store: "
            "DELETE FROM meta WHERE name = 'time_high_water'"
        )


async def _has_no_data_keys(tx: Transaction) -> bool:
    return await tx.one("SELECT 1 FROM data_keys LIMIT 1") is None


def _told(error: Exception) -> str:
    """The error in words for the operator; of the system's own also which file, and what to do."""
    if not isinstance(error, OSError) or error.filename is None:
        return str(error)
    who = "Run as a user that may use it, or name" if isinstance(error, PermissionError) else "Name"
    return (
        f"{error.filename} cannot be used: {error.strerror}. "
        f"{who} another place with --data, --database-url or --master-key."
    )


def _make_data_folder(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise StoreRefused(f"{path} is not a folder; name another for the data with --data.")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o022:
        raise StoreRefused(f"Others may write to the data folder {path} (mode {mode:04o}); run: chmod 700 {path}")
    for name in ("bailiwick.db", "credentials"):
        file = path / name
        if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise StoreRefused(f"Others may read {file}; run: chmod 600 {file}")
