"""Which services and actions policies could allow, and that hostile ones cost no more than a bound."""

import json

import pytest

from bailiwick.analyzer import Granting, granting
from bailiwick.policy import CompiledPolicy, PolicySource, PolicyType, compile_policy


def policy(*statements: dict[str, object]) -> CompiledPolicy:
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Resource": "*", **each} for each in statements]})
    return compile_policy(text, PolicySource(PolicyType.INLINE, "p"))


def allowing(*actions: str) -> CompiledPolicy:
    return policy({"Effect": "Allow", "Action": list(actions)})


def test_actions_of_any_statement_are_granted_and_a_deny_takes_none_away() -> None:
    policies = [allowing("iam:GetUser"), policy({"Effect": "Deny", "Action": "*"}), allowing("IAM:getro*")]

    assert Granting(policies).services() == ["iam"]
    assert Granting(policies).actions("iam") == ["GetRole", "GetRolePolicy", "GetRoleTemplateVersion", "GetUser"]


def test_a_policy_that_cannot_be_read_grants_nothing() -> None:
    assert Granting([compile_policy("{", PolicySource(PolicyType.INLINE, "p"))]).services() == []


def test_services_that_are_not_known_are_granted_where_they_are_named_or_asked_for() -> None:
    assert Granting([allowing("own:Thing")]).services() == ["own"]
    assert "mine" in Granting([allowing("*")]).services(["mine"])
    assert "mine" not in Granting([allowing("iam:*")]).services(["mine"])
    assert Granting([policy({"Effect": "Allow", "NotAction": "iam:*"})]).allows_some("own")
    assert not Granting([policy({"Effect": "Allow", "NotAction": "own:*"})]).allows_some("own")


def test_what_is_too_much_to_try_counts_as_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = allowing(*(f"iam:zz{number}*" for number in range(10)))
    assert not Granting([nothing]).allows_some("iam")
    assert Granting([nothing]).actions("iam") == []

    monkeypatch.setattr(granting, "_MOST_TESTS", 1000)

    assert Granting([nothing]).allows_some("iam")
    assert "GetUser" in Granting([nothing]).actions("iam")
    assert not Granting([nothing]).allows_some("s3")
