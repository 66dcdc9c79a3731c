"""The query protocol and EC2's variant of it, for one operation.

Sources: Smithy, "AWS query protocol" and "AWS EC2 query protocol"; answers of IAM and STS.
"""

from typing import Any

from bailiwick.http import HttpResponse
from bailiwick.wire.codec import Codec, Output, Raw, Read, Write
from bailiwick.wire.constraints import validation_error
from bailiwick.wire.model import Metadata, OperationModel
from bailiwick.wire.query_input import QueryReaderCompiler
from bailiwick.wire.scalars import Unreadable
from bailiwick.wire.shapes import Shapes
from bailiwick.wire.timestamps import format_milliseconds, format_seconds
from bailiwick.wire.xml_output import XmlWriterCompiler
from bailiwick.wire.xml_text import escape_attribute

CONTENT_TYPE = (b"content-type", b"text/xml")


def query_codec(shapes: Shapes, metadata: Metadata, operation: OperationModel) -> Codec:
    """The codec of an operation in the query protocol."""
    return Codec(_read(shapes, operation, is_ec2=False), _write(shapes, metadata, operation))


def ec2_codec(shapes: Shapes, metadata: Metadata, operation: OperationModel) -> Codec:
    """The codec of an operation in EC2's protocol."""
    return Codec(_read(shapes, operation, is_ec2=True), _write_ec2(shapes, metadata, operation))


def _read(shapes: Shapes, operation: OperationModel, *, is_ec2: bool) -> Read:
    if operation.input is None:
        return lambda raw: {}
    read = QueryReaderCompiler(shapes, is_ec2=is_ec2).input(shapes.use(operation.input))

    def read_parameters(raw: Raw) -> dict[str, Any]:
        try:
            return read(raw.parameters)
        except Unreadable as error:
            raise validation_error([error.violation]) from error

    return read_parameters


def _write(shapes: Shapes, metadata: Metadata, operation: OperationModel) -> Write:
    name, namespace = operation.name, escape_attribute(metadata.xml_namespace or "")
    start = f'<{name}Response xmlns="{namespace}">'
    close = f"</RequestId></ResponseMetadata></{name}Response>"
    if operation.output is None:
        start += "<ResponseMetadata><RequestId>"

        def write_nothing(output: Output | None, request_id: str) -> HttpResponse:
            _require_empty(output, name)
            return _reply(f"{start}{request_id}{close}", request_id)

        return write_nothing

    wrapper = operation.output.result_wrapper or f"{name}Result"
    compiler = XmlWriterCompiler(shapes, format_seconds)
    write_content = compiler.content(shapes.use(operation.output))
    open_wrapper = f"{start}<{wrapper}>"
    close_wrapper = f"</{wrapper}><ResponseMetadata><RequestId>"
    empty = f"{start}<{wrapper}/><ResponseMetadata><RequestId>"

    def write(output: Output | None, request_id: str) -> HttpResponse:
        content = write_content(output) if output else ""
        if not content:
            return _reply(f"{empty}{request_id}{close}", request_id)
        return _reply(f"{open_wrapper}{content}{close_wrapper}{request_id}{close}", request_id)

    return write


def _write_ec2(shapes: Shapes, metadata: Metadata, operation: OperationModel) -> Write:
    name, namespace = operation.name, escape_attribute(metadata.xml_namespace or "")
    start = f'<{name}Response xmlns="{namespace}"><requestId>'
    close = f"</{name}Response>"
    if operation.output is None:
        # EC2 says that a call without a result succeeded.
        def write_nothing(output: Output | None, request_id: str) -> HttpResponse:
            _require_empty(output, name)
            return _reply(f"{start}{request_id}</requestId><return>true</return>{close}", request_id)

        return write_nothing
    write_content = XmlWriterCompiler(shapes, format_milliseconds).content(shapes.use(operation.output))

    def write(output: Output | None, request_id: str) -> HttpResponse:
        content = write_content(output) if output else ""
        return _reply(f"{start}{request_id}</requestId>{content}{close}", request_id)

    return write


def _require_empty(output: Output | None, name: str) -> None:
    if output:
        raise ValueError(f"{name} has no output in the model")


def _reply(document: str, request_id: str) -> HttpResponse:
    return HttpResponse(200, ((b"x-amzn-RequestId", request_id.encode()), CONTENT_TYPE), document.encode())
