"""A service of the model: its operations, compiled when first used, and its errors."""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from bailiwick.http import HttpResponse
from bailiwick.wire.codec import PROTOCOLS, Codec, Output, ProtocolName, Raw
from bailiwick.wire.constraints import ConstraintCompiler, validation_error
from bailiwick.wire.json_rpc import json_codec
from bailiwick.wire.json_values import JsonReaderCompiler, parse_json
from bailiwick.wire.model import Metadata, OperationModel, ServiceModel, installed_model, read_model
from bailiwick.wire.query import ec2_codec, query_codec
from bailiwick.wire.rest import rest_json_codec, rest_xml_codec
from bailiwick.wire.rest_routes import RestRoutes
from bailiwick.wire.shapes import Shapes

_CODECS: Mapping[ProtocolName, Callable[[Shapes, Metadata, OperationModel], Codec]] = {
    "query": query_codec,
    "ec2": ec2_codec,
    "json": json_codec,
    "rest-json": rest_json_codec,
    "rest-xml": rest_xml_codec,
}


class Service:
    """One AWS service, or ours, by its model.

    Attributes:
        name: the name in a signature's scope (`iam`, `awsssoportal`).
        api_version: the model's version, a date.
        protocol: the protocol its clients speak by default; `protocols` are all those served here.
        xml_namespace, target_prefix, json_version: as in the model.
        operations: the names of all operations, in the model's order.
    """

    def __init__(
        self,
        model: ServiceModel,
        *,
        pattern_messages: Mapping[str, str] | None = None,
    ) -> None:
        metadata = model.metadata
        self.metadata = metadata
        self.name = metadata.signing_name or metadata.endpoint_prefix
        self.api_version = metadata.api_version
        self.protocols: tuple[ProtocolName, ...] = tuple(
            name for name in PROTOCOLS if name == metadata.protocol or name in metadata.protocols
        )
        if not self.protocols:
            raise ValueError(f"the service {self.name} speaks {metadata.protocol}, which is not served")
        preferred = [name for name in self.protocols if name == metadata.protocol]
        self.protocol: ProtocolName = (preferred or list(self.protocols))[0]
        self.xml_namespace = metadata.xml_namespace
        self.target_prefix = metadata.target_prefix
        self.json_version = metadata.json_version
        self.operations: tuple[str, ...] = tuple(model.operations)
        self._model = model
        self._shapes = Shapes(model.shapes)
        self._constraints = ConstraintCompiler(self._shapes, pattern_messages or {})
        self._compiled: dict[str, Operation] = {}
        self._errors = _error_statuses(model)
        self._routes: RestRoutes | None = None

    def operation(self, name: str) -> "Operation | None":
        """An operation by its exact name, compiled when first asked for; None when the service has none such."""
        compiled = self._compiled.get(name)
        if compiled is None:
            model = self._model.operations.get(name)
            if model is None:
                return None
            compiled = self._compiled.setdefault(name, Operation(self, model, self._shapes, self._constraints))
        return compiled

    def has_operation(self, name: str) -> bool:
        """Whether the service has an operation of this exact name."""
        return name in self._model.operations

    def routes(self) -> RestRoutes:
        """The routes of its operations by method and URI, made when first asked for."""
        if self._routes is None:
            self._routes = RestRoutes(self._model.operations.values(), self._shapes)
        return self._routes

    def error(self, code: str) -> int | None:
        """The HTTP status the model gives an error code; None when the model does not have the code."""
        return self._errors.get(code)

    def codec(self, model: OperationModel, protocol: ProtocolName) -> Codec:
        """Compile one operation's codec. Callers use `Operation.codec`, which keeps it."""
        if protocol not in self.protocols:
            raise ValueError(f"the service {self.name} does not speak {protocol}")
        return _CODECS[protocol](self._shapes, self.metadata, model)


class Operation:
    """One operation of a service.

    Attributes:
        name: AWS's name; `service` it belongs to.
        is_unsigned: whether AWS takes it without a signature (`AssumeRoleWithWebIdentity`).
    """

    def __init__(
        self, service: Service, model: OperationModel, shapes: Shapes, constraints: ConstraintCompiler
    ) -> None:
        self.name = model.name
        self.service = service
        self.is_unsigned = model.authtype == "none"
        self._model = model
        self._check = constraints.check(shapes.use(model.input)) if model.input else None
        self._codecs: dict[ProtocolName, Codec] = {}
        self._shapes = shapes

    def codec(self, protocol: ProtocolName) -> Codec:
        """How this operation is read and written in a protocol, compiled when first asked for."""
        codec = self._codecs.get(protocol)
        if codec is None:
            codec = self._codecs.setdefault(protocol, self.service.codec(self._model, protocol))
        return codec

    def parse(self, raw: Raw, protocol: ProtocolName | None = None) -> dict[str, Any]:
        """The parameters as typed values, all constraints of the model checked; unknown ones are left out.

        Types: str, int, float, bool, aware UTC datetime, bytes, list, dict.

        Raises:
            ValidationError: with every violation of the constraints, or the first value that cannot be read.
            SerializationException, MalformedXML: a JSON or XML body that cannot be read.
        """
        parameters = self.codec(protocol or self.service.protocol).read(raw)
        self.validate(parameters)
        return parameters

    def parse_json(self, text: str) -> dict[str, Any]:
        """Parameters given as a JSON object in a text, whichever protocols the service speaks; otherwise as `parse`.

        Raises:
            ValidationError, SerializationException: as `parse`.
        """
        parameters: dict[str, Any] = self._read_json(parse_json(text.encode()))
        self.validate(parameters)
        return parameters

    @cached_property
    def _read_json(self) -> Callable[[Any], Any]:
        if self._model.input is None:
            return lambda value: {}
        return JsonReaderCompiler(self._shapes).reader(self._shapes.use(self._model.input))

    def validate(self, parameters: Mapping[str, Any]) -> None:
        """Check typed parameters against the model's constraints.

        Raises:
            ValidationError: with every violation.
        """
        if self._check is not None and (violations := self._check(parameters)):
            raise validation_error(violations)

    def render(self, output: Output | None, request_id: str, protocol: ProtocolName | None = None) -> HttpResponse:
        """The reply to a success.

        `output` has the model's member names; None members are left out, an unknown name is a bug (KeyError).
        """
        return self.codec(protocol or self.service.protocol).write(output, request_id)


def load_service(
    name: str,
    *,
    pattern_messages: Mapping[str, str] | None = None,
    longest: Mapping[str, int] | None = None,
    patterns: Mapping[str, str] | None = None,
) -> Service:
    """A service by the name of its folder among botocore's data (`iam`, `sts`, `sso-oidc`), or our own `bailiwick`.

    Args:
        name: the folder's name.
        pattern_messages: by string shape, the whole message for a value that breaks only its pattern; `{name}` in it
            stands for the member's name as AWS prints it.
        longest: by string shape, the most characters that are taken, where the model allows fewer.
        patterns: by string shape, what is taken where the model's pattern refuses what its documentation allows.

    Raises:
        FileNotFoundError: botocore is not installed or has no such service.
    """
    return load_service_from(
        installed_model(name), pattern_messages=pattern_messages, longest=longest, patterns=patterns
    )


def load_service_from(
    path: Path,
    *,
    pattern_messages: Mapping[str, str] | None = None,
    longest: Mapping[str, int] | None = None,
    patterns: Mapping[str, str] | None = None,
) -> Service:
    """A service by its model file, as `load_service`."""
    model = read_model(path)
    for name, most in (longest or {}).items():
        model.shapes[name] = msgspec.structs.replace(model.shapes[name], max=most)
    for name, pattern in (patterns or {}).items():
        model.shapes[name] = msgspec.structs.replace(model.shapes[name], pattern=pattern)
    return Service(model, pattern_messages=pattern_messages)


def _error_statuses(model: ServiceModel) -> dict[str, int]:
    statuses: dict[str, int] = {}
    for name, shape in model.shapes.items():
        if shape.exception:
            trait = shape.error
            code = (trait.code if trait else None) or name
            status = trait.http_status_code if trait else None
            statuses[code] = status or (500 if shape.fault else 400)
    return statuses
