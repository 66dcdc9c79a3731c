"""Trust in issuers that many share: refused when it is in all of them, warned of when it is for any audience."""

import json
from typing import Any

import pytest

from bailiwick import policy
from bailiwick.policy import PolicyType
from bailiwick.policy.shared_issuers import CONTROLS

GITHUB = "token.actions.githubusercontent.com"
SUB, AUD = f"{GITHUB}:sub", f"{GITHUB}:aud"


def statement(url: str = GITHUB, **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:iam::111122223333:oidc-provider/{url}"
    whole = {"Effect": "Allow", "Principal": {"Federated": arn}, "Action": "sts:AssumeRoleWithWebIdentity", **more}
    return {name: value for name, value in whole.items() if value is not None}


def text(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def faulty(*statements: dict[str, Any], kind: PolicyType = PolicyType.TRUST) -> list[str]:
    """The places of what is refused."""
    return [fault.path for fault in policy.faults(text(*statements), kind)]


def warned(*statements: dict[str, Any], kind: PolicyType = PolicyType.TRUST) -> list[str]:
    return [warning.path for warning in policy.warnings(text(*statements), kind)]


@pytest.mark.parametrize("url", CONTROLS)
def test_a_shared_issuer_needs_its_control_and_only_that(url: str) -> None:
    principal = {"Federated": url} if url == "cognito-identity.amazonaws.com" else statement(url)["Principal"]

    assert faulty(statement(url, Principal=principal)) == ["Statement[0].Principal.Federated[0]"]
    for key in CONTROLS[url]:
        tested = {"StringLike": {key: "mine*"}}
        assert faulty(statement(url, Principal=principal, Condition=tested)) == []
    assert faulty(statement(url, Principal=principal, Condition={"StringLike": {f"{url}:jti": "mine"}}))


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {SUB: "repo:acme/shop:ref:refs/heads/main"}},
        {"StringLike": {SUB.upper(): ["repo:acme/*", "repo:acme2/*"]}},
        {"StringEqualsIgnoreCase": {SUB: "a"}},
        {"ForAnyValue:StringLike": {SUB: "repo:acme/*"}},
        {"StringEquals": {AUD: "x"}, "StringLike": {SUB: "repo:acme/*"}},
        {"StringEquals": {f"{GITHUB}:job_workflow_ref": "acme/shop/.github/workflows/a.yml@refs/heads/main"}},
    ],
)
def test_conditions_that_tell_who_is_meant(condition: dict[str, Any]) -> None:
    assert faulty(statement(Condition=condition)) == []


@pytest.mark.parametrize(
    "condition",
    [
        None,
        {},
        {"StringEquals": {AUD: "sts.amazonaws.com"}},
        {"StringLike": {SUB: "*"}},
        {"StringLike": {SUB: ["repo:acme/*", "?*"]}},
        {"StringLike": {SUB: ""}},
        {"StringNotEquals": {SUB: "repo:evil/*"}},
        {"StringEqualsIfExists": {SUB: "repo:acme/*"}},
        {"ForAllValues:StringEquals": {SUB: "repo:acme/*"}},
        {"Null": {SUB: "false"}},
        {"StringEquals": {f"{GITHUB}/acme:sub": "repo:acme/*"}},
    ],
)
def test_conditions_that_do_not(condition: dict[str, Any] | None) -> None:
    assert faulty(statement(Condition=condition)) == ["Statement[0].Principal.Federated[0]"]


@pytest.mark.parametrize(
    "more",
    [
        {"Effect": "Deny"},
        {"Action": "sts:TagSession"},
        {"Action": ["sts:AssumeRoleWithSAML", "sts:SetSourceIdentity"]},
        {"Action": None, "NotAction": "sts:AssumeRoleWithWeb*"},
        {"Principal": {"AWS": "111122223333"}},
        {"Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/idp.example.com"}},
        {"Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}/acme"}},
        {"Principal": {"Federated": "www.amazon.com"}},
    ],
)
def test_what_trusts_no_shared_issuer_needs_no_control(more: dict[str, Any]) -> None:
    assert faulty(statement(**more)) == []
    assert warned(statement(**more)) == []


@pytest.mark.parametrize("action", ["sts:*", "STS:assumerolewithWEBidentity", ["sts:TagSession", "sts:Assume*"]])
def test_actions_are_matched_as_they_are_decided(action: object) -> None:
    assert faulty(statement(Action=action)) == ["Statement[0].Principal.Federated[0]"]


def test_not_actions_are_too() -> None:
    assert faulty(statement(Action=None, NotAction="sts:TagSession")) == ["Statement[0].Principal.Federated[0]"]


def test_each_statement_and_each_of_its_principals_is_looked_at() -> None:
    two = {"Federated": ["arn:aws:iam::111122223333:oidc-provider/idp.example.com", *statement()["Principal"].values()]}

    told = faulty(statement(Condition={"StringEquals": {SUB: "a"}}), statement(Principal=two))

    assert told == ["Statement[1].Principal.Federated[1]"]


def test_only_trust_policies_are_looked_at() -> None:
    resource = statement(Action="s3:GetObject", Resource="*")

    assert faulty(resource, kind=PolicyType.RESOURCE) == []
    assert warned(resource, kind=PolicyType.RESOURCE) == []


def test_the_words_name_the_provider_and_what_is_missing() -> None:
    (fault,) = policy.faults(text(statement()), PolicyType.TRUST)

    assert fault.message == (
        f"The provider {GITHUB} is shared by many. The trust policy must restrict by {SUB} or "
        f"{GITHUB}:job_workflow_ref who of them may assume the role, by more than wildcards."
    )
    assert fault.position is not None
    with pytest.raises(policy.PolicySyntaxError):
        policy.check(text(statement()), PolicyType.TRUST)


def test_tokens_for_any_audience_are_warned_of_and_refused_by_nobody() -> None:
    tested = {"StringLike": {SUB: "repo:acme/*"}}
    lax, strict = (
        statement(Condition=tested),
        statement(Condition={**tested, "StringEquals": {AUD: "sts.amazonaws.com"}}),
    )

    assert faulty(lax) == []
    assert warned(strict, lax) == ["Statement[1].Principal.Federated[0]"]
    (warning,) = policy.warnings(text(lax), PolicyType.TRUST)
    assert warning.message == (
        f"The provider {GITHUB} is shared by many, and tokens for every audience are taken: test {AUD}, too."
    )
    assert warning.position is not None
