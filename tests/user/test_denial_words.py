"""A denial's words over the wire, for each kind of policy that can deny there."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.user.client import Aws, Signer
from tests.user.refusals import denial_of
from tests.user.sessions import allowing

DENYING = allowing("iam:ListUsers").replace("Allow", "Deny")
SILENT = allowing("s3:*")


def policy(aws: Aws, document: str) -> str:
    """The ARN of a new managed policy."""
    arn: str = aws.admin("iam").create_policy(PolicyName="some", PolicyDocument=document)["Policy"]["Arn"]
    return arn


def user(aws: Aws, *, inline: str | None = None, managed: str | None = None, boundary: str | None = None) -> Signer:
    ana = aws.user("ana", allow=["*"])
    iam = aws.admin("iam")
    if inline is not None:
        iam.put_user_policy(UserName="ana", PolicyName="given-0", PolicyDocument=inline)
    if managed is not None:
        iam.attach_user_policy(UserName="ana", PolicyArn=managed)
    if boundary is not None:
        iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=boundary)
    return ana


def session(aws: Aws, **parameters: Any) -> Signer:
    role = aws.role("deploy", trust=aws.account_id, allow=["*"])
    return aws.assume(aws.administrator, role, "work", **parameters)


def words(aws: Aws, signer: Signer, who: str) -> str:
    """What follows the resource in the denial of ListUsers."""
    message = denial_of(aws.client("iam", signer).list_users).message
    start = f"User: {who} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::{aws.account_id}:user/ "
    assert message.startswith(start)
    return message.removeprefix(start)


USERS: Mapping[str, tuple[Mapping[str, str], str]] = {
    "inline, implicit": ({"inline": SILENT}, "because no identity-based policy allows the iam:ListUsers action"),
    "inline, explicit": ({"inline": DENYING}, "with an explicit deny in an identity-based policy"),
    "managed, explicit": ({"managed": DENYING}, "with an explicit deny in an identity-based policy: ARN"),
    "boundary, implicit": ({"boundary": SILENT}, "because no permissions boundary allows the iam:ListUsers action"),
    "boundary, explicit": ({"boundary": DENYING}, "with an explicit deny in a permissions boundary: ARN"),
}


@pytest.mark.parametrize("case", USERS)
def test_what_a_users_policies_deny(aws: Aws, case: str) -> None:
    given, told = USERS[case]
    arn = "" if "inline" in given else policy(aws, *given.values())
    held = given if "inline" in given else dict.fromkeys(given, arn)

    assert words(aws, user(aws, **held), f"arn:aws:iam::{aws.account_id}:user/ana") == told.replace("ARN", arn)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (SILENT, "because no session policy allows the iam:ListUsers action"),
        (DENYING, "with an explicit deny in a session policy"),
    ],
)
def test_what_an_inline_session_policy_denies(aws: Aws, document: str, told: str) -> None:
    who = f"arn:aws:sts::{aws.account_id}:assumed-role/deploy/work"

    assert words(aws, session(aws, Policy=document), who) == told


def test_what_a_managed_session_policy_denies_names_it(aws: Aws) -> None:
    who = f"arn:aws:sts::{aws.account_id}:assumed-role/deploy/work"
    arn = policy(aws, DENYING)

    told = words(aws, session(aws, PolicyArns=[{"arn": arn}]), who)

    assert told == f"with an explicit deny in a session policy: {arn}"


@pytest.mark.parametrize("allow", [["sts:AssumeRole"], []], ids=["trust", "identity"])
def test_a_role_that_may_not_be_assumed_gives_no_reason(aws: Aws, allow: list[str]) -> None:
    ana = aws.user("ana", allow=allow)
    role = aws.role("deploy", trust=aws.user("eve") if allow else aws.account_id)

    denial = denial_of(ana.client("sts").assume_role, RoleArn=role.arn, RoleSessionName="work")

    assert denial.message == f"User: {ana.arn} is not authorized to perform: sts:AssumeRole on resource: {role.arn}"
