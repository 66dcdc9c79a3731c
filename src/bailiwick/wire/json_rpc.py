"""The JSON 1.0 and 1.1 protocols, for one operation (Smithy, "AWS JSON 1.0 and 1.1 protocols")."""

from typing import Any

import msgspec

from bailiwick.http import HttpResponse
from bailiwick.wire.codec import Codec, Output, Raw
from bailiwick.wire.json_values import JsonReaderCompiler, JsonWriterCompiler, parse_json
from bailiwick.wire.model import Metadata, OperationModel
from bailiwick.wire.shapes import Shapes


def json_codec(shapes: Shapes, metadata: Metadata, operation: OperationModel) -> Codec:
    """The codec of an operation in JSON."""
    content_type = (b"content-type", f"application/x-amz-json-{metadata.json_version}".encode())
    read_body = JsonReaderCompiler(shapes).reader(shapes.use(operation.input)) if operation.input else None
    write_body = JsonWriterCompiler(shapes).writer(shapes.use(operation.output)) if operation.output else None

    def read(raw: Raw) -> dict[str, Any]:
        if read_body is None:
            return {}
        values: dict[str, Any] = read_body(parse_json(raw.request.body) if raw.request.body else {})
        return values

    def write(output: Output | None, request_id: str) -> HttpResponse:
        if write_body is None:
            if output:
                raise ValueError(f"{operation.name} has no output in the model")
            body = b""
        else:
            body = msgspec.json.encode(write_body(output or {}))
        return HttpResponse(200, ((b"x-amzn-RequestId", request_id.encode()), content_type), body)

    return Codec(read, write)
