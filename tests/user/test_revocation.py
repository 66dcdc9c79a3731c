"""Taking access away from sessions that are in use: each way holds for the very next request."""

import json
from datetime import datetime
from typing import Any

import pytest

from tests.user.client import Aws, User
from tests.user.refusals import refused
from tests.user.sessions import SESSION_RIGHTS, allowing, assume, root_of, using

ROLE_RIGHTS = (*SESSION_RIGHTS, "iam:ListUsers")


def issued_at(aws: Aws, issued: Any) -> datetime:
    """When a session was issued, to the millisecond."""
    wanted = issued["Credentials"]["AccessKeyId"]
    for page in aws.admin("bailiwick").get_paginator("list_sessions").paginate():
        for session in page["Sessions"]:
            if session["AccessKeyId"] == wanted:
                found: datetime = session["IssuedAt"]
                return found
    raise AssertionError(f"{wanted} is not listed")


def revoke_older(time: datetime) -> str:
    """The policy that AWS's console puts on a role to end the sessions issued before a time."""
    text = time.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    statement = {
        "Effect": "Deny",
        "Action": ["*"],
        "Resource": ["*"],
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": text}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def ana(aws: Aws) -> User:
    return aws.user("ana", allow=SESSION_RIGHTS)


# By the time of issue, as on AWS


def test_sessions_of_a_role_issued_before_a_time_are_denied_and_later_ones_are_not(aws: Aws, ana: User) -> None:
    role = aws.role("deploy", trust=ana, allow=ROLE_RIGHTS)
    older, newer = assume(ana.client("sts"), role.arn), assume(ana.client("sts"), role.arn)
    time = issued_at(aws, newer)
    assert issued_at(aws, older) < time
    using(aws, older, "iam").list_users()

    aws.admin("iam").put_role_policy(
        RoleName="deploy", PolicyName="AWSRevokeOlderSessions", PolicyDocument=revoke_older(time)
    )

    with refused("AccessDenied", having="with an explicit deny in an identity-based policy"):
        using(aws, older, "iam").list_users()
    using(aws, newer, "iam").list_users()


def test_a_user_can_be_revoked_in_the_same_way_and_its_access_key_lives_on(aws: Aws) -> None:
    ana = aws.user("ana", allow=["bailiwick:ListSessions"])
    sts = ana.client("sts")
    older, newer = sts.get_session_token(), sts.get_session_token()

    aws.admin("iam").put_user_policy(
        UserName="ana", PolicyName="AWSRevokeOlderSessions", PolicyDocument=revoke_older(issued_at(aws, newer))
    )

    with refused("AccessDeniedException", having="explicit deny"):
        using(aws, older, "bailiwick").list_sessions()
    using(aws, newer, "bailiwick").list_sessions()
    ana.client("bailiwick").list_sessions()


# By ending what they came from


def test_deleting_the_role_ends_its_sessions(aws: Aws, ana: User) -> None:
    role = aws.role("deploy", trust=ana)
    sts = using(aws, assume(ana.client("sts"), role.arn), "sts")
    sts.get_caller_identity()

    aws.admin("iam").delete_role(RoleName="deploy")

    with refused("InvalidClientTokenId", "The security token included in the request is invalid"):
        sts.get_caller_identity()


@pytest.mark.parametrize("kind", ["get_session_token", "get_federation_token"])
def test_deleting_the_user_ends_its_sessions(aws: Aws, kind: str) -> None:
    ana = aws.user("ana", allow=["sts:GetFederationToken"])
    parameters = {"Name": "bob"} if kind == "get_federation_token" else {}
    sts = using(aws, getattr(ana.client("sts"), kind)(**parameters), "sts")
    sts.get_caller_identity()
    iam = aws.admin("iam")

    iam.delete_access_key(UserName="ana", AccessKeyId=ana.access_key_id)
    iam.delete_user_policy(UserName="ana", PolicyName="given-0")
    iam.delete_user(UserName="ana")

    with refused("InvalidClientTokenId"):
        sts.get_caller_identity()


@pytest.mark.parametrize("is_deleted", [True, False])
def test_taking_the_access_key_away_ends_every_session_that_began_with_it(
    aws: Aws, ana: User, is_deleted: bool
) -> None:
    first = aws.role("first", trust=ana, allow=SESSION_RIGHTS)
    second = aws.role("second", trust=root_of(aws))
    own = using(aws, ana.client("sts").get_session_token(), "sts")
    assumed = using(aws, assume(ana.client("sts"), first.arn), "sts")
    chained = using(aws, assume(assumed, second.arn), "sts")
    for session in (own, assumed, chained):
        session.get_caller_identity()

    key = {"UserName": "ana", "AccessKeyId": ana.access_key_id}
    if is_deleted:
        aws.admin("iam").delete_access_key(**key)
    else:
        aws.admin("iam").update_access_key(**key, Status="Inactive")

    for session in (own, assumed, chained):
        with refused("InvalidClientTokenId"):
            session.get_caller_identity()


# By ending the session itself


def end(aws: Aws, issued: Any) -> None:
    """End a session as the account's administrator."""
    own = aws.admin("bailiwick")
    wanted = issued["Credentials"]["AccessKeyId"]
    found = [session for session in own.list_sessions()["Sessions"] if session["AccessKeyId"] == wanted]
    own.end_session(SessionId=found[0]["SessionId"])


def test_an_ended_session_is_refused_and_others_are_not(aws: Aws, ana: User) -> None:
    role = aws.role("deploy", trust=ana, allow=ROLE_RIGHTS)
    one, other = assume(ana.client("sts"), role.arn), assume(ana.client("sts"), role.arn)

    end(aws, one)

    with refused("InvalidClientTokenId"):
        using(aws, one, "sts").get_caller_identity()
    with refused("InvalidClientTokenId"):
        using(aws, one, "iam").list_users()
    using(aws, other, "iam").list_users()


def test_ending_a_session_ends_all_that_came_from_it_in_other_accounts_too(aws: Aws, ana: User) -> None:
    theirs = aws.other()
    first = aws.role("first", trust=ana, allow=SESSION_RIGHTS)
    second = theirs.role("second", trust=first.arn, allow=SESSION_RIGHTS)
    third = aws.role("third", trust=second.arn)
    assumed = assume(ana.client("sts"), first.arn)
    abroad = assume(using(aws, assumed, "sts"), second.arn)
    home = assume(using(aws, abroad, "sts"), third.arn)
    beside = assume(ana.client("sts"), first.arn)
    for issued in (assumed, abroad, home):
        using(aws, issued, "sts").get_caller_identity()

    end(aws, assumed)

    for issued in (assumed, abroad, home):
        with refused("InvalidClientTokenId"):
            using(aws, issued, "sts").get_caller_identity()
    using(aws, beside, "sts").get_caller_identity()


def test_ending_a_session_in_the_middle_leaves_what_it_came_from(aws: Aws, ana: User) -> None:
    first = aws.role("first", trust=ana, allow=SESSION_RIGHTS)
    second = aws.role("second", trust=root_of(aws))
    assumed = assume(ana.client("sts"), first.arn)
    chained = assume(using(aws, assumed, "sts"), second.arn)

    end(aws, chained)

    using(aws, assumed, "sts").get_caller_identity()
    with refused("InvalidClientTokenId"):
        using(aws, chained, "sts").get_caller_identity()


def test_an_ended_session_gets_no_new_one(aws: Aws, ana: User) -> None:
    role = aws.role("deploy", trust=root_of(aws))
    own = ana.client("sts").get_session_token()
    sts = using(aws, own, "sts")
    assume(sts, role.arn)

    end(aws, own)

    with refused("InvalidClientTokenId"):
        assume(sts, role.arn)


def test_a_session_ended_at_one_node_is_refused_at_the_next_request_of_another(
    two_nodes: tuple[Aws, Aws],
) -> None:
    here, there = two_nodes
    ana = here.user("ana")
    role = here.role("deploy", trust=ana)
    issued = assume(ana.client("sts"), role.arn)
    far = using(there, issued, "sts")
    far.get_caller_identity()

    end(here, issued)

    with refused("InvalidClientTokenId"):
        far.get_caller_identity()


def test_a_session_of_its_own_cannot_be_widened_by_ending_or_listing_rights(aws: Aws, ana: User) -> None:
    role = aws.role("deploy", trust=ana, allow=["bailiwick:*"])
    limited = using(aws, assume(ana.client("sts"), role.arn, Policy=allowing("bailiwick:ListSessions")), "bailiwick")
    found = limited.list_sessions()["Sessions"]

    with refused("AccessDeniedException", having="because no session policy allows the bailiwick:EndSession action"):
        limited.end_session(SessionId=found[0]["SessionId"])
