"""Ending many sessions at once, by what they have in common, with all that came from them."""

import contextlib
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.user.client import Aws, User
from tests.user.refusals import refused
from tests.user.sessions import SESSION_RIGHTS, allowing, assume, root_of, trusting, using


@pytest.fixture
def own(aws: Aws) -> Any:
    """Our own service, as the account's administrator."""
    return aws.admin("bailiwick")


@pytest.fixture
def ana(aws: Aws) -> User:
    return aws.user("ana", allow=[*SESSION_RIGHTS, "sts:GetFederationToken", "sts:GetScopedCredentials"])


def anybody(aws: Aws) -> dict[str, object]:
    """The trust policy of a role that everybody of the account may assume, with all that can be passed."""
    return trusting(root_of(aws), actions=list(SESSION_RIGHTS))


def lives(aws: Aws, issued: Any) -> bool:
    """Whether a session's credentials are still taken."""
    with contextlib.suppress(ClientError):
        using(aws, issued, "sts").get_caller_identity()
        return True
    with refused("InvalidClientTokenId"):
        using(aws, issued, "sts").get_caller_identity()
    return False


def test_a_roles_sessions_end_with_all_that_came_from_them_and_no_others(aws: Aws, own: Any, ana: User) -> None:
    for name in ("deploy", "further", "other"):
        aws.role(name, trust=anybody(aws), allow=["*"])
    arn = f"arn:aws:iam::{aws.account_id}:role/"
    first = assume(ana.client("sts"), arn + "deploy")
    child = assume(using(aws, first, "sts"), arn + "further")
    grandchild = assume(using(aws, child, "sts"), arn + "further", RoleSessionName="again")
    narrowed = using(aws, grandchild, "sts").get_scoped_credentials(Policy=allowing("*"))
    beside = assume(ana.client("sts"), arn + "other")

    reply = own.end_sessions(RoleName="deploy")

    assert [lives(aws, each) for each in (first, child, grandchild, narrowed)] == [False] * 4
    assert lives(aws, beside)
    assert reply["EndedBefore"]
    shown = {each["AccessKeyId"]: "EndedAt" in each for each in own.list_sessions()["Sessions"]}
    keys = [each["Credentials"]["AccessKeyId"] for each in (first, child, grandchild, narrowed, beside)]
    assert [shown[key] for key in keys] == [True, True, True, True, False]
    assert lives(aws, assume(ana.client("sts"), arn + "deploy")), "what is issued later is not touched"


def test_a_persons_sessions_end_in_every_account(aws: Aws, other: Aws, own: Any, ana: User) -> None:
    ana_there = other.role("visited", trust=trusting(ana.arn, actions=list(SESSION_RIGHTS)))
    issued = [
        ana.client("sts").get_session_token(),
        ana.client("sts").get_federation_token(Name="guest", Policy=allowing("*")),
        assume(ana.client("sts"), aws.role("deploy", trust=anybody(aws)).arn),
        assume(ana.client("sts"), ana_there.arn),
    ]
    ben = aws.user("ben", allow=list(SESSION_RIGHTS)).client("sts").get_session_token()

    own.end_sessions(PrincipalArn=ana.arn)

    assert [lives(aws, each) for each in issued] == [False] * 4
    assert lives(aws, ben)
    ana.client("sts").get_caller_identity()


def test_one_session_name_of_a_role(aws: Aws, own: Any, ana: User) -> None:
    role = aws.role("deploy", trust=anybody(aws), allow=["*"])
    nina, omar = (assume(ana.client("sts"), role.arn, RoleSessionName=name) for name in ("nina", "omar"))
    of_nina = assume(using(aws, nina, "sts"), role.arn, RoleSessionName="omar")

    own.end_sessions(PrincipalArn=f"arn:aws:sts::{aws.account_id}:assumed-role/deploy/nina")

    assert not lives(aws, nina)
    assert not lives(aws, of_nina)
    assert lives(aws, omar)


def test_a_name_cannot_be_washed_off_by_a_long_chain(aws: Aws, own: Any, ana: User) -> None:
    role = aws.role("deploy", trust=anybody(aws), allow=["*"])
    session = assume(ana.client("sts"), role.arn, RoleSessionName="nina")
    for number in range(20):
        session = assume(using(aws, session, "sts"), role.arn, RoleSessionName=f"clean-{number}")
    assert session["SessionTokenSize"] < 2048

    own.end_sessions(PrincipalArn=f"arn:aws:sts::{aws.account_id}:assumed-role/deploy/nina")

    assert not lives(aws, session)


def test_a_source_identity(aws: Aws, own: Any, ana: User) -> None:
    role = aws.role("deploy", trust=anybody(aws), allow=["*"])
    nina, omar = (
        assume(ana.client("sts"), role.arn, RoleSessionName=name, SourceIdentity=name) for name in ("nina", "omar")
    )
    of_nina = assume(using(aws, nina, "sts"), role.arn, RoleSessionName="omar")
    listed = own.list_sessions(SourceIdentity="nina")["Sessions"]
    assert {each["AccessKeyId"] for each in listed} == {each["Credentials"]["AccessKeyId"] for each in (nina, of_nina)}

    own.end_sessions(SourceIdentity="nina")

    assert [lives(aws, each) for each in (nina, of_nina, omar)] == [False, False, True]


def test_all_of_the_account(aws: Aws, own: Any, ana: User) -> None:
    role = aws.role("deploy", trust=anybody(aws))
    issued = [ana.client("sts").get_session_token(), assume(ana.client("sts"), role.arn)]

    with refused("InvalidInput", having="Either All must be true"):
        own.end_sessions()
    with refused("InvalidInput", having="Either All must be true"):
        own.end_sessions(All=True, RoleName="deploy")
    assert all(lives(aws, each) for each in issued)
    own.end_sessions(All=True)

    assert [lives(aws, each) for each in issued] == [False, False]


def test_sessions_end_with_their_deleted_role_and_so_do_those_they_assumed(aws: Aws, ana: User) -> None:
    first_role = aws.role("first", trust=anybody(aws), allow=["sts:AssumeRole"])
    first = assume(ana.client("sts"), first_role.arn)
    second = assume(using(aws, first, "sts"), aws.role("second", trust=anybody(aws)).arn)
    iam = aws.admin("iam")
    for policy in iam.list_role_policies(RoleName="first")["PolicyNames"]:
        iam.delete_role_policy(RoleName="first", PolicyName=policy)

    iam.delete_role(RoleName="first")

    assert [lives(aws, each) for each in (first, second)] == [False, False]


def test_another_account_cannot_end_them(aws: Aws, other: Aws, ana: User) -> None:
    role = aws.role("deploy", trust=anybody(aws))
    issued = assume(ana.client("sts"), role.arn)
    other.role("deploy", trust=trusting(root_of(other)))
    there = other.admin("bailiwick")

    there.end_sessions(RoleName="deploy")
    there.end_sessions(All=True)
    for whose in ({"PrincipalArn": ana.arn}, {"PrincipalArn": role.arn}):
        with refused("InvalidInput", having="is not the ARN of a user, a role"):
            there.end_sessions(**whose)

    assert lives(aws, issued)


@pytest.mark.parametrize(
    "whose",
    [
        {"RoleName": "nobody"},
        {"PrincipalArn": "arn:aws:iam::ACCOUNT:user/nobody"},
        {"PrincipalArn": "arn:aws:sts::ACCOUNT:assumed-role/nobody/work"},
        {"ProviderArn": "arn:aws:iam::ACCOUNT:saml-provider/nobody"},
        {"ProviderArn": "arn:aws:iam::ACCOUNT:oidc-provider/nobody.example.com"},
    ],
)
def test_who_is_not_there_is_told(aws: Aws, own: Any, whose: dict[str, str]) -> None:
    asked = {name: value.replace("ACCOUNT", aws.account_id) for name, value in whose.items()}

    with refused("NoSuchEntity", having="cannot be found"):
        own.end_sessions(**asked)
    assert own.list_sessions(**asked)["Sessions"] == []


def test_only_one_filter_at_a_time(own: Any) -> None:
    with refused("InvalidInput", having="Only one of these may be given: RoleName, SourceIdentity"):
        own.list_sessions(RoleName="deploy", SourceIdentity="nina")


def test_who_may_end_those_of_one_role_may_end_no_others(aws: Aws, ana: User) -> None:
    pattern = f"arn:aws:sts::{aws.account_id}:assumed-role/deploy/*"
    conditions = {"ArnLike": {"bailiwick:PrincipalArn": pattern}}
    ben = aws.user("ben")
    aws.admin("iam").put_user_policy(
        UserName="ben",
        PolicyName="ends",
        PolicyDocument=allowing("bailiwick:EndSession", "bailiwick:EndSessions", **conditions),
    )
    for name in ("deploy", "other"):
        aws.role(name, trust=anybody(aws))
    own = ben.client("bailiwick")

    own.end_sessions(RoleName="deploy")
    own.end_sessions(PrincipalArn=f"arn:aws:sts::{aws.account_id}:assumed-role/deploy/nina")
    for whose in ({"RoleName": "other"}, {"All": True}, {"SourceIdentity": "nina"}, {"PrincipalArn": ana.arn}):
        with refused("AccessDeniedException", having="bailiwick:EndSessions"):
            own.end_sessions(**whose)


@pytest.mark.parametrize("operation", ["list_sessions", "end_sessions"])
@pytest.mark.parametrize("parameter", ["PrincipalArn", "ProviderArn", "SourceIdentity"])
def test_policies_see_whose_sessions_are_asked_for(aws: Aws, ana: User, operation: str, parameter: str) -> None:
    asked = {
        "PrincipalArn": ana.arn,
        "ProviderArn": f"arn:aws:iam::{aws.account_id}:saml-provider/corp",
        "SourceIdentity": "nina",
    }
    ben = aws.user("ben")
    conditions = {"StringEquals": {f"bailiwick:{parameter}": asked[parameter]}}
    aws.admin("iam").put_user_policy(
        UserName="ben",
        PolicyName="some",
        PolicyDocument=allowing("bailiwick:ListSessions", "bailiwick:EndSessions", **conditions),
    )
    call = getattr(ben.client("bailiwick"), operation)

    with contextlib.suppress(ben.client("bailiwick").exceptions.NoSuchEntityException):
        call(**{parameter: asked[parameter]})
    for other in asked.keys() - {parameter}:
        with refused("AccessDeniedException"):
            call(**{other: asked[other]})


def test_revoking_puts_awss_policy_and_ends_at_once(aws: Aws, own: Any, ana: User) -> None:
    role = aws.role("deploy", trust=anybody(aws), allow=["iam:ListUsers"])
    issued = assume(ana.client("sts"), role.arn)

    reply = own.revoke_older_sessions(RoleName="deploy")

    assert not lives(aws, issued)
    assert reply["PolicyName"] == "AWSRevokeOlderSessions"
    (statement,) = aws.admin("iam").get_role_policy(RoleName="deploy", PolicyName="AWSRevokeOlderSessions")[
        "PolicyDocument"
    ]["Statement"]
    moment = reply["EndedBefore"].isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert statement["Condition"] == {"DateLessThan": {"aws:TokenIssueTime": moment}}
    assert (statement["Effect"], statement["Action"], statement["Resource"]) == ("Deny", ["*"], ["*"])
    using(aws, assume(ana.client("sts"), role.arn), "iam").list_users()


def test_revoking_needs_the_right_to_put_the_policy_and_undoes_all_without_it(aws: Aws, ana: User) -> None:
    role = aws.role("deploy", trust=anybody(aws))
    issued = assume(ana.client("sts"), role.arn)
    ben = aws.user("ben", allow=["bailiwick:RevokeOlderSessions"])

    with refused("AccessDeniedException", having="iam:PutRolePolicy"):
        ben.client("bailiwick").revoke_older_sessions(RoleName="deploy")

    assert lives(aws, issued)


def test_a_users_older_sessions_are_revoked(aws: Aws, own: Any, ana: User) -> None:
    issued = ana.client("sts").get_session_token()

    own.revoke_older_sessions(UserName="ana")

    assert not lives(aws, issued)
    assert "AWSRevokeOlderSessions" in aws.admin("iam").list_user_policies(UserName="ana")["PolicyNames"]
    ana.client("sts").get_session_token()


def test_what_is_ended_at_one_node_is_ended_at_the_other(two_nodes: tuple[Aws, Aws]) -> None:
    here, there = two_nodes
    ana = here.user("ana", allow=list(SESSION_RIGHTS))
    role = here.role("deploy", trust=anybody(here))
    issued = [assume(ana.client("sts"), role.arn) for _ in range(3)]
    assert all(lives(there, each) for each in issued)

    here.admin("bailiwick").end_sessions(RoleName="deploy")

    assert not any(lives(there, each) for each in issued)


def test_a_session_tells_of_its_chain_its_tags_and_its_last_use(aws: Aws, own: Any, ana: User) -> None:
    role = aws.role("deploy", trust=anybody(aws), allow=["*"])
    first = assume(ana.client("sts"), role.arn, {"team": "blue"}, TransitiveTagKeys=["team"])
    second = assume(using(aws, first, "sts"), role.arn, RoleSessionName="second")
    using(aws, second, "iam").create_user(UserName="made")  # a write, so that what came before it is written soon

    shown = {each["AccessKeyId"]: each for each in own.list_sessions(RoleName="deploy")["Sessions"]}
    told = shown[second["Credentials"]["AccessKeyId"]]
    assert told["Origins"] == [ana.arn, f"arn:aws:sts::{aws.account_id}:assumed-role/deploy/work"]
    assert told["ParentSessionId"] == shown[first["Credentials"]["AccessKeyId"]]["SessionId"]
    assert told["OriginId"] == ana.access_key_id
    assert told["Tags"] == [{"Key": "team", "Value": "blue", "Transitive": True}]
