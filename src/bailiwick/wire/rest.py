"""The REST protocols, JSON and XML, for one operation: members in URI, query string, headers, status and body.

Sources: Smithy, "HTTP bindings", "AWS restJson1 protocol", "AWS restXml protocol".
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from bailiwick.http import HttpResponse
from bailiwick.wire.codec import Codec, Output, Raw, Read
from bailiwick.wire.errors import SerializationException
from bailiwick.wire.json_values import JsonReaderCompiler, JsonWriterCompiler, is_clean, parse_json
from bailiwick.wire.model import Metadata, OperationModel
from bailiwick.wire.rest_locations import Located, located_reader
from bailiwick.wire.shapes import STRINGS, Shapes, Use
from bailiwick.wire.timestamps import format_http_date, format_milliseconds
from bailiwick.wire.xml_input import XmlReaderCompiler, parse_xml
from bailiwick.wire.xml_output import XmlWriterCompiler, scalar_writer

ReadBody = Callable[[bytes], Any]
WriteBody = Callable[[Any], bytes]
BodyParts = list[tuple[str, Use]]

_HEADER_FORBIDDEN = frozenset("\r\n\x00")
# Statuses that never have a body (RFC 9110, section 6.4.1).
_WITHOUT_BODY = frozenset({204, 304})


def rest_json_codec(shapes: Shapes, metadata: Metadata, operation: OperationModel) -> Codec:
    """The codec of an operation in REST with JSON bodies."""
    reader, writer = JsonReaderCompiler(shapes), JsonWriterCompiler(shapes)

    def body_reader(use: Use, parts: BodyParts | None) -> ReadBody:
        read = reader.reader(use) if parts is None else reader.members(parts)
        return lambda body: read(parse_json(body))

    def body_writer(use: Use, parts: BodyParts | None) -> WriteBody:
        write = writer.writer(use) if parts is None else writer.members(parts)
        return lambda value: msgspec.json.encode(write(value))

    return Codec(_read(shapes, operation, body_reader), _write(shapes, operation, body_writer, b"application/json"))


def rest_xml_codec(shapes: Shapes, metadata: Metadata, operation: OperationModel) -> Codec:
    """The codec of an operation in REST with XML bodies."""
    reader, writer = XmlReaderCompiler(shapes), XmlWriterCompiler(shapes, format_milliseconds)

    def body_reader(use: Use, parts: BodyParts | None) -> ReadBody:
        read = reader.reader(use) if parts is None else reader.members(parts)
        return lambda body: read([parse_xml(body)])

    def body_writer(use: Use, parts: BodyParts | None) -> WriteBody:
        root = use.location_name or use.name
        if parts is None:
            write = writer.element(use, root)
            return lambda value: _DECLARATION + write(value).encode()
        write_content = writer.content(use)
        return lambda value: _DECLARATION + f"<{root}>{write_content(value)}</{root}>".encode()

    return Codec(_read(shapes, operation, body_reader), _write(shapes, operation, body_writer, b"application/xml"))


_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def _read(shapes: Shapes, operation: OperationModel, body_reader: Callable[[Use, BodyParts | None], ReadBody]) -> Read:
    if operation.input is None:
        return lambda raw: {}
    use = shapes.use(operation.input)
    members = shapes.members(use)
    located: list[tuple[str, Located]] = [
        (name, located_reader(name, member, shapes)) for name, member in members if member.reference.location
    ]
    in_body = [(name, member) for name, member in members if not member.reference.location]
    payload = use.shape.payload
    read_body: ReadBody | None = None
    payload_is_bytes = False
    if payload is not None:
        payload_use = dict(members)[payload]
        payload_is_bytes = payload_use.type == "blob" or payload_use.shape.eventstream
        if payload_is_bytes:
            read_body = bytes
        elif payload_use.type in STRINGS:
            read_body = _text_body
        else:
            read_body = body_reader(payload_use, None)
    elif in_body:
        read_body = body_reader(use, in_body)

    def read(raw: Raw) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, read_located in located:
            value = read_located(raw)
            if value is not None:
                values[name] = value
        body = raw.request.body
        if read_body is not None and body:
            if payload is None:
                values.update(read_body(body))
            else:
                values[payload] = read_body(body)
        return values

    return read


def _text_body(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise SerializationException("The request body is not UTF-8.") from error
    if not is_clean(text):
        raise SerializationException("The request body must be Unicode text without NUL.")
    return text


def _write(
    shapes: Shapes,
    operation: OperationModel,
    body_writer: Callable[[Use, BodyParts | None], WriteBody],
    content_type: bytes,
) -> Callable[[Output | None, str], HttpResponse]:
    status = operation.http.response_code
    if operation.output is None:

        def write_nothing(output: Output | None, request_id: str) -> HttpResponse:
            if output:
                raise ValueError(f"{operation.name} has no output in the model")
            return HttpResponse(status, ((b"x-amzn-RequestId", request_id.encode()),), b"")

        return write_nothing
    use = shapes.use(operation.output)
    members = shapes.members(use)
    headers = {
        name: _header_writer(name, member, shapes)
        for name, member in members
        if member.reference.location in {"header", "headers"}
    }
    status_member = next((name for name, member in members if member.reference.location == "statusCode"), None)
    in_body = [(name, member) for name, member in members if not member.reference.location]
    known = frozenset(name for name, _ in members)
    payload = use.shape.payload
    write_body: WriteBody | None = None
    body_type: bytes | None = content_type
    if payload is not None:
        payload_use = dict(members)[payload]
        if payload_use.type == "blob" or payload_use.shape.eventstream:
            write_body, body_type = bytes, None
        elif payload_use.type in STRINGS:
            write_body, body_type = str.encode, b"text/plain"
        else:
            write_body = body_writer(payload_use, None)
    elif in_body:
        write_body = body_writer(use, in_body)
    body_names = frozenset(name for name, _ in in_body)

    def write(output: Output | None, request_id: str) -> HttpResponse:
        output = output or {}
        if not known.issuperset(output):
            raise KeyError(*sorted(set(output) - known))
        reply: list[tuple[bytes, bytes]] = [(b"x-amzn-RequestId", request_id.encode())]
        for name, write_header in headers.items():
            if (value := output.get(name)) is not None:
                reply.extend(write_header(value))
        code = status
        if status_member is not None and (given := output.get(status_member)) is not None:
            code = int(given)
        body = b""
        if write_body is not None and code not in _WITHOUT_BODY:
            if payload is None:
                body = write_body({name: value for name, value in output.items() if name in body_names})
            elif (value := output.get(payload)) is not None:
                body = write_body(value)
        if body and body_type is not None and not any(name.lower() == b"content-type" for name, _ in reply):
            reply.append((b"content-type", body_type))
        return HttpResponse(code, tuple(reply), body)

    return write


def _header_writer(name: str, use: Use, shapes: Shapes) -> Callable[[Any], list[tuple[bytes, bytes]]]:
    header = (use.location_name or name).encode()
    if use.type == "map":

        def write_map(value: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
            return [(header + _header_value(key), _header_value(item)) for key, item in value.items()]

        return write_map
    if use.type == "list":
        to_text = scalar_writer(shapes.member(use), format_http_date)
        return lambda value: [(header, _header_value(",".join(_quoted(to_text(item)) for item in value)))]
    if use.reference.jsonvalue:
        return lambda value: [(header, b64encode(msgspec.json.encode(value)))]
    write = scalar_writer(use, format_http_date)
    return lambda value: [(header, _header_value(write(value)))]


def _quoted(text: str) -> str:
    if "," not in text and '"' not in text:
        return text
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'


def _header_value(text: str) -> bytes:
    if not _HEADER_FORBIDDEN.isdisjoint(text):
        raise ValueError("a header's value cannot hold a line break or NUL")
    return text.encode()
