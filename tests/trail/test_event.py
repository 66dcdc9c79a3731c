"""Audit events in CloudTrail's form, with nothing secret in them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from bailiwick.access.call import Caller
from bailiwick.auth import Origin, PrincipalKind, SessionClaims
from bailiwick.errors import AccessDenied
from bailiwick.policy import Principal
from bailiwick.policy import PrincipalKind as Asking
from bailiwick.trail import Event
from bailiwick.trail.event import HIDDEN

NOW = datetime(2026, 11, 24, 20, 5, 7, tzinfo=UTC)
ACCOUNT = "210987654321"


def caller(kind: PrincipalKind, principal: Principal, **given: Any) -> Caller:
    fields: dict[str, Any] = {
        "kind": kind,
        "account": ACCOUNT,
        "principal_id": "AIDAMIRA",
        "arn": principal.arn,
        "user_id": "AIDAMIRA",
        "name": "mira",
        "access_key_id": "AKIAMIRA",
        "session": None,
        "principal": principal,
        "region": "us-east-1",
        "source_address": "203.0.113.5",
        "user_agent": "aws-cli/2",
        "is_secure": True,
    }
    return Caller(**{**fields, **given})


MIRA = caller(PrincipalKind.USER, Principal(Asking.USER, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/mira", "AIDAMIRA"))


def claims(kind: PrincipalKind, **given: Any) -> SessionClaims:
    fields: dict[str, Any] = {
        "session_id": "s1",
        "account": ACCOUNT,
        "principal_kind": kind,
        "principal_id": "AROADEPLOY",
        "principal_name": "Deploy",
        "session_name": "mira",
        "issued_at_ms": 1_795_600_000_000,
        "expires_at_ms": 1_795_603_600_000,
        "operation": "AssumeRole",
        "origin": Origin("AKIAMIRA", ACCOUNT, "AIDAMIRA"),
    }
    return SessionClaims(**{**fields, **given})


def body(**given: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "request_id": "r",
        "source_address": "203.0.113.5",
        "user_agent": "aws-cli/2",
        "happened_at": NOW,
        "new_id": lambda: "e",
        "caller": MIRA,
        "service": "iam",
        "operation": "CreateUser",
        "api_version": "2010-05-08",
    }
    loaded: dict[str, Any] = json.loads(Event(**{**fields, **given}).body())
    return loaded


def test_a_users_call_has_cloudtrails_fields() -> None:
    event = body(parameters={"UserName": "tomas", "Path": "/ops/"}, output={"User": {"UserName": "tomas"}})

    assert event == {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAMIRA",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/mira",
            "accountId": ACCOUNT,
            "accessKeyId": "AKIAMIRA",
            "userName": "mira",
        },
        "eventTime": "2026-11-24T20:05:07Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "CreateUser",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.5",
        "userAgent": "aws-cli/2",
        "requestParameters": {"userName": "tomas", "path": "/ops/"},
        "responseElements": {"user": {"userName": "tomas"}},
        "requestID": "r",
        "eventID": "e",
        "apiVersion": "2010-05-08",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }


def test_a_role_session_names_its_issuer_and_where_it_came_from() -> None:
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/mira"
    principal = Principal(Asking.ROLE_SESSION, ACCOUNT, arn, "AROADEPLOY", f"arn:aws:iam::{ACCOUNT}:role/ci/Deploy")
    session = claims(PrincipalKind.ROLE, source_identity="mira")
    by_role = caller(
        PrincipalKind.ROLE, principal, session=session, user_id="AROADEPLOY:mira", principal_id="AROADEPLOY"
    )

    identity = body(caller=by_role)["userIdentity"]

    assert identity["type"] == "AssumedRole"
    assert identity["principalId"] == "AROADEPLOY:mira"
    assert "userName" not in identity
    context = identity["sessionContext"]
    assert context["sessionIssuer"] == {
        "type": "Role",
        "principalId": "AROADEPLOY",
        "arn": f"arn:aws:iam::{ACCOUNT}:role/ci/Deploy",
        "accountId": ACCOUNT,
        "userName": "Deploy",
    }
    assert context["attributes"]["mfaAuthenticated"] == "false"
    assert context["sourceIdentity"] == "mira"
    assert context["bailiwickOrigin"]["source"] == "AKIAMIRA"


def test_a_refusal_has_its_code_and_message_and_a_read_no_response_elements() -> None:
    event = body(error=AccessDenied("User: x is not authorized"), is_read_only=True, output={"Users": []})

    assert (event["errorCode"], event["errorMessage"]) == ("AccessDenied", "User: x is not authorized")
    assert event["responseElements"] is None
    assert event["readOnly"] is True


def test_a_caller_who_was_not_proven_is_unknown() -> None:
    event = body(caller=None)

    assert event["userIdentity"] == {"type": "Unknown"}
    assert event["recipientAccountId"] == ""


@pytest.mark.parametrize(
    ("members", "shown"),
    [
        ({"AccessKey": {"AccessKeyId": "AKIA", "SecretAccessKey": "s"}}, {"accessKey": {"accessKeyId": "AKIA"}}),
        ({"Credentials": {"SessionToken": "t"}}, {"credentials": {"sessionToken": HIDDEN}}),
        ({"UserName": "a", "Password": "p"}, {"userName": "a"}),
        ({"Blob": b"x"}, {"blob": HIDDEN}),
        ({"Special": "x"}, {}),
        ({"Thing": {"Part": "x", "Special": "not that one"}}, {"thing": {"special": "not that one"}}),
        ({"Things": [{"Secret": "x", "Id": "i"}]}, {"things": [{"id": "i"}]}),
        ({"CreateDate": NOW}, {"createDate": "Nov 24, 2026, 8:05:07 PM"}),
        ({"SAMLAssertion": "x", "Tags": [{"Key": "k"}]}, {"sAMLAssertion": HIDDEN, "tags": [{"key": "k"}]}),
    ],
)
def test_secrets_do_not_get_into_events(members: Mapping[str, object], shown: object) -> None:
    event = body(output=members, secrets=frozenset({"Special", "Thing.Part", "Things.Secret"}))

    assert event["responseElements"] == shown


def test_elements_beyond_cloudtrails_limit_are_left_out() -> None:
    assert body(parameters={"PolicyDocument": "x" * 200_000})["requestParameters"] is None
