"""The keys of the providers that tokens are of: fetched when they are needed, remembered for a while, and bounded.

Keys are used for `FRESH` without asking again, and for `STALE` in all while their provider cannot be asked. So a key
that a provider publishes no more verifies nothing after `FRESH`, and after `STALE` whatever happens to the network.

Invariant: a slow or broken provider keeps nobody waiting but who comes with its tokens, and those no longer than the
time that a fetch may take.
"""

import asyncio
import enum
import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bailiwick.egress import Egress, Unreachable, Untrusted
from bailiwick.errors import AwsError
from bailiwick.iam.oidc_providers.discovery import NotAProvider, published_keys
from bailiwick.iam.oidc_providers.record import OIDCProvider
from bailiwick.sts.errors import IDPCommunicationError, InvalidIdentityToken
from bailiwick.sts.web_identity.keys import VerificationKey, VerificationKeys
from bailiwick.sts.web_identity.tokens import Header

_log = logging.getLogger(__name__)

FRESH: Final = timedelta(minutes=5)
STALE: Final = timedelta(hours=1)
UNKNOWN_KEY_EVERY: Final = timedelta(minutes=1)
"""How often tokens that name a key which is not there make the provider be asked."""

_RETRY_EVERY: Final = timedelta(minutes=1)
_RETRY_WITHOUT_KEYS_EVERY: Final = timedelta(seconds=10)
_MOST_PROVIDERS: Final = 1000
_MOST_KEYS: Final = 5000
_AT_ONCE_FOR_AN_ACCOUNT: Final = 4


class _Failure(enum.Enum):
    """Why there are no keys."""

    UNREACHABLE = enum.auto()
    UNTRUSTED = enum.auto()
    NO_KEYS = enum.auto()

    def error(self) -> AwsError:
        match self:
            case _Failure.UNREACHABLE:
                return IDPCommunicationError.unreachable()
            case _Failure.UNTRUSTED:
                return InvalidIdentityToken.untrusted_provider()
            case _Failure.NO_KEYS:
                return InvalidIdentityToken.no_key()


@dataclass(slots=True, eq=False)
class _Known:
    """What is known of one provider's keys. Times are those of the calls that made it be asked."""

    keys: VerificationKeys | None = None
    fetched_at: datetime | None = None
    failure: _Failure = _Failure.UNREACHABLE
    failed_at: datetime | None = None
    unknown_at: datetime | None = None
    fetch: asyncio.Task[None] | None = None

    @property
    def weight(self) -> int:
        """How many keys it holds."""
        return 0 if self.keys is None else len(self.keys.keys)

    def usable(self, now: datetime) -> VerificationKeys | None:
        """The keys, unless there are none or they are too old."""
        return self.keys if self.fetched_at is not None and now - self.fetched_at < STALE else None

    def is_to_be_fetched(self, now: datetime) -> bool:
        """Whether there are no fresh keys, and the last failure to get some is long enough ago."""
        if self.fetched_at is not None and now - self.fetched_at < FRESH:
            return False
        pause = _RETRY_WITHOUT_KEYS_EVERY if self.usable(now) is None else _RETRY_EVERY
        return self.failed_at is None or now - self.failed_at >= pause


class ProviderKeys:
    """Finds the keys that tokens name. One for a process."""

    def __init__(self, egress: Egress, *, seconds: float = 5.0) -> None:
        """`seconds` is how long a provider may take to answer in all."""
        self._egress = egress
        self._seconds = seconds
        self._known: dict[tuple[str, tuple[str, ...]], _Known] = {}  # the one used longest ago first
        self._under_way: Counter[str] = Counter()

    async def find(self, provider: OIDCProvider, header: Header, now: datetime) -> VerificationKey:
        """The key that a token's header names, fetched anew if need be.

        Raises:
            IDPCommunicationError: there are no keys, and the provider does not answer.
            InvalidIdentityToken: it is not trusted, does not answer as OpenID Connect has it, or has no such key.
        """
        known = self._of(provider)
        if known.is_to_be_fetched(now):
            await self._fetched(known, provider, now)
        keys = known.usable(now)
        if keys is None:
            raise known.failure.error()
        key = keys.find(header)
        if key is None and (known.unknown_at is None or now - known.unknown_at >= UNKNOWN_KEY_EVERY):
            known.unknown_at = now
            await self._fetched(known, provider, now)
            key = (known.usable(now) or keys).find(header)
        if key is None:
            raise InvalidIdentityToken.no_key()
        return key

    def _of(self, provider: OIDCProvider) -> _Known:
        """What is known of a provider: of another one under its URL, or with other thumbprints, it is nothing."""
        name = (provider.provider_id, provider.thumbprints)
        known = self._known.pop(name, None)
        if known is not None:
            self._known[name] = known
            return known
        known = self._known[name] = _Known()
        self._keep_small()
        return known

    def _keep_small(self) -> None:
        """Forget the providers used longest ago, while there are more of them or of their keys than may be."""
        held = sum(known.weight for known in self._known.values())
        while len(self._known) > _MOST_PROVIDERS or held > _MOST_KEYS:
            held -= self._known.pop(next(iter(self._known))).weight

    async def _fetched(self, known: _Known, provider: OIDCProvider, now: datetime) -> None:
        """Wait for one fetch, which all that need it share, whoever of them gives up."""
        if known.fetch is None:
            if self._under_way[provider.account] >= _AT_ONCE_FOR_AN_ACCOUNT:
                return  # so that one account's slow providers leave others' their turns
            self._under_way[provider.account] += 1
            known.fetch = asyncio.create_task(self._fetch(known, provider, now))
        await asyncio.shield(known.fetch)

    async def _fetch(self, known: _Known, provider: OIDCProvider, now: datetime) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                content = await published_keys(self._egress, provider.url, provider.thumbprints)
            known.keys = await asyncio.to_thread(VerificationKeys.of, content)  # others need not wait for large ones
            known.fetched_at, known.failed_at = now, None
            self._keep_small()
        except Untrusted as error:
            _fail(known, provider, now, _Failure.UNTRUSTED, error)
        except (Unreachable, TimeoutError) as error:
            _fail(known, provider, now, _Failure.UNREACHABLE, error)
        except (NotAProvider, InvalidIdentityToken) as error:
            _fail(known, provider, now, _Failure.NO_KEYS, error)
        finally:
            known.fetch = None
            self._under_way[provider.account] -= 1
            self._under_way += Counter()  # forgets who has none


def _fail(known: _Known, provider: OIDCProvider, now: datetime, failure: _Failure, error: Exception) -> None:
    known.failure, known.failed_at = failure, now
    _log.warning(
        "the keys of an OpenID Connect provider cannot be fetched",
        extra={"account": provider.account, "url": provider.url, "reason": str(error) or type(error).__name__},
    )
