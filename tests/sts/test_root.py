"""What an account's root user gets from STS."""

import asyncio
import base64
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from bailiwick.auth import Origin, PrincipalKind, SessionClaims
from bailiwick.sts.errors import (
    AccessDenied,
    InvalidAuthorizationMessage,
    InvalidSubjectCredentials,
    ValidationError,
)
from tests.sts.parts import ACCOUNT, NOW_MS, ROOT_ARN, ROOT_KEY, opened


def issued(folder: Path, operation: str, **parameters: object) -> tuple[Mapping[str, object], SessionClaims]:
    async def test() -> tuple[Mapping[str, object], SessionClaims]:
        async with opened(folder) as parts:
            reply = await parts.call(operation, parameters)
            return reply, parts.claims(reply)

    return asyncio.run(test())


@pytest.mark.parametrize("role", ["deploy", "not-there"])
def test_root_may_assume_no_role(tmp_path: Path, role: str) -> None:
    with pytest.raises(AccessDenied) as refused:
        issued(tmp_path, "AssumeRole", RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName="work")

    assert refused.value.message == "Roles may not be assumed by root accounts."


@pytest.mark.parametrize(
    ("asked", "seconds"), [({}, 3600), ({"DurationSeconds": 900}, 900), ({"DurationSeconds": 129600}, 3600)]
)
def test_roots_own_session_lives_an_hour_at_most(tmp_path: Path, asked: dict[str, object], seconds: int) -> None:
    _, claims = issued(tmp_path, "GetSessionToken", **asked)

    assert (claims.principal_kind, claims.principal_id, claims.account) == (PrincipalKind.ROOT, ACCOUNT, ACCOUNT)
    assert claims.expires_at_ms - claims.issued_at_ms == seconds * 1000
    assert claims.origin == Origin(ROOT_KEY, ACCOUNT, ACCOUNT)


def test_a_session_is_never_issued_later_than_now(tmp_path: Path) -> None:
    reply, claims = issued(tmp_path, "GetSessionToken")

    assert claims.issued_at_ms == NOW_MS  # rounded down from .123999
    credentials = reply["Credentials"]
    assert isinstance(credentials, Mapping)
    assert credentials["Expiration"] == claims.expires_at


def test_root_may_federate_for_an_hour(tmp_path: Path) -> None:
    reply, claims = issued(tmp_path, "GetFederationToken", Name="bob", DurationSeconds=7200)

    assert reply["FederatedUser"] == {
        "FederatedUserId": f"{ACCOUNT}:bob",
        "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
    }
    assert (claims.principal_kind, claims.principal_name) == (PrincipalKind.FEDERATED_USER, "bob")
    assert claims.expires_at_ms - claims.issued_at_ms == 3600 * 1000
    assert claims.origin.principal_id == ACCOUNT
    assert not claims.has_session_policy


def called(folder: Path, *calls: tuple[str, dict[str, object]]) -> Mapping[str, object]:
    """The reply of the last of several calls of root."""

    async def test() -> Mapping[str, object]:
        async with opened(folder) as parts:
            replies = [await parts.call(operation, parameters) for operation, parameters in calls]
            return replies[-1]

    return asyncio.run(test())


def test_root_is_told_who_it_is(tmp_path: Path) -> None:
    assert called(tmp_path, ("GetCallerIdentity", {})) == {"UserId": ACCOUNT, "Account": ACCOUNT, "Arn": ROOT_ARN}


def test_root_may_prove_to_others_who_it_is(tmp_path: Path) -> None:
    reply = called(
        tmp_path,
        ("EnableOutboundWebIdentityFederation", {}),
        ("GetWebIdentityToken", {"Audience": ["app"], "SigningAlgorithm": "ES384"}),
    )

    token = reply["WebIdentityToken"]
    assert isinstance(token, str)
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["sub"] == claims["https://sts.amazonaws.com/"]["principal_id"] == ROOT_ARN


def test_root_may_not_narrow_its_key(tmp_path: Path) -> None:
    with pytest.raises(InvalidSubjectCredentials):
        called(tmp_path, ("GetScopedCredentials", {"DurationSeconds": 60}))


def test_root_may_not_assume_root(tmp_path: Path) -> None:
    task = {"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"}

    with pytest.raises(AccessDenied, match="is not authorized to perform: sts:AssumeRoot on resource: "):
        called(tmp_path, ("AssumeRoot", {"TargetPrincipal": ACCOUNT, "TaskPolicyArn": task}))


def test_root_may_ask_whose_a_key_is_and_what_a_message_says(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="The access key AKIANOTTHERENOTTHERE does not exist"):
        called(tmp_path, ("GetAccessKeyInfo", {"AccessKeyId": "AKIANOTTHERENOTTHERE"}))
    with pytest.raises(InvalidAuthorizationMessage):
        called(tmp_path, ("DecodeAuthorizationMessage", {"EncodedMessage": "none"}))


def test_root_calls_iam(tmp_path: Path) -> None:
    assert called(tmp_path, ("ListUsers", {}))["Users"] == []
