"""GetFederationToken: temporary credentials for somebody a user vouches for, as boto3 sees them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.user.client import Aws, User
from tests.user.refusals import refused
from tests.user.sessions import allowing, assume, root_of, using

SEEN = "bailiwick:ListSessions"
"""An action that a federated user can be allowed: IAM and STS are closed to it."""


DENIED = "AccessDeniedException"
"""How our own service, of a JSON protocol, spells AccessDenied."""


def arn_of(aws: Aws, name: str) -> str:
    return f"arn:aws:sts::{aws.account_id}:federated-user/{name}"


@pytest.fixture
def broker(aws: Aws) -> User:
    """A user who may federate, tag and list sessions."""
    return aws.user("broker", allow=["sts:GetFederationToken", "sts:TagSession", SEEN])


def federate(user: User, name: str = "bob", **parameters: Any) -> Any:
    return user.client("sts").get_federation_token(**{"Name": name, **parameters})


def test_the_session_is_the_federated_user(aws: Aws, broker: User) -> None:
    issued = federate(broker, "bob@example.com")

    expected = {"FederatedUserId": f"{aws.account_id}:bob@example.com", "Arn": arn_of(aws, "bob@example.com")}
    identity = using(aws, issued, "sts").get_caller_identity()
    assert issued["FederatedUser"] == expected
    assert (identity["UserId"], identity["Arn"]) == (expected["FederatedUserId"], expected["Arn"])
    assert identity["Account"] == aws.account_id
    assert "PackedPolicySize" not in issued


def test_it_needs_the_right_to_federate_that_very_name(aws: Aws) -> None:
    ana = aws.user("ana")
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:GetFederationToken", "Resource": arn_of(aws, "team-*")}],
    }
    ben = aws.user("ben", policy=policy)

    federate(ben, "team-blue")
    for user, name in ((ana, "team-blue"), (ben, "bob")):
        words = (
            f"User: {user.arn} is not authorized to perform: sts:GetFederationToken on resource: {arn_of(aws, name)}"
        )
        with refused("AccessDenied", having=words):
            federate(user, name)


def test_it_lives_twelve_hours_or_as_long_as_asked(broker: User) -> None:
    asked: list[tuple[int, dict[str, Any]]] = [(43200, {}), (129600, {"DurationSeconds": 129600})]
    for seconds, parameters in asked:
        left = federate(broker, **parameters)["Credentials"]["Expiration"] - datetime.now(UTC)
        assert timedelta(seconds=seconds - 60) < left <= timedelta(seconds=seconds)


def test_without_session_policies_it_may_do_nothing(aws: Aws, broker: User) -> None:
    session = using(aws, federate(broker), "bailiwick")

    with refused(DENIED, having=f"User: {arn_of(aws, 'bob')} is not authorized to perform: {SEEN}"):
        session.list_sessions()


def test_with_a_session_policy_it_may_do_what_both_it_and_the_user_may(aws: Aws, broker: User) -> None:
    issued = federate(broker, Policy=allowing(SEEN, "bailiwick:EndSession"))
    session = using(aws, issued, "bailiwick")

    found = session.list_sessions()["Sessions"][0]["SessionId"]
    assert 0 < issued["PackedPolicySize"] <= 100
    with refused(DENIED, having="because no identity-based policy allows the bailiwick:EndSession action"):
        session.end_session(SessionId=found)


def test_managed_session_policies_count_as_inline_ones_do(aws: Aws, broker: User) -> None:
    created = aws.admin("iam").create_policy(PolicyName="see", PolicyDocument=allowing(SEEN))["Policy"]

    using(aws, federate(broker, PolicyArns=[{"arn": created["Arn"]}]), "bailiwick").list_sessions()


def test_what_the_user_loses_the_federated_user_loses_at_once(aws: Aws, broker: User) -> None:
    session = using(aws, federate(broker, Policy=allowing("*")), "bailiwick")
    session.list_sessions()

    aws.group("suspended", members=[broker], deny=["*"])

    with refused(DENIED, having="explicit deny"):
        session.list_sessions()


def test_iam_and_nearly_all_of_sts_are_closed_to_it(aws: Aws) -> None:
    role = aws.role("deploy", trust=root_of(aws))
    issued = federate(aws.user("broker", allow=["*"]), Policy=allowing("*"))
    sts = using(aws, issued, "sts")

    sts.get_caller_identity()
    with refused("InvalidClientTokenId", "The security token included in the request is invalid"):
        using(aws, issued, "iam").list_users()
    words = f"User: {arn_of(aws, 'bob')} is not authorized to perform: sts:AssumeRole on resource: {role.arn}"
    with refused("AccessDenied", words):
        assume(sts, role.arn)
    with refused("AccessDenied", "Cannot call GetSessionToken with session credentials"):
        sts.get_session_token()
    with refused("AccessDenied", "Cannot call GetFederationToken with session credentials"):
        sts.get_federation_token(Name="eve")
    with refused("AccessDenied", "Cannot call GetAccessKeyInfo with session credentials"):
        sts.get_access_key_info(AccessKeyId=issued["Credentials"]["AccessKeyId"])


def test_a_role_that_trusts_everybody_does_not_take_a_federated_user(aws: Aws) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
    role = aws.role("open", trust=trust)
    sts = using(aws, federate(aws.user("broker", allow=["*"]), Policy=allowing("*")), "sts")

    with refused("AccessDenied"):
        assume(sts, role.arn)


def test_its_tags_need_a_right_of_their_own_and_are_its_principal_tags(aws: Aws, broker: User) -> None:
    ana = aws.user("ana", allow=["sts:GetFederationToken"])
    tags = [{"Key": "Team", "Value": "blue"}]
    policy = allowing(SEEN, StringEquals={"aws:PrincipalTag/team": "blue"})

    using(aws, federate(broker, Tags=tags, Policy=policy), "bailiwick").list_sessions()
    with refused(DENIED):
        using(aws, federate(broker, Policy=policy), "bailiwick").list_sessions()
    with refused("AccessDenied", having=f"sts:TagSession on resource: {arn_of(aws, 'bob')}"):
        federate(ana, Tags=tags)


def test_it_inherits_the_users_own_tags_below_its_session_tags(aws: Aws, broker: User) -> None:
    aws.admin("iam").tag_user(UserName="broker", Tags=[{"Key": "team", "Value": "blue"}])
    policy = allowing(SEEN, StringEquals={"aws:PrincipalTag/team": "blue"})

    using(aws, federate(broker, Policy=policy), "bailiwick").list_sessions()
    with refused(DENIED):
        red = federate(broker, Policy=policy, Tags=[{"Key": "TEAM", "Value": "red"}])
        using(aws, red, "bailiwick").list_sessions()


@pytest.mark.parametrize(
    ("code", "parameters"),
    [
        ("InvalidParameterValue", {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]}),
        ("MalformedPolicyDocument", {"Policy": "{}"}),
        ("ValidationError", {"Policy": allowing("s3:*").ljust(2049)}),
        ("ValidationError", {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/NoSuchPolicy"}]}),
        ("ValidationError", {"Name": "bob/admin"}),
        ("ValidationError", {"DurationSeconds": 129601}),
    ],
)
def test_what_cannot_be_a_session_is_refused(broker: User, code: str, parameters: dict[str, Any]) -> None:
    with refused(code):
        federate(broker, **parameters)
