"""What a resource policy's grant is worth to each kind of caller: the tables of AWS's guides, a case for each cell.

Source: IAM User Guide, "Policy evaluation logic", "AWS JSON policy elements: Principal" and "Cross-account policy
evaluation logic".
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.policy.every_layer import (
    ALLOW,
    DENY,
    ELSEWHERE,
    FORMS,
    LETTER,
    A,
    B,
    allowing_world,
    caller_side,
    denied,
    get_object,
    no_allow,
    outcome,
    policy,
    put,
)

SAME_ACCOUNT = {
    # caller: form in the resource policy: which of identity, boundary and session still block by not allowing
    "user": {
        "user ARN": "",
        "user id": "",
        "*": "",
        "AWS *": "",
        "* + PrincipalArn user": "",
        "account id": "ib",
        "root ARN": "ib",
        "account + PrincipalArn user": "ib",
    },
    "role session": {
        "session ARN": "",
        "session id": "",
        "role ARN": "bs",
        "role id": "bs",
        "*": "",
        "AWS *": "",
        "* + PrincipalArn role": "",
        "account id": "ibs",
        "root ARN": "ibs",
        "account + PrincipalArn role": "ibs",
    },
    "federated user": {
        "federated-user ARN": "",
        "user ARN": "bs",
        "user id": "bs",
        "*": "",
        "AWS *": "",
        "account id": "ibs",
        "root ARN": "ibs",
    },
    "root's federated user": {
        "federated-user ARN": "",
        "*": "",
        "account id": "s",
        "root ARN": "s",
    },
    "root": {"account id": "", "root ARN": "", "*": ""},
}
NOT_REACHED = {
    "user": ["others", "role ARN", "* + PrincipalArn role"],
    "role session": ["others", "user ARN"],
    # Its aws:PrincipalArn is its own, not its user's.
    "federated user": ["others", "session ARN", "* + PrincipalArn user"],
    "root's federated user": ["others", "user ARN"],
    "root": ["others", "user ARN", "user id"],
}
"""Forms that do not reach the caller, and so are worth as much as no policy."""


def same_account_cells() -> Iterator[Any]:
    for caller, forms in SAME_ACCOUNT.items():
        for form, blocking in forms.items():
            for layer in caller_side(caller):
                blocks = LETTER[layer] in blocking
                verb = "blocks" if blocks else "does not block"
                yield pytest.param(caller, form, layer, blocks, id=f"{caller}, named by {form}: {layer} {verb}")


@pytest.mark.parametrize(("caller", "form", "layer", "blocks"), list(same_account_cells()))
def test_within_an_account_a_grant_skips_what_its_form_allows_to_skip(
    caller: str, form: str, layer: str, blocks: bool
) -> None:
    world = put(allowing_world(caller, form=form), layer, ELSEWHERE)

    assert outcome(world, get_object(caller)) == (no_allow(layer) if blocks else "allowed")


def forms_of_all_callers() -> list[Any]:
    return [
        pytest.param(caller, form, id=f"{caller}, named by {form}")
        for caller, forms in SAME_ACCOUNT.items()
        for form in forms
    ]


@pytest.mark.parametrize(("caller", "form"), forms_of_all_callers())
def test_no_grant_skips_an_explicit_deny_of_any_layer(caller: str, form: str) -> None:
    world = allowing_world(caller, form=form)
    assert outcome(world, get_object(caller)) == "allowed"

    for layer in (*caller_side(caller), "scps", "rcps", "vpc_endpoint", "scope_downs"):
        assert outcome(put(world, layer, ALLOW, DENY), get_object(caller)) == denied(layer)
    both = put(world, "resource", ALLOW | FORMS[form], DENY)
    assert outcome(both, get_object(caller)) == denied("resource")


@pytest.mark.parametrize(("caller", "form"), forms_of_all_callers())
def test_no_grant_skips_what_an_organization_an_endpoint_or_a_scope_down_does_not_allow(caller: str, form: str) -> None:
    for layer in ("scps", "rcps", "vpc_endpoint", "scope_downs"):
        world = put(allowing_world(caller, form=form), layer, ELSEWHERE)

        assert outcome(world, get_object(caller)) == no_allow(layer)


@pytest.mark.parametrize(
    ("caller", "form", "is_allowed"),
    [
        ("service", "service", True),
        ("service", "*", True),
        ("service", "AWS *", False),
        ("service", "account id", False),
        ("service", "others", False),
        ("SAML provider", "provider", True),
        ("SAML provider", "*", True),
        ("SAML provider", "AWS *", False),
        ("SAML provider", "account id", False),
        ("anonymous", "*", True),
        ("anonymous", "AWS *", True),
        ("anonymous", "account id", False),
        ("anonymous", "service", False),
        ("anonymous", "* + PrincipalArn user", False),
    ],
)
@pytest.mark.parametrize("owner", [A, B], ids=["of account A", "of account B"])
def test_who_has_no_identity_side_has_what_the_resource_grants(
    caller: str, form: str, is_allowed: bool, owner: str
) -> None:
    world = replace(allowing_world(caller, form=form), identity=policy("identity", ALLOW))

    assert outcome(world, get_object(caller, owner)) == ("allowed" if is_allowed else no_allow("resource"))


def not_reached() -> list[Any]:
    return [
        pytest.param(caller, form, id=f"{caller}, {'no policy' if form is None else f'not reached by {form}'}")
        for caller, forms in NOT_REACHED.items()
        for form in (None, *forms)
    ]


@pytest.mark.parametrize(("caller", "form"), not_reached())
def test_within_an_account_a_resource_needs_no_policy_and_one_for_others_changes_nothing(
    caller: str, form: str | None
) -> None:
    world = allowing_world(caller, form=form)

    assert outcome(world, get_object(caller)) == "allowed"
    for layer in caller_side(caller):
        assert outcome(put(world, layer, ELSEWHERE), get_object(caller)) == no_allow(layer)


@pytest.mark.parametrize("caller", ["user", "role session", "root"])
def test_a_key_needs_its_policys_allow_even_within_the_account(caller: str) -> None:
    """Key policies of KMS: without a statement that reaches the caller, identity policies give nothing."""
    for form, expected in (("others", no_allow("resource")), ("root ARN", "allowed")):
        world = replace(allowing_world(caller, form=form), resource_must_allow=True)
        assert outcome(world, get_object(caller)) == expected
    without = replace(allowing_world(caller, form=None), resource_must_allow=True)
    assert outcome(without, get_object(caller)) == no_allow("resource")


# --- across accounts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("caller", "form", "layer"),
    [
        pytest.param(caller, form, layer, id=f"{caller}, named by {form}: {layer} blocks")
        for caller, forms in SAME_ACCOUNT.items()
        for form in forms
        for layer in (*caller_side(caller), "scps", "rcps", "vpc_endpoint", "scope_downs")
    ],
)
def test_across_accounts_every_layer_of_the_callers_side_must_allow_whatever_the_form(
    caller: str, form: str, layer: str
) -> None:
    world = allowing_world(caller, form=form)
    request = get_object(caller, owner=B)

    assert outcome(world, request) == "allowed"
    assert outcome(put(world, layer, ELSEWHERE), request) == no_allow(layer)


@pytest.mark.parametrize(("caller", "form"), not_reached())
def test_across_accounts_the_resource_must_name_the_caller(caller: str, form: str | None) -> None:
    assert outcome(allowing_world(caller, form=form), get_object(caller, owner=B)) == no_allow("resource")


@pytest.mark.parametrize("caller", SAME_ACCOUNT)
def test_across_accounts_a_deny_of_the_resource_holds(caller: str) -> None:
    denying = put(allowing_world(caller), "resource", ALLOW, DENY)

    assert outcome(denying, get_object(caller, owner=B)) == denied("resource")
