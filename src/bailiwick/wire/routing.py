"""Which service and operation a request is for: the step before authentication.

A service is found by the signature's scope, or, when the request is unsigned, by its action and version, its target
header, or its method and path.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from bailiwick.errors import (
    AwsError,
    InvalidAction,
    MalformedQueryString,
    MissingAction,
    RequestEntityTooLarge,
)
from bailiwick.http import HttpRequest, HttpResponse
from bailiwick.wire.codec import Output, ProtocolName, Raw
from bailiwick.wire.error_replies import Headers, render_error
from bailiwick.wire.errors import MethodNotAllowed, SerializationException, UnknownOperation
from bailiwick.wire.form import parse_pairs, refuse_repeated
from bailiwick.wire.service import Operation, Service

_FORM = b"application/x-www-form-urlencoded"
_KNOWN_FORMS = frozenset({_FORM, _FORM + b"; charset=utf-8", None})  # what clients send, found at once
_JSON = frozenset({b"application/x-amz-json-1.0", b"application/x-amz-json-1.1", b"application/json"})
_QUERY_PROTOCOLS = frozenset({"query", "ec2"})
_REST_PROTOCOLS = frozenset({"rest-json", "rest-xml"})


Family = Literal["query", "json", "rest"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused before it is parsed.

    Attributes:
        unsigned_bytes: the largest body of a request without a signature.
        signed_bytes: the largest body of a request that shows one (not yet verified).
        together_bytes: what all bodies may have together that do not come in one small piece, so that signatures which
            nobody verified yet cannot take all memory.
        parameters: the most names and values of a query string or form body.
    """

    unsigned_bytes: int = 512 * 1024
    signed_bytes: int = 32 * 1024 * 1024
    together_bytes: int = 256 * 1024 * 1024
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
    """Finds the operation of a request among some services. Immutable once made.

    What is allowed in a request's form is decided by its protocol: a target header means JSON; an action, in query
    string or form body at the path `/`, means query; anything else is REST.
    """

    def __init__(self, services: Iterable[Service], limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._all = _Candidates(services)
        by_name: dict[str, list[Service]] = {}
        for service in self._all.services:
            by_name.setdefault(service.name, []).append(service)
        self._by_name = {name: _Candidates(services) for name, services in by_name.items()}

    def identify(self, request: HttpRequest, signed_service: str | None) -> Incoming:
        """The operation of a request.

        `signed_service` is the service named in the signature's scope, None for a request without a signature.

        Raises:
            MissingAction, InvalidAction, UnknownOperation: no operation, or none of this service.
            MethodNotAllowed: not a method of the query and JSON protocols.
            MalformedQueryString, InvalidParameterValue: bad encoding, or a parameter given twice.
            RequestEntityTooLarge: more bytes or parameters than the limits.
        """
        limits = self._limits
        most = limits.unsigned_bytes if signed_service is None else limits.signed_bytes
        if len(request.body) > most:
            raise RequestEntityTooLarge(f"The request body is larger than {most} bytes.")
        candidates = self._candidates(signed_service)
        protocol = candidates.only_protocol or candidates.protocol(request)
        if protocol == "query":
            return self._query(request, candidates)
        if protocol == "json":
            return _json(request, candidates)
        return self._rest(request, candidates)

    def route(self, request: HttpRequest, signed_service: str | None) -> Target:
        """The service and protocol of a request, by what can be seen without parsing it. Never raises."""
        candidates = self._candidates(signed_service)
        protocol = candidates.only_protocol or candidates.protocol(request)
        for service in candidates.services:
            for spoken in service.protocols:
                if _family(spoken) == protocol:
                    # Which of all services an unsigned request is for cannot be seen from outside, but its form can.
                    known = service if signed_service is not None or len(candidates.services) == 1 else None
                    return Target(known, spoken)
        return Target(None, "rest-json" if protocol == "rest" else protocol)

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

    def _candidates(self, signed_service: str | None) -> "_Candidates":
        if signed_service is None:
            return self._all
        return self._by_name.get(signed_service) or _NOBODY

    def _query(self, request: HttpRequest, candidates: "_Candidates") -> Incoming:
        parameters = self._query_parameters(request)
        action = parameters.get("Action")
        version = parameters.get("Version")
        if not action:
            raise MissingAction("The request is missing an action: give it the parameter Action.")
        service = candidates.query_service(action, version)
        operation = service.operation(action) if service else None
        if service is None or operation is None:
            named = "NO_VERSION_SPECIFIED" if version is None else version[:128]
            raise InvalidAction(f"Could not find operation {action[:128]} for version {named}")
        protocol: ProtocolName = "query" if "query" in service.protocols else "ec2"
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
            if content_type not in _KNOWN_FORMS and _media_type(content_type or _FORM) != _FORM:
                raise MalformedQueryString(f"The content type of the request must be {_FORM.decode()}.")
            pairs += parse_pairs(request.body, is_form=True, limit=limit - len(pairs))
        parameters = dict(pairs)
        if len(set(map(str.lower, parameters))) != len(pairs):
            refuse_repeated(name for name, _ in pairs)
        return parameters

    def _rest(self, request: HttpRequest, candidates: "_Candidates") -> Incoming:
        pairs = parse_pairs(request.query_string, is_form=False, limit=self._limits.parameters)
        repeated: dict[str, list[str]] = {}
        for name, value in pairs:
            repeated.setdefault(name, []).append(value)
        if len(set(map(str.lower, repeated))) != len(repeated):
            refuse_repeated(repeated)
        first = {name: values[0] for name, values in repeated.items()}
        for service in candidates.rest_services:
            if service.metadata.signature_version != "s3" and _is_roundabout(request.raw_path):
                continue
            try:
                found = service.routes().find(request, first)
            except ValueError as error:
                raise SerializationException("The path of the request is not percent-encoded UTF-8.") from error
            operation = service.operation(found[0]) if found else None
            if found is not None and operation is not None:
                protocol: ProtocolName = "rest-json" if "rest-json" in service.protocols else "rest-xml"
                return Incoming(service, operation, protocol, Raw(request, first, found[1], repeated))
        raise UnknownOperation(f"No operation has the method {request.method[:32]} and this path.")


class _Candidates:
    """The services that a request can be for."""

    def __init__(self, services: Iterable[Service]) -> None:
        self.services = tuple(services)
        self.rest_services = tuple(s for s in self.services if not _REST_PROTOCOLS.isdisjoint(s.protocols))
        self._json_services = {
            service.target_prefix: service
            for service in self.services
            if "json" in service.protocols and service.target_prefix is not None
        }
        self._query_services: dict[str, list[Service]] = {}
        for service in self.services:
            if not _QUERY_PROTOCOLS.isdisjoint(service.protocols):
                self._query_services.setdefault(service.api_version, []).append(service)
        families = {_family(protocol) for service in self.services for protocol in service.protocols}
        self.only_protocol: Family | None = families.pop() if len(families) == 1 else None

    def protocol(self, request: HttpRequest) -> "Family":
        """The family of protocols that the request's form is of."""
        if request.header(b"x-amz-target") is not None:
            return "json"
        if request.raw_path not in {b"/", b""}:
            return "rest"
        if b"Action=" in request.query_string or not self.rest_services:
            return "query"
        is_form = _media_type(request.header(b"content-type") or b"") == _FORM
        return "query" if is_form or request.method == "POST" else "rest"

    def query_service(self, action: str, version: str | None) -> Service | None:
        """The service with this action in this version."""
        for service in self._query_services.get(version or "", ()):
            if service.has_operation(action):
                return service
        return None

    def json_service(self, prefix: str) -> Service | None:
        """The service whose target header begins so."""
        return self._json_services.get(prefix)


_NOBODY = _Candidates(())


def _json(request: HttpRequest, candidates: _Candidates) -> Incoming:
    if request.method != "POST":
        raise MethodNotAllowed(f"The method {request.method[:32]} is not allowed; use POST.")
    targets = request.headers_named(b"x-amz-target")
    if len(targets) != 1 or request.raw_path not in {b"/", b""}:
        raise UnknownOperation("A JSON request has one X-Amz-Target header and the path /.")
    content_type = request.header(b"content-type")
    if content_type is not None and _media_type(content_type) not in _JSON:
        raise SerializationException("The content type of the request must be application/x-amz-json-1.1 or -1.0.")
    prefix, _, name = targets[0].decode("latin-1").rpartition(".")
    service = candidates.json_service(prefix)
    operation = service.operation(name) if service else None
    if service is None or operation is None:
        raise UnknownOperation(f"There is no operation {name[:128]}.")
    return Incoming(service, operation, "json", Raw(request, {}))


def _family(protocol: ProtocolName) -> Family:
    if protocol in _QUERY_PROTOCOLS:
        return "query"
    return "json" if protocol == "json" else "rest"


def _media_type(content_type: bytes) -> bytes:
    return content_type.partition(b";")[0].strip().lower()


def _is_roundabout(path: bytes) -> bool:
    """Whether a path has dot segments or empty ones: what it means after normalisation is not what it says."""
    decoded = path.replace(b"%2e", b".").replace(b"%2E", b".")
    segments = decoded.split(b"/")[1:]
    return any(segment in {b".", b".."} for segment in segments) or b"" in segments[:-1]
