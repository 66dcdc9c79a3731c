"""Which condition keys are in a request's context, for each kind of caller, and with which values.

The callers are built, so that there are also those that no client can be yet: a service, a member of an organization.
Each row of `GLOBAL_KEYS` is a row of the IAM User Guide's page "AWS global condition context keys".
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest

from bailiwick.access.context import add_target_keys, caller_keys, offered_keys, request_keys
from bailiwick.access.environment import Environment, Organization, VpcEndpoint
from bailiwick.auth import ContextKey, PrincipalKind
from bailiwick.operations import TAG_KEYS_PASSED, TAGS_PASSED, ContextValue, Target
from tests.access.built_callers import (
    ACCOUNT,
    ANA,
    CALLERS,
    LINKED_ARN,
    NOW,
    OIDC_ARN,
    OTHER,
    PLACE,
    ROLE_ARN,
    ROOT_ARN,
    USER_ARN,
    role_session,
    user_session,
)

ENDPOINT = VpcEndpoint(
    "vpce-1",
    "vpc-1",
    f"arn:aws:ec2:us-east-1:{OTHER}:vpc/vpc-1",
    OTHER,
    "10.0.0.9",
    Organization("o-own", "o-own/r-9/"),
)

SESSIONS = (
    "root with AssumeRoot",
    "user session",
    "user session with MFA",
    "federated user",
    "federated user of root",
    "role session",
    "role session with MFA",
    "chained role session",
    "web identity session",
    "SAML session",
    "service-linked role",
)
ROLES = tuple(name for name, each in CALLERS.items() if each.caller.kind is PrincipalKind.ROLE)
USERS = tuple(name for name, each in CALLERS.items() if each.caller.kind is PrincipalKind.USER)
PRINCIPALS = tuple(name for name in CALLERS if name not in ("service", "anonymous"))


def each(names: tuple[str, ...], value: ContextValue, **others: ContextValue) -> dict[str, ContextValue]:
    """One value for all of these callers, and others for further ones."""
    return {**dict.fromkeys(names, value), **{name.replace("_", " "): other for name, other in others.items()}}


GLOBAL_KEYS: Mapping[str, Mapping[str, ContextValue]] = {
    "aws:PrincipalArn": {
        "root": ROOT_ARN,
        "root with AssumeRoot": ROOT_ARN,
        **each(USERS, USER_ARN),
        "federated user": f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
        "federated user of root": f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
        **each(ROLES, ROLE_ARN),
        "service-linked role": LINKED_ARN,
    },
    "aws:PrincipalAccount": each(PRINCIPALS, ACCOUNT, anonymous="anonymous"),
    "aws:PrincipalOrgID": {},
    "aws:PrincipalOrgPaths": {},
    "aws:PrincipalTag/team": {
        **each(USERS, "blue"),
        **each(ROLES, "blue"),
        "federated user": "red",
        "chained role session": "green",
    },
    "aws:PrincipalTag/stage": {
        **each(USERS, "prod"),
        **each(ROLES, "prod"),
        "federated user": "prod",
        "role session": "test",
    },
    "aws:PrincipalIsAWSService": each(PRINCIPALS, "false", service="true"),
    "aws:PrincipalServiceName": {"service": "cloudtrail.amazonaws.com"},
    "aws:PrincipalServiceNamesList": {"service": ("cloudtrail.amazonaws.com", "cloudtrail.eu-west-1.amazonaws.com")},
    "aws:PrincipalType": {
        "root": "Account",
        "root with AssumeRoot": "Account",
        **each(USERS, "User"),
        **each(ROLES, "AssumedRole"),
        "federated user": "FederatedUser",
        "federated user of root": "FederatedUser",
        "anonymous": "Anonymous",
    },
    "aws:userid": {
        "root": ACCOUNT,
        "root with AssumeRoot": ACCOUNT,
        **each(USERS, "AIDAANA"),
        **each(ROLES, "AROADEPLOY:work"),
        "service-linked role": "AROALINKED:work",
        "federated user": f"{ACCOUNT}:bob",
        "federated user of root": f"{ACCOUNT}:bob",
        "anonymous": "anonymous",
    },
    "aws:username": each(USERS, "ana"),
    "aws:AssumedRoot": {"root with AssumeRoot": "true"},
    "aws:FederatedProvider": {"web identity session": OIDC_ARN},
    "aws:TokenIssueTime": each(SESSIONS, "2026-11-24T20:00:00.123Z"),
    "aws:MultiFactorAuthPresent": {
        "root with AssumeRoot": "false",
        "user session": "false",
        "user session with MFA": "true",
        "role session": "false",
        "role session with MFA": "false",
        "chained role session": "false",
        "service-linked role": "false",
    },
    "aws:MultiFactorAuthAge": {"user session with MFA": "367"},
    "aws:SourceIdentity": {"role session": "ana", "chained role session": "ana"},
    "aws:SignInSessionArn": {},
    "aws:ChatbotSourceArn": {},
    "aws:Ec2InstanceSourceVpc": {},
    "aws:Ec2InstanceSourcePrivateIPv4": {},
    "ec2:RoleDelivery": {},
    "ec2:SourceInstanceArn": {},
    "lambda:SourceFunctionArn": {},
    "aws:ViaCustomerDomain": {},
    "aws:SourceIp": each((*PRINCIPALS, "anonymous"), "203.0.113.9"),
    "aws:VpcSourceIp": {},
    "aws:SourceVpc": {},
    "aws:SourceVpce": {},
    "aws:SourceVpcArn": {},
    "aws:VpceAccount": {},
    "aws:VpceOrgID": {},
    "aws:VpceOrgPaths": {},
    "aws:ResourceAccount": each((*PRINCIPALS, "service", "anonymous"), OTHER),
    "aws:ResourceOrgID": {},
    "aws:ResourceOrgPaths": {},
    "aws:ResourceTag/cost": each(tuple(CALLERS), "low"),
    "aws:RequestTag/cost": {},
    "aws:TagKeys": {},
    "aws:CurrentTime": each(tuple(CALLERS), "2026-11-24T20:05:07.456Z"),
    "aws:EpochTime": each(tuple(CALLERS), "1795550707"),
    "aws:RequestedRegion": each(tuple(CALLERS), "us-east-1"),
    "aws:SecureTransport": each(tuple(CALLERS), "true"),
    "aws:UserAgent": each(tuple(CALLERS), "Boto3/1.44"),
    "aws:referer": {},
    "aws:ViaAWSService": each(tuple(CALLERS), "false"),
    "aws:CalledVia": {},
    "aws:CalledViaFirst": {},
    "aws:CalledViaLast": {},
    "aws:SourceArn": {"service": f"arn:aws:cloudtrail:eu-west-1:{OTHER}:trail/t"},
    "aws:SourceAccount": {"service": OTHER},
    "aws:SourceOrgID": {"service": "o-abc"},
    "aws:SourceOrgPaths": {"service": ("o-abc/r-1/ou-2/",)},
    "aws:CalledViaAWSMCP": {},
    "aws:ViaAWSMCPService": {},
    "aws:IsMcpServiceAction": {},
}
"""Key → caller → value. A caller that is left out has no such key."""

OWN_KEYS: Mapping[str, Mapping[str, ContextValue]] = {
    "web identity session": {
        "accounts.example.com:sub": "ana@example.com",
        "accounts.example.com:amr": ("pwd", "otp"),
    },
    "SAML session": {"saml:sub": "ana"},
}
"""What only the session itself says."""


@pytest.mark.parametrize("name", CALLERS)
def test_a_caller_has_the_keys_that_aws_has_for_its_kind_and_no_others(name: str) -> None:
    resource = Target("arn:aws:s3:::b", account=OTHER, tags={"Cost": "low"})

    keys = CALLERS[name].keys(target=resource)

    assert keys == {
        **{key.lower(): values[name] for key, values in GLOBAL_KEYS.items() if name in values},
        **OWN_KEYS.get(name, {}),
    }


def test_the_table_speaks_of_callers_that_there_are() -> None:
    for values in (*GLOBAL_KEYS.values(), OWN_KEYS):
        assert values.keys() <= CALLERS.keys()


FIXED_AT_ISSUE = [
    "aws:SignInSessionArn",
    "aws:ChatbotSourceArn",
    "aws:Ec2InstanceSourceVpc",
    "aws:Ec2InstanceSourcePrivateIPv4",
    "ec2:RoleDelivery",
    "ec2:SourceInstanceArn",
    "lambda:SourceFunctionArn",
    "aws:ViaCustomerDomain",
]


@pytest.mark.parametrize("key", FIXED_AT_ISSUE)
def test_what_was_fixed_when_a_session_was_issued_is_told_in_its_every_request(key: str) -> None:
    session = role_session(context_keys=(ContextKey(key, ("value",)),))

    assert session.keys()[key.lower()] == "value"


# An organization


@pytest.mark.parametrize("name", PRINCIPALS)
def test_a_member_of_an_organization_is_told_as_one(name: str) -> None:
    keys = CALLERS[name].around(Environment(organization=PLACE)).keys()

    assert (keys["aws:principalorgid"], keys["aws:principalorgpaths"]) == ("o-abc", ("o-abc/r-1/ou-2/",))


def test_nobody_without_a_name_is_a_member() -> None:
    keys = CALLERS["anonymous"].around(Environment(organization=PLACE)).keys()

    assert not [key for key in keys if "org" in key]


def test_a_resource_is_told_with_its_accounts_place() -> None:
    keys: dict[str, ContextValue] = {}

    add_target_keys(keys, Target("*"), OTHER, PLACE)

    assert keys == {
        "aws:resourceaccount": OTHER,
        "aws:resourceorgid": "o-abc",
        "aws:resourceorgpaths": ("o-abc/r-1/ou-2/",),
    }


# A VPC endpoint

STRAIGHT = {"aws:sourcevpc": "vpc-1", "aws:sourcevpce": "vpce-1", "aws:vpcsourceip": "10.0.0.9"}
VPC_ARN = {"aws:sourcevpcarn": ENDPOINT.vpc_arn}
OWNER = {"aws:vpceaccount": OTHER, "aws:vpceorgid": "o-own"}
OWNERS_PATH = {"aws:vpceorgpaths": ("o-own/r-9/",)}


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("iam:GetUser", STRAIGHT | VPC_ARN | OWNER | OWNERS_PATH),
        ("s3:GetObject", STRAIGHT | VPC_ARN | OWNER | OWNERS_PATH),
        ("iam:PassRole", STRAIGHT),
        ("sts:AssumeRole", STRAIGHT | VPC_ARN | OWNERS_PATH),
        ("sqs:SendMessage", STRAIGHT),
    ],
)
def test_a_request_through_an_endpoint_tells_of_it_and_of_no_public_address(
    action: str, told: Mapping[str, ContextValue]
) -> None:
    public, private = CALLERS["user"].keys(action), CALLERS["user"].around(Environment(endpoint=ENDPOINT)).keys(action)

    assert {key: value for key, value in private.items() if public.get(key) != value} == told
    assert public.keys() - private.keys() == {"aws:sourceip"}


@pytest.mark.parametrize("action", ["iam:GetUser", "sts:AssumeRole"])
def test_of_an_owner_in_no_organization_none_is_told(action: str) -> None:
    endpoint = replace(ENDPOINT, organization=None)

    keys = CALLERS["user"].around(Environment(endpoint=endpoint)).keys(action)

    assert not [key for key in keys if key.startswith("aws:vpceorg")]


# A request that a service passes on


def test_what_a_service_passes_on_is_the_callers_own_request_from_its_own_address() -> None:
    via = ("athena.amazonaws.com", "s3.amazonaws.com")
    sent, passed = CALLERS["user"].keys(), CALLERS["user"].around(Environment(called_via=via)).keys()

    assert {key: value for key, value in passed.items() if sent.get(key) != value} == {
        "aws:viaawsservice": "true",
        "aws:calledvia": via,
        "aws:calledviafirst": "athena.amazonaws.com",
        "aws:calledvialast": "s3.amazonaws.com",
    }
    assert sent.keys() <= passed.keys()


def test_the_endpoint_of_a_request_is_not_told_once_a_service_passes_it_on() -> None:
    keys = CALLERS["user"].around(Environment(endpoint=ENDPOINT, called_via=("athena.amazonaws.com",))).keys()

    assert not [key for key in keys if "vpc" in key]
    assert keys["aws:sourceip"] == "203.0.113.9"


# The request itself


def test_a_referer_is_told_when_it_was_sent() -> None:
    caller = replace(CALLERS["user"].caller, referer="https://example.com/")

    assert caller_keys(caller, ANA)["aws:referer"] == "https://example.com/"


def test_what_the_connection_does_not_show_is_absent() -> None:
    caller = replace(CALLERS["user"].caller, source_address=None, user_agent="", is_secure=False)

    keys = caller_keys(caller, ANA)

    assert keys["aws:securetransport"] == "false"
    assert not keys.keys() & {"aws:sourceip", "aws:useragent"}


@pytest.mark.parametrize(("action", "region"), [("iam:GetUser", "us-east-1"), ("sts:AssumeRole", "eu-west-1")])
def test_the_region_is_the_one_signed_for_unless_the_service_has_only_one(action: str, region: str) -> None:
    assert CALLERS["user"].keys(action)["aws:requestedregion"] == region


def test_a_clock_a_little_behind_makes_no_negative_age() -> None:
    late = user_session(mfa_authenticated_at_ms=round(NOW.timestamp() * 1000) + 1500)

    assert late.keys()["aws:multifactorauthage"] == "0"


# The resource


def test_tags_are_told_under_each_name_that_the_resource_has_for_them() -> None:
    keys: dict[str, ContextValue] = {}
    tag_keys = ("aws:resourcetag/", "iam:resourcetag/")

    add_target_keys(keys, Target("*", tags={"Team": "blue"}, tag_keys=tag_keys), ACCOUNT)

    assert keys == {"aws:resourceaccount": ACCOUNT, "aws:resourcetag/team": "blue", "iam:resourcetag/team": "blue"}


@pytest.mark.parametrize(("target", "owner"), [(Target("*", is_of_aws=True), ACCOUNT), (Target("*"), "")])
def test_an_owner_that_nobody_knows_is_not_told(target: Target, owner: str) -> None:
    keys: dict[str, ContextValue] = {}

    add_target_keys(keys, target, owner, PLACE)

    assert keys == {}


def test_policies_see_of_a_resource_what_the_operation_declares() -> None:
    target = Target("*", keys=MappingProxyType({"iam:PermissionsBoundary": "arn", "iam:Other": "x"}))

    assert offered_keys(target, ("iam:PermissionsBoundary", "iam:Absent")) == {"iam:PermissionsBoundary": "arn"}
    assert offered_keys(target, ()) == {}


# What was asked for


def test_policies_see_the_tags_passed_and_the_parameters_that_the_operation_declares() -> None:
    parameters = {
        "Tags": [{"Key": "Team", "Value": "blue"}, {"Key": "Stage", "Value": ""}],
        "TransitiveTagKeys": ["Team"],
        "ExternalId": "a1",
        "DurationSeconds": 900,
        "Flag": True,
        "RoleArn": "not declared",
    }
    declared = {
        "sts:ExternalId": "ExternalId",
        "sts:TransitiveTagKeys": "TransitiveTagKeys",
        "sts:DurationSeconds": "DurationSeconds",
        "x:Flag": "Flag",
        **TAGS_PASSED,
    }

    assert request_keys(parameters, declared) == {
        "aws:requesttag/team": "blue",
        "aws:requesttag/stage": "",
        "aws:tagkeys": ("Team", "Stage"),
        "sts:transitivetagkeys": ("Team",),
        "sts:externalid": "a1",
        "sts:durationseconds": "900",
        "x:flag": "true",
    }


def test_policies_see_nothing_of_what_was_not_passed() -> None:
    assert request_keys({}, {"sts:ExternalId": "ExternalId", **TAGS_PASSED}) == {}


def test_an_empty_list_counts_as_not_passed() -> None:
    declared = {"sts:TransitiveTagKeys": "TransitiveTagKeys", **TAGS_PASSED}

    assert request_keys({"Tags": [], "TransitiveTagKeys": []}, declared) == {}


def test_policies_see_no_tags_of_an_operation_that_takes_none() -> None:
    assert request_keys({"Tags": [{"Key": "Team", "Value": "blue"}]}, {}) == {}


def test_policies_see_the_keys_of_the_tags_to_be_taken_away() -> None:
    assert request_keys({"TagKeys": ["Team"]}, TAG_KEYS_PASSED) == {"aws:tagkeys": ("Team",)}
