"""A call's way: identify, authenticate, authorize, handle, answer, and record. The only way in, for every protocol."""

import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bailiwick.access.call import Call, Caller
from bailiwick.access.callers import Callers
from bailiwick.access.decisions import Access, Installation
from bailiwick.auth import (
    ANONYMOUS,
    Authenticator,
    InvalidClientTokenId,
    MissingAuthenticationToken,
    PrincipalKind,
    claimed_service,
)
from bailiwick.errors import AwsError, InternalFailure, OperationNotImplemented
from bailiwick.http import HttpRequest, HttpResponse
from bailiwick.operations import Authorization, Operation, Operations, Output
from bailiwick.service.clock import Clock
from bailiwick.store import Store, Transaction
from bailiwick.trail import Event, Recorder
from bailiwick.wire import Incoming, Router

_log = logging.getLogger(__name__)

Declared = Operation[Call, Transaction]

# IAM is global: events of it are of its one region.
_GLOBAL_REGIONS: Mapping[str, str] = {"iam": "us-east-1"}

_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" * 8  # each letter stands for 8 of the 256 bytes


@dataclass(slots=True)
class _Progress:
    """What is known of a call so far, for its event."""

    request: HttpRequest
    request_id: str
    incoming: Incoming | None = None
    declared: Declared | None = None
    caller: Caller | None = None
    region: str = "us-east-1"
    parameters: Mapping[str, object] | None = None
    access: Access | None = None
    is_recorded: bool = False


class Calls:
    """Answers calls of AWS's protocols."""

    def __init__(
        self,
        *,
        store: Store,
        router: Router,
        operations: Mapping[str, Operations[Call, Transaction]],
        authenticator: Authenticator,
        callers: Callers,
        installation: Installation,
        recorder: Recorder,
        clock: Clock,
    ) -> None:
        self._store = store
        self._router = router
        self._operations = operations
        self._authenticator = authenticator
        self._callers = callers
        self._installation = installation
        self._recorder = recorder
        self._clock = clock

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """The reply to any request: a success, or AWS's error. Never raises."""
        progress = _Progress(request, new_request_id())
        signed_service = None
        try:
            signed_service = claimed_service(request)
            progress.incoming = self._router.identify(request, signed_service)
            output = await self._call(progress, progress.incoming)
            reply = progress.incoming.render(output, progress.request_id)
        except AwsError as error:
            return self._refuse(progress, signed_service, error)
        except Exception:  # noqa: BLE001  the edge: a bug is told to the log, and to the client only as such
            _log.exception("a call failed by a fault of ours", extra={"request_id": progress.request_id})
            return self._refuse(progress, signed_service, _internal_failure(progress.request_id))
        if not progress.is_recorded:
            event = self._event(progress, progress.incoming, None, None)
            self._recorder.record(event)
            self._recorder.used(event)
        return reply

    def refuse_unread(self, request: HttpRequest, error: AwsError) -> HttpResponse:
        """The reply to a request whose body was not even read."""
        return self._refuse(_Progress(request, new_request_id()), None, error)

    async def _call(self, progress: _Progress, incoming: Incoming) -> Output:
        service = incoming.service.name
        self._recorder.require_room()
        await self._store.freshen()
        self._clock.now()
        self._clock.require_plausible()
        authenticated = await self._authenticator.authenticate(progress.request, service)
        if authenticated is ANONYMOUS and not incoming.operation.is_unsigned:
            raise MissingAuthenticationToken
        caller, standing = await self._callers.identify(authenticated, progress.request)
        progress.caller = caller
        progress.region = _GLOBAL_REGIONS.get(service, caller.region)
        _require_may_call(caller, service)
        progress.parameters = parameters = incoming.parameters()
        declared = self._operations[service].find(incoming.operation.name)
        if declared is None:
            raise OperationNotImplemented(f"{service}:{incoming.operation.name} is not implemented yet.")
        progress.declared = declared
        progress.access = Access(self._installation, standing)
        call = Call(
            parameters=parameters,
            caller=caller,
            now=self._clock.now(),
            request_id=progress.request_id,
            new_id=self._new_id,
            random_bytes=self._installation.random_bytes,
            access=progress.access,
            operation=declared.name,
        )
        if declared.prepare is not None:
            await self._store.read(lambda tx: _authorized(call, tx, declared, _nothing))
            call.prepared = await declared.prepare(call)
        if declared.is_read_only:
            return await self._store.read(lambda tx: _authorized(call, tx, declared, declared.handler))

        async def write(tx: Transaction) -> tuple[Output, Event]:
            output = await _authorized(call, tx, declared, declared.handler)
            event = self._event(progress, incoming, output, None)
            await self._recorder.write(tx, event)
            return output, event

        output, event = await self._store.write(write, lock=caller.account if service == "iam" else None)
        progress.is_recorded = True
        self._recorder.used(event)
        return output

    def _refuse(self, progress: _Progress, signed_service: str | None, error: AwsError) -> HttpResponse:
        if not progress.is_recorded:
            event = self._event(progress, progress.incoming, None, error)
            self._recorder.record(event)
            self._recorder.used(event)
        if progress.incoming is not None:
            return progress.incoming.render_error(error, progress.request_id)
        return self._router.render_error(progress.request, signed_service, error, progress.request_id)

    def _event(self, progress: _Progress, incoming: Incoming | None, output: Output, error: AwsError | None) -> Event:
        declared, caller, request = progress.declared, progress.caller, progress.request
        return Event(
            account="" if caller is None else caller.account,
            caller=caller,
            service="unknown" if incoming is None else incoming.service.name,
            operation="" if incoming is None else incoming.operation.name,
            api_version="" if incoming is None else incoming.service.api_version,
            region=progress.region,
            source_address=request.client_address,
            user_agent=caller.user_agent if caller else (request.header(b"user-agent") or b"").decode("latin-1"),
            parameters=progress.parameters,
            output=output,
            secrets=frozenset() if declared is None else declared.secrets,
            error=error,
            decisions=() if progress.access is None else tuple(progress.access.decisions),
            is_read_only=_is_read_only(incoming) if declared is None else declared.is_read_only,
            request_id=progress.request_id,
            event_id=new_request_id(),
            happened_at=self._clock.now(),
        )

    def _new_id(self, prefix: str) -> str:
        return new_id(self._installation.random_bytes, prefix)


async def _authorized(
    call: Call, tx: Transaction, declared: Declared, then: Callable[[Call, Transaction], Awaitable[Output]]
) -> Output:
    if declared.authorization is Authorization.POLICIES:
        await call.access.authorize(call, tx, declared)
    return await then(call, tx)


async def _nothing(call: Call, tx: Transaction) -> Output:
    return None


def _require_may_call(caller: Caller, service: str) -> None:
    """What kinds of session may not call IAM at all (IAM User Guide, "Compare AWS STS credentials").

    Raises:
        InvalidClientTokenId: a federated user, or a GetSessionToken session without MFA.
    """
    claims = caller.session
    if service != "iam" or claims is None or caller.kind is PrincipalKind.ROLE:
        return
    if caller.kind is PrincipalKind.FEDERATED_USER or claims.mfa_authenticated_at_ms is None:
        raise InvalidClientTokenId.bad_token()


def _is_read_only(incoming: Incoming | None) -> bool:
    return incoming is not None and incoming.operation.name.startswith(("Get", "List", "Describe", "Simulate"))


def _internal_failure(request_id: str) -> InternalFailure:
    return InternalFailure(f"The request processing has failed because of an internal error. Request id: {request_id}")


def new_request_id() -> str:
    """A random UUID (RFC 9562, version 4) as text."""
    digits = os.urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def new_id(random_bytes: Callable[[int], bytes], prefix: str) -> str:
    """A unique id of AWS's form: the prefix (`AIDA`) and 17 random letters and digits of base32."""
    return prefix + random_bytes(17).translate(_BASE32).decode("ascii")
