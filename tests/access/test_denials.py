"""A denial's words, for each kind of policy, as AWS's guide gives them."""

import pytest

from bailiwick.access.denials import denial
from bailiwick.policy import Decision, Effect, Layer, PolicySource, PolicyType, Reason, StatementId

USER = "arn:aws:iam::111122223333:user/ana"
ACTION = "iam:GetUser"
RESOURCE = "arn:aws:iam::111122223333:user/eve"
ARN = "arn:aws:iam::111122223333:policy/some"

TABLE = {
    # layer: (implicit, explicit, whether a managed policy's ARN follows)
    Layer.IDENTITY: (
        "because no identity-based policy allows the iam:GetUser action",
        "with an explicit deny in an identity-based policy",
        True,
    ),
    Layer.RESOURCE: (
        "because no resource-based policy allows the iam:GetUser action",
        "with an explicit deny in a resource-based policy",
        False,
    ),
    Layer.BOUNDARY: (
        "because no permissions boundary allows the iam:GetUser action",
        "with an explicit deny in a permissions boundary",
        True,
    ),
    Layer.SESSION: (
        "because no session policy allows the iam:GetUser action",
        "with an explicit deny in a session policy",
        True,
    ),
    Layer.SCOPE_DOWN: (
        "because no session policy allows the iam:GetUser action",
        "with an explicit deny in a session policy",
        True,
    ),
    Layer.SCP: (
        "because no service control policy allows the iam:GetUser action",
        "with an explicit deny in a service control policy",
        True,
    ),
    Layer.RCP: (
        "because no resource control policy allows the iam:GetUser action",
        "with an explicit deny in a resource control policy",
        True,
    ),
    Layer.VPC_ENDPOINT: (
        "because no VPC endpoint policy allows the iam:GetUser action",
        "with an explicit deny in a VPC endpoint policy",
        False,
    ),
}


def explicit(layer: Layer, arn: str | None) -> Decision:
    statement = StatementId(PolicySource(PolicyType.MANAGED, "some", arn), 0, "No")
    return Decision(Effect.DENY, Reason.EXPLICIT_DENY, layer, statement)


def implicit(layer: Layer) -> Decision:
    return Decision(Effect.DENY, Reason.IMPLICIT_DENY, layer, None)


@pytest.mark.parametrize("layer", TABLE)
def test_what_nothing_allows_names_the_kind_of_policy_and_no_arn(layer: Layer) -> None:
    assert denial(USER, ACTION, RESOURCE, implicit(layer)) == (
        f"User: {USER} is not authorized to perform: {ACTION} on resource: {RESOURCE} {TABLE[layer][0]}"
    )


@pytest.mark.parametrize("layer", TABLE)
def test_what_an_inline_policy_denies_names_no_policy(layer: Layer) -> None:
    assert denial(USER, ACTION, RESOURCE, explicit(layer, None)) == (
        f"User: {USER} is not authorized to perform: {ACTION} on resource: {RESOURCE} {TABLE[layer][1]}"
    )


@pytest.mark.parametrize("layer", TABLE)
def test_what_a_policy_with_an_arn_denies_names_it_where_aws_does(layer: Layer) -> None:
    ending = f": {ARN}" if TABLE[layer][2] else ""

    assert denial(USER, ACTION, RESOURCE, explicit(layer, ARN)) == (
        f"User: {USER} is not authorized to perform: {ACTION} on resource: {RESOURCE} {TABLE[layer][1]}{ending}"
    )


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        (implicit(Layer.TRUST), "because no role trust policy allows the sts:AssumeRole action"),
        (explicit(Layer.TRUST, ARN), "with an explicit deny in the role trust policy"),
    ],
)
def test_a_trust_policys_words_name_neither_role_nor_policy(decision: Decision, reason: str) -> None:
    assert denial(USER, "sts:AssumeRole", RESOURCE, decision) == (
        f"User: {USER} is not authorized to perform: sts:AssumeRole {reason}"
    )


def test_every_layer_with_policies_has_its_words() -> None:
    assert TABLE.keys() | {Layer.TRUST, Layer.ROOT} == set(Layer)


def test_without_a_reason_the_form_is_bare() -> None:
    assert denial(USER, "sts:AssumeRole", RESOURCE, None) == (
        f"User: {USER} is not authorized to perform: sts:AssumeRole on resource: {RESOURCE}"
    )


def test_what_has_no_resource_to_show_names_none() -> None:
    assert denial(USER, ACTION, None, implicit(Layer.IDENTITY)) == (
        f"User: {USER} is not authorized to perform: {ACTION} because no identity-based policy allows the {ACTION} "
        "action"
    )


def test_who_did_not_sign_is_anonymous() -> None:
    assert denial("", ACTION, RESOURCE, None) == (
        f"User: anonymous is not authorized to perform: {ACTION} on resource: {RESOURCE}"
    )


def test_the_root_user_is_worded_as_an_identity() -> None:
    assert denial("arn:aws:iam::111122223333:root", ACTION, None, implicit(Layer.ROOT)).endswith(
        "because no identity-based policy allows the iam:GetUser action"
    )
