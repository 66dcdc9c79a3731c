"""What clients get back: bytes as AWS's services write them."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bailiwick.errors import AccessDenied, AwsError, InternalFailure, MissingAction, ValidationError
from bailiwick.wire import Operation, Service, load_service, render_error

ID = "c6104cbe-af31-11e0-8154-cbc7ccf896c7"
NOON = datetime(2026, 11, 24, 12, 0, 0, 999999, tzinfo=UTC)


class NoSuchEntity(AwsError):
    """A modelled error of IAM and of our own service."""

    code = "NoSuchEntity"
    status = 404


@pytest.fixture(scope="module")
def iam() -> Service:
    return load_service("iam")


@pytest.fixture(scope="module")
def sts() -> Service:
    return load_service("sts")


def operation(service: Service, name: str) -> Operation:
    found = service.operation(name)
    assert found is not None
    return found


def body(service: Service, name: str, output: dict[str, Any] | None) -> str:
    return operation(service, name).render(output, ID).body.decode()


def metadata(name: str) -> str:
    return f"<ResponseMetadata><RequestId>{ID}</RequestId></ResponseMetadata></{name}Response>"


def test_a_reply_has_the_id_in_header_and_body(sts: Service) -> None:
    output = {"UserId": "AIDA", "Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/Ana"}

    response = operation(sts, "GetCallerIdentity").render(output, ID)

    assert response.status == 200
    assert response.headers == ((b"x-amzn-RequestId", ID.encode()), (b"content-type", b"text/xml"))
    assert response.body.decode() == (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        "<UserId>AIDA</UserId><Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/Ana</Arn>"
        f"</GetCallerIdentityResult>{metadata('GetCallerIdentity')}"
    )


def test_an_operation_without_output_has_no_result_element(iam: Service) -> None:
    assert body(iam, "DeleteUser", None) == (
        f'<DeleteUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">{metadata("DeleteUser")}'
    )
    with pytest.raises(ValueError, match="no output"):
        body(iam, "DeleteUser", {"User": {}})


def test_an_output_without_members_is_an_empty_result(iam: Service) -> None:
    assert "<UpdateRoleResult/><ResponseMetadata>" in body(iam, "UpdateRole", None)
    assert "<UpdateRoleResult/><ResponseMetadata>" in body(iam, "UpdateRole", {})


def test_values_are_written_in_awss_forms(iam: Service) -> None:
    user = {"UserName": "ana", "CreateDate": NOON, "PasswordLastUsed": None, "Tags": [{"Key": "a", "Value": ""}]}

    written = body(iam, "ListUsers", {"Users": [user], "IsTruncated": False, "Marker": None})

    assert written.startswith(
        '<ListUsersResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListUsersResult><Users><member>'
        "<UserName>ana</UserName><CreateDate>2026-11-24T12:00:00Z</CreateDate>"
        "<Tags><member><Key>a</Key><Value></Value></member></Tags></member></Users>"
        "<IsTruncated>false</IsTruncated></ListUsersResult>"
    )
    assert "<Users/>" in body(iam, "ListUsers", {"Users": [], "IsTruncated": False})
    summary = {"SummaryMap": {"Users": 3, "Groups": 0}}
    assert (
        "<SummaryMap><entry><key>Users</key><value>3</value></entry>"
        "<entry><key>Groups</key><value>0</value></entry></SummaryMap>"
    ) in body(iam, "GetAccountSummary", summary)
    assert "<Content>AAE=</Content>" in body(iam, "GetCredentialReport", {"Content": b"\x00\x01"})


def test_a_member_the_model_does_not_have_is_a_bug(iam: Service) -> None:
    with pytest.raises(KeyError):
        body(iam, "GetUser", {"User": {"Username": "ana"}})


@settings(max_examples=200, deadline=None, database=None)
@given(text=st.text())
def test_any_text_leaves_the_document_well_formed_and_comes_back(text: str) -> None:
    response = operation(SHARED_IAM, "GetGroup").render({"Group": {"GroupName": text}, "Users": []}, ID)

    found = ElementTree.fromstring(response.body).find(".//{*}GroupName")

    assert found is not None
    allowed = "".join(c if c in "\t\n\r" or 0x20 <= ord(c) < 0xD800 or ord(c) > 0xDFFF else "\ufffd" for c in text)
    assert (found.text or "") == allowed.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


SHARED_IAM = load_service("iam")


def test_a_query_error_is_as_sts_sends_it(sts: Service) -> None:
    response = render_error(sts, AccessDenied("not <allowed> & so"), ID, extra_headers=((b"date", b"now"),))

    assert response.status == 403
    assert response.headers == (
        (b"x-amzn-RequestId", ID.encode()),
        (b"content-type", b"text/xml"),
        (b"date", b"now"),
    )
    assert response.body.decode() == (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
        "<Code>AccessDenied</Code><Message>not &lt;allowed&gt; &amp; so</Message></Error>"
        f"<RequestId>{ID}</RequestId></ErrorResponse>"
    )


@pytest.mark.parametrize("folder", ["sts", "ec2", "s3"])
def test_details_stand_beside_awss_own_members_of_an_error(folder: str) -> None:
    error = ValidationError("bad", {"Path": "Statement[0].<x>", "Line": 7})

    body = ElementTree.fromstring(render_error(load_service(folder), error, ID).body)

    found = next(element for element in body.iter() if element.tag.endswith("}Error") or element.tag == "Error")
    members = {element.tag.rpartition("}")[2]: element.text for element in found}
    assert {name: members[name] for name in ("Code", "Message", "Path", "Line")} == {
        "Code": "ValidationError",
        "Message": "bad",
        "Path": "Statement[0].<x>",
        "Line": "7",
    }


def test_details_stand_in_the_document_of_a_json_error() -> None:
    error = NoSuchEntity("bad", {"Path": "Statement[0]", "Line": 7})

    document = json.loads(render_error(load_service("bailiwick"), error, ID).body)

    assert document == {"__type": "NoSuchEntity", "message": "bad", "Path": "Statement[0]", "Line": 7}


def test_a_failure_of_ours_is_the_receivers(sts: Service) -> None:
    assert b"<Type>Receiver</Type>" in render_error(sts, InternalFailure("x"), ID).body


def test_without_a_service_the_error_is_still_one_that_clients_read() -> None:
    assert render_error(None, MissingAction("x"), ID).body.startswith(b"<ErrorResponse><Error><Type>Sender</Type>")


def test_a_json_error_names_its_type_twice() -> None:
    bailiwick = load_service("bailiwick")

    response = render_error(bailiwick, NoSuchEntity("no such session"), ID)

    assert response.status == 404
    assert dict(response.headers)[b"x-amzn-ErrorType"] == b"NoSuchEntity"
    assert dict(response.headers)[b"content-type"] == b"application/x-amz-json-1.1"
    assert response.body == b'{"__type": "NoSuchEntity", "message": "no such session"}'


@pytest.mark.parametrize(
    ("folder", "error", "code", "status"),
    [
        ("organizations", AccessDenied("x"), b"AccessDeniedException", 400),
        ("organizations", ValidationError("x"), b"ValidationException", 400),
        ("organizations", InternalFailure("x"), b"InternalFailure", 500),
        ("accessanalyzer", AccessDenied("x"), b"AccessDeniedException", 403),
        ("bailiwick", AccessDenied("x"), b"AccessDeniedException", 403),
    ],
)
def test_common_errors_have_the_json_services_names(folder: str, error: AwsError, code: bytes, status: int) -> None:
    response = render_error(load_service(folder), error, ID)

    assert dict(response.headers)[b"x-amzn-ErrorType"] == code
    assert response.status == status


def test_the_other_xml_services_have_their_own_forms() -> None:
    ec2 = render_error(load_service("ec2"), AccessDenied("x"), ID).body
    s3 = render_error(load_service("s3"), AccessDenied("x"), ID).body

    assert ec2.startswith(b"<Response><Errors><Error><Code>AccessDenied</Code><Message>x</Message></Error></Errors>")
    assert b"<Error><Code>AccessDenied</Code><Message>x</Message>" in s3


def test_a_header_cannot_be_broken_out_of() -> None:
    get_object = operation(load_service("s3"), "GetObject")

    with pytest.raises(ValueError, match="line break"):
        get_object.render({"ContentType": "a\r\nb: c"}, ID)


def test_the_model_tells_an_errors_status(iam: Service) -> None:
    assert (iam.error("NoSuchEntity"), iam.error("LimitExceeded"), iam.error("ServiceFailure")) == (404, 409, 500)
    assert iam.error("Nothing") is None


def test_botocores_code_is_never_imported() -> None:
    code = (
        "import sys, bailiwick.wire as w; w.load_service('iam').operation('GetUser'); print('botocore' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
