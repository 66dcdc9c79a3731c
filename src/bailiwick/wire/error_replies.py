"""An AwsError as the reply of its protocol.

Sources: STS answers (`<ErrorResponse>`); Smithy, "Operation error serialization" of each protocol; Amazon S3 API
Reference, "REST error responses".
"""

import json

from bailiwick.errors import AwsError
from bailiwick.http import HttpResponse
from bailiwick.wire.codec import ProtocolName
from bailiwick.wire.service import Service
from bailiwick.wire.xml_text import escape_attribute, escape_text

Headers = tuple[tuple[bytes, bytes], ...]


def render_error(
    service: Service | None,
    error: AwsError,
    request_id: str,
    *,
    protocol: ProtocolName | None = None,
    extra_headers: Headers = (),
) -> HttpResponse:
    """The reply to a refused or failed request.

    Without a service it is the query form, without a namespace: clients read it, where an empty or foreign body
    leaves them without a code. `protocol` defaults to the service's own.
    """
    protocol = protocol or (service.protocol if service else "query")
    if protocol in {"json", "rest-json"}:
        return _json(service, protocol, error, request_id, extra_headers)
    code, message, identifier = escape_text(error.code), escape_text(error.message), escape_text(request_id)
    details = "".join(f"<{name}>{escape_text(str(value))}</{name}>" for name, value in error.details.items())
    if protocol == "ec2":
        body = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message>{details}</Error></Errors>"
            f"<RequestID>{identifier}</RequestID></Response>"
        )
    elif protocol == "rest-xml" and service is not None and service.metadata.signature_version == "s3":
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>'
            f"{details}<RequestId>{identifier}</RequestId></Error>"
        )
    else:
        namespace = service.xml_namespace if service else None
        attribute = f' xmlns="{escape_attribute(namespace)}"' if namespace else ""
        kind = "Sender" if error.status < 500 else "Receiver"
        body = (
            f"<ErrorResponse{attribute}><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message>"
            f"{details}</Error><RequestId>{identifier}</RequestId></ErrorResponse>"
        )
    content_type = b"application/xml" if protocol == "rest-xml" else b"text/xml"
    return _reply(error.status, content_type, body, request_id, extra_headers)


def _json(
    service: Service | None, protocol: ProtocolName, error: AwsError, request_id: str, extra_headers: Headers
) -> HttpResponse:
    code, status = error.code, error.status
    modelled = service.error(code) if service else None
    if modelled is None:
        code = error.json_code or code
        modelled = service.error(code) if service else None
    if modelled is not None:
        status = modelled
    elif protocol == "json" and 400 <= status < 500 and status != 413:
        # In JSON 1.x what is the caller's fault is 400, but for a body that was not read.
        status = 400
    headers = [(b"x-amzn-ErrorType", code.encode()), *extra_headers]
    document: dict[str, str | int] = {"message": error.message, **error.details}
    content_type = b"application/json"
    if protocol == "json":
        document = {"__type": code, **document}
        content_type = f"application/x-amz-json-{service.json_version if service else '1.1'}".encode()
        if service and service.metadata.aws_query_compatible is not None:
            kind = "Sender" if status < 500 else "Receiver"
            headers.append((b"x-amzn-query-error", f"{error.code};{kind}".encode()))
    return _reply(status, content_type, json.dumps(document), request_id, tuple(headers))


def _reply(status: int, content_type: bytes, body: str, request_id: str, extra_headers: Headers) -> HttpResponse:
    headers = ((b"x-amzn-RequestId", request_id.encode()), (b"content-type", content_type), *extra_headers)
    return HttpResponse(status, headers, body.encode())
