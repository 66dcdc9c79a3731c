"""Large bodies of strangers: read for the sake of their signature, and not taken apart before it is verified."""

from tests.attack.wire import signed_headers
from tests.user.client import Aws, Keys, send

_UNSIGNED_LIMIT = 512 * 1024


def malformed(size: int) -> bytes:
    """A form that says so to whoever takes it apart."""
    return b"Action=%zz&UserName=".ljust(size, b"a")


def test_a_large_body_is_not_taken_apart_for_a_stranger(aws: Aws) -> None:
    body = malformed(_UNSIGNED_LIMIT + 1)
    stranger = Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")

    reply = send(aws.endpoint, "POST", "/", signed_headers(aws.endpoint, body, stranger, "iam"), body)

    assert reply.status == 403
    assert "InvalidClientTokenId" in reply.text


def test_a_large_body_whose_signature_is_not_its_own_is_not_taken_apart(aws: Aws) -> None:
    body = malformed(_UNSIGNED_LIMIT + 1)
    headers = signed_headers(aws.endpoint, body[:-1] + b"b", aws.administrator, "iam")

    reply = send(aws.endpoint, "POST", "/", headers, body)

    assert reply.status == 403
    assert "SignatureDoesNotMatch" in reply.text


def test_a_large_body_of_a_proven_caller_is_taken_apart(aws: Aws) -> None:
    body = malformed(_UNSIGNED_LIMIT + 1)

    reply = send(aws.endpoint, "POST", "/", signed_headers(aws.endpoint, body, aws.administrator, "iam"), body)

    assert reply.status == 404
    assert "MalformedQueryString" in reply.text


def test_without_a_signature_a_large_body_is_too_large(aws: Aws) -> None:
    body = malformed(_UNSIGNED_LIMIT + 1)
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    assert send(aws.endpoint, "POST", "/", form, body).status == 413
    assert send(aws.endpoint, "POST", "/", form, body[:-1]).status == 404


def test_with_a_signature_a_body_beyond_all_bounds_is_too_large(aws: Aws) -> None:
    body = malformed(32 * 1024 * 1024 + 1)
    headers = signed_headers(aws.endpoint, body, aws.administrator, "iam")

    assert send(aws.endpoint, "POST", "/", headers, body).status == 413
