"""AWS's errors of authentication, by both spellings: that of the query protocols and that of the JSON protocols.

Source: IAM and STS API References, "Common Errors"; IAM User Guide, "Troubleshoot Signature Version 4 signing".
No message ever holds a canonical request, a string to sign, a signature or an unhashed Authorization header.
"""

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Self

from bailiwick.auth.dates import format_amz_date
from bailiwick.errors import AwsError


class AuthenticationError(AwsError):
    """A request whose caller could not be told."""


class MissingAuthenticationToken(AuthenticationError):
    """The request is not signed, and the operation needs a caller. Raised by whoever needs one."""

    code = "MissingAuthenticationToken"
    json_code = "MissingAuthenticationTokenException"
    status = 403

    def __init__(self, message: str = "Request is missing Authentication Token") -> None:
        super().__init__(message)


class IncompleteSignature(AuthenticationError):
    """The parts of the signature cannot be read: missing, repeated, malformed or too large."""

    code = "IncompleteSignature"
    json_code = "IncompleteSignatureException"
    status = 400

    @classmethod
    def of_header(cls, authorization: bytes, reasons: Iterable[str]) -> Self:
        """Faults of an Authorization header, which is shown as AWS shows it: as a hash."""
        digest = base64.b64encode(hashlib.sha256(authorization).digest()).decode("ascii")
        return cls(f"{' '.join(reasons)} (Hashed with SHA-256 and encoded with Base64) Authorization={digest}")

    @classmethod
    def of_query(cls, missing: Iterable[str]) -> Self:
        """Query parameters that a presigned request must have, and has not."""
        reasons = "".join(f"AWS query-string parameters must include '{name}'. " for name in missing)
        return cls(f"{reasons}Re-examine the query-string parameters.")


class InvalidClientTokenId(AuthenticationError):
    """The access key or the session token is not one of ours, or is no longer good."""

    code = "InvalidClientTokenId"
    json_code = "UnrecognizedClientException"
    status = 403

    @classmethod
    def unknown_key(cls) -> Self:
        """An access key id that does not exist, is inactive, or needs a session token that was not sent."""
        return cls("The security token included in the request is invalid.")

    @classmethod
    def bad_token(cls) -> Self:
        """A session token that is not ours, was changed, or belongs to another key. AWS omits the period here."""
        return cls("The security token included in the request is invalid")


class ExpiredToken(AuthenticationError):
    """The session was good, its signature too, and it has ended. Not ExpiredTokenException of the STS operations."""

    code = "ExpiredToken"
    json_code = "ExpiredTokenException"
    status = 403

    def __init__(self, message: str = "The security token included in the request is expired") -> None:
        super().__init__(message)


class SignatureDoesNotMatch(AuthenticationError):
    """The signature is not that of this request by this key, now, for this service."""

    code = "SignatureDoesNotMatch"
    json_code = "InvalidSignatureException"
    status = 403

    @classmethod
    def mismatch(cls) -> Self:
        """The calculated signature differs. AWS may add the canonical strings; we never do."""
        return cls(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details."
        )

    @classmethod
    def expired(cls, signed_at: datetime, now: datetime, limit: datetime, allowance: str) -> Self:
        """Signed before `limit`, which is `now` less the `allowance` (such as `15 min`)."""
        sent, oldest, server = format_amz_date(signed_at), format_amz_date(limit), format_amz_date(now)
        return cls(f"Signature expired: {sent} is now earlier than {oldest} ({server} - {allowance}.)")

    @classmethod
    def not_yet_current(cls, signed_at: datetime, now: datetime, limit: datetime, allowance: str) -> Self:
        """Signed after `limit`, which is `now` and the `allowance`."""
        sent, latest, server = format_amz_date(signed_at), format_amz_date(limit), format_amz_date(now)
        return cls(f"Signature not yet current: {sent} is still later than {latest} ({server} + {allowance}.)")

    @classmethod
    def host_not_signed(cls) -> Self:
        """The signed headers lack the host."""
        return cls("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")

    @classmethod
    def header_not_signed(cls, name: str) -> Self:
        """A header that must be signed, and is not."""
        return cls(f"'{name}' must be a 'SignedHeader' in the AWS Authorization.")

    @classmethod
    def also_in_headers(cls, name: str) -> Self:
        """A header that a presigned request says in its query instead."""
        return cls(f"A request signed in its query-string must not have the header '{name}'.")

    @classmethod
    def two_places(cls) -> Self:
        """Credentials both in the query and in headers: we do not choose."""
        return cls("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")
