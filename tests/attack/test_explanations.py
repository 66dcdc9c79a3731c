"""Explanations tell those who may ask what decides, and nothing of anybody else."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.user.client import Aws
from tests.user.explanations import can, explained
from tests.user.refusals import denial_of

Conditions = dict[str, dict[str, str]]


def trust(principal: object, conditions: Conditions | None = None) -> dict[str, object]:
    """A trust policy of one statement."""
    statement: dict[str, object] = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement | ({"Condition": conditions} if conditions else {})]}


def told_of(aws: Aws, action: str, resource: str, **more: Any) -> Any:
    """What ExplainAccess says to the administrator of a user who may do everything."""
    ana = aws.user("ana", allow=["*"])
    return can(aws, ana.arn, action, resource, **more)


# Another account's


@pytest.mark.parametrize("given", ["trust policy", "session policy"])
def test_no_policy_given_with_the_question_brings_out_the_tags_of_anothers_role(aws: Aws, given: str) -> None:
    other = aws.other()
    hidden = other.role("deploy", trust=trust({"AWS": f"arn:aws:iam::{aws.account_id}:root"}), tags={"plan": "merger"})
    asked = {"StringEquals": {"aws:ResourceTag/plan": "what is it"}, "Null": {"iam:ResourceTag/plan": "true"}}
    own = aws.role("own", trust=aws.account_id, allow=["*"])
    allowing = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": asked}
    policy = {"Version": "2012-10-17", "Statement": [allowing]}
    more: dict[str, Any] = (
        {"ResourcePolicy": json.dumps(trust({"AWS": own.arn}, asked))}
        if given == "trust policy"
        else {"SessionPolicy": json.dumps(policy)}
    )

    answer = can(aws, own.arn, "sts:AssumeRole", hidden.arn, **more)

    assert "merger" not in json.dumps(answer)
    missing = can(aws, own.arn, "sts:AssumeRole", hidden.arn.replace("deploy", "nobody"), **more)
    assert (answer["Effect"], answer["Notes"]) == (missing["Effect"], missing["Notes"])


@pytest.mark.parametrize(
    ("condition", "invented"),
    [
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {"aws:SourceIp": "203.0.113.7"}),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-secret"}}, {"aws:PrincipalOrgID": "o-secret"}),
        ({"StringEquals": {"aws:PrincipalTag/team": "red"}}, {"aws:PrincipalTag/team": "red"}),
        ({"StringEquals": {"aws:ResourceTag/plan": "merger"}}, {"aws:ResourceTag/plan": "merger"}),
        ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, {"aws:SourceVpc": "vpc-1"}),
    ],
)
def test_invented_keys_do_not_probe_anothers_trust_policy(
    aws: Aws, condition: Conditions, invented: dict[str, str]
) -> None:
    hidden = aws.other().role("deploy", trust=trust({"AWS": aws.account_id}, condition))

    answer = told_of(aws, "sts:AssumeRole", hidden.arn, context=invented)

    assert answer["Effect"] == "Deny"
    assert any(key in note for note in answer["Notes"] for key in invented)


def test_what_a_caller_itself_sends_counts_for_anothers_trust_policy(aws: Aws) -> None:
    hidden = aws.other().role(
        "deploy", trust=trust({"AWS": aws.account_id}, {"StringEquals": {"sts:ExternalId": "agreed"}})
    )

    agreed = told_of(aws, "sts:AssumeRole", hidden.arn, context={"sts:ExternalId": "agreed"})
    guessed = can(
        aws, f"arn:aws:iam::{aws.account_id}:user/ana", "sts:AssumeRole", hidden.arn, context={"sts:ExternalId": "no"}
    )

    assert (agreed["Effect"], guessed["Effect"]) == ("Allow", "Deny")


# Somebody else's of the same account


def test_a_deny_by_a_roles_tags_reaches_the_names_of_its_sessions(aws: Aws) -> None:
    secret = aws.role("vault", trust=aws.account_id, tags={"secret": "yes"})
    open_role = aws.role("open", trust=aws.account_id)
    statements = [
        {"Effect": "Allow", "Action": "bailiwick:ExplainAccess", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": "bailiwick:ExplainAccess",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/secret": "yes"}},
        },
    ]
    guest = aws.user("guest", policy={"Version": "2012-10-17", "Statement": statements})
    session = f"arn:aws:sts::{aws.account_id}:assumed-role/{{}}/any"

    assert can(aws, session.format(open_role.name), "iam:ListUsers", "*", signer=guest)["Effect"] == "Deny"
    for arn in (secret.arn, session.format(secret.name)):
        with pytest.raises(ClientError) as refusal:
            can(aws, arn, "iam:ListUsers", "*", signer=guest)
        assert refusal.value.response["Error"]["Code"] == "AccessDeniedException", arn


def test_a_denied_role_is_denied_under_the_names_of_its_sessions(aws: Aws) -> None:
    secret = aws.role("vault", trust=aws.account_id, path="/secret/")
    statements = [
        {"Effect": "Allow", "Action": "bailiwick:ExplainAccess", "Resource": "*"},
        {"Effect": "Deny", "Action": "bailiwick:ExplainAccess", "Resource": "arn:aws:iam::*:role/secret/*"},
    ]
    guest = aws.user("guest", policy={"Version": "2012-10-17", "Statement": statements})
    session = f"arn:aws:sts::{aws.account_id}:assumed-role/{secret.name}/any"

    with pytest.raises(ClientError) as refusal:
        can(aws, session, "iam:ListUsers", "*", signer=guest)

    assert f"on resource: {session} " in refusal.value.response["Error"]["Message"]
    assert "/secret/" not in refusal.value.response["Error"]["Message"]


def test_a_deny_by_a_users_tags_reaches_its_federated_users(aws: Aws) -> None:
    owner = aws.user("owner", allow=["sts:GetFederationToken"], tags={"secret": "yes"})
    owner.client("sts").get_federation_token(Name="bob")
    statements = [
        {"Effect": "Allow", "Action": "bailiwick:ExplainAccess", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": "bailiwick:ExplainAccess",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/secret": "yes"}},
        },
    ]
    guest = aws.user("guest", policy={"Version": "2012-10-17", "Statement": statements})

    with pytest.raises(ClientError) as refusal:
        can(aws, f"arn:aws:sts::{aws.account_id}:federated-user/bob", "iam:ListUsers", "*", signer=guest)
    assert refusal.value.response["Error"]["Code"] == "AccessDeniedException"


# What was asked for, however odd


@pytest.mark.parametrize(
    "odd", ["x" * 30, "arn:aws:iam::123456789012:", "arn:aws:iam::1:user/ana", "arn:::::" + "\u00e9" * 20]
)
def test_a_denial_of_whatever_was_asked_for_can_be_explained(aws: Aws, odd: str) -> None:
    iam = aws.user("ana").client("iam")
    denial = denial_of(iam.simulate_principal_policy, PolicySourceArn=odd, ActionNames=["iam:GetUser"])

    reply = explained(aws.admin("bailiwick"), denial.request_id)

    assert [made["Effect"] for made in reply["Decisions"]] == ["Deny"]
    assert reply["Decisions"][0]["Now"]["Effect"] == "Deny"
