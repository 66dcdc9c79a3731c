"""From a proven signature to the caller: the principal as it is now, with its session's facts.

Authentication proves who signed; here it is checked that the signer still exists and that nothing it came from was
taken away since. Whoever fails gets the answer of a credential that is not good (IAM User Guide, "Disabling
permissions for temporary security credentials").
"""

from dataclasses import dataclass

from bailiwick.access.call import Caller
from bailiwick.access.principals import PrincipalRecord, Principals
from bailiwick.access.sessions import SessionLimits, Sessions
from bailiwick.auth import Authenticated, InvalidClientTokenId, PrincipalKind, SessionClaims
from bailiwick.http import HttpRequest
from bailiwick.policy import ANONYMOUS, Principal
from bailiwick.policy import PrincipalKind as Asking

_NO_LIMITS = SessionLimits(None, (), ())


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for a caller: its principal's record (None for root and the anonymous) and its session's limits."""

    record: PrincipalRecord | None
    record_kind: str
    limits: SessionLimits


class Callers:
    """Makes callers."""

    def __init__(self, principals: Principals, sessions: Sessions) -> None:
        self._principals = principals
        self._sessions = sessions

    async def identify(self, authenticated: Authenticated, request: HttpRequest) -> tuple[Caller, Standing]:
        """The caller of a request.

        Raises:
            InvalidClientTokenId: the principal is gone, or its session was ended.
        """
        claims = authenticated.session
        if claims is not None:
            await self._require_alive(claims)
        match authenticated.kind:
            case PrincipalKind.USER:
                return await self._as_user(authenticated, request)
            case PrincipalKind.ROLE:
                assert claims is not None, "a role is only ever a session's"
                return await self._as_role(authenticated, claims, request)
            case PrincipalKind.FEDERATED_USER:
                assert claims is not None, "a federated user is only ever a session's"
                return await self._as_federated_user(authenticated, claims, request)
            case PrincipalKind.ROOT:
                return await self._as_root(authenticated, request)
            case PrincipalKind.ANONYMOUS:
                return _caller(authenticated, ANONYMOUS, "", "anonymous", None, request), Standing(None, "", _NO_LIMITS)

    async def _as_user(self, authenticated: Authenticated, request: HttpRequest) -> tuple[Caller, Standing]:
        record = await self._user(authenticated.account, authenticated.principal_id)
        principal = Principal(Asking.USER, record.account, record.arn, record.unique_id)
        standing = Standing(record, "user", await self._limits(authenticated.session))
        return _caller(authenticated, principal, record.unique_id, record.unique_id, record.name, request), standing

    async def _as_role(
        self, authenticated: Authenticated, claims: SessionClaims, request: HttpRequest
    ) -> tuple[Caller, Standing]:
        record = await self._principals.role(claims.account, claims.principal_id)
        if record is None:
            raise InvalidClientTokenId.bad_token()
        arn = f"arn:aws:sts::{record.account}:assumed-role/{record.name}/{claims.session_name}"
        principal = Principal(Asking.ROLE_SESSION, record.account, arn, record.unique_id, record.arn)
        user_id = f"{record.unique_id}:{claims.session_name}"
        standing = Standing(record, "role", await self._limits(claims))
        return _caller(authenticated, principal, record.unique_id, user_id, record.name, request), standing

    async def _as_federated_user(
        self, authenticated: Authenticated, claims: SessionClaims, request: HttpRequest
    ) -> tuple[Caller, Standing]:
        parent = claims.origin.principal_id
        is_roots = parent == claims.account
        record = None if is_roots else await self._user(claims.account, parent)
        principal = Principal(
            kind=Asking.FEDERATED_USER,
            account=claims.account,
            arn=f"arn:aws:sts::{claims.account}:federated-user/{claims.session_name}",
            unique_id=None if record is None else record.unique_id,
            parent_arn=f"arn:aws:iam::{claims.account}:root" if record is None else record.arn,
        )
        user_id = f"{claims.account}:{claims.session_name}"
        standing = Standing(record, "user", await self._limits(claims))
        return _caller(authenticated, principal, user_id, user_id, None, request), standing

    async def _as_root(self, authenticated: Authenticated, request: HttpRequest) -> tuple[Caller, Standing]:
        account = authenticated.account
        assert account is not None, "root has an account"
        principal = Principal(Asking.ROOT, account, f"arn:aws:iam::{account}:root")
        standing = Standing(None, "", await self._limits(authenticated.session))
        return _caller(authenticated, principal, account, account, None, request), standing

    async def _user(self, account: str | None, user_id: str | None) -> PrincipalRecord:
        assert account is not None, "a user has an account"
        assert user_id is not None, "a user has an id"
        record = await self._principals.user(account, user_id)
        if record is None:
            raise InvalidClientTokenId.bad_token()
        return record

    async def _require_alive(self, claims: SessionClaims) -> None:
        """A session ends with what it came from: the session or access key that asked for it."""
        if await self._sessions.has_ended(claims):
            raise InvalidClientTokenId.bad_token()
        if claims.origin.source.startswith("AKIA"):
            key = await self._principals.access_key(claims.origin.source)
            if key is None or not key.is_active:
                raise InvalidClientTokenId.bad_token()

    async def _limits(self, claims: SessionClaims | None) -> SessionLimits:
        return _NO_LIMITS if claims is None else await self._sessions.limits(claims)


def _caller(
    authenticated: Authenticated,
    principal: Principal,
    principal_id: str,
    user_id: str,
    name: str | None,
    request: HttpRequest,
) -> Caller:
    user_agent = request.header(b"user-agent") or b""
    return Caller(
        kind=authenticated.kind,
        account=authenticated.account or "",
        principal_id=principal_id,
        arn=principal.arn,
        user_id=user_id,
        name=name,
        access_key_id=authenticated.access_key_id,
        session=authenticated.session,
        principal=principal,
        region=authenticated.region or "us-east-1",
        source_address=request.client_address,
        user_agent=user_agent.decode("latin-1"),
        is_secure=request.is_secure,
    )
