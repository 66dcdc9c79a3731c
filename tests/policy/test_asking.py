"""Questions from plain texts: principals by ARN, requests with the condition keys that follow from them."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bailiwick.policy import (
    ANONYMOUS,
    ContextValue,
    Layers,
    PolicySource,
    PolicyType,
    Principal,
    PrincipalKind,
    RequestContext,
    evaluate,
    policies_of,
    principal_of,
    request_of,
)

A, B = "111111111111", "222222222222"
ROOT = f"arn:aws:iam::{A}:root"
USER = f"arn:aws:iam::{A}:user/staff/ana"
ROLE = f"arn:aws:iam::{A}:role/app/deploy"
SESSION = f"arn:aws:sts::{A}:assumed-role/deploy/ci"
FEDERATED = f"arn:aws:sts::{A}:federated-user/guest"
SAML, OIDC = f"arn:aws:iam::{A}:saml-provider/idp", f"arn:aws:iam::{A}:oidc-provider/idp.example/x"
SERVICE = "logs.eu-west-1.amazonaws.com"
OBJECT = "arn:aws:s3:::reports/2026.csv"


@pytest.mark.parametrize(
    ("arn", "known", "expected"),
    [
        (USER, {}, Principal(PrincipalKind.USER, A, USER)),
        (USER, {"unique_id": "AIDA1"}, Principal(PrincipalKind.USER, A, USER, "AIDA1")),
        (ROOT, {}, Principal(PrincipalKind.ROOT, A, ROOT)),
        (SESSION, {}, Principal(PrincipalKind.ROLE_SESSION, A, SESSION, None, f"arn:aws:iam::{A}:role/deploy")),
        (
            SESSION,
            {"unique_id": "AROA1", "parent_arn": ROLE},
            Principal(PrincipalKind.ROLE_SESSION, A, SESSION, "AROA1", ROLE),
        ),
        (
            FEDERATED,
            {"unique_id": "AIDA1", "parent_arn": USER},
            Principal(PrincipalKind.FEDERATED_USER, A, FEDERATED, "AIDA1", USER),
        ),
        (SAML, {}, Principal(PrincipalKind.FEDERATED, A, SAML)),
        (OIDC, {}, Principal(PrincipalKind.FEDERATED, A, OIDC)),
        (SERVICE, {}, Principal(PrincipalKind.SERVICE, None, SERVICE, names=frozenset({SERVICE}))),
    ],
)
def test_a_principal_is_known_by_its_arn(arn: str, known: Mapping[str, str], expected: Principal) -> None:
    assert principal_of(arn, **known) == expected


@pytest.mark.parametrize(
    "arn",
    [
        ROLE,
        f"arn:aws:iam::{A}:group/g",
        f"arn:aws:iam::{A}:user/",
        f"arn:aws:sts::{A}:assumed-role/deploy",
        "arn:aws:iam::1111:user/ana",
        A,
        "*",
        "",
        "ana",
        "amazonaws.com",
        f"{USER}\n",
    ],
)
def test_what_cannot_ask_is_refused(arn: str) -> None:
    with pytest.raises(ValueError, match="is not the ARN of a user"):
        principal_of(arn)


@pytest.mark.parametrize(
    ("principal", "keys"),
    [
        (
            Principal(PrincipalKind.USER, A, USER, "AIDA1"),
            {
                "aws:principaltype": "User",
                "aws:principalaccount": A,
                "aws:principalarn": USER,
                "aws:principalisawsservice": "false",
                "aws:username": "ana",
                "aws:userid": "AIDA1",
            },
        ),
        (
            Principal(PrincipalKind.USER, A, USER),
            {
                "aws:principaltype": "User",
                "aws:principalaccount": A,
                "aws:principalarn": USER,
                "aws:principalisawsservice": "false",
                "aws:username": "ana",
            },
        ),
        (
            Principal(PrincipalKind.ROLE_SESSION, A, SESSION, "AROA1", ROLE),
            {
                "aws:principaltype": "AssumedRole",
                "aws:principalaccount": A,
                "aws:principalarn": ROLE,
                "aws:principalisawsservice": "false",
                "aws:userid": "AROA1:ci",
            },
        ),
        (
            Principal(PrincipalKind.ROLE_SESSION, A, SESSION),
            {
                "aws:principaltype": "AssumedRole",
                "aws:principalaccount": A,
                "aws:principalisawsservice": "false",
            },
        ),
        (
            Principal(PrincipalKind.FEDERATED_USER, A, FEDERATED, "AIDA1", USER),
            {
                "aws:principaltype": "FederatedUser",
                "aws:principalaccount": A,
                "aws:principalarn": FEDERATED,
                "aws:principalisawsservice": "false",
                "aws:userid": f"{A}:guest",
            },
        ),
        (
            Principal(PrincipalKind.ROOT, A, ROOT),
            {
                "aws:principaltype": "Account",
                "aws:principalaccount": A,
                "aws:principalarn": ROOT,
                "aws:principalisawsservice": "false",
                "aws:userid": A,
            },
        ),
        (
            ANONYMOUS,
            {"aws:principaltype": "Anonymous", "aws:principalaccount": "anonymous", "aws:userid": "anonymous"},
        ),
        (
            Principal(PrincipalKind.SERVICE, None, SERVICE, names=frozenset({SERVICE})),
            {
                "aws:principalisawsservice": "true",
                "aws:principalservicename": SERVICE,
                "aws:principalservicenameslist": (SERVICE,),
            },
        ),
        (Principal(PrincipalKind.FEDERATED, A, SAML), {}),
    ],
    ids=lambda value: value.kind.value if isinstance(value, Principal) else "",
)
def test_the_keys_that_follow_from_the_principal_are_there(
    principal: Principal, keys: Mapping[str, ContextValue]
) -> None:
    request = request_of(principal, "s3:GetObject", OBJECT, resource_account=B)

    assert request == RequestContext("s3:GetObject", OBJECT, principal, B, {**keys, "aws:resourceaccount": B})


@pytest.mark.parametrize(
    ("resource", "given", "owner"),
    [
        (OBJECT, None, A),
        (OBJECT, B, B),
        (f"arn:aws:sqs:us-east-1:{B}:q", None, B),
        (f"arn:aws:sqs:us-east-1:{B}:q", A, A),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", None, A),
        ("*", None, A),
    ],
)
def test_the_owner_is_that_of_the_arn_or_else_the_principals_account(
    resource: str, given: str | None, owner: str
) -> None:
    request = request_of(principal_of(USER), "x:Y", resource, resource_account=given)

    assert request.resource_account == owner
    assert request.keys["aws:resourceaccount"] == owner


def test_an_anonymous_request_for_a_resource_whose_account_nobody_says_has_no_owner() -> None:
    request = request_of(ANONYMOUS, "s3:GetObject", OBJECT)

    assert request.resource_account is None
    assert "aws:resourceaccount" not in request.keys


def test_keys_are_given_in_any_case_and_as_python_has_them() -> None:
    moment = datetime(2026, 11, 24, 12, 0, 0, 5_000, tzinfo=timezone(timedelta(hours=2)))
    request = request_of(
        ANONYMOUS,
        "s3:GetObject",
        keys={
            "aws:PrincipalTag/Team": "Blue",
            "aws:SecureTransport": True,
            "aws:ViaAWSService": False,
            "s3:max-keys": 10,
            "ec2:RoleDelivery": 2.0,
            "aws:CurrentTime": moment,
            "aws:TokenIssueTime": datetime(2026, 11, 24, tzinfo=UTC),
            "aws:TagKeys": ["team", "stage"],
            "x:empty": (),
            "x:once": [7],
            "AWS:userid": "mine",
        },
    )

    assert request.keys == {
        "aws:principaltype": "Anonymous",
        "aws:principalaccount": "anonymous",
        "aws:userid": "mine",
        "aws:principaltag/team": "Blue",
        "aws:securetransport": "true",
        "aws:viaawsservice": "false",
        "s3:max-keys": "10",
        "ec2:roledelivery": "2.0",
        "aws:currenttime": "2026-11-24T10:00:00.005Z",
        "aws:tokenissuetime": "2026-11-24T00:00:00.000Z",
        "aws:tagkeys": ("team", "stage"),
        "x:empty": (),
        "x:once": ("7",),
    }


def test_a_time_is_told_in_utc_wherever_the_program_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        request = request_of(ANONYMOUS, "x:Y", keys={"aws:CurrentTime": datetime(2026, 11, 24, 10, tzinfo=UTC)})
    finally:
        monkeypatch.undo()
        time.tzset()

    assert request.keys["aws:currenttime"] == "2026-11-24T10:00:00.000Z"


def test_what_is_asked_of_no_resource_is_asked_of_all() -> None:
    assert request_of(ANONYMOUS, "s3:ListAllMyBuckets").resource == "*"


def test_a_key_given_twice_and_a_time_of_no_zone_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^a condition key is given twice, in different case$"):
        request_of(ANONYMOUS, "x:Y", keys={"a:B": "1", "a:b": "2"})
    with pytest.raises(ValueError, match="no time zone"):
        request_of(ANONYMOUS, "x:Y", keys={"aws:CurrentTime": datetime(2026, 1, 1)})  # noqa: DTZ001  # the point


def test_policies_are_evaluated_together_and_named_as_they_were_given() -> None:
    own = policies_of(
        PolicyType.MANAGED,
        {
            "read": '{"Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}',
            "not-secrets": '{"Statement":{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::secrets/*"}}',
        },
    )

    assert own.sources == (
        PolicySource(PolicyType.MANAGED, "read"),
        PolicySource(PolicyType.MANAGED, "not-secrets"),
    )

    def decide(resource: str) -> tuple[bool, str]:
        decision = evaluate(Layers(identity=own), request_of(principal_of(USER), "s3:GetObject", resource))
        assert decision.statement is not None
        return decision.is_allowed, decision.statement.source.name

    assert decide(OBJECT) == (True, "read")
    assert decide("arn:aws:s3:::secrets/x") == (False, "not-secrets")


def test_a_text_that_is_no_policy_denies_everything() -> None:
    own = policies_of(PolicyType.INLINE, {"all": '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'})
    broken = policies_of(PolicyType.INLINE, {"broken": "{"})
    request = request_of(principal_of(USER), "s3:GetObject", OBJECT)

    assert evaluate(Layers(identity=own), request).is_allowed
    assert not evaluate(Layers(identity=own, boundary=broken), request).is_allowed
