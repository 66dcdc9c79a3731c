"""What can be read as a signature, and what cannot."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bailiwick.auth import AuthenticationError, IncompleteSignature, SignatureDoesNotMatch, claimed_service
from bailiwick.auth.authorization import SignatureReader
from bailiwick.auth.errors import InvalidClientTokenId
from bailiwick.http import HttpRequest

CREDENTIAL = b"AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/sts/aws4_request"
AUTHORIZATION = b"AWS4-HMAC-SHA256 Credential=" + CREDENTIAL + b", SignedHeaders=host;x-amz-date, Signature=00ff"
HOST = (b"host", b"sts.example.com")
DATE = (b"x-amz-date", b"20261124T120000Z")
QUERY = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": CREDENTIAL.decode().replace("/", "%2F"),
    "X-Amz-Date": "20261124T120000Z",
    "X-Amz-Expires": "60",
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Signature": "00ff",
}


def in_header(authorization: bytes = AUTHORIZATION, *more: tuple[bytes, bytes], query: bytes = b"") -> HttpRequest:
    return HttpRequest("POST", b"/", query, (HOST, DATE, (b"authorization", authorization), *more), b"")


def in_query(*headers: tuple[bytes, bytes], **changed: str | None) -> HttpRequest:
    parameters = QUERY | {f"X-Amz-{name}": value for name, value in changed.items()}
    query = "&".join(f"{name}={value}" for name, value in parameters.items() if value is not None)
    return HttpRequest("GET", b"/", query.encode(), (HOST, *headers), b"")


def refusal(request: HttpRequest) -> AuthenticationError:
    with pytest.raises(AuthenticationError) as refused:
        SignatureReader().read(request)
    return refused.value


def test_reads_the_header_form() -> None:
    presented = SignatureReader().read(in_header(query=b"b=1&a=%41"))

    assert presented is not None
    assert presented.credential.access_key_id == "AKIAIOSFODNN7EXAMPLE"
    assert (presented.signed_headers, presented.names) == (b"host;x-amz-date", (b"host", b"x-amz-date"))
    assert presented.signature == b"00ff"
    assert presented.amz_date == b"20261124T120000Z"
    assert presented.signed_at == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert (presented.expires_seconds, presented.token) == (None, None)
    assert presented.query == b"a=A&b=1"


def test_reads_the_query_form() -> None:
    presented = SignatureReader().read(in_query(**{"Security-Token": "a%2Fb%2B%3D"}))

    assert presented is not None
    assert presented.credential.access_key_id == "AKIAIOSFODNN7EXAMPLE"
    assert (presented.signed_headers, presented.names) == (b"host", (b"host",))
    assert presented.signature == b"00ff"
    assert presented.amz_date == b"20261124T120000Z"
    assert presented.signed_at == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert (presented.expires_seconds, presented.token) == (60, "a/b+=")
    assert b"X-Amz-Security-Token=a%2Fb%2B%3D" in presented.query
    assert b"X-Amz-Signature" not in presented.query


def test_an_unsigned_request_presents_nothing() -> None:
    request = HttpRequest("POST", b"/", b"Action=X", (HOST, DATE, (b"x-amz-security-token", b"t")), b"")

    assert SignatureReader().read(request) is None


@pytest.mark.parametrize(
    "authorization",
    [
        AUTHORIZATION.replace(b", ", b","),
        AUTHORIZATION.replace(b", ", b"  ,   "),
        AUTHORIZATION.replace(b"SHA256 ", b"SHA256    "),
        b"  " + AUTHORIZATION + b" ",
        b"AWS4-HMAC-SHA256 Signature=00ff, Credential=" + CREDENTIAL + b",SignedHeaders=host;x-amz-date",
    ],
)
def test_is_tolerant_of_blanks_and_order(authorization: bytes) -> None:
    presented = SignatureReader().read(in_header(authorization))

    assert presented is not None
    assert (presented.signature, presented.signed_headers) == (b"00ff", b"host;x-amz-date")


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (b"", "Authorization header cannot be empty."),
        (b"   ", "Authorization header cannot be empty."),
        (
            b"AWS4-HMAC-SHA256",
            (
                "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' "
                "parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed with SHA-256 and encoded "
                "with Base64) Authorization="
            ),
        ),
        (b"AWS4-HMAC-SHA256 ", "Authorization header requires 'Credential' parameter. "),
        (AUTHORIZATION.replace(b"Credential=" + CREDENTIAL + b", ", b""), "requires 'Credential' parameter. (Hashed"),
        (AUTHORIZATION.replace(b", Signature=00ff", b""), "requires 'Signature' parameter. (Hashed"),
        (AUTHORIZATION.replace(b" SignedHeaders=host;x-amz-date,", b""), "requires 'SignedHeaders' parameter. (Hashed"),
        (AUTHORIZATION.replace(b"Signature=", b"Signature"), "in-valid key=value pair (missing equal-sign)"),
        (AUTHORIZATION + b",", "in-valid key=value pair (missing equal-sign)"),
        (AUTHORIZATION + b", Signature=00ff", "unknown or given twice"),
        (AUTHORIZATION + b", Region=x", "unknown or given twice"),
        (AUTHORIZATION.replace(b"Signature=", b"signature="), "unknown or given twice"),
        (AUTHORIZATION.replace(b"SHA256", b"SHA512"), "Unsupported AWS 'algorithm'"),
        (AUTHORIZATION.replace(b"AWS4", b"aws4"), "Unsupported AWS 'algorithm'"),
        (AUTHORIZATION.replace(b"AWS4-HMAC-SHA256 ", b"AWS4-HMAC-SHA256, "), "Unsupported AWS 'algorithm'"),
        (b"AWS4-ECDSA-P256-SHA256" + AUTHORIZATION[16:], "Unsupported AWS 'algorithm'"),
        (b"Bearer abc", "Unsupported AWS 'algorithm'"),
        (b"Basic YTpi", "Unsupported AWS 'algorithm'"),
        (AUTHORIZATION.replace(b"/sts", b""), "Credential must have exactly 5 slash-delimited elements"),
        (AUTHORIZATION.replace(b"/sts", b"/st s"), "Credential must have exactly 5 slash-delimited elements"),
        (AUTHORIZATION.replace(b"host;x-amz-date", b"x-amz-date;host"), "SignedHeaders must be"),
        (AUTHORIZATION.replace(b"host;", b"host;host;"), "SignedHeaders must be"),
        (AUTHORIZATION.replace(b"host;x-amz-date", b"Content-Type;host;x-amz-date"), "SignedHeaders must be"),
        (AUTHORIZATION.replace(b"host;", b";host;"), "SignedHeaders must be"),
        (AUTHORIZATION.replace(b"host;", b"a b;host;"), "SignedHeaders must be"),
        (AUTHORIZATION.replace(b"host;", b"a\n;host;"), "SignedHeaders must be"),
    ],
)
def test_refuses_a_malformed_authorization_header(authorization: bytes, message: str) -> None:
    refused = refusal(in_header(authorization))

    assert isinstance(refused, IncompleteSignature)
    assert message in refused.message
    assert "00ff" not in refused.message
    assert "AKIAIOSFODNN7EXAMPLE" not in refused.message


def test_says_all_that_is_missing_with_the_date() -> None:
    request = HttpRequest("POST", b"/", b"", (HOST, (b"authorization", b"AWS4-HMAC-SHA256 Signature=00")), b"")

    assert refusal(request).message.startswith(
        "Authorization header requires 'Credential' parameter. Authorization header requires 'SignedHeaders' "
        "parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
    )


def test_needs_a_date_even_with_all_parameters() -> None:
    authorization = AUTHORIZATION.replace(b";x-amz-date", b"")
    request = HttpRequest("POST", b"/", b"", (HOST, (b"authorization", authorization)), b"")

    assert refusal(request).message.startswith(
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed"
    )


@pytest.mark.parametrize("signed_headers", [b"", b"x-amz-date", b"Host;x-amz-date", b"hosts;x-amz-date"])
def test_refuses_signed_headers_without_host(signed_headers: bytes) -> None:
    for request in (
        in_header(AUTHORIZATION.replace(b"host;x-amz-date", signed_headers)),
        in_query(SignedHeaders=signed_headers.decode()),
    ):
        refused = refusal(request)

        assert isinstance(refused, SignatureDoesNotMatch)
        assert refused.message.startswith("'Host' or ':authority' must be")


@pytest.mark.parametrize("name", [b"x-amz-target", b"x-amz-security-token", b"x-amz-content-sha256", b"x-amz-"])
def test_refuses_an_unsigned_header_of_amazons(name: bytes) -> None:
    for request in (in_header(AUTHORIZATION, (name, b"1")), in_query((b"x-amz-target", b"1"))):
        refused = refusal(request)

        assert isinstance(refused, SignatureDoesNotMatch)
        assert "' must be a 'SignedHeader'" in refused.message


def test_refuses_an_unsigned_date_header_of_amazons() -> None:
    refused = refusal(in_header(AUTHORIZATION.replace(b";x-amz-date", b"")))

    assert refused.message == "'x-amz-date' must be a 'SignedHeader' in the AWS Authorization."


def test_other_headers_need_not_be_signed() -> None:
    request = in_header(AUTHORIZATION, (b"content-type", b"text/plain"), (b"x-amzn-trace-id", b"1"), (b"amz-sdk", b"1"))

    assert SignatureReader().read(request) is not None


@pytest.mark.parametrize(
    "header",
    [
        HOST,
        DATE,
        (b"authorization", AUTHORIZATION),
        (b"x-amz-security-token", b"t"),
        (b"x-amz-content-sha256", b"t"),
        (b"date", b"Tue, 24 Nov 2026 12:00:00 GMT"),
    ],
)
def test_refuses_a_header_of_authentication_given_twice(header: tuple[bytes, bytes]) -> None:
    given = in_header(AUTHORIZATION.replace(b"x-amz-date", b"x-amz-content-sha256;x-amz-date;x-amz-security-token"))
    others = tuple(pair for pair in given.headers if pair[0] != header[0])

    refused = refusal(replace(given, headers=(*others, header, header)))

    assert isinstance(refused, IncompleteSignature)
    assert refused.message == f"The header '{header[0].decode()}' must be given once."


def test_joins_other_headers_given_more_than_once() -> None:
    presented = SignatureReader().read(
        in_header(AUTHORIZATION, (b"x-a", b" 1 "), (b"x-b", b" "), (b"x-a", b" 2  3"), (b"x-a", b""))
    )

    assert presented is not None
    assert presented.headers[b"x-a"] == b"1,2  3,"
    assert presented.headers[b"x-b"] == b" "


def test_refuses_credentials_in_two_places() -> None:
    for parameter in (b"X-Amz-Signature=00", b"X-Amz-Credential=a", b"X-Amz-Security-Token=t", b"X-Amz-Date=d"):
        refused = refusal(in_header(query=parameter))

        assert isinstance(refused, SignatureDoesNotMatch)
        assert refused.message.startswith("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization'")


def test_refuses_a_token_or_date_header_beside_a_signed_query() -> None:
    for name in (b"x-amz-security-token", b"x-amz-date"):
        refused = refusal(in_query((name, b"20261124T120000Z"), SignedHeaders=f"host;{name.decode()}"))

        assert isinstance(refused, SignatureDoesNotMatch)
        assert name.decode() in refused.message


@pytest.mark.parametrize("name", ["Algorithm", "Credential", "Signature", "SignedHeaders", "Date", "Expires"])
def test_names_the_query_parameter_that_is_missing(name: str) -> None:
    refused = refusal(in_query(**{name: None}))

    assert isinstance(refused, IncompleteSignature)
    assert refused.message == (
        f"AWS query-string parameters must include 'X-Amz-{name}'. Re-examine the query-string parameters."
    )


def test_a_token_alone_in_the_query_is_no_signature() -> None:
    request = HttpRequest("GET", b"/", b"X-Amz-Security-Token=t", (HOST,), b"")

    assert isinstance(refusal(request), IncompleteSignature)


@pytest.mark.parametrize("algorithm", ["", "AWS4-HMAC-SHA512", "aws4-hmac-sha256", "AWS4-ECDSA-P256-SHA256", "none"])
def test_refuses_another_algorithm_in_the_query(algorithm: str) -> None:
    refused = refusal(in_query(Algorithm=algorithm))

    assert isinstance(refused, IncompleteSignature)
    assert "Unsupported AWS 'algorithm'" in refused.message


@pytest.mark.parametrize("expires", ["1", "604800"])
def test_takes_lifetimes_of_a_second_to_a_week(expires: str) -> None:
    presented = SignatureReader().read(in_query(Expires=expires))

    assert presented is not None
    assert presented.expires_seconds == int(expires)


@pytest.mark.parametrize("expires", ["", "0", "-1", "604801", "060", "6e1", "60.0", "+60", "%2060", "1000000", "٦٠"])
def test_refuses_any_other_lifetime(expires: str) -> None:
    refused = refusal(in_query(Expires=expires))

    assert isinstance(refused, IncompleteSignature)
    assert refused.message == "X-Amz-Expires must be a number of seconds from 1 to 604800."


@pytest.mark.parametrize("date", ["", "2026-11-24T12:00:00Z", "20261124T120000", "20261324T120000Z"])
def test_refuses_a_date_that_is_none(date: str) -> None:
    given = in_header()
    in_amz_date = replace(given, headers=(HOST, (b"x-amz-date", date.encode()), given.headers[2]))
    in_date = replace(
        given,
        headers=(HOST, (b"date", date.encode()), (b"authorization", AUTHORIZATION.replace(b";x-amz-date", b""))),
    )

    for request in (in_amz_date, in_date, in_query(Date=date)):
        refused = refusal(request)
        assert isinstance(refused, IncompleteSignature)
        assert refused.message == "Date must be in ISO-8601 'basic format'."


def test_refuses_a_malformed_credential_in_the_query() -> None:
    assert refusal(in_query(Credential="AKIA%2F20261124")).message == (
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."
    )


def test_takes_the_date_header_when_amazons_is_absent() -> None:
    authorization = AUTHORIZATION.replace(b";x-amz-date", b"")
    date = (b"date", b"Tue, 24 Nov 2026 11:59:58 GMT")

    presented = SignatureReader().read(
        HttpRequest("POST", b"/", b"", (HOST, date, (b"authorization", authorization)), b"")
    )

    assert presented is not None
    assert presented.amz_date == b"20261124T115958Z"
    assert presented.signed_at == datetime(2026, 11, 24, 11, 59, 58, tzinfo=UTC)


def test_amazons_date_goes_before_the_date_header() -> None:
    presented = SignatureReader().read(in_header(AUTHORIZATION, (b"date", b"not a date")))

    assert presented is not None
    assert presented.amz_date == b"20261124T120000Z"


def with_signed_headers(count: int, pad: int = 0) -> HttpRequest:
    names = sorted([b"host", b"x-amz-date", *(b"z%03d" % n + b"a" * pad for n in range(count - 2))])
    return in_header(AUTHORIZATION.replace(b"host;x-amz-date", b";".join(names)))


def test_bounds_the_number_and_size_of_signed_headers() -> None:
    assert SignatureReader().read(with_signed_headers(64)) is not None
    assert refusal(with_signed_headers(65)).message == "SignedHeaders may name at most 64 headers."

    fits = 4_096 - len(b"host;x-amz-date;") - len(b"z000")
    assert SignatureReader().read(with_signed_headers(3, pad=fits)) is not None
    assert refusal(with_signed_headers(3, pad=fits + 1)).message == "SignedHeaders is too large."


def test_bounds_the_authorization_header() -> None:
    padding = b" " * (8_192 - len(AUTHORIZATION))

    assert SignatureReader().read(in_header(AUTHORIZATION + padding)) is not None
    assert refusal(in_header(AUTHORIZATION + padding + b" ")).message == "The Authorization header is too large."


def test_bounds_the_number_and_size_of_headers() -> None:
    assert SignatureReader().read(in_header(AUTHORIZATION, *[(b"a", b"1")] * 253)) is not None
    assert "too many headers" in refusal(in_header(AUTHORIZATION, *[(b"a", b"1")] * 254)).message

    used = sum(len(name) + len(value) for name, value in in_header().headers)
    fits = b"a" * (131_072 - used - 1)
    assert SignatureReader().read(in_header(AUTHORIZATION, (b"a", fits))) is not None
    assert "headers are too large" in refusal(in_header(AUTHORIZATION, (b"a", fits + b"a"))).message


def test_bounds_the_query() -> None:
    assert "query string is too large" in refusal(in_header(query=b"a" * 65_537)).message


def test_bounds_the_session_token() -> None:
    authorization = AUTHORIZATION.replace(b"x-amz-date", b"x-amz-date;x-amz-security-token")
    fits = (b"x-amz-security-token", b"t" * 8_192)
    longer = (b"x-amz-security-token", b"t" * 8_193)

    assert SignatureReader().read(in_header(authorization, fits)) is not None
    refused = refusal(in_header(authorization, longer))

    assert isinstance(refused, InvalidClientTokenId)
    assert refused.message == "The security token included in the request is invalid"


def test_reads_the_same_again() -> None:
    reader = SignatureReader()

    assert reader.read(in_header()) == reader.read(in_header())


def test_claims_the_service_of_either_form(
    sign: Callable[..., HttpRequest], presign: Callable[..., HttpRequest]
) -> None:
    assert claimed_service(sign(scope="20261124/us-east-1/iam/aws4_request")) == "iam"
    assert claimed_service(presign(scope="20261124/us-east-1/sts/aws4_request")) == "sts"
    assert claimed_service(in_query(Credential="a/1/r/bailiwick/t")) == "bailiwick"


@pytest.mark.parametrize(
    "request_",
    [
        HttpRequest("GET", b"/", b"", (), b""),
        HttpRequest("GET", b"/", b"Action=X", (HOST,), b""),
        in_header(b"Bearer Credential"),
        in_header(AUTHORIZATION.replace(b"/sts", b"/STS")),
        in_header(AUTHORIZATION.replace(b"/sts", b"/")),
        in_header(AUTHORIZATION.replace(b"/sts/", b"/" + b"s" * 64 + b"/")),
        in_header(b"AWS4-HMAC-SHA256 " + b" " * 8_192 + b"Credential=" + CREDENTIAL),
        in_header(b"Bearer x", query=in_query().query_string),
        in_query(Credential="AKIA%2F1"),
        HttpRequest("GET", b"/", b"NotX-Amz-Credential=" + CREDENTIAL, (), b""),
    ],
)
def test_claims_no_service_where_none_can_be_read(request_: HttpRequest) -> None:
    assert claimed_service(request_) is None
