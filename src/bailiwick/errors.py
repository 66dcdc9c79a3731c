"""The base of AWS's errors, and those that any operation of any service can give. A leaf: imports nothing of ours.

A handler raises one; one place (`wire`) turns it into the protocol's reply. The errors of one service live
beside that service (`iam/errors.py`, `sts/errors.py`), those of authentication in `auth/errors.py`.
"""

from collections.abc import Mapping
from typing import ClassVar


class AwsError(Exception):
    """An error that is the caller's to act on: AWS's code, HTTP status and words.

    `message` is what the client sees; it never holds a secret, a Python name or a table name. `json_code` is what the
    front of AWS's JSON services calls an error that the front of its query services calls `code`. `details` are members
    that the reply has beside AWS's own: AWS's SDKs pass over them or hand them on.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    json_code: ClassVar[str | None] = None

    def __init__(self, message: str, details: Mapping[str, str | int] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details or {}


class KeptRefusal(Exception):
    """What a handler raises to refuse a call and keep what it wrote for it: the count of a wrong one-time code.

    Any other exception undoes all that the transaction wrote. Raised before anything else is written.
    """

    def __init__(self, error: AwsError) -> None:
        """`error` is what the caller is answered."""
        super().__init__(error.message)
        self.error = error


class AccessDenied(AwsError):
    """The caller may not do this (IAM User Guide, "Troubleshoot access denied error messages")."""

    code = "AccessDenied"
    json_code = "AccessDeniedException"
    status = 403


class ValidationError(AwsError):
    """A parameter breaks a constraint of the model (IAM and STS API References, "Common Errors")."""

    code = "ValidationError"
    json_code = "ValidationException"
    status = 400


class MissingAction(AwsError):
    """The request names no operation."""

    code = "MissingAction"
    json_code = "UnknownOperationException"
    status = 400


class InvalidAction(AwsError):
    """The request names an operation that its service does not have."""

    code = "InvalidAction"
    json_code = "UnknownOperationException"
    status = 400


class MalformedQueryString(AwsError):
    """The query string or form body cannot be read. 404 by the STS API Reference, "Common Errors"."""

    code = "MalformedQueryString"
    status = 404


class InvalidParameterValue(AwsError):
    """A parameter's value cannot be used."""

    code = "InvalidParameterValue"
    status = 400


class InvalidParameterCombination(AwsError):
    """Parameters that exclude each other were used together."""

    code = "InvalidParameterCombination"
    status = 400


class RequestEntityTooLarge(AwsError):
    """The body is larger than this door accepts."""

    code = "RequestEntityTooLarge"
    json_code = "RequestEntityTooLargeException"
    status = 413


class OperationNotImplemented(AwsError):
    """An operation of the model that this version does not have yet; `bailiwick coverage` lists them."""

    code = "NotImplemented"
    json_code = "NotImplementedException"
    status = 501


class InternalFailure(AwsError):
    """A bug. The details are in the log under the request id, never in the reply."""

    code = "InternalFailure"
    status = 500


class ServiceUnavailable(AwsError):
    """The store cannot be reached, or this node may not decide now; the client may retry."""

    code = "ServiceUnavailable"
    json_code = "ServiceUnavailableException"
    status = 503


class Throttling(AwsError):
    """Too many requests; the client may retry later."""

    code = "Throttling"
    json_code = "ThrottlingException"
    status = 400
