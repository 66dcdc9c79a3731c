"""Errors of the wire itself, beside those any operation can give (`bailiwick.errors`)."""

from bailiwick.errors import AwsError


class SerializationException(AwsError):
    """A JSON body, header or URI label cannot be read as the model's type."""

    code = "SerializationException"
    status = 400


class MalformedXML(AwsError):
    """An XML body cannot be read, or is not what the model says (Amazon S3 API Reference, "Error responses")."""

    code = "MalformedXML"
    status = 400


class UnknownOperation(AwsError):
    """The target header, or the method and path, name no operation of this endpoint."""

    code = "UnknownOperationException"
    status = 404


class MethodNotAllowed(AwsError):
    """The HTTP method cannot be used with this protocol."""

    code = "MethodNotAllowed"
    status = 405
