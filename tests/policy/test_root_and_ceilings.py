"""Root, NotPrincipal, the policies of VPC endpoints, and passing roles.

Source: IAM User Guide, "Policy evaluation logic", "AWS JSON policy elements: NotPrincipal" and "Grant a user
permissions to pass a role to an AWS service".
"""

from dataclasses import replace

import pytest

from bailiwick.policy import Layer, Layers, evaluate, request_of
from tests.policy.every_layer import (
    ALLOW,
    CALLERS,
    DENY,
    ELSEWHERE,
    FORMS,
    ROLE_ARN,
    ROOT_ARN,
    A,
    B,
    Json,
    allowing_world,
    denied,
    get_object,
    no_allow,
    outcome,
    policy,
    put,
)

# --- root ----------------------------------------------------------------------------------------------------------


def test_root_may_do_all_in_its_account_by_default_and_is_not_limited_by_a_resource_that_is_silent() -> None:
    assert outcome(Layers(), get_object("root")) == "allowed"
    assert outcome(Layers(resource=policy("resource", ELSEWHERE)), get_object("root")) == "allowed"
    assert evaluate(Layers(), get_object("root")).layer is Layer.ROOT


@pytest.mark.parametrize("layer", ["scps", "rcps", "resource", "vpc_endpoint"])
def test_root_is_limited_by_what_is_not_its_own(layer: str) -> None:
    assert outcome(put(Layers(), layer, ALLOW, DENY), get_object("root")) == denied(layer)
    if layer != "resource":
        assert outcome(put(Layers(), layer, ELSEWHERE), get_object("root")) == no_allow(layer)


def test_a_deny_for_the_accounts_root_arn_is_for_all_its_principals_and_one_by_principal_arn_for_root_alone() -> None:
    whole = put(Layers(identity=policy("identity", ALLOW)), "resource", DENY | FORMS["root ARN"])
    condition: Json = {"Condition": {"ArnEquals": {"aws:PrincipalArn": ROOT_ARN}}}
    alone = put(Layers(identity=policy("identity", ALLOW)), "resource", DENY | condition)

    for caller in ("user", "role session", "root"):
        assert outcome(whole, get_object(caller)) == denied("resource")
    assert outcome(alone, get_object("root")) == denied("resource")
    assert outcome(alone, get_object("user")) == outcome(alone, get_object("role session")) == "allowed"


def test_root_of_another_account_needs_that_resources_allow() -> None:
    assert outcome(Layers(), get_object("root", owner=B)) == no_allow("resource")
    assert outcome(Layers(resource=policy("resource", ALLOW | FORMS["account id"])), get_object("root", B)) == "allowed"


# --- NotPrincipal --------------------------------------------------------------------------------------------------

SPARED: dict[str, list[tuple[str, ...]]] = {
    # caller: the lists that spare it, as names from FORMS
    "user": [("user ARN", "root ARN"), ("user ARN", "account id"), ("user id", "root ARN"), ("AWS *",)],
    "role session": [
        ("session ARN", "role ARN", "root ARN"),
        ("session ARN", "role id", "account id"),
        ("session id", "role id", "root ARN"),
        ("AWS *",),
    ],
    "federated user": [("federated-user ARN", "root ARN"), ("AWS *",)],
    "root": [("root ARN",), ("account id",), ("AWS *",)],
}
NOT_SPARED: dict[str, list[tuple[str, ...]]] = {
    "user": [("user ARN",), ("root ARN",), ("role ARN", "root ARN"), ("others",)],
    "role session": [
        ("role ARN", "root ARN"),
        ("session ARN", "root ARN"),
        ("session ARN", "role ARN"),
        ("role ARN",),
        ("root ARN",),
    ],
    "federated user": [("federated-user ARN",), ("user ARN", "root ARN"), ("root ARN",)],
    "root": [("user ARN",), ("others",)],
}


def all_but(names: tuple[str, ...]) -> Json:
    """A Deny for everyone but these."""
    listed = [FORMS[name]["Principal"]["AWS"] for name in names]
    flat = [each for one in listed for each in (one if isinstance(one, list) else [one])]
    return DENY | {"NotPrincipal": {"AWS": flat}}


@pytest.mark.parametrize(
    ("caller", "names", "is_spared"),
    [
        pytest.param(
            caller, names, spared, id=f"{caller}, all but {' and '.join(names)}: {'spared' if spared else 'denied'}"
        )
        for table, spared in ((SPARED, True), (NOT_SPARED, False))
        for caller, lists in table.items()
        for names in lists
    ],
)
@pytest.mark.parametrize("layer", ["resource", "vpc_endpoint"])
def test_not_principal_spares_who_is_listed_with_every_identity(
    caller: str, names: tuple[str, ...], is_spared: bool, layer: str
) -> None:
    unbounded = replace(allowing_world(caller), boundary=None)
    world = put(unbounded, layer, ALLOW, all_but(names))

    assert outcome(world, get_object(caller)) == ("allowed" if is_spared else denied(layer))


@pytest.mark.parametrize(
    ("caller", "names"), [(caller, names) for caller in ("user", "role session") for names in SPARED[caller]]
)
def test_not_principal_spares_nobody_who_has_a_boundary(caller: str, names: tuple[str, ...]) -> None:
    world = put(allowing_world(caller), "resource", ALLOW, all_but(names))

    assert outcome(world, get_object(caller)) == denied("resource")


@pytest.mark.parametrize("caller", ["service", "anonymous"])
def test_not_principal_denies_who_is_of_another_kind_than_those_listed(caller: str) -> None:
    world = put(allowing_world(caller), "resource", ALLOW, all_but(("user ARN", "root ARN")))

    assert outcome(world, get_object(caller)) == denied("resource")


# --- VPC endpoints -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("caller", "form", "passes"),
    [
        ("user", "user ARN", True),
        ("user", "account id", True),
        ("user", "role ARN", False),
        ("role session", "role ARN", True),
        ("role session", "session ARN", True),
        ("role session", "user ARN", False),
        ("federated user", "federated-user ARN", True),
        ("root", "root ARN", True),
        ("root", "user ARN", False),
        ("service", "service", True),
        ("anonymous", "account id", False),
        ("anonymous", "*", True),
    ],
)
@pytest.mark.parametrize("owner", [A, B], ids=["of account A", "of account B"])
def test_an_endpoints_policy_lets_pass_whom_it_names(caller: str, form: str, passes: bool, owner: str) -> None:
    world = put(allowing_world(caller), "vpc_endpoint", ALLOW | FORMS[form])

    assert outcome(world, get_object(caller, owner)) == ("allowed" if passes else no_allow("vpc_endpoint"))


@pytest.mark.parametrize("caller", ["user", "role session", "anonymous"])
def test_an_endpoints_policy_grants_nothing(caller: str) -> None:
    world = Layers(vpc_endpoint=policy("vpc_endpoint", ALLOW))

    assert not evaluate(world, get_object(caller)).is_allowed
    assert not evaluate(world, get_object(caller, owner=B)).is_allowed


# --- passing roles


@pytest.mark.parametrize("layer", ["identity", "boundary", "session", "scps"])
def test_passing_a_role_is_decided_by_the_callers_side_on_the_roles_arn(layer: str) -> None:
    world = allowing_world("role session", form=None)
    request = request_of(CALLERS["role session"], "iam:PassRole", ROLE_ARN)

    assert outcome(world, request) == "allowed"
    assert outcome(put(world, layer, ALLOW | {"Action": "ec2:*"}), request) == no_allow(layer)
    other = ALLOW | {"Resource": f"arn:aws:iam::{A}:role/r"}
    assert outcome(put(world, layer, other), request) == no_allow(layer)
    to_lambda = ALLOW | {"Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}
    for service, expected in (("lambda.amazonaws.com", "allowed"), ("ec2.amazonaws.com", no_allow(layer))):
        passed = request_of(CALLERS["role session"], "iam:PassRole", ROLE_ARN, keys={"iam:PassedToService": service})
        assert outcome(put(world, layer, to_lambda), passed) == expected
