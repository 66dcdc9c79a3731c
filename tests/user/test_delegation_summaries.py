"""What a delegation request comes to: the check of permissions, and the summary in words."""

import json
from typing import Any

import pytest

from tests.user.client import Aws, User
from tests.user.delegations import LIFECYCLE, Sides, shown, two_sides
from tests.user.refusals import denial_of, refused


@pytest.fixture
def sides(aws: Aws) -> Sides:
    return two_sides(aws)


# The check of permissions


@pytest.mark.parametrize(
    ("statements", "result"),
    [
        ([], "DENIED"),
        ([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}], "DENIED"),
        ([{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*"}], "ALLOWED"),
        ([{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::data/a*"}], "DENIED"),
        (
            [
                {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/secret"},
            ],
            "UNSURE",
        ),
        (
            [
                {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"},
            ],
            "DENIED",
        ),
        (
            [
                {
                    "Effect": "Allow",
                    "Action": "s3:*",
                    "Resource": "*",
                    "Condition": {"StringEquals": {"s3:x-amz-acl": "private"}},
                }
            ],
            "UNSURE",
        ),
    ],
    ids=str,
)
def test_the_check_says_whether_the_caller_has_what_is_asked_for(
    sides: Sides, statements: list[dict[str, Any]], result: str
) -> None:
    request = sides.ask()
    own = {"Effect": "Allow", "Action": "iam:GetDelegationRequest", "Resource": "*"}
    ana = sides.customer.user("ana", policy={"Version": "2012-10-17", "Statement": [own, *statements]})

    answer = ana.client("iam").get_delegation_request(DelegationRequestId=request, DelegationPermissionCheck=True)

    assert (answer["PermissionCheckStatus"], answer["PermissionCheckResult"]) == ("COMPLETE", result)
    unasked = ana.client("iam").get_delegation_request(DelegationRequestId=request)
    assert "PermissionCheckStatus" not in unasked


def test_roles_that_are_asked_for_are_shown_with_their_boundaries(sides: Sides) -> None:
    boundary = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    statement = {
        "Effect": "Allow",
        "Action": "iam:CreateRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary}},
    }
    template = sides.partner.admin("iam").create_policy(
        PolicyName="roles", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement})
    )["Policy"]["Arn"]

    request = sides.ask(Permissions={"PolicyTemplateArn": template})

    assert shown(sides.admin, request)["RolePermissionRestrictionArns"] == [boundary]


# The summary


def test_the_summary_says_in_english_what_is_asked_for(sides: Sides) -> None:
    request = sides.ask(SessionDuration=5400, RequestMessage="As we said.")
    arn = f"arn:aws:iam::{sides.customer.account_id}:delegation-request/{request}"

    summary = sides.admin.get_human_readable_summary(EntityArn=arn, Locale="en-US")

    assert (summary["SummaryState"], summary["Locale"]) == ("AVAILABLE", "en-US")
    for words in (
        f"(account {sides.partner.account_id}) asks for access for 1 hour 30 minutes",
        "Sets up the product.",
        "As we said.",
        "s3:GetObject, s3:PutObject, on arn:aws:s3:::data/*",
    ):
        assert words in summary["SummaryContent"]
    german = sides.admin.get_human_readable_summary(EntityArn=arn, Locale="de")
    assert (german["SummaryState"], german["Locale"]) == ("NOT_SUPPORTED", "de")
    assert not german.get("SummaryContent")


def test_nothing_but_a_delegation_request_has_a_summary(sides: Sides) -> None:
    arn = f"arn:aws:iam::{sides.customer.account_id}:user/admin"

    with refused("InvalidInput", f"ARN {arn} is not valid."):
        sides.admin.get_human_readable_summary(EntityArn=arn)


def test_no_right_of_the_lifecycle_stands_for_another(sides: Sides) -> None:
    users: dict[str, User] = {
        action: sides.customer.user(f"without-{number}", allow=["iam:*"], deny=[action])
        for number, action in enumerate(LIFECYCLE)
    }
    request = sides.ask()

    for action, user in users.items():
        operation = {
            "iam:AssociateDelegationRequest": "associate_delegation_request",
            "iam:AcceptDelegationRequest": "accept_delegation_request",
            "iam:RejectDelegationRequest": "reject_delegation_request",
            "iam:SendDelegationToken": "send_delegation_token",
        }[action]
        assert action in denial_of(getattr(user.client("iam"), operation), DelegationRequestId=request).message
