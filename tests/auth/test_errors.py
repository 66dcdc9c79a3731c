import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from bailiwick.auth import (
    AuthenticationError,
    ExpiredToken,
    IncompleteSignature,
    InvalidClientTokenId,
    MissingAuthenticationToken,
    SignatureDoesNotMatch,
)
from bailiwick.errors import AwsError

NOW = datetime(2022, 1, 27, 1, 59, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    ("error", "code", "json_code", "status"),
    [
        (MissingAuthenticationToken, "MissingAuthenticationToken", "MissingAuthenticationTokenException", 403),
        (IncompleteSignature, "IncompleteSignature", "IncompleteSignatureException", 400),
        (InvalidClientTokenId, "InvalidClientTokenId", "UnrecognizedClientException", 403),
        (ExpiredToken, "ExpiredToken", "ExpiredTokenException", 403),
        (SignatureDoesNotMatch, "SignatureDoesNotMatch", "InvalidSignatureException", 403),
    ],
)
def test_each_error_has_awss_codes_and_status(
    error: type[AuthenticationError], code: str, json_code: str, status: int
) -> None:
    assert issubclass(error, AwsError)
    assert (error.code, error.json_code, error.status) == (code, json_code, status)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MissingAuthenticationToken(), "Request is missing Authentication Token"),
        (InvalidClientTokenId.unknown_key(), "The security token included in the request is invalid."),
        (InvalidClientTokenId.bad_token(), "The security token included in the request is invalid"),
        (ExpiredToken(), "The security token included in the request is expired"),
        (
            SignatureDoesNotMatch.mismatch(),
            (
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
                "Access Key and signing method. Consult the service documentation for details."
            ),
        ),
        (
            SignatureDoesNotMatch.expired(NOW - timedelta(seconds=6301), NOW, NOW - timedelta(minutes=15), "15 min"),
            "Signature expired: 20220127T001427Z is now earlier than 20220127T014428Z (20220127T015928Z - 15 min.)",
        ),
        (
            SignatureDoesNotMatch.not_yet_current(
                NOW + timedelta(minutes=16), NOW, NOW + timedelta(minutes=15), "15 min"
            ),
            (
                "Signature not yet current: 20220127T021528Z is still later than 20220127T021428Z "
                "(20220127T015928Z + 15 min.)"
            ),
        ),
        (
            SignatureDoesNotMatch.host_not_signed(),
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ),
        (
            SignatureDoesNotMatch.header_not_signed("x-amz-target"),
            "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.",
        ),
        (
            SignatureDoesNotMatch.two_places(),
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
        ),
        (
            SignatureDoesNotMatch.also_in_headers("x-amz-date"),
            "A request signed in its query-string must not have the header 'x-amz-date'.",
        ),
        (
            IncompleteSignature.of_query(["X-Amz-Date", "X-Amz-Expires"]),
            (
                "AWS query-string parameters must include 'X-Amz-Date'. "
                "AWS query-string parameters must include 'X-Amz-Expires'. Re-examine the query-string parameters."
            ),
        ),
    ],
)
def test_each_error_says_awss_words(error: AuthenticationError, message: str) -> None:
    assert error.message == message
    assert str(error) == message


def test_an_authorization_header_is_shown_as_its_hash_only() -> None:
    header = b"AWS4-HMAC-SHA256 Credential=AKIA"

    error = IncompleteSignature.of_header(header, ["One.", "Two."])

    digest = base64.b64encode(hashlib.sha256(header).digest()).decode()
    assert error.message == f"One. Two. (Hashed with SHA-256 and encoded with Base64) Authorization={digest}"
