"""The one door: from a request to a proven caller, or a refusal."""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from bailiwick.auth.authorization import PresentedSignature, SignatureReader
from bailiwick.auth.caller import ANONYMOUS, Authenticated
from bailiwick.auth.canonical import canonical_request
from bailiwick.auth.credentials import AccessKey, Credentials
from bailiwick.auth.errors import ExpiredToken, InvalidClientTokenId, SignatureDoesNotMatch
from bailiwick.auth.signing import SigningKeys, sign
from bailiwick.auth.tokens import InvalidToken, OpenedSession, TokenRings, UnknownRingKey
from bailiwick.http import HttpRequest
from bailiwick.secret import Secret

MAX_SKEW: Final = timedelta(minutes=15)
"""How far a client's clock may be off, either way."""

_MAX_SKEW_TEXT: Final = "15 min"
_TEMPORARY_PREFIX: Final = "ASIA"
# Signs for access keys that do not exist: they cost the same work, and fail whatever the outcome.
_NOBODYS_SECRET: Final = Secret(b"\0" * 40)


class Authenticator:
    """Tells who signed a request (Signature Version 4, header and presigned form). For one thread."""

    def __init__(self, credentials: Credentials, ring: TokenRings, clock: Callable[[], datetime]) -> None:
        """`clock` gives the present as aware UTC."""
        self._credentials = credentials
        self._rings = ring
        self._clock = clock
        self._reader = SignatureReader()
        self._signing_keys = SigningKeys()

    async def authenticate(self, request: HttpRequest, service: str) -> Authenticated:
        """Verify a request that was routed to a service; an unsigned one is ANONYMOUS, for the caller to judge.

        Not for S3, whose canonical requests and body modes differ.

        Raises:
            IncompleteSignature: the signature's parts cannot be read.
            SignatureDoesNotMatch: another time, scope or key, or any signed part of the request was changed.
            InvalidClientTokenId: an access key or session token that is not good.
            ExpiredToken: the session has ended; said only once its signature is proven.
        """
        presented = self._reader.read(request)
        if presented is None:
            return ANONYMOUS
        now = self._clock()
        _require_current(presented, service, now)
        if faults := presented.credential.faults(presented.amz_date, service):
            raise SignatureDoesNotMatch(faults)
        canonical = canonical_request(
            request, presented.headers, presented.signed_headers, presented.names, presented.query
        )
        access_key_id, scope = presented.credential.access_key_id, presented.credential.scope
        principal = await self._find_principal(access_key_id, presented.token)
        secret = _NOBODYS_SECRET if isinstance(principal, InvalidClientTokenId) else principal.secret
        known_key = self._signing_keys.find(access_key_id, scope, secret)
        signing_key = known_key or presented.credential.signing_key(secret)
        calculated = sign(signing_key, presented.amz_date, scope, canonical)
        is_proven = hmac.compare_digest(calculated, presented.signature)
        if isinstance(principal, InvalidClientTokenId):
            raise principal
        if not is_proven:
            raise SignatureDoesNotMatch.mismatch()
        if known_key is None:
            self._signing_keys.keep(access_key_id, scope, secret, signing_key)
        if isinstance(principal, OpenedSession):
            if principal.claims.is_expired(now):
                raise ExpiredToken
            return _session_caller(principal, presented)
        return _key_caller(principal, presented)

    async def _find_principal(
        self, access_key_id: str, token: str | None
    ) -> AccessKey | OpenedSession | InvalidClientTokenId:
        """Whose access key it is; the error to raise, once all work is done, when it is nobody's."""
        if token is not None:
            # A long-term key with a token ends here as well: no token derives an access key id of its form.
            try:
                return await self._open(token, access_key_id)
            except InvalidToken:
                return InvalidClientTokenId.bad_token()
        if access_key_id.startswith(_TEMPORARY_PREFIX):
            return InvalidClientTokenId.unknown_key()
        key = await self._credentials.access_key(access_key_id)
        if key is None or not key.is_active:
            return InvalidClientTokenId.unknown_key()
        return key

    async def _open(self, token: str, access_key_id: str) -> OpenedSession:
        try:
            return self._rings.current().open(token, access_key_id)
        except UnknownRingKey:
            ring = await self._rings.refreshed()
        return ring.open(token, access_key_id)


def _require_current(presented: PresentedSignature, service: str, now: datetime) -> None:
    """Refuse a signature made too far from now."""
    latest = now + MAX_SKEW
    if presented.signed_at > latest:
        raise SignatureDoesNotMatch.not_yet_current(presented.signed_at, now, latest, _MAX_SKEW_TEXT)
    lifetime, lifetime_text = _lifetime(presented.expires_seconds, service)
    oldest = now - lifetime
    if presented.signed_at < oldest:
        raise SignatureDoesNotMatch.expired(presented.signed_at, now, oldest, lifetime_text)


def _lifetime(expires_seconds: int | None, service: str) -> tuple[timedelta, str]:
    """How long a signature is good, also in words: a presigned one as long as it says, for STS within the skew."""
    if expires_seconds is None:
        return MAX_SKEW, _MAX_SKEW_TEXT
    expires = timedelta(seconds=expires_seconds)
    # Presigned identities are handed to others as proof, so STS lets none live longer than a signature in a header.
    if service == "sts" and expires >= MAX_SKEW:
        return MAX_SKEW, _MAX_SKEW_TEXT
    return expires, f"{expires_seconds} sec"


def _key_caller(key: AccessKey, presented: PresentedSignature) -> Authenticated:
    return Authenticated(
        kind=key.principal_kind,
        account=key.account,
        principal_id=key.principal_id,
        access_key_id=key.access_key_id,
        session=None,
        region=presented.credential.region,
        service=presented.credential.service,
        signed_at=presented.signed_at,
        is_presigned=presented.expires_seconds is not None,
    )


def _session_caller(opened: OpenedSession, presented: PresentedSignature) -> Authenticated:
    return Authenticated(
        kind=opened.claims.principal_kind,
        account=opened.claims.account,
        principal_id=opened.claims.principal_id,
        access_key_id=presented.credential.access_key_id,
        session=opened.claims,
        region=presented.credential.region,
        service=presented.credential.service,
        signed_at=presented.signed_at,
        is_presigned=presented.expires_seconds is not None,
    )
