"""Audit events in CloudTrail's form, with nothing secret in them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.access.call import Caller
from bailiwick.access.decided import Decided
from bailiwick.auth import Origin, PrincipalKind, SessionClaims
from bailiwick.errors import AccessDenied
from bailiwick.operations import ContextValue
from bailiwick.policy import (
    Decision,
    Effect,
    Layer,
    PolicySource,
    PolicyType,
    Principal,
    Reason,
    RequestContext,
    StatementId,
)
from bailiwick.policy import PrincipalKind as Asking
from bailiwick.trail import Event
from bailiwick.trail.event import HIDDEN
from bailiwick.trail.kept_context import MOST_CHARACTERS

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
        ({"Special": "x"}, None),  # CloudTrail: null where nothing is shown
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


# What is kept of decisions

SOURCE = PolicySource(PolicyType.MANAGED, "ops", f"arn:aws:iam::{ACCOUNT}:policy/ops")
ALLOWED = Decision(Effect.ALLOW, Reason.ALLOWED, Layer.IDENTITY, StatementId(SOURCE, 1, None))
DENIED = Decision(
    Effect.DENY, Reason.EXPLICIT_DENY, Layer.IDENTITY, StatementId(SOURCE, 0, "No"), frozenset({"b:y", "a:x"})
)
RESOURCE = f"arn:aws:iam::{ACCOUNT}:user/eve"


def request(keys: Mapping[str, ContextValue], account: str = ACCOUNT) -> RequestContext:
    return RequestContext("iam:GetUser", RESOURCE, MIRA.principal, account, keys)


def kept(*decisions: Decided, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = body(decisions=decisions, **given)["bailiwick"]
    return found


def test_an_allowed_decision_keeps_what_settled_it_and_no_context() -> None:
    assert kept(Decided("iam:GetUser", RESOURCE, ALLOWED)) == {
        "decisions": [
            {
                "action": "iam:GetUser",
                "resource": RESOURCE,
                "effect": "Allow",
                "reason": "ALLOWED",
                "layer": "IDENTITY",
                "policy": SOURCE.arn,
                "statement": 1,
            }
        ]
    }


def test_a_denied_decision_keeps_also_what_it_was_decided_on() -> None:
    asked = request({"aws:username": "mira", "aws:tagkeys": ("a", "b")})

    assert kept(Decided("iam:GetUser", RESOURCE, DENIED, asked)) == {
        "decisions": [
            {
                "action": "iam:GetUser",
                "resource": RESOURCE,
                "effect": "Deny",
                "reason": "EXPLICIT_DENY",
                "layer": "IDENTITY",
                "policy": SOURCE.arn,
                "statement": 0,
                "sid": "No",
                "missingKeys": ["a:x", "b:y"],
                "context": {"aws:username": "mira", "aws:tagkeys": ["a", "b"]},
            }
        ]
    }


def test_of_another_accounts_resource_neither_its_policy_nor_its_tags_are_kept() -> None:
    keys = {"aws:username": "mira", "aws:resourcetag/team": "x", "sts:resourcetag/team": "x"}

    (shown,) = kept(Decided("sts:AssumeRole", RESOURCE, DENIED, request(keys, "999999999999")))["decisions"]

    assert shown == {
        "action": "sts:AssumeRole",
        "resource": RESOURCE,
        "effect": "Deny",
        "context": {"aws:username": "mira"},
    }


def test_of_another_accounts_policy_that_allowed_nothing_is_kept() -> None:
    allowed = replace(ALLOWED, layer=Layer.TRUST)
    role = "arn:aws:iam::{}:role/deploy"

    (across,) = kept(Decided("sts:AssumeRole", role.format("999999999999"), allowed))["decisions"]
    (own,) = kept(Decided("sts:AssumeRole", role.format(ACCOUNT), allowed))["decisions"]

    assert across == {"action": "sts:AssumeRole", "resource": role.format("999999999999"), "effect": "Allow"}
    assert (own["layer"], own["statement"]) == ("TRUST", 1)


def test_a_denied_session_keeps_the_policies_that_narrowed_it() -> None:
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/mira"
    principal = Principal(Asking.ROLE_SESSION, ACCOUNT, arn, "AROADEPLOY", f"arn:aws:iam::{ACCOUNT}:role/Deploy")
    narrowed = claims(PrincipalKind.ROLE, policy="{}", policy_arns=("arn:1",), scope_downs=("{1}",))
    by_role = caller(PrincipalKind.ROLE, principal, session=narrowed)
    free = caller(PrincipalKind.ROLE, principal, session=claims(PrincipalKind.ROLE))
    denied = Decided("iam:GetUser", RESOURCE, DENIED, request({}))

    assert kept(denied, caller=by_role)["session"] == {"policy": "{}", "policyArns": ["arn:1"], "scopeDowns": ["{1}"]}
    assert "session" not in kept(denied, caller=free)
    assert "session" not in kept(Decided("iam:GetUser", RESOURCE, ALLOWED), caller=by_role)


def test_a_context_is_kept_up_to_a_bound_the_smallest_keys_first() -> None:
    keys = {"aws:useragent": "x" * MOST_CHARACTERS, "aws:username": "mira", "aws:requesttag/a": "y" * 1000}

    (shown,) = kept(Decided("iam:GetUser", RESOURCE, DENIED, request(keys)))["decisions"]

    assert shown["context"] == {"aws:username": "mira", "aws:requesttag/a": "y" * 1000}
    assert shown["omittedKeys"] == ["aws:useragent"]


@given(st.dictionaries(st.text(max_size=200), st.text(max_size=2000) | st.tuples(st.text(max_size=500)), max_size=200))
def test_no_context_makes_an_event_large(keys: dict[str, ContextValue]) -> None:
    (shown,) = kept(Decided("iam:GetUser", RESOURCE, DENIED, request(keys)))["decisions"]

    size = sum(len(key) + sum(map(len, value)) for key, value in shown["context"].items())
    assert size <= MOST_CHARACTERS
    assert len(shown.get("omittedKeys", ())) <= 50
    assert set(shown["context"]) | set(shown.get("omittedKeys", ())) <= set(keys)


def test_far_too_many_missing_keys_are_cut() -> None:
    asking = Decision(
        Effect.DENY, Reason.IMPLICIT_DENY, Layer.IDENTITY, None, frozenset(f"a:{number}" for number in range(900))
    )

    (shown,) = kept(Decided("iam:GetUser", RESOURCE, asking, request({})))["decisions"]

    assert len(shown["missingKeys"]) == 50
