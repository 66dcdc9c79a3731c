"""From a proven signature to the caller: the principal as it is now, with its session's facts.

Authentication proves who signed; here it is checked that the signer still exists and that nothing it came from was
taken away since. Whoever fails gets the answer of a credential that is not good (IAM User Guide, "Disabling
permissions for temporary security credentials").
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bailiwick.access.call import Caller
from bailiwick.access.context import caller_keys
from bailiwick.access.principals import PrincipalRecord, Principals, PrincipalType
from bailiwick.access.sessions import SessionLimits, Sessions
from bailiwick.auth import Authenticated, InvalidClientTokenId, PrincipalKind, SessionClaims
from bailiwick.http import HttpRequest
from bailiwick.operations import ContextValue
from bailiwick.policy import ANONYMOUS, EMPTY_SET, Layers, PolicySet, Principal
from bailiwick.policy import PrincipalKind as Asking
from bailiwick.store import Transaction

NO_LIMITS = SessionLimits(None, (), ())

_KNOWN = 4096
"""How many callers are remembered as their last request showed them."""

_LONGEST_WORDS = 512
_HEAVIEST = 64
"""A caller with a longer user agent and referer, heavier inline policies or a session policy is not remembered."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for a caller.

    Attributes:
        record: its principal's record; None for root and the anonymous.
        limits: what its session's token narrows it to.
        layers: the policies of both, ready to be decided by.
        keys: the condition keys that tell of the caller and stay the same for all its requests.
    """

    record: PrincipalRecord | None
    limits: SessionLimits
    layers: Layers
    keys: Mapping[str, ContextValue]

    @classmethod
    def of(cls, caller: Caller, record: PrincipalRecord | None, limits: SessionLimits) -> "Standing":
        """Gather what holds for a caller."""
        return cls(record, limits, layers_of(record, limits), caller_keys(caller, record))


def layers_of(record: PrincipalRecord | None, limits: SessionLimits, trust: PolicySet | None = None) -> Layers:
    """The policies that limit a principal and its session; nobody has nothing."""
    return Layers(
        identity=EMPTY_SET if record is None else record.policies,
        boundary=None if record is None else record.boundary,
        session=limits.session,
        scope_downs=limits.scope_downs,
        trust=trust,
    )


class Callers:
    """Makes callers."""

    def __init__(self, principals: Principals, sessions: Sessions) -> None:
        self._principals = principals
        self._sessions = sessions
        self._known: dict[str, tuple[Caller, Standing]] = {}
        principals.let_go_with(lambda sources: self._known.clear())

    async def identify(self, authenticated: Authenticated, request: HttpRequest) -> tuple[Caller, Standing]:
        """The caller of a request.

        Raises:
            InvalidClientTokenId: the principal is gone, or its session was ended.
        """
        claims = authenticated.session
        if claims is not None:
            await self._require_alive(claims)
        limits = NO_LIMITS if claims is None else await self._sessions.limits(claims)
        record = await self._record(authenticated)
        key = authenticated.access_key_id or ""
        known = self._known.get(key)
        if (
            known is not None
            and known[1].record is record
            and known[1].limits is limits
            and _is_same(known[0], authenticated, request)
        ):
            return known
        caller = caller_of(authenticated, record, request)
        found = caller, Standing.of(caller, record, limits)
        if len(self._known) >= _KNOWN:
            self._known.clear()
        if _is_small(caller, record, limits):
            self._known[key] = found
        return found

    async def _record(self, authenticated: Authenticated) -> PrincipalRecord | None:
        """The user or role behind the caller."""
        account, principal_id, claims = authenticated.account, authenticated.principal_id, authenticated.session
        if authenticated.kind is PrincipalKind.FEDERATED_USER:
            assert claims is not None, "a federated user is only ever a session's"
            principal_id = claims.origin.principal_id
        if authenticated.kind is PrincipalKind.ANONYMOUS or principal_id == account:
            return None  # root, and who comes from root, have no policies of their own
        assert account is not None, "a proven caller has an account"
        assert principal_id is not None, "a proven caller has an id"
        kind: PrincipalType = "role" if authenticated.kind is PrincipalKind.ROLE else "user"
        record = await self._principals.find(kind, account, principal_id)
        if record is None:
            raise InvalidClientTokenId.bad_token()
        return record

    async def require_standing(self, authenticated: Authenticated, tx: Transaction) -> None:
        """Make sure that a caller who had to wait for its transaction may still call.

        Raises:
            InvalidClientTokenId: meanwhile its access key was made inactive or deleted, or its session was ended.
        """
        claims, access_key_id = authenticated.session, authenticated.access_key_id
        if claims is None:
            if access_key_id is not None and not await self._principals.is_active_key(access_key_id, tx):
                raise InvalidClientTokenId.unknown_key()
            return
        if await self._sessions.has_ended(claims):
            raise InvalidClientTokenId.bad_token()
        for source in _access_keys_behind(claims):
            if not await self._principals.is_active_key(source, tx):
                raise InvalidClientTokenId.bad_token()

    async def _require_alive(self, claims: SessionClaims) -> None:
        """A session ends with what it came from: the session or access key that asked for it."""
        if await self._sessions.has_ended(claims):
            raise InvalidClientTokenId.bad_token()
        for source in _access_keys_behind(claims):
            key = await self._principals.access_key(source)
            if key is None or not key.is_active:
                raise InvalidClientTokenId.bad_token()


def _access_keys_behind(claims: SessionClaims) -> list[str]:
    """The long-term keys that a session came from: whoever asked for it, or gave leave to."""
    origins = (claims.origin,) if claims.authority is None else (claims.origin, claims.authority)
    return [origin.source for origin in origins if origin.source.startswith("AKIA")]


def caller_of(authenticated: Authenticated, record: PrincipalRecord | None, request: HttpRequest) -> Caller:
    """The caller that a request shows, who was proven to be `authenticated` and whose user or role is `record`."""
    return _caller(authenticated, _principal(authenticated, record), record, request)


def _principal(authenticated: Authenticated, record: PrincipalRecord | None) -> Principal:
    """Every identity that a policy can name the caller by."""
    account, claims = authenticated.account, authenticated.session
    match authenticated.kind:
        case PrincipalKind.ANONYMOUS:
            return ANONYMOUS
        case PrincipalKind.ROOT:
            return Principal(Asking.ROOT, account, f"arn:aws:iam::{account}:root")
        case PrincipalKind.USER:
            assert record is not None, "a user has a record"
            return Principal(Asking.USER, account, record.arn, record.unique_id)
        case PrincipalKind.ROLE:
            assert record is not None, "a role has a record"
            assert claims is not None, "a role is only ever a session's"
            arn = f"arn:aws:sts::{account}:assumed-role/{record.name}/{claims.session_name}"
            return Principal(Asking.ROLE_SESSION, account, arn, record.unique_id, record.arn)
        case PrincipalKind.FEDERATED_USER:
            assert claims is not None, "a federated user is only ever a session's"
            arn = f"arn:aws:sts::{account}:federated-user/{claims.principal_name}"
            parent_arn = f"arn:aws:iam::{account}:root" if record is None else record.arn
            return Principal(
                Asking.FEDERATED_USER, account, arn, None if record is None else record.unique_id, parent_arn
            )


def _caller(
    authenticated: Authenticated, principal: Principal, record: PrincipalRecord | None, request: HttpRequest
) -> Caller:
    claims, principal_id = authenticated.session, authenticated.principal_id or ""
    user_id = principal_id or "anonymous"
    if authenticated.kind is PrincipalKind.ROLE and claims is not None:
        user_id = f"{principal_id}:{claims.session_name}"
    is_named = record is not None and authenticated.kind in (PrincipalKind.USER, PrincipalKind.ROLE)
    return Caller(
        kind=authenticated.kind,
        account=authenticated.account or "",
        principal_id=principal_id,
        arn=principal.arn,
        user_id=user_id,
        name=record.name if record is not None and is_named else None,
        access_key_id=authenticated.access_key_id,
        session=claims,
        principal=principal,
        region=authenticated.region or "us-east-1",
        source_address=request.client_address,
        user_agent=_user_agent(request),
        is_secure=request.is_secure,
        referer=_referer(request),
        has_stray_token=_has_stray_token(authenticated, request),
    )


def _is_same(caller: Caller, authenticated: Authenticated, request: HttpRequest) -> bool:
    """Whether a caller known from an earlier request says all of this one: then it need not be made again."""
    return (
        caller.session is authenticated.session
        and caller.source_address == request.client_address
        and caller.region == authenticated.region
        and caller.is_secure == request.is_secure
        and caller.kind is authenticated.kind
        and caller.principal_id == authenticated.principal_id
        and caller.user_agent == _user_agent(request)
        and caller.referer == _referer(request)
        and caller.has_stray_token == _has_stray_token(authenticated, request)
    )


def _user_agent(request: HttpRequest) -> str:
    return (request.header(b"user-agent") or b"").decode("latin-1")


def _referer(request: HttpRequest) -> str | None:
    sent = request.header(b"referer")
    return None if sent is None else sent.decode("latin-1")


def _has_stray_token(authenticated: Authenticated, request: HttpRequest) -> bool:
    return authenticated.kind is PrincipalKind.ANONYMOUS and request.header(b"x-amz-security-token") is not None


def _is_small(caller: Caller, record: PrincipalRecord | None, limits: SessionLimits) -> bool:
    return (
        len(caller.user_agent) + len(caller.referer or "") <= _LONGEST_WORDS
        and (record is None or record.weight <= _HEAVIEST)
        and limits.session is None
        and not limits.scope_downs
    )


_FOR_IAM = frozenset({"AssumeRoot", "GetDelegatedAccessToken"})
"""What gives sessions of root and users whose work is to look after credentials and to set up roles."""


def require_may_call(caller: Caller, service: str) -> None:
    """What kinds of session may not call IAM at all (IAM User Guide, "Compare AWS STS credentials").

    Raises:
        InvalidClientTokenId: a federated user, or a GetSessionToken session without MFA.
    """
    claims = caller.session
    if service != "iam" or claims is None or caller.kind is PrincipalKind.ROLE:
        return
    if claims.operation in _FOR_IAM:
        return
    if caller.kind is PrincipalKind.FEDERATED_USER or claims.mfa_authenticated_at_ms is None:
        raise InvalidClientTokenId.bad_token()
