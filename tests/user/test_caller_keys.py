"""The global condition keys of real callers: a policy demands all at once those that are there, with their values, and
the absence of those that are not.

`tests/access/test_context.py` has the whole table, with the callers that no client can be yet.
"""

import json
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any

import pytest

from tests.user.client import Aws, Signer, User
from tests.user.refusals import refused
from tests.user.sessions import SESSION_RIGHTS, allowing, root_of, trusting

EVERYBODY = {
    "aws:PrincipalAccount": "ACCOUNT",
    "aws:PrincipalIsAWSService": "false",
    "aws:ResourceAccount": "ACCOUNT",
    "aws:RequestedRegion": "us-east-1",
    "aws:SecureTransport": "false",
    "aws:ViaAWSService": "false",
    "aws:SourceIp": "127.0.0.1",
    "aws:UserAgent": "*Boto*",
    "aws:CurrentTime": "20*Z",
    "aws:EpochTime": "*",
}

NOBODY = {
    "aws:AssumedRoot",
    "aws:CalledVia",
    "aws:FederatedProvider",
    "aws:PrincipalOrgID",
    "aws:PrincipalServiceName",
    "aws:referer",
    "aws:RequestTag/team",
    "aws:ResourceOrgID",
    "aws:ResourceTag/team",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:TagKeys",
    "aws:VpcSourceIp",
}

USER = {
    "aws:PrincipalType": "User",
    "aws:PrincipalArn": "arn:aws:iam::ACCOUNT:user/staff/ana",
    "aws:userid": "AIDA*",
    "aws:username": "ana",
    "aws:PrincipalTag/team": "blue",
}
SESSION = {"aws:TokenIssueTime": "20*Z", "aws:MultiFactorAuthPresent": "false"}


def of_role(name: str) -> dict[str, str]:
    return {
        **SESSION,
        "aws:PrincipalType": "AssumedRole",
        "aws:PrincipalArn": f"arn:aws:iam::ACCOUNT:role/ops/{name}",
        "aws:userid": "AROA*:work",
        "aws:PrincipalTag/stage": "prod",
    }


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of caller: how one comes to be, whose policies hold for it, and its keys beside everybody's."""

    become: Callable[[Aws, User], Signer]
    holder: str
    keys: Mapping[str, str]


def assume(aws: Aws, signer: Signer, name: str, **parameters: Any) -> Signer:
    arn = f"arn:aws:iam::{aws.account_id}:role/ops/{name}"
    reply = aws.client("sts", signer).assume_role(RoleArn=arn, RoleSessionName="work", **parameters)
    credentials: Signer = reply["Credentials"]
    return credentials


def session_of(aws: Aws, ana: User) -> Signer:
    credentials: Signer = ana.client("sts").get_session_token()["Credentials"]
    return credentials


def federated(aws: Aws, ana: User) -> Signer:
    reply = ana.client("sts").get_federation_token(
        Name="bob", Policy=allowing("bailiwick:*"), Tags=[{"Key": "TEAM", "Value": "red"}]
    )
    credentials: Signer = reply["Credentials"]
    return credentials


def named(aws: Aws, ana: User) -> Signer:
    tags = [{"Key": "Team", "Value": "green"}, {"Key": "STAGE", "Value": "test"}]
    return assume(aws, ana, "first", SourceIdentity="nina", Tags=tags, TransitiveTagKeys=["Team"])


KINDS: Mapping[str, Kind] = {
    "user": Kind(lambda aws, ana: ana, "ana", USER),
    "user session": Kind(session_of, "ana", {**USER, **SESSION}),
    "federated user": Kind(
        federated,
        "ana",
        {
            "aws:PrincipalType": "FederatedUser",
            "aws:PrincipalArn": "arn:aws:sts::ACCOUNT:federated-user/bob",
            "aws:userid": "ACCOUNT:bob",
            "aws:PrincipalTag/team": "red",
            "aws:TokenIssueTime": "20*Z",
        },
    ),
    "role session": Kind(lambda aws, ana: assume(aws, ana, "first"), "first", of_role("first")),
    "named role session": Kind(
        named,
        "first",
        {
            **of_role("first"),
            "aws:PrincipalTag/team": "green",
            "aws:PrincipalTag/stage": "test",
            "aws:SourceIdentity": "nina",
        },
    ),
    "chained role session": Kind(
        lambda aws, ana: assume(aws, named(aws, ana), "second"),
        "second",
        {**of_role("second"), "aws:PrincipalTag/team": "green", "aws:SourceIdentity": "nina"},
    ),
}

ALL_KEYS = NOBODY.union(EVERYBODY, *(kind.keys for kind in KINDS.values()), {"aws:MultiFactorAuthAge"})


def demand(aws: Aws, holder: str, keys: Mapping[str, str], absent: Set[str]) -> None:
    """Let the holder of the policy list sessions if its request has all these keys and none of the absent."""
    there = {key: value.replace("ACCOUNT", aws.account_id) for key, value in keys.items()}
    condition = {"StringLike": there, "Null": dict.fromkeys(absent, "true") | dict.fromkeys(keys, "false")}
    policy = allowing("bailiwick:ListSessions", **condition)
    iam = aws.admin("iam")
    if holder == "ana":
        iam.put_user_policy(UserName=holder, PolicyName="demand", PolicyDocument=policy)
    else:
        iam.put_role_policy(RoleName=holder, PolicyName="demand", PolicyDocument=policy)


@pytest.fixture
def ana(aws: Aws) -> User:
    """A user who may become role `first`, which may become `second`; all have tags."""
    rights = list(SESSION_RIGHTS)
    for name in ("first", "second"):
        trust = trusting(root_of(aws), actions=rights)
        aws.role(name, trust=trust, path="/ops/", tags={"Stage": "prod"}, allow=rights)
    return aws.user("ana", path="/staff/", tags={"Team": "blue"}, allow=["sts:*"])


@pytest.mark.parametrize("name", KINDS)
def test_a_caller_has_its_keys_and_no_others(aws: Aws, ana: User, name: str) -> None:
    kind = KINDS[name]
    keys = {**EVERYBODY, **kind.keys}
    client = aws.client("bailiwick", kind.become(aws, ana))

    with refused("AccessDeniedException", having="no identity-based policy allows"):
        client.list_sessions()
    demand(aws, kind.holder, keys, ALL_KEYS - keys.keys())

    client.list_sessions()


def test_a_referer_is_seen_when_it_is_sent(aws: Aws, ana: User) -> None:
    demand(aws, "ana", {"aws:referer": "https://example.com/*"}, set())
    client = ana.client("bailiwick")
    with refused("AccessDeniedException"):
        client.list_sessions()

    client.meta.events.register(
        "before-sign.*.*", lambda request, **_: request.headers.add_header("Referer", "https://example.com/x")
    )

    client.list_sessions()


def test_a_source_identity_handed_down_is_seen_as_one_that_the_call_sets(aws: Aws, ana: User) -> None:
    rights = list(SESSION_RIGHTS)
    trust = trusting(root_of(aws), actions=rights, StringEquals={"sts:SourceIdentity": "nina"})
    aws.admin("iam").update_assume_role_policy(RoleName="second", PolicyDocument=json.dumps(trust))

    assume(aws, named(aws, ana), "second")
    with refused("AccessDenied"):
        assume(aws, assume(aws, ana, "first"), "second")


def test_a_policy_of_aws_is_nobodys_account(aws: Aws, ana: User) -> None:
    iam = aws.admin("iam")
    own = iam.create_policy(PolicyName="own", PolicyDocument=allowing("iam:GetUser"))["Policy"]["Arn"]
    policy = allowing("iam:GetPolicy", StringEquals={"aws:ResourceAccount": aws.account_id})
    iam.put_user_policy(UserName="ana", PolicyName="own", PolicyDocument=policy)
    client = ana.client("iam")

    client.get_policy(PolicyArn=own)
    with refused("AccessDenied"):
        client.get_policy(PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
