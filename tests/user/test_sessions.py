"""Listing sessions and ending them: what our own service offers beside AWS's, as boto3 sees it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.user.client import Aws, User
from tests.user.refusals import refused
from tests.user.sessions import SESSION_RIGHTS, assume, root_of, trusting, using

DENIED = "AccessDeniedException"


@pytest.fixture
def own(aws: Aws) -> Any:
    """Our own service, as the account's administrator."""
    return aws.admin("bailiwick")


@pytest.fixture
def ana(aws: Aws) -> User:
    return aws.user("ana", allow=[*SESSION_RIGHTS, "sts:GetFederationToken"])


def listed(own: Any, **parameters: object) -> list[str]:
    """The access key ids of the sessions listed, in their order."""
    return [session["AccessKeyId"] for session in own.list_sessions(**parameters)["Sessions"]]


def key_of(issued: Any) -> str:
    key: str = issued["Credentials"]["AccessKeyId"]
    return key


def test_a_session_is_listed_with_who_from_where_and_until_when(aws: Aws, own: Any, ana: User) -> None:
    role = aws.role("deploy", trust=trusting(ana.arn, actions=SESSION_RIGHTS))
    before = datetime.now(UTC) - timedelta(milliseconds=1)

    issued = assume(ana.client("sts"), role.arn, RoleSessionName="release-7", SourceIdentity="ana", DurationSeconds=900)

    (session,) = own.list_sessions()["Sessions"]
    assert session.pop("SessionId")
    assert before <= session["IssuedAt"] <= datetime.now(UTC)
    assert session.pop("ExpiresAt") - session.pop("IssuedAt") == timedelta(seconds=900)
    assert session == {
        "AccessKeyId": key_of(issued),
        "PrincipalArn": f"arn:aws:sts::{aws.account_id}:assumed-role/deploy/release-7",
        "PrincipalId": role.role_id,
        "SessionName": "release-7",
        "SourceIdentity": "ana",
        "Operation": "AssumeRole",
        "SourceIpAddress": "127.0.0.1",
        "Origins": [ana.arn],
        "OriginId": ana.access_key_id,
        "ScopedPoliciesCount": 0,
        "Tags": [],
    }


def test_those_that_live_longest_come_first(own: Any, ana: User) -> None:
    sts = ana.client("sts")

    issued = {seconds: key_of(sts.get_session_token(DurationSeconds=seconds)) for seconds in (7200, 900, 129600)}

    assert listed(own) == [issued[129600], issued[7200], issued[900]]


def test_pages_together_are_the_whole_list_each_once(own: Any, ana: User) -> None:
    sts = ana.client("sts")
    issued = [key_of(sts.get_session_token()) for _ in range(7)]

    pages = [
        [session["AccessKeyId"] for session in page["Sessions"]]
        for page in own.get_paginator("list_sessions").paginate(PaginationConfig={"PageSize": 3})
    ]

    assert [len(page) for page in pages] == [3, 3, 1]
    assert [key for page in pages for key in page] == issued[::-1]


def test_a_marker_serves_only_the_list_that_gave_it(aws: Aws, own: Any, ana: User) -> None:
    for _ in range(2):
        ana.client("sts").get_session_token()
    marker = own.list_sessions(MaxItems=1)["Marker"]
    cut = marker[:-4]

    assert len(listed(own, MaxItems=1, Marker=marker)) == 1
    for parameters in ({"Marker": marker, "PrincipalArn": ana.arn}, {"Marker": cut}):
        with refused("ValidationException", having="Marker"):
            own.list_sessions(**parameters)


def test_a_list_can_be_of_one_principal(aws: Aws, own: Any, ana: User) -> None:
    role = aws.role("deploy", trust=ana, path="/ci/")
    sts = ana.client("sts")
    user = key_of(sts.get_session_token())
    one = key_of(assume(sts, role.arn, RoleSessionName="one"))
    two = key_of(assume(sts, role.arn, RoleSessionName="two"))
    bob = key_of(sts.get_federation_token(Name="bob"))
    account = aws.account_id

    assert listed(own, PrincipalArn=ana.arn) == [user]
    assert listed(own, PrincipalArn=role.arn) == [two, one]
    assert listed(own, PrincipalArn=f"arn:aws:sts::{account}:assumed-role/deploy/one") == [one]
    assert listed(own, PrincipalArn=f"arn:aws:sts::{account}:federated-user/bob") == [bob]
    assert listed(own, PrincipalArn=root_of(aws)) == []


def test_a_principal_that_is_not_there_has_no_sessions(aws: Aws, own: Any, ana: User) -> None:
    ana.client("sts").get_session_token()
    account = aws.account_id

    for arn in (
        f"arn:aws:iam::{account}:user/nobody",
        f"arn:aws:iam::{account}:user/ANA",
        f"arn:aws:iam::{account}:user/ops/ana",
        f"arn:aws:iam::{account}:role/nothing",
        f"arn:aws:sts::{account}:assumed-role/nothing/work",
        f"arn:aws:sts::{account}:federated-user/nobody",
    ):
        assert listed(own, PrincipalArn=arn) == []


def test_sessions_of_a_deleted_user_are_not_those_of_another_made_under_its_name(aws: Aws, own: Any) -> None:
    iam, old = aws.admin("iam"), aws.user("ben")
    old.client("sts").get_session_token()
    iam.delete_access_key(UserName="ben", AccessKeyId=old.access_key_id)
    iam.delete_user(UserName="ben")

    new = aws.user("ben")

    assert listed(own, PrincipalArn=new.arn) == []
    assert len(listed(own)) == 1


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::{account}:group/ops",
        "arn:aws:iam::123456789012:user/ana",
        "arn:aws:sts::123456789012:federated-user/bob",
        "arn:aws:sts::{account}:assumed-role/deploy",
        "arn:aws:s3:::a-bucket-of-somebody",
        "no ARN whatsoever, just text",
    ],
)
def test_an_arn_that_no_session_of_the_account_can_have_is_refused(aws: Aws, own: Any, arn: str) -> None:
    with refused("InvalidInput", having="is not the ARN of a user, a role"):
        own.list_sessions(PrincipalArn=arn.format(account=aws.account_id))


def test_a_list_needs_the_right_to_it_and_is_of_the_callers_account(aws: Aws, ana: User) -> None:
    ana.client("sts").get_session_token()
    theirs = aws.other()

    assert listed(theirs.admin("bailiwick")) == []
    with refused(DENIED, having=f"bailiwick:ListSessions on resource: arn:aws:bailiwick::{aws.account_id}:session/"):
        ana.client("bailiwick").list_sessions()


def test_a_session_of_a_role_belongs_to_the_roles_account(aws: Aws, own: Any, ana: User) -> None:
    theirs = aws.other()
    role = theirs.role("deploy", trust=ana)

    issued = assume(ana.client("sts"), role.arn)

    assert listed(own) == []
    assert listed(theirs.admin("bailiwick")) == [key_of(issued)]


def test_refused_calls_leave_no_session(aws: Aws, own: Any, ana: User) -> None:
    role = aws.role("deploy", trust=aws.user("ben"))

    with refused("AccessDenied"):
        assume(ana.client("sts"), role.arn)

    assert listed(own) == []


# Ending


def test_an_ended_session_is_answered_and_listed_with_its_end(own: Any, ana: User) -> None:
    ana.client("sts").get_session_token()
    (session,) = own.list_sessions()["Sessions"]

    ended = own.end_session(SessionId=session["SessionId"])["Session"]

    assert session["IssuedAt"] <= ended["EndedAt"] <= datetime.now(UTC)
    assert {key: value for key, value in ended.items() if key != "EndedAt"} == session
    assert own.list_sessions()["Sessions"] == [ended]


def test_ending_a_session_again_changes_nothing(own: Any, ana: User) -> None:
    ana.client("sts").get_session_token()
    session_id = own.list_sessions()["Sessions"][0]["SessionId"]

    first = own.end_session(SessionId=session_id)["Session"]
    second = own.end_session(SessionId=session_id)["Session"]

    assert first == second


def test_a_session_of_another_account_cannot_be_ended_or_told_from_none(aws: Aws, own: Any, ana: User) -> None:
    issued = ana.client("sts").get_session_token()
    session_id = own.list_sessions()["Sessions"][0]["SessionId"]
    theirs = aws.other().admin("bailiwick")

    for unknown in (session_id, "0123456789"):
        with refused("NoSuchEntity", f"The session with id {unknown} cannot be found."):
            theirs.end_session(SessionId=unknown)
    using(aws, issued, "sts").get_caller_identity()


def test_ending_needs_the_right_to_end_that_session(aws: Aws, own: Any, ana: User) -> None:
    ana.client("sts").get_session_token()
    session_id = own.list_sessions()["Sessions"][0]["SessionId"]
    arn = f"arn:aws:bailiwick::{aws.account_id}:session/"

    for wanted in (session_id, "unknown"):
        with refused(DENIED, having=f"bailiwick:EndSession on resource: {arn}{wanted}"):
            ana.client("bailiwick").end_session(SessionId=wanted)


def test_the_right_to_end_can_be_for_the_sessions_of_one_principal(aws: Aws, own: Any, ana: User) -> None:
    role = aws.role("deploy", trust=ana)
    statement = {
        "Effect": "Allow",
        "Action": "bailiwick:EndSession",
        "Resource": "*",
        "Condition": {
            "ArnLike": {"bailiwick:PrincipalArn": f"arn:aws:sts::{aws.account_id}:assumed-role/deploy/*"},
            "StringEquals": {"bailiwick:Operation": "AssumeRole"},
        },
    }
    ben = aws.user("ben", policy={"Version": "2012-10-17", "Statement": [statement]}).client("bailiwick")
    assume(ana.client("sts"), role.arn)
    ana.client("sts").get_session_token()
    by_operation = {session["Operation"]: session["SessionId"] for session in own.list_sessions()["Sessions"]}

    ben.end_session(SessionId=by_operation["AssumeRole"])
    with refused(DENIED):
        ben.end_session(SessionId=by_operation["GetSessionToken"])
