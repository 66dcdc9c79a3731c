"""botocore's serializers and parsers as the oracle: each side reads what the other wrote as it was meant."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from botocore.awsrequest import HeadersDict, create_request_object, prepare_request_dict
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bailiwick.http import HttpRequest, HttpResponse
from bailiwick.wire import Incoming, Router, Service, load_service

REQUEST_ID = "c6104cbe-af31-11e0-8154-cbc7ccf896c7"
RELAXED = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), database=None)

# Of services with hundreds of operations, those that show each feature of the protocol.
SAMPLES: dict[str, tuple[str, ...]] = {
    "ec2": (
        "DescribeInstances", "RunInstances", "CreateTags", "DescribeVpcs", "AuthorizeSecurityGroupIngress",
        "CreateLaunchTemplate", "ModifyInstanceAttribute", "DescribeSpotPriceHistory", "ImportKeyPair",
    ),
    "organizations": ("CreatePolicy", "ListAccounts", "MoveAccount", "DescribeOrganization", "TagResource"),
    "cloudtrail": ("LookupEvents", "CreateTrail", "PutEventSelectors", "StartQuery", "CreateDashboard"),
    "dynamodb": ("PutItem", "Query", "BatchWriteItem", "DescribeTable"),
    "lambda": (
        "CreateFunction", "Invoke", "ListFunctions", "ListTags", "UntagResource", "GetPolicy", "DeleteFunction",
        "UpdateFunctionConfiguration", "GetLayerVersionByArn", "GetLayerVersion", "PutFunctionConcurrency",
    ),
    "accessanalyzer": (
        "CreateAnalyzer", "ListFindings", "GetFinding", "ValidatePolicy", "CreateAccessPreview", "ListTagsForResource",
        "TagResource", "CheckNoNewAccess", "GetGeneratedPolicy", "ApplyArchiveRule",
    ),
    "s3": (
        "ListBuckets", "CreateBucket", "PutObject", "GetObject", "HeadObject", "CopyObject", "UploadPart",
        "UploadPartCopy",         "PutObjectTagging", "GetBucketAcl", "PutBucketAcl", "PutBucketLifecycleConfiguration",
        "ListObjectsV2",
        "ListObjects", "DeleteObjects", "PutBucketPolicy", "GetBucketPolicy", "CompleteMultipartUpload", "ListParts",
        "PutBucketReplication", "GetObjectAttributes", "PutBucketCors", "CreateMultipartUpload",
    ),
}  # fmt: skip

# The body's own length and sum are the HTTP layer's; of Expires botocore makes another type than the model's.
SET_BY_HTTP = {"ContentLength", "ContentMD5", "ContentType", "Expires"}


@cache
def botocore_model(folder: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(folder, "service-2"), folder)


@cache
def our_service(folder: str) -> Service:
    return load_service(folder)


def operation_cases(*folders: str) -> list[Any]:
    return [
        pytest.param(folder, name, id=f"{folder}-{name}")
        for folder in folders
        for name in SAMPLES.get(folder) or botocore_model(folder).operation_names
    ]


XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n", exclude_characters="\ufffe\uffff"),
    max_size=20,
)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
HEADER_TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
LABEL_TEXT = st.text(st.sampled_from("abcXYZ019-_ ü+%&=?"), min_size=1, max_size=12)
WHOLE_SECONDS = st.datetimes(datetime(1971, 1, 1), datetime(2099, 1, 1)).map(  # noqa: DTZ001  # made aware here
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


class Values:
    """Strategies for values of botocore's shapes, as far as a protocol can carry them."""

    def __init__(self, protocol: str, *, is_input: bool) -> None:
        self.text = XML_TEXT if protocol == "rest-xml" or not is_input else ANY_TEXT
        self.protocol = protocol
        self.is_input = is_input

    def of(self, shape: Shape, depth: int = 0) -> st.SearchStrategy[Any]:
        location = shape.serialization.get("location")
        if getattr(shape, "is_document_type", False):
            return st.just({"a": [1, "b", None, True]})
        if shape.type_name == "structure":
            return self.structure(shape, depth)
        if shape.type_name == "list":
            item = self.of(shape.member, depth + 1)
            if location == "header":
                item = (
                    st.sampled_from(shape.member.enum)
                    if getattr(shape.member, "enum", None)
                    else self.located(shape.member)
                )
            # Not every protocol can say that a list is empty.
            says_empty = (self.protocol in {"query", "json"} or not self.is_input) and not shape.serialization.get(
                "flattened"
            )
            return st.lists(item, min_size=0 if says_empty and not location else 1, max_size=2)
        if shape.type_name == "map":
            key = (
                HEADER_TEXT.map(lambda text: "k" + text.replace(":", "").lower())
                if location
                else self.of(shape.key, depth + 1)
            )
            value = HEADER_TEXT if location == "headers" else self.of(shape.value, depth + 1)
            if location == "querystring":
                key, value = st.sampled_from(["tag1", "tag2"]), self.of(shape.value, depth + 1)
            return st.dictionaries(key, value, min_size=1, max_size=2)
        return self.located(shape) if location else self.scalar(shape)

    def later(self, shape: Shape, depth: int) -> st.SearchStrategy[Any]:
        """As `of`, made when first drawn from: shapes hold themselves."""
        return st.deferred(lambda: self.of(shape, depth))

    def located(self, shape: Shape) -> st.SearchStrategy[Any]:
        if shape.type_name == "string" and not shape.enum:
            return LABEL_TEXT if shape.serialization.get("location") in {"uri", "querystring"} else HEADER_TEXT
        return self.scalar(shape)

    def scalar(self, shape: Shape) -> st.SearchStrategy[Any]:
        kinds: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
            "string": lambda: st.sampled_from(shape.enum) if shape.enum else self.text,
            "character": lambda: self.text,
            "integer": lambda: st.integers(-(2**31), 2**31 - 1),
            "long": lambda: st.integers(-(2**63), 2**63 - 1),
            "boolean": st.booleans,
            "timestamp": lambda: WHOLE_SECONDS,
            "blob": lambda: st.binary(min_size=1, max_size=20),
            "float": lambda: st.floats(-1e6, 1e6, width=32),
            "double": lambda: st.floats(-1e6, 1e6),
        }
        return kinds[shape.type_name]()

    def structure(self, shape: Any, depth: int) -> st.SearchStrategy[dict[str, Any]]:
        required: dict[str, st.SearchStrategy[Any]] = {}
        optional: dict[str, st.SearchStrategy[Any]] = {}
        for name, member in shape.members.items():
            if name in SET_BY_HTTP and member.serialization.get("location"):
                continue
            if member.serialization.get("eventstream") or member.serialization.get("location") == "statusCode":
                continue
            is_required = name in shape.required_members
            if depth > 3 and not is_required:
                continue
            strategy = self.later(member, depth + 1)
            (required if is_required else optional)[name] = strategy
        if shape.is_tagged_union:
            return st.one_of([st.fixed_dictionaries({name: one}) for name, one in {**required, **optional}.items()])
        names = sorted(optional)

        @st.composite
        def draw(draw: st.DrawFn) -> dict[str, Any]:
            chosen = draw(st.lists(st.sampled_from(names), max_size=4, unique=True)) if names else []
            if depth and not required and not chosen and names:
                chosen = names[:1]  # no query or EC2 client can send a structure that is empty
            strategies = {**required, **{name: optional[name] for name in chosen}}
            return {name: draw(strategy) for name, strategy in strategies.items()}

        return draw()


def without_the_unsayable(value: Any) -> Any:
    """Structures that are empty, and what holds only those, leave no trace in a request."""
    if isinstance(value, dict):
        kept = {name: without_the_unsayable(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if item != {}}
    if isinstance(value, list):
        elements = [item for item in map(without_the_unsayable, value) if item != {}]
        return elements if elements or not value else {}
    return value


def request_of(operation: OperationModel, parameters: dict[str, Any]) -> HttpRequest:
    """The request that botocore sends, down to the bytes."""
    protocol = operation.service_model.protocol
    serialized = create_serializer(protocol, include_validation=False).serialize_to_request(parameters, operation)
    prepare_request_dict(serialized, endpoint_url="http://localhost:4260")
    prepared = create_request_object(serialized).prepare()
    path, _, query = prepared.url.removeprefix("http://localhost:4260").partition("?")
    headers = []
    for name, value in prepared.headers.items():
        raw = value if isinstance(value, bytes) else str(value).encode()
        headers.append((name.lower().encode(), raw))
    body = prepared.body or b""
    return HttpRequest(
        prepared.method,
        path.encode() or b"/",
        query.encode(),
        tuple(headers),
        body.encode() if isinstance(body, str) else body,
    )


def read(folder: str, request: HttpRequest) -> Incoming:
    service = our_service(folder)
    return Router([service]).identify(request, service.name)


def parsed_by_botocore(operation: OperationModel, response: HttpResponse) -> dict[str, Any]:
    headers = HeadersDict((name.decode(), value.decode()) for name, value in response.headers)
    parser = create_parser(operation.service_model.protocol)
    reply = {"status_code": response.status, "headers": headers, "body": response.body, "context": {}}
    parsed: dict[str, Any] = parser.parse(reply, operation.output_shape)
    assert parsed.pop("ResponseMetadata")["RequestId"] == REQUEST_ID
    return parsed


@pytest.mark.parametrize(("folder", "name"), operation_cases("iam", "sts", *SAMPLES))
@RELAXED
@given(data=st.data())
def test_what_botocore_sends_is_read_as_it_was_meant(folder: str, name: str, data: st.DataObject) -> None:
    operation = botocore_model(folder).operation_model(name)
    shape = operation.input_shape
    values = Values(operation.service_model.protocol, is_input=True)
    parameters = data.draw(values.of(shape)) if shape is not None else {}
    if operation.service_model.protocol in {"query", "ec2"}:
        parameters = without_the_unsayable(parameters)
    if shape is not None and parameters.get(shape.serialization.get("payload")) in ("", b""):
        del parameters[shape.serialization["payload"]]  # an empty body is none

    incoming = read(folder, request_of(operation, parameters))

    assert incoming.operation.name == name
    given_ = incoming.operation.codec(incoming.protocol).read(incoming.raw)
    assert {k: v for k, v in given_.items() if k not in SET_BY_HTTP} == parameters


@pytest.mark.parametrize(("folder", "name"), operation_cases("iam", "sts", *SAMPLES))
@RELAXED
@given(data=st.data())
def test_what_we_answer_is_read_by_botocore_as_it_was_meant(folder: str, name: str, data: st.DataObject) -> None:
    operation = botocore_model(folder).operation_model(name)
    shape = operation.output_shape
    output = data.draw(Values(operation.service_model.protocol, is_input=False).of(shape)) if shape is not None else {}
    ours = our_service(folder).operation(name)
    assert ours is not None

    response = ours.render(output, REQUEST_ID)

    payload = shape.serialization.get("payload") if shape is not None else None
    if payload and isinstance(output.get(payload), bytes):
        # botocore's parser takes a stream's bytes for text, where a client gets the stream.
        assert response.body == output.pop(payload)
        response = HttpResponse(response.status, response.headers, b"")
    parsed = parsed_by_botocore(operation, response)
    parsed.pop("StatusCode", None)
    assert {k: v for k, v in parsed.items() if v not in ("", {}) or k in output} == output
