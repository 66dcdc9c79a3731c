"""Parameters of each protocol as typed values, and what cannot be read as one."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bailiwick.errors import AwsError, InvalidParameterValue, ValidationError
from bailiwick.http import HttpRequest
from bailiwick.wire import MalformedXML, Router, SerializationException, load_service

FORM = (b"content-type", b"application/x-www-form-urlencoded")
ROUTERS = {name: Router([load_service(name)]) for name in ("iam", "sts", "cloudtrail", "ec2", "accessanalyzer", "s3")}
CLOUDTRAIL = b"com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."


def query(service: str, action: str, parameters: str = "") -> dict[str, Any]:
    version = "2010-05-08" if service == "iam" else "2011-06-15"
    body = f"Action={action}&Version={version}{parameters}".encode()
    return ROUTERS[service].identify(HttpRequest("POST", b"/", b"", (FORM,), body), service).parameters()


def json_parameters(operation: bytes, body: bytes) -> dict[str, Any]:
    request = HttpRequest("POST", b"/", b"", ((b"x-amz-target", CLOUDTRAIL + operation),), body)
    return ROUTERS["cloudtrail"].identify(request, "cloudtrail").parameters()


def test_unknown_parameters_are_left_out() -> None:
    assert query("iam", "GetUser", "&UserName=ana&X-Amz-Date=1&Foo.member.1=x") == {"UserName": "ana"}


def test_scalars_have_pythons_types() -> None:
    parameters = query(
        "iam",
        "UpdateAccountPasswordPolicy",
        "&MinimumPasswordLength=12&RequireSymbols=true&RequireNumbers=false",
    )
    assert parameters == {"MinimumPasswordLength": 12, "RequireSymbols": True, "RequireNumbers": False}


def test_a_list_is_ordered_by_index_and_may_have_gaps() -> None:
    tags = "&Tags.member.10.Key=c&Tags.member.10.Value=3&Tags.member.2.Key=a&Tags.member.2.Value=1"
    assert query("iam", "TagUser", f"&UserName=ana{tags}")["Tags"] == [
        {"Key": "a", "Value": "1"},
        {"Key": "c", "Value": "3"},
    ]


def test_an_empty_list_is_one() -> None:
    assert query("iam", "UntagUser", "&UserName=ana&TagKeys=") == {"UserName": "ana", "TagKeys": []}


@pytest.mark.parametrize(
    ("action", "parameters", "place"),
    [
        ("ListUsers", "&MaxItems=abc", "Value 'abc' at 'maxItems' failed to satisfy constraint: Member must be an int"),
        ("ListUsers", "&MaxItems=", "Value '' at 'maxItems'"),
        ("ListUsers", "&MaxItems=1e3", "Value '1e3' at 'maxItems'"),
        ("ListUsers", "&MaxItems=99999999999", "Value '99999999999' at 'maxItems'"),
        ("ListUsers", "&MaxItems=%D9%A1", "Value '١' at 'maxItems'"),
        ("UpdateAccountPasswordPolicy", "&RequireSymbols=yes", "Value 'yes' at 'requireSymbols'"),
        ("TagUser", "&UserName=a&Tags=x", "Value 'x' at 'tags'"),
        ("TagUser", "&UserName=a&Tags.member.1=x", "Value 'x' at 'tags.1.member'"),
        ("TagUser", "&UserName=a&Tags.member.0.Key=x", "Value at 'tags'"),
        ("TagUser", "&UserName=a&Tags.member.01.Key=x", "Value at 'tags'"),
        ("TagUser", "&UserName=a&Tags.member.x.Key=x", "Value at 'tags'"),
        ("TagUser", "&UserName=a&Tags.1.Key=x", "Value at 'tags'"),
        ("TagUser", "&UserName=a&Tags=&Tags.member.1.Key=x", "Value at 'tags'"),
        ("TagUser", "&UserName=a&Tags.member.1.Key=x&Tags=", "Value at 'tags'"),
        ("TagUser", "&UserName=a&Tags.member.1.Key.Name=x", "Value at 'tags.1.member.key'"),
        ("GetUser", "&UserName.member.1=x", "Value at 'userName'"),
        ("GetUser", "&UserName=x&UserName.=x", "Value at 'userName'"),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_place(action: str, parameters: str, place: str) -> None:
    with pytest.raises(ValidationError) as refused:
        query("iam", action, parameters)

    assert refused.value.message.startswith(f"1 validation error detected: {place}")


def test_maps_are_read_and_a_key_given_twice_is_refused() -> None:
    entries = (
        "&Properties.entry.1.key=a&Properties.entry.1.value=x&Properties.entry.2.key={}&Properties.entry.2.value=y"
    )

    assert query("iam", "PutAccountProperties", entries.format("b"))["Properties"] == {"a": "x", "b": "y"}
    with pytest.raises(ValidationError):
        query("iam", "PutAccountProperties", entries.format("a"))


def test_a_blob_and_a_timestamp_are_checked_strictly() -> None:
    read = Router([load_service("ec2")])

    def ec2(parameters: bytes) -> dict[str, Any]:
        body = b"Version=2016-11-15&" + parameters
        return read.identify(HttpRequest("POST", b"/", b"", (FORM,), body), "ec2").parameters()

    assert ec2(b"Action=ImportKeyPair&KeyName=k&PublicKeyMaterial=AAE%3D")["PublicKeyMaterial"] == b"\x00\x01"
    assert ec2(b"Action=DescribeSpotPriceHistory&StartTime=2026-11-24T22:00:00%2B02:00")["StartTime"] == datetime(
        2026, 11, 24, 20, tzinfo=UTC
    )
    for bad in (
        b"Action=ImportKeyPair&KeyName=k&PublicKeyMaterial=*",
        b"Action=DescribeSpotPriceHistory&StartTime=yesterday",
        b"Action=DescribeSpotPriceHistory&StartTime=0001-01-01T00:00:00%2B10:00",
        b"Action=DescribeSpotPriceHistory&StartTime=2026-02-30T00:00:00Z",
    ):
        with pytest.raises(ValidationError):
            ec2(bad)


def test_json_parameters_have_pythons_types() -> None:
    body = b'{"StartTime": 1795550400, "MaxResults": 5, "LookupAttributes": null, "Unknown": {"a": [1]}}'

    assert json_parameters(b"LookupEvents", body) == {
        "StartTime": datetime(2026, 11, 24, 20, tzinfo=UTC),
        "MaxResults": 5,
    }
    assert json_parameters(b"LookupEvents", b"") == {}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b'{"MaxResults": "5"}',
        b'{"MaxResults": 5.5}',
        b'{"MaxResults": true}',
        b'{"MaxResults": 1, "MaxResults": 2}',
        b'{"MaxResults": NaN}',
        b'{"MaxResults": 99999999999}',
        b'{"NextToken": 5}',
        b'{"NextToken": "\\ud800"}',
        b'{"NextToken": "\\u0000"}',
        b'{"StartTime": "2026-11-24"}',
        b'{"StartTime": 1e300}',
        b'{"LookupAttributes": {}}',
        b'{"LookupAttributes": [null]}',
        b'{"LookupAttributes": ["x"]}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_json_that_is_not_what_the_model_says_is_refused(body: bytes) -> None:
    with pytest.raises(SerializationException) as refused:
        json_parameters(b"LookupEvents", body)

    assert refused.value.status == 400


def test_a_shape_that_holds_itself_is_read_as_deep_as_json_may_be() -> None:
    router = Router([load_service("dynamodb")])

    def put(depth: int) -> dict[str, Any]:
        item = b'{"L":[' * depth + b"]}" * depth
        body = b'{"TableName":"arn:t","Item":{"a [[[ \\" ":' + item + b"}}"
        headers = ((b"x-amz-target", b"DynamoDB_20120810.PutItem"),)
        return router.identify(HttpRequest("POST", b"/", b"", headers, body), "dynamodb").parameters()

    assert set(put(49)) == {"TableName", "Item"}
    with pytest.raises(SerializationException):
        put(50)
    with pytest.raises(SerializationException):
        put(5_000)


def test_constraints_hold_in_every_protocol() -> None:
    with pytest.raises(ValidationError) as refused:
        json_parameters(b"LookupEvents", b'{"MaxResults": 51}')

    assert refused.value.message.endswith("Member must have value less than or equal to 50")


def xml_parameters(path: bytes, body: bytes) -> dict[str, Any]:
    request = HttpRequest("PUT", path, b"tagging", (), body)
    return ROUTERS["s3"].identify(request, "s3").parameters()


def test_xml_is_read_with_or_without_its_namespace() -> None:
    tag_set = b"<TagSet><Tag><Key>a</Key><Value> b&amp;</Value></Tag></TagSet>"
    for start in (b"<Tagging>", b'<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'):
        assert xml_parameters(b"/bucket/key", start + tag_set + b"</Tagging>")["Tagging"] == {
            "TagSet": [{"Key": "a", "Value": " b&"}]
        }


@pytest.mark.parametrize(
    "body",
    [
        b"<Tagging>",
        b"text",
        b"<Tagging><TagSet/><TagSet/></Tagging>",
        b"<Tagging><TagSet><Tag><Key><b/></Key></Tag></TagSet></Tagging>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><Tagging><TagSet/></Tagging>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><Tagging><TagSet/></Tagging>',
        b"<a>" * 100,
        b"<Tagging>&undefined;</Tagging>",
        b'<?xml version="1.0" encoding="no-such"?><Tagging/>',
    ],
)
def test_xml_that_is_not_what_the_model_says_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedXML):
        xml_parameters(b"/bucket/key", body)


def test_a_rest_parameter_given_twice_is_refused() -> None:
    for query_string in (b"maxResults=1&maxResults=2", b"maxResults=1&MaxResults=2"):
        request = HttpRequest("GET", b"/analyzer", query_string, (), b"")
        with pytest.raises(InvalidParameterValue):
            ROUTERS["accessanalyzer"].identify(request, "access-analyzer").parameters()


def test_a_header_given_twice_is_refused() -> None:
    header = (b"x-amz-acl", b"private")
    request = HttpRequest("PUT", b"/bucket", b"", (header, header), b"")

    with pytest.raises(InvalidParameterValue):
        ROUTERS["s3"].identify(request, "s3").parameters()


@pytest.mark.parametrize("header", [b'"a', b"\xff", b'a,"b'])
def test_a_headers_list_that_cannot_be_read_is_refused(header: bytes) -> None:
    headers = ((b"x-amz-object-attributes", header),)
    request = HttpRequest("GET", b"/bucket/key", b"attributes", headers, b"")

    with pytest.raises(SerializationException):
        ROUTERS["s3"].identify(request, "s3").parameters()


PIECES = st.sampled_from(
    b"Action= CreateUser AssumeRole Version=2010-05-08 Version=2011-06-15 & = % + . Tags.member.1.Key=a Tags member "
    b'UserName= \xff \x00 DurationSeconds=9 { } " <a> </a> [ ] : 1 null / ? .. MaxResults LookupAttributes'.split(b" ")
)
NOISE = st.one_of(st.binary(max_size=40), st.lists(PIECES, max_size=12).map(b"".join))
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            [b"content-type", b"x-amz-target", b"x-amz-copy-source", b"x-amz-meta-a", b"expires", b"x-amz-acl"]
        ),
        st.one_of(NOISE, st.sampled_from([FORM[1], b"application/json", CLOUDTRAIL + b"LookupEvents"])),
    ),
    max_size=3,
).map(tuple)
ALL = Router([load_service(name) for name in ("iam", "sts", "cloudtrail", "accessanalyzer", "s3")])


@settings(max_examples=400, deadline=None, database=None)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", ""]),
    path=st.one_of(st.just(b"/"), NOISE, NOISE.map(lambda noise: b"/" + noise)),
    query_string=NOISE,
    headers=HEADERS,
    body=NOISE,
    signed=st.sampled_from([None, "iam", "sts", "cloudtrail", "access-analyzer", "s3", "ec2"]),
)
def test_no_bytes_give_anything_but_parameters_or_aws_errors(
    method: str,
    path: bytes,
    query_string: bytes,
    headers: tuple[tuple[bytes, bytes], ...],
    body: bytes,
    signed: str | None,
) -> None:
    request = HttpRequest(method, path, query_string, headers, body)
    try:
        outcome: AwsError | dict[str, Any] = ALL.identify(request, signed).parameters()
    except AwsError as error:
        outcome = error

    if isinstance(outcome, AwsError):
        assert 400 <= outcome.status < 500
        assert 400 <= ALL.render_error(request, signed, outcome, "id").status < 500
