"""What assuming a role needs of each side, and what each kind of session may: tables, a case for each cell.

Source: STS API Reference, AssumeRole; IAM User Guide, "Update a role trust policy" and "Session policies".
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from bailiwick.policy import (
    KeyValue,
    Layers,
    PolicyType,
    RequestContext,
    policies_of,
    request_of,
)
from tests.policy.every_layer import (
    ALLOW,
    CALLERS,
    DENY,
    ELSEWHERE,
    FORMS,
    LETTER,
    ROLE_ARN,
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

TRUSTED = {
    "user": {"user ARN": "b", "user id": "b", "account id": "ib", "root ARN": "ib", "AWS *": "b"},
    "role session": {
        "session ARN": "b",
        "session id": "b",
        "role ARN": "bs",
        "role id": "bs",
        "account id": "ibs",
        "root ARN": "ibs",
        "AWS *": "b",
    },
}
ACTIONS = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")


def assume(caller: str, owner: str = A, action: str = "sts:AssumeRole") -> RequestContext:
    return request_of(CALLERS[caller], action, f"arn:aws:iam::{owner}:role/t")


def trust_cells() -> Iterator[Any]:
    for caller, forms in TRUSTED.items():
        for form, blocking in forms.items():
            for layer in caller_side(caller):
                blocks = LETTER[layer] in blocking
                verb = "blocks" if blocks else "does not block"
                yield pytest.param(caller, form, layer, blocks, id=f"{caller}, trusted by {form}: {layer} {verb}")


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(("caller", "form", "layer", "blocks"), list(trust_cells()))
def test_a_trust_policy_of_the_account_leaves_the_boundary_its_say(
    caller: str, form: str, layer: str, blocks: bool, action: str
) -> None:
    world = put(allowing_world(caller, "trust", form), layer, ELSEWHERE)

    assert outcome(world, assume(caller, action=action)) == (no_allow(layer) if blocks else "allowed")


@pytest.mark.parametrize(("caller", "form"), [(caller, form) for caller, forms in TRUSTED.items() for form in forms])
def test_a_trust_policy_of_another_account_leaves_the_whole_side_of_the_caller_its_say(caller: str, form: str) -> None:
    world = allowing_world(caller, "trust", form)

    assert outcome(world, assume(caller, B)) == "allowed"
    for layer in caller_side(caller):
        assert outcome(put(world, layer, ELSEWHERE), assume(caller, B)) == no_allow(layer)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("owner", [A, B], ids=["in account A", "in account B"])
def test_a_role_that_does_not_trust_the_caller_is_not_assumed(caller: str, owner: str) -> None:
    world = allowing_world(caller, "trust", "others")

    assert outcome(world, assume(caller, owner)) == no_allow("trust")


@pytest.mark.parametrize("action", ["sts:TagSession", "sts:SetSourceIdentity"])
@pytest.mark.parametrize("caller", TRUSTED)
@pytest.mark.parametrize("owner", [A, B], ids=["in account A", "in account B"])
def test_tags_and_a_source_identity_need_an_allow_of_their_own_on_each_side(
    caller: str, owner: str, action: str
) -> None:
    only = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    world = allowing_world(caller, "trust", "account id")

    for layer in ("trust", *caller_side(caller)):
        narrowed = put(world, layer, only | (FORMS["account id"] if layer == "trust" else {}))
        assert outcome(narrowed, assume(caller, owner)) == "allowed"
        assert outcome(narrowed, assume(caller, owner, action)) == no_allow(layer)


@pytest.mark.parametrize("caller", ["user", "role session"])
@pytest.mark.parametrize("layer", ["trust", "identity", "boundary", "scps", "rcps"])
def test_an_explicit_deny_of_either_side_keeps_a_role_from_being_assumed(caller: str, layer: str) -> None:
    world = put(allowing_world(caller, "trust", "AWS *"), layer, ALLOW | {"Action": "sts:*"}, DENY)

    for owner in (A, B):
        assert outcome(world, assume(caller, owner)) == denied(layer)


@pytest.mark.parametrize("form", ["account id", "root ARN", "AWS *", "*"])
def test_root_assumes_no_role(form: str) -> None:
    assert outcome(allowing_world("root", "trust", form), assume("root")) == no_allow("trust")
    assert outcome(allowing_world("root", "trust", form), assume("root", B)) == no_allow("trust")


@pytest.mark.parametrize(("form", "expected"), [("user ARN", no_allow("trust")), ("role ARN", "allowed")])
def test_a_role_trusts_itself_only_if_it_says_so(form: str, expected: str) -> None:
    itself = request_of(CALLERS["role session"], "sts:AssumeRole", ROLE_ARN)

    assert outcome(allowing_world("role session", "trust", form), itself) == expected


@pytest.mark.parametrize(("caller", "form"), [("service", "service"), ("SAML provider", "provider")])
def test_services_and_providers_need_the_trust_policy_alone(caller: str, form: str) -> None:
    world = Layers(trust=policy("trust", ALLOW | FORMS[form]))

    assert outcome(world, assume(caller)) == "allowed"
    assert outcome(world, assume("anonymous")) == no_allow("trust")
    assert outcome(put(world, "rcps", ALLOW, DENY), assume(caller)) == denied("rcps")


# --- what sessions may ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("identity", "boundary", "session", "expected"),
    [
        ("s3:*", "s3:*", "s3:*", "allowed"),
        ("s3:*", "s3:*", None, "allowed"),
        ("s3:*", None, None, "allowed"),
        ("s3:Put*", "s3:*", "s3:*", no_allow("identity")),
        ("s3:*", "s3:Put*", "s3:*", no_allow("boundary")),
        ("s3:*", "s3:*", "s3:Put*", no_allow("session")),
        (None, "s3:*", "s3:*", no_allow("identity")),
    ],
)
@pytest.mark.parametrize("caller", ["role session", "federated user"])
def test_a_session_has_what_identity_boundary_and_session_policies_all_allow(
    caller: str, identity: str | None, boundary: str | None, session: str | None, expected: str
) -> None:
    layers = Layers()
    for layer, action in (("identity", identity), ("boundary", boundary), ("session", session)):
        if action is not None:
            layers = put(layers, layer, {"Effect": "Allow", "Action": action})
    if caller == "federated user" and session is None:
        expected = no_allow("session")  # GetFederationToken without a policy leaves nothing of the identity's

    assert outcome(layers, get_object(caller)) == expected


def test_session_policies_count_together_and_a_deny_in_one_counts() -> None:
    def text(effect: str, action: str) -> str:
        return json.dumps({"Statement": {"Effect": effect, "Action": action, "Resource": "*"}})

    def decide(**texts: str) -> str:
        session = policies_of(PolicyType.SESSION, texts)
        return outcome(Layers(identity=policy("identity", ALLOW), session=session), get_object("role session"))

    assert decide(inline=text("Allow", "ec2:*"), managed=text("Allow", "s3:*")) == "allowed"
    assert decide(inline=text("Allow", "ec2:*"), managed=text("Allow", "sqs:*")) == no_allow("session")
    assert decide(inline=text("Allow", "s3:*"), managed=text("Deny", "s3:*")) == denied("session")


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("federated-user ARN", "allowed"),
        ("*", "allowed"),
        ("user ARN", no_allow("session")),
        ("account id", no_allow("session")),
        ("others", no_allow("session")),
    ],
)
@pytest.mark.parametrize("caller", ["federated user", "root's federated user"])
def test_a_federated_user_without_a_session_policy_has_what_resources_grant_to_it_or_to_all(
    caller: str, form: str, expected: str
) -> None:
    world = replace(allowing_world(caller, form=form), session=None)

    assert outcome(world, get_object(caller)) == expected
    assert outcome(world, get_object(caller, owner=B)) in (no_allow("session"), no_allow("resource"))


def test_a_get_session_token_session_has_what_its_user_has() -> None:
    keys: dict[str, KeyValue] = {"aws:TokenIssueTime": "2026-11-24T10:00:00Z", "aws:MultiFactorAuthPresent": False}
    request = request_of(CALLERS["user"], "s3:GetObject", "arn:aws:s3:::b/o", keys=keys)
    revoked = DENY | {"Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-11-24T10:00:01Z"}}}

    assert outcome(allowing_world("user", form=None), request) == "allowed"
    assert outcome(Layers(resource=policy("resource", ALLOW | FORMS["user ARN"])), request) == "allowed"
    assert outcome(put(allowing_world("user"), "identity", ALLOW, revoked), request) == denied("identity")
    assert outcome(put(allowing_world("user"), "identity", ALLOW, revoked), get_object("user")) == "allowed"


@pytest.mark.parametrize("form", ["session ARN", "role ARN", "account id", "*"])
def test_scope_downs_narrow_even_what_a_resource_grants_to_the_session(form: str) -> None:
    """Each narrows the one before; no number of them widens anything."""
    world = allowing_world("role session", form=form)
    reads, writes = ({"Effect": "Allow", "Action": action} for action in ("s3:Get*", "s3:Put*"))

    def scoped(*statements: Mapping[str, object]) -> str:
        downs = tuple(policy("scope_downs", each) for each in statements)
        return outcome(replace(world, scope_downs=downs), get_object("role session"))

    assert scoped() == scoped(reads) == scoped(reads, ALLOW) == "allowed"
    assert scoped(writes) == scoped(reads, writes) == scoped(writes, reads) == no_allow("scope_downs")


@pytest.mark.parametrize("form", ["account id", "*", "others"])
def test_a_root_session_with_a_task_policy_has_only_the_task_whatever_resources_grant(form: str) -> None:
    """AssumeRoot's task policy narrows as a scope-down does."""
    task = (policy("scope_downs", {"Effect": "Allow", "Action": "s3:PutBucketPolicy"}),)
    world = replace(allowing_world("root", form=form), scope_downs=task)

    assert outcome(world, get_object("root")) == no_allow("scope_downs")
    repair = request_of(CALLERS["root"], "s3:PutBucketPolicy", "arn:aws:s3:::b")
    assert outcome(world, repair) == "allowed"
