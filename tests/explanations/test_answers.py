"""Answers: what is left out of one that would be too large, and what is settled before any policy."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bailiwick.explanations.answers import MOST_CHARACTERS, MOST_STATEMENTS, Question, answer
from bailiwick.explanations.rules import Settled
from bailiwick.policy import (
    Effect,
    Layers,
    PolicySet,
    PolicySource,
    PolicyType,
    Principal,
    PrincipalKind,
    RequestContext,
    compile_policy,
)

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
ANA = Principal(PrincipalKind.USER, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/ana", "AIDAANA")
SESSION = Principal(
    PrincipalKind.ROLE_SESSION, ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/o/s", "AROAO", ROLE + "2"
)


def policies(*statements: dict[str, Any], policy_type: PolicyType = PolicyType.INLINE, each: int = 1000) -> PolicySet:
    texts = [
        json.dumps({"Version": "2012-10-17", "Statement": statements[start : start + each]})
        for start in range(0, len(statements), each)
    ]
    return PolicySet.of(
        compile_policy(text, PolicySource(policy_type, f"p-{number}", None)) for number, text in enumerate(texts)
    )


def allow(action: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": "*", **more}


def asked(action: str = "iam:GetUser", resource: str = "*", principal: Principal = ANA) -> RequestContext:
    return RequestContext(action, resource, principal, ACCOUNT, {})


def statements_of(found: dict[str, Any]) -> list[Any]:
    return [
        statement
        for layer in found["Explanation"]["layers"]
        for policy in layer["policies"]
        for statement in policy["statements"]
    ]


@pytest.mark.parametrize("effect", list(Effect))
def test_what_is_settled_before_holds_against_every_policy(effect: Effect) -> None:
    layers = Layers(identity=policies(allow("iam:*")))

    for each in (layers, Layers()):
        found = answer(Question(each, asked(), Settled(effect, "So it is.")))
        assert found["Effect"] == effect.value
        assert found["Notes"] == ["So it is."]
        assert found["Remedies"] == []


def test_up_to_the_bound_every_statement_is_told() -> None:
    layers = Layers(identity=policies(*[allow("s3:GetObject")] * MOST_STATEMENTS, each=100))

    found = answer(Question(layers, asked()))

    assert len(statements_of(found)) == MOST_STATEMENTS
    assert found["Notes"] == []


def test_past_it_those_of_other_actions_are_left_out() -> None:
    layers = Layers(identity=policies(*[allow("s3:GetObject")] * MOST_STATEMENTS, allow("iam:Get*"), each=100))

    found = answer(Question(layers, asked()))

    (told,) = statements_of(found)
    assert told["applies"] is True
    assert found["Notes"] == [f"{MOST_STATEMENTS} statements are left out, those of other actions first."]


def test_and_then_the_last_ones() -> None:
    layers = Layers(identity=policies(*[allow("iam:Get*")] * (MOST_STATEMENTS + 7), each=100))

    found = answer(Question(layers, asked()))

    assert len(statements_of(found)) == MOST_STATEMENTS
    assert found["Notes"] == ["7 statements are left out, those of other actions first."]


def test_large_values_are_not_told_again_and_again() -> None:
    value = "v" * (MOST_CHARACTERS // 10)
    near = allow("iam:Get*", Condition={"StringEquals": {"sts:ExternalId": "other"}})
    far = allow("s3:GetObject", Condition={"StringEquals": {"sts:ExternalId": "other"}})
    request = replace(asked(), keys={"sts:externalid": value})

    few = answer(Question(Layers(identity=policies(*[far] * 4, *[near] * 4, each=3)), request))
    many = answer(Question(Layers(identity=policies(*[far] * 20, *[near] * 20, each=3)), request))

    assert (len(statements_of(few)), few["Notes"]) == (8, [])
    assert {element["expected"][0] for each in statements_of(many) for element in each["elements"][:1]} == {"iam:Get*"}
    assert len(statements_of(many)) == 9
    assert many["Notes"] == ["31 statements are left out, those of other actions first."]
    assert len(json.dumps(many)) < 2 * MOST_CHARACTERS


def test_a_chained_source_identity_must_be_allowed_by_the_callers_own_policies_too() -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": SESSION.arn}, "Action": "sts:*"}
    trust = policies(statement, policy_type=PolicyType.TRUST)
    request = asked("sts:SetSourceIdentity", ROLE, SESSION)

    def effect(identity: PolicySet, *, also_alone: bool) -> object:
        return answer(Question(Layers(identity=identity, trust=trust), request, also_alone=also_alone))["Effect"]

    assert effect(policies(), also_alone=False) == "Allow"
    assert effect(policies(), also_alone=True) == "Deny"
    assert effect(policies(allow("sts:*")), also_alone=True) == "Allow"
    assert answer(Question(Layers(trust=EMPTY), request, also_alone=True))["Effect"] == "Deny"


EMPTY = PolicySet(())
