"""AWS's published Signature Version 4 test suite, `tests/vectors/sigv4`: each signed request of it, sent to the door.

A vector is accepted, or stands in a table below: REFUSED with what is said to it and why, or REPAIRED with what the
publication lacks. The presigned ones are published with the header X-Amz-Date besides, which their signature does not
cover: we refuse them with it, and send them without it in all other tests.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest

from bailiwick.auth import (
    AccessKey,
    Authenticated,
    AuthenticationError,
    IncompleteSignature,
    InvalidClientTokenId,
    PrincipalKind,
    SignatureDoesNotMatch,
)
from bailiwick.auth.authorization import SignatureReader
from bailiwick.auth.canonical import canonical_path, canonical_request
from bailiwick.auth.signing import sign
from bailiwick.http import HttpRequest
from bailiwick.secret import Secret

Authenticate = Callable[..., Authenticated]

SUITE = Path(__file__).parents[1] / "vectors" / "sigv4"
FILES = {
    f"{path.parent.name}/{'query' if path.name.startswith('query') else 'header'}": path
    for path in sorted([*SUITE.glob("*/*-signed-request.txt"), *SUITE.glob("*/*.sreq")])
}
# The context of all cases that are stored without their own: contexts differ in token, body and path modes only.
USUAL_CONTEXT = SUITE / "get-slash-normalized" / "context.json"
CORRECTED = SUITE / "post-vanilla-query-nonunreserved" / "post-vanilla-query-nonunreserved.authz"
MISMATCH = str(SignatureDoesNotMatch.mismatch())


def published(vector: str) -> HttpRequest:
    """The signed request as published; the lines of a folded header are joined by a space (RFC 9112 section 5.2)."""
    head, _, body = FILES[vector].read_bytes().partition(b"\n\n")
    request_line, *lines = head.replace(b"\n ", b" ").rstrip().split(b"\n")
    method, _, target = request_line.removesuffix(b" HTTP/1.1").partition(b" ")
    path, _, query = target.partition(b"?")
    headers = [line.split(b":", 1) for line in lines]
    return HttpRequest(
        method.decode("ascii"), path, query, tuple((name.lower(), value) for name, value in headers), body
    )


def without_header(request: HttpRequest, name: bytes) -> HttpRequest:
    return replace(request, headers=tuple(header for header in request.headers if header[0] != name))


def with_header(request: HttpRequest, name: bytes, *values: bytes) -> HttpRequest:
    """The request with these values of a header in place of its own."""
    others = without_header(request, name).headers
    return replace(request, headers=(*others, *((name, value) for value in values)))


def sent(vector: str) -> HttpRequest:
    """The signed request, without the date header of a presigned one."""
    request = published(vector)
    return without_header(request, b"x-amz-date") if vector.endswith("/query") else request


def repaired(vector: str) -> HttpRequest:
    """The signed request, without the fault of its publication if it has one."""
    request = sent(vector)
    return REPAIRED[vector][1](request) if vector in REPAIRED else request


@dataclass(frozen=True)
class Refusal:
    """What we answer to a vector, and why we differ from the suite."""

    error: type[AuthenticationError]
    message: str
    why: str


UNNORMALISED = Refusal(SignatureDoesNotMatch, MISMATCH, "signed over the path as sent, as only S3 signs")
UNSIGNED_BODY = Refusal(SignatureDoesNotMatch, MISMATCH, "the body is not signed, which only S3 allows")
FOREIGN_TOKEN = Refusal(
    InvalidClientTokenId,
    "The security token included in the request is invalid",
    "session tokens are sealed by their issuer, and this one is AWS's",
)
TOKEN_IN_HEADER = Refusal(
    SignatureDoesNotMatch,
    "A request signed in its query-string must not have the header 'x-amz-security-token'.",
    "a presigned request says its token in the query",
)
TOKEN_TWICE = Refusal(
    IncompleteSignature,
    "'X-Amz-Security-Token' must be given once, in this spelling.",
    "the stored edition has the token both before and after the signature",
)
WITHOUT_EXPIRY = Refusal(
    IncompleteSignature,
    "AWS query-string parameters must include 'X-Amz-Expires'. Re-examine the query-string parameters.",
    "an early edition of the suite: AWS requires X-Amz-Expires",
)
UNSIGNED_HASH = Refusal(
    SignatureDoesNotMatch,
    "'x-amz-content-sha256' must be a 'SignedHeader' in the AWS Authorization.",
    "an early edition of the suite: headers named x-amz-* must be signed",
)
HASH_NOT_SENT = Refusal(SignatureDoesNotMatch, MISMATCH, "the header x-amz-content-sha256 is signed, yet not sent")
FOLDED = Refusal(SignatureDoesNotMatch, MISMATCH, "signed as if each line of a folded header were a header of its own")
SPACE_IN_QUERY = Refusal(SignatureDoesNotMatch, MISMATCH, "signed up to the first space, where HTTP ends a target")
STALE = Refusal(SignatureDoesNotMatch, MISMATCH, "the signature was corrected in the .authz file only")

REFUSED = {
    **{
        f"get-{path}-unnormalized/{form}": UNNORMALISED
        for path in ("relative", "relative-relative", "slash", "slash-dot-slash", "slash-pointless-dot", "slashes")
        for form in ("header", "query")
    },
    "get-space-unnormalized/query": WITHOUT_EXPIRY,
    "post-vanilla-query/query": WITHOUT_EXPIRY,
    "post-unsigned-payload/header": UNSIGNED_BODY,
    "post-unsigned-payload/query": UNSIGNED_BODY,
    "get-vanilla-with-session-token/header": FOREIGN_TOKEN,
    "get-vanilla-with-session-token/query": TOKEN_TWICE,
    "post-sts-header-before/header": FOREIGN_TOKEN,
    "post-sts-header-before/query": TOKEN_IN_HEADER,
}
"""Signed requests that are not ours to accept."""


def hash_left_out(request: HttpRequest) -> HttpRequest:
    return without_header(request, b"x-amz-content-sha256")


def hash_sent(request: HttpRequest) -> HttpRequest:
    return with_header(request, b"x-amz-content-sha256", hashlib.sha256(request.body).hexdigest().encode())


def lines_apart(request: HttpRequest) -> HttpRequest:
    return with_header(request, b"my-header1", *(request.header(b"my-header1") or b"").split())


def target_up_to_the_space(request: HttpRequest) -> HttpRequest:
    return replace(request, query_string=request.query_string.partition(b" ")[0])


def corrected(request: HttpRequest) -> HttpRequest:
    return with_header(request, b"authorization", CORRECTED.read_bytes())


REPAIRED: dict[str, tuple[Refusal, Callable[[HttpRequest], HttpRequest]]] = {
    "get-header-value-multiline/header": (FOLDED, lines_apart),
    "get-header-value-multiline/query": (FOLDED, lines_apart),
    "get-space-unnormalized/header": (UNSIGNED_HASH, hash_left_out),
    "post-sts-header-after/header": (UNSIGNED_HASH, hash_left_out),
    "post-vanilla-query-nonunreserved/header": (STALE, corrected),
    "post-vanilla-query-space/header": (SPACE_IN_QUERY, target_up_to_the_space),
    "post-x-www-form-urlencoded/query": (HASH_NOT_SENT, hash_sent),
    "post-x-www-form-urlencoded-parameters/query": (HASH_NOT_SENT, hash_sent),
}
"""Refused as published, and good once repaired as told here."""

ACCEPTED = sorted(FILES.keys() - REFUSED.keys())


def context(vector: str) -> Mapping[str, object]:
    own = SUITE / vector.split("/")[0] / "context.json"
    found: Mapping[str, object] = json.loads((own if own.exists() else USUAL_CONTEXT).read_bytes())
    return found


def key(vector: str) -> AccessKey:
    credentials = context(vector)["credentials"]
    assert isinstance(credentials, dict)
    secret = Secret(credentials["secret_access_key"].encode())
    return AccessKey(
        credentials["access_key_id"], "123456789012", PrincipalKind.USER, "AIDACKCEVSQ6C2EXAMPLE", secret, True
    )


@pytest.fixture(scope="session")
def enter(authenticate: Authenticate) -> Callable[[str, HttpRequest], Authenticated]:
    """Send a request to the suite's service at the suite's time, where the suite's key is known."""

    def enter(vector: str, request: HttpRequest) -> Authenticated:
        told, suite_key = context(vector), key(vector)
        at = datetime.fromisoformat(str(told["timestamp"]))
        return authenticate(request, str(told["service"]), at, {suite_key.access_key_id: suite_key})

    return enter


Enter = Callable[[str, HttpRequest], Authenticated]


def refusal(enter: Enter, vector: str, request: HttpRequest) -> AuthenticationError:
    with pytest.raises(AuthenticationError) as refused:
        enter(vector, request)
    return refused.value


def calculated(vector: str, request: HttpRequest, path: bytes) -> tuple[bytes, bytes]:
    """Our signature of a request when its canonical path is `path`, and the one that it presents."""
    presented = SignatureReader().read(request)
    assert presented is not None
    canonical = canonical_request(
        request, presented.headers, presented.signed_headers, presented.names, presented.query
    )
    method, _, rest = canonical.split(b"\n", 2)
    signing_key = presented.credential.signing_key(key(vector).secret)
    ours = sign(signing_key, presented.amz_date, presented.credential.scope, b"\n".join([method, path, rest]))
    return ours, presented.signature


def signature_of(request: HttpRequest) -> bytes:
    text = request.header(b"authorization") or request.query_string
    return text.rpartition(b"Signature=")[2]


def with_signature(request: HttpRequest, signature: bytes) -> HttpRequest:
    old = signature_of(request)
    return replace(
        request,
        query_string=request.query_string.replace(old, signature),
        headers=tuple((name, value.replace(old, signature)) for name, value in request.headers),
    )


def test_the_suite_is_all_here() -> None:
    forms = [vector.split("/")[1] for vector in FILES]

    assert (forms.count("header"), forms.count("query")) == (38, 36)
    assert REFUSED.keys() | REPAIRED.keys() <= FILES.keys()
    assert not REFUSED.keys() & REPAIRED.keys()
    assert len(ACCEPTED) == 54


def test_the_contexts_differ_in_nothing_that_others_lack() -> None:
    usual = json.loads(USUAL_CONTEXT.read_bytes())

    for path in SUITE.glob("*/context.json"):
        told = json.loads(path.read_bytes())
        assert told["credentials"] | {"token": ""} == usual["credentials"] | {"token": ""}
        assert [told[name] for name in ("region", "service", "timestamp")] == [
            "us-east-1",
            "service",
            usual["timestamp"],
        ]


@pytest.mark.parametrize("vector", ACCEPTED)
def test_a_published_signature_is_accepted(enter: Enter, vector: str) -> None:
    caller = enter(vector, repaired(vector))

    assert caller.access_key_id == "AKIDEXAMPLE"
    assert (caller.region, caller.service) == ("us-east-1", "service")
    assert caller.is_presigned == vector.endswith("/query")


@pytest.mark.parametrize("vector", ACCEPTED)
def test_a_published_signature_with_any_byte_changed_is_refused(enter: Enter, vector: str) -> None:
    request = repaired(vector)
    signature = signature_of(request)
    assert len(signature) == 64

    for position, digit in enumerate(signature):
        other = b"0" if digit != ord("0") else b"1"
        changed = signature[:position] + other + signature[position + 1 :]
        refused = refusal(enter, vector, with_signature(request, changed))
        assert (type(refused), str(refused)) == (SignatureDoesNotMatch, MISMATCH)


@pytest.mark.parametrize("vector", REFUSED)
def test_a_request_that_is_not_ours_to_accept_is_refused_for_its_reason(enter: Enter, vector: str) -> None:
    refused = refusal(enter, vector, sent(vector))

    assert (type(refused), str(refused)) == (REFUSED[vector].error, REFUSED[vector].message)


@pytest.mark.parametrize("vector", REPAIRED)
def test_a_faulty_publication_is_refused_for_its_fault(enter: Enter, vector: str) -> None:
    expected, _ = REPAIRED[vector]

    refused = refusal(enter, vector, sent(vector))

    assert (type(refused), str(refused)) == (expected.error, expected.message)


@pytest.mark.parametrize("vector", [vector for vector in ACCEPTED if vector.endswith("/query")])
def test_a_presigned_request_with_a_date_header_besides_is_refused(enter: Enter, vector: str) -> None:
    refused = refusal(enter, vector, published(vector))

    message = "A request signed in its query-string must not have the header 'x-amz-date'."
    assert (type(refused), str(refused)) == (SignatureDoesNotMatch, message)


@pytest.mark.parametrize("vector", [vector for vector, why in REFUSED.items() if why is UNNORMALISED])
def test_the_path_alone_tells_an_unnormalised_signature_from_ours(vector: str) -> None:
    request = sent(vector)
    as_sent = quote_from_bytes(request.raw_path, safe="/").encode()

    ours, theirs = calculated(vector, request, as_sent)

    assert ours == theirs
    assert as_sent != canonical_path(request.raw_path)


@pytest.mark.parametrize("vector", [vector for vector, why in REFUSED.items() if why is FOREIGN_TOKEN])
def test_a_request_with_a_foreign_token_is_signed_as_we_would_sign_it(vector: str) -> None:
    ours, theirs = calculated(vector, sent(vector), b"/")

    assert ours == theirs
