"""GetScopedCredentials: a session that narrows itself, as boto3 sees it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.user.client import Aws
from tests.user.refusals import refused
from tests.user.sessions import SESSION_RIGHTS, allowing, assume, root_of, trusting, using

WHO = "bailiwick:ListSessions"


def scoped(client: Any, *actions: str, **parameters: object) -> Any:
    """A narrower session: to these actions, and to that of narrowing it further."""
    if actions:
        parameters["Policy"] = allowing(*actions, "sts:GetScopedCredentials")
    return client.get_scoped_credentials(**parameters)


@pytest.fixture
def session(aws: Aws) -> Any:
    """The reply that a role's session came with; its role may do everything."""
    ana = aws.user("ana", allow=list(SESSION_RIGHTS))
    role = aws.role("deploy", trust=trusting(ana.arn, actions=list(SESSION_RIGHTS)), allow=["*"])
    return assume(ana.client("sts"), role.arn, {"team": "blue"}, SourceIdentity="ana", DurationSeconds=3600)


def test_it_is_who_it_was_and_may_do_less(aws: Aws, session: Any) -> None:
    before = using(aws, session, "sts").get_caller_identity()

    narrowed = scoped(using(aws, session, "sts"), WHO)

    after = using(aws, narrowed, "sts").get_caller_identity()
    assert {key: after[key] for key in ("UserId", "Arn", "Account")} == {
        key: before[key] for key in ("UserId", "Arn", "Account")
    }
    assert narrowed["SessionInfo"] == {"ScopedSessionId": before["UserId"], "Arn": before["Arn"]}
    assert narrowed["ScopedPoliciesCount"] == 1
    assert narrowed["SourceIdentity"] == "ana"
    assert narrowed["Credentials"]["Expiration"] == session["Credentials"]["Expiration"]
    assert narrowed["Credentials"]["AccessKeyId"] != session["Credentials"]["AccessKeyId"]
    assert narrowed["SessionTokenSize"] == len(narrowed["Credentials"]["SessionToken"])
    assert "PackedPolicySize" not in narrowed
    using(aws, narrowed, "bailiwick").list_sessions()
    with refused("AccessDenied", having="because no session policy allows the iam:ListUsers action"):
        using(aws, narrowed, "iam").list_users()
    using(aws, session, "iam").list_users()


def test_its_tags_and_source_identity_go_on(aws: Aws, session: Any) -> None:
    conditions = {"StringEquals": {"aws:PrincipalTag/team": "blue", "aws:SourceIdentity": "ana"}}
    policy = allowing("bailiwick:ListSessions", **conditions)

    narrowed = using(aws, session, "sts").get_scoped_credentials(Policy=policy)

    using(aws, narrowed, "bailiwick").list_sessions()


def test_a_policy_cannot_give_what_the_session_has_not(aws: Aws) -> None:
    ana = aws.user("ana", allow=["sts:GetScopedCredentials"])
    session = ana.client("sts").get_session_token()

    narrowed = scoped(using(aws, session, "sts"), "*")

    with refused("AccessDeniedException", having="because no identity-based policy allows the bailiwick:ListSessions"):
        using(aws, narrowed, "bailiwick").list_sessions()


def test_each_further_policy_narrows_up_to_three(aws: Aws, session: Any) -> None:
    once = scoped(using(aws, session, "sts"), "iam:*", WHO)
    twice = scoped(using(aws, once, "sts"), "iam:List*", "iam:GetUser")
    thrice = scoped(using(aws, twice, "sts"), "iam:*", WHO)
    last = using(aws, thrice, "sts")

    assert [each["ScopedPoliciesCount"] for each in (once, twice, thrice)] == [1, 2, 3]
    using(aws, thrice, "iam").list_users()
    with refused("AccessDenied"):
        using(aws, thrice, "iam").create_user(UserName="eve")
    with refused("AccessDeniedException"):
        using(aws, thrice, "bailiwick").list_sessions()
    with refused("AccessDenied", having="The session already has 3 scope down policies"):
        scoped(last, "iam:*")
    assert scoped(last, DurationSeconds=60)["ScopedPoliciesCount"] == 3


def test_an_explicit_deny_in_a_scope_down_policy_wins(aws: Aws, session: Any) -> None:
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:ListUsers", "Resource": "*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})

    narrowed = using(aws, session, "sts").get_scoped_credentials(Policy=policy)

    using(aws, narrowed, "iam").list_roles()
    with refused("AccessDenied", having="with an explicit deny in a session policy"):
        using(aws, narrowed, "iam").list_users()


def test_it_can_be_shortened_and_never_lengthened(aws: Aws, session: Any) -> None:
    sts = using(aws, session, "sts")

    short = scoped(sts, DurationSeconds=60)

    left = short["Credentials"]["Expiration"] - datetime.now(UTC)
    assert timedelta(seconds=30) < left <= timedelta(seconds=61)
    assert short["ScopedPoliciesCount"] == 0
    using(aws, short, "iam").list_users()
    with refused("InsufficientSessionLifetime", having="The requested DurationSeconds 3601 exceeds the "):
        scoped(sts, DurationSeconds=3601)
    with refused("InsufficientSessionLifetime", having="The requested DurationSeconds 62 exceeds the "):
        scoped(using(aws, short, "sts"), DurationSeconds=62)


def test_what_is_asked_for_is_checked(aws: Aws, session: Any) -> None:
    sts = using(aws, session, "sts")

    with refused("ValidationError", "At least one of Policy and DurationSeconds must be specified."):
        sts.get_scoped_credentials()
    with refused("ValidationError", "At least one of Policy and DurationSeconds must be specified."):
        sts.get_scoped_credentials(ScopedSessionDescription="nothing to narrow")
    with refused("MalformedPolicyDocument"):
        sts.get_scoped_credentials(Policy='{"Statement": "none"}')
    with refused("MalformedPolicyDocument"):
        principal = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
        sts.get_scoped_credentials(Policy=json.dumps({"Version": "2012-10-17", "Statement": [principal]}))
    with refused("ValidationError", having="Member must have length less than or equal to 2048"):
        sts.get_scoped_credentials(Policy=allowing("iam:GetUser") + " " * 2048)


def test_only_sessions_can_be_narrowed(aws: Aws) -> None:
    ana = aws.user("ana", allow=["*"])

    for parameters in ({"DurationSeconds": 60}, {"Policy": allowing("iam:GetUser")}):
        with refused("InvalidSubjectCredentials", having="must be called with temporary security credentials"):
            ana.client("sts").get_scoped_credentials(**parameters)


def test_a_users_session_and_a_federated_users_can_be_narrowed(aws: Aws) -> None:
    ana = aws.user("ana", allow=["*"])
    sessions = [
        ana.client("sts").get_session_token(),
        ana.client("sts").get_federation_token(Name="guest", Policy=allowing("*")),
    ]

    for issued in sessions:
        narrowed = scoped(using(aws, issued, "sts"), "bailiwick:ListSessions")
        before, after = (using(aws, each, "sts").get_caller_identity() for each in (issued, narrowed))
        assert before["Arn"] == after["Arn"]
        assert before["UserId"] == after["UserId"] == narrowed["SessionInfo"]["ScopedSessionId"]
        using(aws, narrowed, "bailiwick").list_sessions()


def test_a_federated_user_without_policies_gets_none_by_narrowing(aws: Aws) -> None:
    ana = aws.user("ana", allow=["*"])
    guest = using(aws, ana.client("sts").get_federation_token(Name="guest"), "sts")

    with refused("AccessDenied", having="is not authorized to perform: sts:GetScopedCredentials"):
        guest.get_scoped_credentials(Policy=allowing("*"))


def test_a_narrowed_session_stays_closed_to_what_the_session_was(aws: Aws) -> None:
    ana = aws.user("ana", allow=["*"])
    narrowed = scoped(using(aws, ana.client("sts").get_session_token(), "sts"), "*")

    with refused("InvalidClientTokenId"):
        using(aws, narrowed, "iam").list_users()
    with refused("AccessDenied", "Cannot call GetSessionToken with session credentials"):
        using(aws, narrowed, "sts").get_session_token()


def test_a_role_assumed_by_a_narrowed_session_must_be_within_its_limits(aws: Aws, session: Any) -> None:
    role = aws.role("further", trust=root_of(aws), allow=["iam:ListUsers"])
    closed = scoped(using(aws, session, "sts"), "iam:*")
    opened = scoped(using(aws, session, "sts"), "sts:AssumeRole", "sts:SetSourceIdentity")

    with refused("AccessDenied"):
        assume(using(aws, closed, "sts"), role.arn)
    # The source identity goes on along the chain, which the role has to trust as well.
    aws.admin("iam").update_assume_role_policy(
        RoleName="further", PolicyDocument=json.dumps(trusting(root_of(aws), actions=list(SESSION_RIGHTS)))
    )
    using(aws, assume(using(aws, opened, "sts"), role.arn), "iam").list_users()


def test_it_is_listed_under_its_origin_and_ends_with_it(aws: Aws, session: Any) -> None:
    bailiwick = aws.admin("bailiwick")
    narrowed = scoped(using(aws, session, "sts"), WHO)
    again = scoped(using(aws, narrowed, "sts"), WHO)
    by_key = {each["AccessKeyId"]: each for each in bailiwick.list_sessions()["Sessions"]}
    first = by_key[session["Credentials"]["AccessKeyId"]]

    assert by_key[narrowed["Credentials"]["AccessKeyId"]]["Operation"] == "GetScopedCredentials"
    bailiwick.end_session(SessionId=first["SessionId"])

    for issued in (session, narrowed, again):
        with refused("InvalidClientTokenId"):
            using(aws, issued, "sts").get_caller_identity()


def test_one_narrowed_session_can_be_ended_alone(aws: Aws, session: Any) -> None:
    bailiwick = aws.admin("bailiwick")
    narrowed = scoped(using(aws, session, "sts"), WHO)
    by_key = {each["AccessKeyId"]: each["SessionId"] for each in bailiwick.list_sessions()["Sessions"]}

    bailiwick.end_session(SessionId=by_key[narrowed["Credentials"]["AccessKeyId"]])

    with refused("InvalidClientTokenId"):
        using(aws, narrowed, "sts").get_caller_identity()
    using(aws, session, "sts").get_caller_identity()


def test_a_deny_of_sessions_issued_before_a_moment_covers_what_is_narrowed_later(aws: Aws, session: Any) -> None:
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    narrowed = scoped(using(aws, session, "sts"), "*")
    deny = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": moment}},
    }

    aws.admin("iam").put_role_policy(
        RoleName="deploy",
        PolicyName="AWSRevokeOlderSessions",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )

    for issued in (session, narrowed):
        with refused("AccessDenied", having="with an explicit deny in an identity-based policy"):
            using(aws, issued, "iam").list_users()


def test_its_token_can_be_padded_and_grows_with_its_policies(aws: Aws, session: Any) -> None:
    sts = using(aws, session, "sts")

    padded = scoped(sts, WHO, MinimumSessionTokenSize=3000)

    assert 3000 <= padded["SessionTokenSize"] <= 4096
    assert padded["SessionTokenUtilization"] == -(-padded["SessionTokenSize"] * 100 // 4096)
