"""Which service and operation a request is for: the step before authentication.

A service is found by the signature's scope, or, when the request is unsigned, by its action and version, its target
header, or its method and path.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bailiwick.errors import (
    AwsError,
    InvalidAction,
    InvalidParameterValue,
    MalformedQueryString,
    MissingAction,
    RequestEntityTooLarge,
)
from bailiwick.http import HttpRequest, HttpResponse
from bailiwick.wire.codec import Output, ProtocolName, Raw
from bailiwick.wire.error_replies import Headers, render_error
from bailiwick.wire.errors import MethodNotAllowed, UnknownOperation
from bailiwick.wire.form import parse_pairs, refuse_repeated
from bailiwick.wire.service import Operation, Service

_FORM = b"application/x-www-form-urlencoded"
_KNOWN_FORMS = frozenset({_FORM, _FORM + b"; charset=utf-8", None})  # what clients send, found at once
_QUERY_PROTOCOLS: tuple[ProtocolName, ...] = ("query", "ec2")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused before it is parsed.

    Attributes:
        unsigned_bytes: the largest body of a request without a signature.
        signed_bytes: the largest body of a request that shows one (not yet verified).
        parameters: the most names and values of a query string or form body.
    """

    unsigned_bytes: int = 512 * 1024
    signed_bytes: int = 32 * 1024 * 1024
    parameters: int = 10_000


class Target(NamedTuple):
    """The service a request is for and the protocol it speaks; None when that cannot be told."""

    service: Service | None
    protocol: ProtocolName


class Incoming(NamedTuple):
    """A request whose operation is known, before and after authentication the same object."""

    service: Service
    operation: Operation
    protocol: ProtocolName
    raw: Raw

    def parameters(self) -> dict[str, Any]:
        """The parameters by the model; see `Operation.parse` for types and errors."""
        return self.operation.parse(self.raw, self.protocol)

    def render(self, output: Output | None, request_id: str) -> HttpResponse:
        """The reply to a success; see `Operation.render`."""
        return self.operation.codec(self.protocol).write(output, request_id)

    def render_error(self, error: AwsError, request_id: str, extra_headers: Headers = ()) -> HttpResponse:
        """The reply to a failure, in the protocol of the request."""
        return render_error(self.service, error, request_id, protocol=self.protocol, extra_headers=extra_headers)


class Router:
    """Finds the operation of a request among some services. Immutable once made."""

    def __init__(self, services: Iterable[Service], limits: Limits | None = None) -> None:
        self._services = tuple(services)
        self._limits = limits or Limits()
        self._by_name: dict[str, list[Service]] = {}
        for service in self._services:
            self._by_name.setdefault(service.name, []).append(service)
        self._by_action: dict[str, list[Service]] = {}
        for service in self._services:
            if not set(_QUERY_PROTOCOLS).isdisjoint(service.protocols):
                for action in service.operations:
                    self._by_action.setdefault(action, []).append(service)

    def identify(self, request: HttpRequest, signed_service: str | None) -> Incoming:
        """The operation of a request.

        `signed_service` is the service named in the signature's scope, None for a request without a signature.

        Raises:
            MissingAction, InvalidAction, UnknownOperation: no operation, or none of this service.
            MalformedQueryString, InvalidParameterValue: bad encoding, or a parameter given twice.
            RequestEntityTooLarge: more bytes or parameters than the limits.
        """
        limits = self._limits
        most = limits.unsigned_bytes if signed_service is None else limits.signed_bytes
        if len(request.body) > most:
            raise RequestEntityTooLarge(f"The request body is larger than {most} bytes.")
        service, protocol = self.route(request, signed_service)
        return self._query(request, service, protocol)

    def route(self, request: HttpRequest, signed_service: str | None) -> Target:
        """The service and protocol of a request, by what can be seen without parsing it. Never raises."""
        candidates = self._services if signed_service is None else self._by_name.get(signed_service, ())
        for service in candidates:
            if service.protocol in _QUERY_PROTOCOLS:
                return Target(None if signed_service is None else service, service.protocol)
        return Target(None, "query")

    def render_error(
        self,
        request: HttpRequest,
        signed_service: str | None,
        error: AwsError,
        request_id: str,
        extra_headers: Headers = (),
    ) -> HttpResponse:
        """The reply to a request that could not be identified, in the protocol it seems to speak."""
        service, protocol = self.route(request, signed_service)
        return render_error(service, error, request_id, protocol=protocol, extra_headers=extra_headers)

    def _query(self, request: HttpRequest, service: Service | None, protocol: ProtocolName) -> Incoming:
        parameters = self._query_parameters(request)
        action = parameters.get("Action")
        version = parameters.get("Version")
        if not action:
            raise MissingAction("The request is missing an action: give it the parameter Action.")
        if service is None:
            service = self._unsigned_query_service(action, version)
        operation = service.operation(action) if service and service.api_version == version else None
        if service is None or operation is None:
            named = "NO_VERSION_SPECIFIED" if version is None else version[:128]
            raise InvalidAction(f"Could not find operation {action[:128]} for version {named}")
        return Incoming(service, operation, protocol, Raw(request, parameters))

    def _query_parameters(self, request: HttpRequest) -> Mapping[str, str]:
        if request.method not in {"GET", "POST"}:
            raise MethodNotAllowed(f"The method {request.method[:32]} is not allowed; use POST or GET.")
        if request.raw_path not in {b"/", b""}:
            raise UnknownOperation("The path of a request with an action is /.")
        limit = self._limits.parameters
        pairs = parse_pairs(request.query_string, is_form=False, limit=limit)
        if request.body:
            content_type = request.header(b"content-type")
            if content_type not in _KNOWN_FORMS and (content_type or _FORM).partition(b";")[0].strip().lower() != _FORM:
                raise MalformedQueryString(f"The content type of the request must be {_FORM.decode()}.")
            pairs += parse_pairs(request.body, is_form=True, limit=limit - len(pairs))
        parameters = dict(pairs)
        if len(set(map(str.lower, parameters))) != len(pairs):
            refuse_repeated(name for name, _ in pairs)
        return parameters

    def _unsigned_query_service(self, action: str, version: str | None) -> Service | None:
        for service in self._by_action.get(action, ()):
            if service.api_version == version:
                return service
        return None


__all__ = ["Incoming", "InvalidParameterValue", "Limits", "Router", "Target"]
