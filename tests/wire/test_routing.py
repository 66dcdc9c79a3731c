"""Which operation a request is for, and what is refused before it is parsed."""

import pytest

from bailiwick.errors import (
    AwsError,
    InvalidAction,
    InvalidParameterValue,
    MalformedQueryString,
    MissingAction,
    RequestEntityTooLarge,
)
from bailiwick.http import HttpRequest
from bailiwick.wire import (
    Limits,
    MethodNotAllowed,
    Router,
    SerializationException,
    UnknownOperation,
    load_service,
)

FORM = (b"content-type", b"application/x-www-form-urlencoded; charset=utf-8")
JSON = (b"content-type", b"application/x-amz-json-1.1")
STS, IAM = b"Version=2011-06-15", b"Version=2010-05-08"


@pytest.fixture(scope="module")
def router() -> Router:
    names = ("iam", "sts", "organizations", "bailiwick", "accessanalyzer", "lambda")
    return Router([load_service(name) for name in names])


@pytest.fixture(scope="module")
def s3_router() -> Router:
    return Router([load_service("s3")])


def form(body: bytes, query: bytes = b"", method: str = "POST", path: bytes = b"/") -> HttpRequest:
    return HttpRequest(method, path, query, (FORM,), body)


def json_request(target: bytes, body: bytes = b"{}", **fields: str) -> HttpRequest:
    return HttpRequest(fields.get("method", "POST"), b"/", b"", (JSON, (b"x-amz-target", target)), body)


def test_the_signatures_service_decides(router: Router) -> None:
    incoming = router.identify(form(b"Action=GetUser&" + IAM), "iam")

    assert (incoming.service.name, incoming.operation.name, incoming.protocol) == ("iam", "GetUser", "query")


def test_a_get_with_the_same_parameters_is_the_same(router: Router) -> None:
    request = HttpRequest("GET", b"/", b"Action=GetCallerIdentity&" + STS, ((b"host", b"localhost"),), b"")

    assert router.identify(request, "sts").operation.name == "GetCallerIdentity"
    assert router.identify(request, None).operation.name == "GetCallerIdentity"


def test_an_unsigned_request_finds_its_service_by_action_and_version(router: Router) -> None:
    incoming = router.identify(form(b"Action=AssumeRoleWithWebIdentity&" + STS), None)

    assert incoming.service.name == "sts"
    assert incoming.operation.is_unsigned
    assert not router.identify(form(b"Action=AssumeRole&" + STS), None).operation.is_unsigned


@pytest.mark.parametrize(
    ("body", "service", "named"),
    [
        (b"Action=Nothing&" + IAM, "iam", "Nothing for version 2010-05-08"),
        (b"Action=GetUser&" + STS, "iam", "GetUser for version 2011-06-15"),
        (b"Action=GetUser&" + IAM, "sts", "GetUser for version 2010-05-08"),
        (b"Action=getuser&" + IAM, "iam", "getuser for version 2010-05-08"),
        (b"Action=GetUser", "iam", "GetUser for version NO_VERSION_SPECIFIED"),
        (b"Action=DescribeInstances&Version=2016-11-15", "ec2", "DescribeInstances for version 2016-11-15"),
        (b"Action=Nothing&" + IAM, None, "Nothing for version 2010-05-08"),
    ],
)
def test_an_operation_the_service_does_not_have_is_named_with_its_version(
    router: Router, body: bytes, service: str | None, named: str
) -> None:
    with pytest.raises(InvalidAction) as refused:
        router.identify(form(body), service)

    assert refused.value.message == f"Could not find operation {named}"


@pytest.mark.parametrize("body", [b"", IAM, b"Action=&" + IAM])
def test_a_request_without_an_action_is_refused(router: Router, body: bytes) -> None:
    for service in ("iam", None):
        with pytest.raises(MissingAction):
            router.identify(form(body), service)


@pytest.mark.parametrize(
    ("body", "query"),
    [
        (b"Action=GetUser&Action=DeleteUser&" + IAM, b""),
        (b"Action=GetUser&action=DeleteUser&" + IAM, b""),
        (b"Action=GetUser&" + IAM, b"Action=DeleteUser"),
        (b"Action=GetUser&" + IAM, b"ACTION=DeleteUser"),
        (b"Action=GetUser&UserName=a&UserName=b&" + IAM, b""),
        (b"Action=GetUser&UserName=a&Username=b&" + IAM, b""),
        (b"Action=GetUser&%55serName=a&UserName=a&" + IAM, b""),
    ],
)
def test_a_parameter_given_twice_is_refused(router: Router, body: bytes, query: bytes) -> None:
    with pytest.raises(InvalidParameterValue) as refused:
        router.identify(form(body, query), "iam")

    assert refused.value.status == 400


def test_what_is_too_large_is_refused_before_it_is_parsed(router: Router) -> None:
    small = Router([load_service("sts")], Limits(unsigned_bytes=10, signed_bytes=20, parameters=3))

    with pytest.raises(RequestEntityTooLarge):
        small.identify(form(b"Action=%%%%"), None)
    with pytest.raises(RequestEntityTooLarge):
        small.identify(form(b"Action=%%%%Action=%%%%"), "sts")
    with pytest.raises(RequestEntityTooLarge):
        small.identify(form(b"a&b&c", b"d"), "sts")


def test_another_media_type_is_refused(router: Router) -> None:
    request = HttpRequest("POST", b"/", b"", ((b"content-type", b"text/plain"),), b"Action=GetUser&" + IAM)

    with pytest.raises(MalformedQueryString):
        router.identify(request, "iam")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "PATCH"])
def test_another_method_is_refused(router: Router, method: str) -> None:
    with pytest.raises(MethodNotAllowed):
        router.identify(form(b"Action=GetUser&" + IAM, method=method), "iam")


def test_another_path_is_refused(router: Router) -> None:
    with pytest.raises(UnknownOperation):
        router.identify(form(b"Action=GetUser&" + IAM, path=b"/x"), "iam")


def test_a_target_header_names_a_json_operation_signed_or_not(router: Router) -> None:
    for service in ("bailiwick", None):
        incoming = router.identify(json_request(b"Bailiwick_20261124.ListSessions"), service)
        assert (incoming.service.name, incoming.operation.name, incoming.protocol) == (
            "bailiwick",
            "ListSessions",
            "json",
        )


@pytest.mark.parametrize(
    "target", [b"Bailiwick_20261124.Nothing", b"Bailiwick.ListSessions", b"ListSessions", b"", b"\xff.\xff"]
)
def test_a_target_that_is_not_there_is_refused(router: Router, target: bytes) -> None:
    with pytest.raises(UnknownOperation):
        router.identify(json_request(target), "bailiwick")


def test_two_targets_are_refused(router: Router) -> None:
    target = (b"x-amz-target", b"Bailiwick_20261124.ListSessions")

    with pytest.raises(UnknownOperation):
        router.identify(HttpRequest("POST", b"/", b"", (JSON, target, target), b"{}"), "bailiwick")


def test_a_target_of_another_service_than_the_signed_one_is_refused(router: Router) -> None:
    with pytest.raises(AwsError):
        router.identify(json_request(b"Bailiwick_20261124.ListSessions"), "organizations")


def test_a_json_request_with_another_media_type_is_refused(router: Router) -> None:
    headers = ((b"content-type", b"text/plain"), (b"x-amz-target", b"Bailiwick_20261124.ListSessions"))

    with pytest.raises(SerializationException):
        router.identify(HttpRequest("POST", b"/", b"", headers, b"{}"), "bailiwick")


@pytest.mark.parametrize(
    ("method", "path", "service", "operation"),
    [
        ("GET", b"/analyzer", "access-analyzer", "ListAnalyzers"),
        ("GET", b"/analyzer/a%2Fb", None, "GetAnalyzer"),
        ("PUT", b"/analyzer", None, "CreateAnalyzer"),
        ("GET", b"/2015-03-31/functions", "lambda", "ListFunctions"),
        ("GET", b"/2015-03-31/functions/", None, "ListFunctions"),
        ("GET", b"/2015-03-31/functions/f", None, "GetFunction"),
    ],
)
def test_a_rest_operation_is_found_by_method_and_path(
    router: Router, method: str, path: bytes, service: str | None, operation: str
) -> None:
    assert router.identify(HttpRequest(method, path, b"", (), b""), service).operation.name == operation


@pytest.mark.parametrize(
    "path",
    [b"/nothing", b"/analyzer/..", b"/analyzer/%2e%2E/x", b"/./analyzer", b"//analyzer", b"/analyzer//", b"/Analyzer"],
)
def test_a_path_that_is_not_there_or_says_something_else_than_it_means_is_refused(router: Router, path: bytes) -> None:
    with pytest.raises(UnknownOperation):
        router.identify(HttpRequest("GET", path, b"", (), b""), "access-analyzer")


def test_a_label_that_is_not_utf8_is_refused(router: Router) -> None:
    with pytest.raises(SerializationException):
        router.identify(HttpRequest("GET", b"/analyzer/%ff", b"", (), b""), "access-analyzer")


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "operation"),
    [
        ("GET", b"/", b"", (), "ListBuckets"),
        ("GET", b"/bucket", b"", (), "ListObjects"),
        ("GET", b"/bucket/", b"list-type=2", (), "ListObjectsV2"),
        ("GET", b"/bucket", b"acl", (), "GetBucketAcl"),
        ("GET", b"/bucket/a//b/../c", b"", (), "GetObject"),
        ("GET", b"/bucket/key", b"uploadId=1", (), "ListParts"),
        ("PUT", b"/bucket/key", b"", (), "PutObject"),
        ("PUT", b"/bucket/key", b"", ((b"x-amz-copy-source", b"a/b"),), "CopyObject"),
        ("PUT", b"/bucket/key", b"partNumber=1&uploadId=1", (), "UploadPart"),
        ("PUT", b"/bucket/key", b"partNumber=1&uploadId=1", ((b"x-amz-copy-source", b"a/b"),), "UploadPartCopy"),
        ("PUT", b"/bucket", b"lifecycle", (), "PutBucketLifecycleConfiguration"),
    ],
)
def test_operations_of_one_uri_are_told_apart_by_query_and_headers(
    s3_router: Router, method: str, path: bytes, query: bytes, headers: tuple[tuple[bytes, bytes], ...], operation: str
) -> None:
    assert s3_router.identify(HttpRequest(method, path, query, headers, b""), "s3").operation.name == operation


def test_a_request_that_cannot_be_identified_is_answered_in_the_form_it_has(router: Router) -> None:
    error = MissingAction("no action")

    for_iam = router.render_error(form(b""), "iam", error, "id-1")
    unsigned = router.render_error(form(b""), None, error, "id-1")
    for_json = router.render_error(json_request(b"x"), "bailiwick", error, "id-1")
    for_rest = router.render_error(HttpRequest("GET", b"/x", b"", (), b""), None, error, "id-1")

    assert for_iam.body.startswith(b'<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error>')
    assert unsigned.body.startswith(b"<ErrorResponse><Error><Type>Sender</Type><Code>MissingAction</Code>")
    assert for_json.body == b'{"__type": "UnknownOperationException", "message": "no action"}'
    assert for_rest.body == b'{"message": "no action"}'
