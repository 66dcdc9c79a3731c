"""A call's way: identify, authenticate, authorize, handle, answer, and record. The only way in, for every protocol."""

import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from bailiwick.access.call import Call
from bailiwick.access.callers import Callers, require_may_call
from bailiwick.access.context import requested_region
from bailiwick.access.decisions import Access, Installation
from bailiwick.access.done import Done
from bailiwick.access.request_ids import new_request_id
from bailiwick.auth import (
    ANONYMOUS,
    Authenticator,
    MissingAuthenticationToken,
    claimed_service,
)
from bailiwick.errors import AwsError, InternalFailure, KeptRefusal, OperationNotImplemented
from bailiwick.http import HttpRequest, HttpResponse
from bailiwick.operations import Authorization, Deferred, Operation, Operations, Output, Undone
from bailiwick.service.clock import Clock
from bailiwick.service.deferred_work import DeferredWork
from bailiwick.store import Store, Transaction
from bailiwick.trail import Event, Recorder
from bailiwick.wire import Incoming, Router

_log = logging.getLogger(__name__)

T = TypeVar("T")

Declared = Operation[Call, Transaction]

_READS = ("Get", "List", "Describe", "Simulate")  # what a call is taken for when it has no handler

_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" * 8  # each letter stands for 8 of the 256 bytes


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
        unproven_bytes: int,
    ) -> None:
        """`unproven_bytes` is the largest body that is taken apart before it is known who sent it."""
        self._store = store
        self._router = router
        self._operations = operations
        self._authenticator = authenticator
        self._callers = callers
        self._installation = installation
        self._recorder = recorder
        self._clock = clock
        self._unproven_bytes = unproven_bytes
        self._deferred_work = DeferredWork()

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """The reply to any request: a success, or AWS's error. Never raises."""
        event = self._new_event(request)
        incoming = signed_service = None
        try:
            signed_service = claimed_service(request)
            if signed_service is not None and len(request.body) > self._unproven_bytes:
                await self._prove(request, signed_service)
            incoming = self._router.identify(request, signed_service)
            found, is_recorded = await self._call(request, incoming, event)
            if isinstance(found, Deferred):
                reply = await self._worked_out(incoming, found, event)
            elif isinstance(found, AwsError):
                reply = incoming.render_error(found, event.request_id)
            else:
                reply = incoming.render(found, event.request_id)
        except AwsError as error:
            return self._refuse(request, incoming, signed_service, event, error)
        except Exception:  # noqa: BLE001  the edge: a bug is told to the log, and to the client only as such
            _log.exception("a call failed by a fault of ours", extra={"request_id": event.request_id})
            return self._refuse(request, incoming, signed_service, event, _internal_failure(event.request_id))
        if not is_recorded:
            self._recorder.record(event)
        return reply

    def refuse_unread(self, request: HttpRequest, error: AwsError) -> HttpResponse:
        """The reply to a request whose body was not even read."""
        return self._refuse(request, None, None, self._new_event(request), error)

    def close(self) -> None:
        """Begin no more slow work; what is under way comes to its end."""
        self._deferred_work.close()
        self._installation.hashing.close()
        self._installation.reporting.close()
        self._installation.verifying.close()

    async def _prove(self, request: HttpRequest, service: str) -> None:
        """Verify the signature, and no more, so that no stranger makes everyone wait while a large body is read."""
        await self._store.freshen()
        self._clock.require_plausible()
        await self._authenticator.authenticate(request, service)

    async def _call(
        self, request: HttpRequest, incoming: Incoming, event: Event
    ) -> tuple[Output | Deferred | AwsError, bool]:
        """The output, what is to be worked out, or a kept refusal; and whether the call's event is written already."""
        service = event.service = incoming.service.name
        name = event.operation = incoming.operation.name
        event.api_version = incoming.service.api_version
        event.is_read_only = name.startswith(_READS)
        self._recorder.require_room()
        await self._store.freshen()
        self._clock.require_plausible()
        authenticated = await self._authenticator.authenticate(request, service)
        if authenticated is ANONYMOUS and not incoming.operation.is_unsigned:
            raise MissingAuthenticationToken
        caller, standing = await self._callers.identify(authenticated, request)
        event.caller = caller
        event.region = requested_region(caller, service)
        require_may_call(caller, service)
        declared = self._operations[service].find(name)
        if declared is None:
            # Before its parameters are read: which of them are secret is not declared, and no event may hold one.
            raise OperationNotImplemented(f"{service}:{name} is not implemented yet.")
        event.secrets = declared.secrets
        event.parameters = parameters = incoming.parameters()
        event.is_read_only = declared.is_read_only
        access = Access(self._installation, standing)
        event.decisions = access.decisions
        call = Call(
            parameters=parameters,
            caller=caller,
            now=event.happened_at,
            request_id=event.request_id,
            new_id=self._new_id,
            random_bytes=self._installation.random_bytes,
            access=access,
            operation=name,
        )
        event.call = call
        if declared.prepare is not None:
            call.prepared = await self._store.read(
                lambda tx: _authorized(call, tx, declared, declared.look_up or _nothing)
            )
            call.prepared = await declared.prepare(call)
        if declared.is_read_only:
            return await self._store.read(lambda tx: _authorized(call, tx, declared, declared.handler)), False

        async def write(tx: Transaction) -> Output | AwsError:
            event.output = event.error = None  # of an earlier run of the same transaction
            await self._callers.require_standing(authenticated, tx)
            try:
                output = await _authorized(call, tx, declared, declared.handler)
            except KeptRefusal as refusal:
                event.error = refusal.error
                await self._recorder.write(tx, event)
                return refusal.error
            assert not isinstance(output, Deferred), "only the reply of a read can be worked out later"
            event.output = output
            parts[:] = [self._part(event, done) for done in access.done]
            for part in (*parts, event):
                await tx.pause()
                await self._recorder.write(tx, part)
            return output

        parts: list[Event] = []
        try:
            output = await self._store.write(write, lock=None if service == "sts" else caller.account)
        except Undone as undone:
            event.output = undone.output
            return undone.output, False
        for each in (*parts, event):
            self._recorder.used(each)
        return output, True

    def _part(self, event: Event, done: Done) -> Event:
        """The event of what was done as part of a call."""
        declared = done.declared
        return replace(
            event,
            request_id=new_request_id(event.happened_at, self._installation.random_bytes),
            service=declared.service,
            operation=declared.name,
            api_version=self._installation.services[declared.service].api_version,
            parameters=done.parameters,
            output=done.output,
            secrets=declared.secrets,
            decisions=done.decisions,
        )

    async def _worked_out(self, incoming: Incoming, deferred: Deferred, event: Event) -> HttpResponse:
        return await self._deferred_work.run(event.account, lambda: incoming.render(deferred.work(), event.request_id))

    def _new_event(self, request: HttpRequest) -> Event:
        user_agent = request.header(b"user-agent") or b""
        now = self._clock.now()
        request_id = new_request_id(now, self._installation.random_bytes)
        return Event(request_id, request.client_address, user_agent.decode("latin-1"), now, new_event_id)

    def _refuse(
        self,
        request: HttpRequest,
        incoming: Incoming | None,
        signed_service: str | None,
        event: Event,
        error: AwsError,
    ) -> HttpResponse:
        event.error, event.output = error, None
        self._recorder.record(event)
        if incoming is not None:
            return incoming.render_error(error, event.request_id)
        return self._router.render_error(request, signed_service, error, event.request_id)

    def _new_id(self, prefix: str) -> str:
        return new_id(self._installation.random_bytes, prefix)


async def _authorized(
    call: Call, tx: Transaction, declared: Declared, then: Callable[[Call, Transaction], Awaitable[T]]
) -> T:
    call.access.decisions.clear()  # of an earlier run of the same transaction
    if declared.authorization is Authorization.POLICIES:
        await call.access.authorize(call, tx, declared)
    return await then(call, tx)


async def _nothing(call: Call, tx: Transaction) -> None:
    return None


def _internal_failure(request_id: str) -> InternalFailure:
    return InternalFailure(f"The request processing has failed because of an internal error. Request id: {request_id}")


def new_event_id() -> str:
    """A random UUID (RFC 9562, version 4) as text."""
    digits = os.urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def new_id(random_bytes: Callable[[int], bytes], prefix: str) -> str:
    """A unique id of AWS's form: the prefix (`AIDA`) and 17 random letters and digits of base32."""
    return prefix + random_bytes(17).translate(_BASE32).decode("ascii")
