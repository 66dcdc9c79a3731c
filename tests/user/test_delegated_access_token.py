"""GetDelegatedAccessToken: a partner trades the token it was sent, and the customer stays master of its account."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.user.client import Aws, Signer, User
from tests.user.delegations import Sides, approved, two_sides
from tests.user.events import Events
from tests.user.refusals import refused
from tests.user.server import Server
from tests.user.sessions import SESSION_RIGHTS, allowing, assume, trusting, using

WORK = json.loads(
    allowing("iam:ListUsers", "iam:CreateUser", "iam:GetUser", "sts:AssumeRole", "sts:GetScopedCredentials")
)


@pytest.fixture
def sides(aws: Aws) -> Sides:
    return two_sides(aws)


def asked(sides: Sides, workflow: str = "workflow", **changed: Any) -> str:
    """A request to work on the customer's users."""
    partner = sides.partner.admin("iam")
    name = f"template-{workflow}"
    template = partner.create_policy(PolicyName=name, PolicyDocument=json.dumps(WORK))["Policy"]["Arn"]
    return sides.ask(workflow, Permissions={"PolicyTemplateArn": template}, **changed)


def trade(sides: Sides, token: str, signer: Signer | None = None) -> Any:
    return sides.partner.client("sts", signer or sides.partner.administrator).get_delegated_access_token(
        TradeInToken=token
    )


@pytest.fixture
def ana(sides: Sides) -> User:
    """A user of the customer who may approve, and list users, but not make any."""
    return sides.customer.user(
        "ana", allow=["iam:*DelegationRequest", "iam:SendDelegationToken", "iam:ListUsers", "sts:*"]
    )


def test_the_partner_acts_as_the_approver_within_what_it_asked_for(sides: Sides, server: Server) -> None:
    request = asked(sides)
    token = approved(sides, request, sides.customer.administrator, server)

    reply = trade(sides, token)

    admin = f"arn:aws:iam::{sides.customer.account_id}:user/admin"
    assert reply["AssumedPrincipal"] == admin
    assert "PackedPolicySize" not in reply
    who = using(sides.customer, reply, "sts").get_caller_identity()
    assert (who["Arn"], who["Account"]) == (admin, sides.customer.account_id)
    iam = using(sides.customer, reply, "iam")
    iam.list_users()
    iam.create_user(UserName="made-by-partner")
    with refused("AccessDenied", having="because no session policy allows the iam:ListRoles action"):
        iam.list_roles()


def test_the_approver_s_own_permissions_cap_it_now_and_later(sides: Sides, ana: User, server: Server) -> None:
    reply = trade(sides, approved(sides, asked(sides), ana, server))
    iam = using(sides.customer, reply, "iam")

    iam.list_users()
    with refused("AccessDenied", having="because no identity-based policy allows the iam:CreateUser action"):
        iam.create_user(UserName="eve")
    sides.admin.put_user_policy(
        UserName="ana",
        PolicyName="deny",
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:ListUsers", "Resource": "*"}]}
        ),
    )
    with refused("AccessDenied", having="explicit deny in an identity-based policy"):
        iam.list_users()


def test_the_time_runs_from_when_the_token_was_sent(sides: Sides, ana: User, server: Server) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    token = approved(sides, asked(sides, SessionDuration=7200), ana, server)
    after = datetime.now(UTC)

    first, second = trade(sides, token), trade(sides, token)

    ends = first["Credentials"]["Expiration"]
    assert before + timedelta(hours=2) <= ends <= after + timedelta(hours=2)
    assert second["Credentials"]["Expiration"] == ends
    assert second["Credentials"]["AccessKeyId"] != first["Credentials"]["AccessKeyId"]


def test_only_the_account_that_asked_can_trade_the_token(sides: Sides, ana: User, server: Server) -> None:
    token = approved(sides, asked(sides), ana, server)

    with refused("ValidationError", "The trade-in token is not valid."):
        sides.customer.admin("sts").get_delegated_access_token(TradeInToken=token)
    with refused("ValidationError", "The trade-in token is not valid."):
        sides.partner.other().admin("sts").get_delegated_access_token(TradeInToken=token)
    trade(sides, token)


@pytest.mark.parametrize("change", [str.lower, lambda token: token[:-1], lambda token: token + "A", lambda token: "x"])
def test_a_token_that_was_not_sent_is_none(sides: Sides, ana: User, server: Server, change: Any) -> None:
    token = approved(sides, asked(sides), ana, server)

    with refused("ValidationError", "The trade-in token is not valid."):
        trade(sides, change(token))


def test_an_accepted_request_is_not_traded_before_its_token_was_sent(sides: Sides, ana: User, server: Server) -> None:
    request = asked(sides)
    ana.client("iam").associate_delegation_request(DelegationRequestId=request)
    ana.client("iam").accept_delegation_request(DelegationRequestId=request)

    for guess in (request, ""):
        with refused("ValidationError", having=""):
            trade(sides, guess)


def test_trading_is_a_right(sides: Sides, ana: User, server: Server) -> None:
    token = approved(sides, asked(sides), ana, server)
    bob = sides.partner.user("bob")

    with refused("AccessDenied", having="sts:GetDelegatedAccessToken"):
        trade(sides, token, bob)
    sides.partner.admin("iam").put_user_policy(
        UserName="bob", PolicyName="trade", PolicyDocument=allowing("sts:GetDelegatedAccessToken")
    )
    trade(sides, token, bob)


def test_a_deactivated_key_of_the_approver_ends_it_and_all_that_came_from_it(
    sides: Sides, ana: User, server: Server
) -> None:
    token = approved(sides, asked(sides), ana, server)
    role = sides.customer.role("deploy", trust=ana, allow=["iam:ListUsers"])
    reply = trade(sides, token)
    onward = assume(using(sides.customer, reply, "sts"), role.arn)
    clients = [using(sides.customer, each, "iam") for each in (reply, onward)]
    for client in clients:
        client.list_users()

    sides.admin.update_access_key(UserName="ana", AccessKeyId=ana.access_key_id, Status="Inactive")

    for client in clients:
        with refused("InvalidClientTokenId"):
            client.list_users()
    with refused("ExpiredTradeInTokenException", "The trade-in token has expired."):
        trade(sides, token)


def test_the_end_of_the_approver_s_session_ends_it(sides: Sides, ana: User, server: Server) -> None:
    rights = ["iam:*DelegationRequest", "iam:SendDelegationToken", "iam:ListUsers"]
    role = sides.customer.role("approver", trust=trusting(ana.arn, actions=list(SESSION_RIGHTS)), allow=rights)
    session = assume(ana.client("sts"), role.arn, {"team": "blue"}, SourceIdentity="ana")
    token = approved(sides, asked(sides), session["Credentials"], server)
    reply = trade(sides, token)
    iam = using(sides.customer, reply, "iam")
    iam.list_users()
    assert reply["AssumedPrincipal"] == role.arn
    assert using(sides.customer, reply, "sts").get_caller_identity()["Arn"] == session["AssumedRoleUser"]["Arn"]

    live = sides.customer.admin("bailiwick").list_sessions()["Sessions"]
    (approving,) = (each for each in live if each["AccessKeyId"] == session["Credentials"]["AccessKeyId"])
    sides.customer.admin("bailiwick").end_session(SessionId=approving["SessionId"])

    with refused("InvalidClientTokenId"):
        iam.list_users()
    with refused("ExpiredTradeInTokenException"):
        trade(sides, token)


def test_what_the_approver_s_session_was_narrowed_to_caps_it(sides: Sides, ana: User, server: Server) -> None:
    rights = ["iam:*"]
    role = sides.customer.role("approver", trust=trusting(ana.arn, actions=list(SESSION_RIGHTS)), allow=rights)
    policy = allowing("iam:*DelegationRequest", "iam:SendDelegationToken", "iam:GetUser")
    session = assume(ana.client("sts"), role.arn, Policy=policy)

    reply = trade(sides, approved(sides, asked(sides), session["Credentials"], server))

    iam = using(sides.customer, reply, "iam")
    iam.get_user(UserName="ana")
    with refused("AccessDenied", having="because no session policy allows"):
        iam.list_users()


def test_the_customer_sees_it_and_can_end_it(sides: Sides, ana: User, server: Server) -> None:
    token = approved(sides, asked(sides), ana, server)
    reply = trade(sides, token)
    own = sides.customer.admin("bailiwick")

    (session,) = own.list_sessions(PrincipalArn=ana.arn)["Sessions"]
    assert (session["Operation"], session["AccessKeyId"]) == (
        "GetDelegatedAccessToken",
        reply["Credentials"]["AccessKeyId"],
    )
    own.end_session(SessionId=session["SessionId"])

    with refused("InvalidClientTokenId"):
        using(sides.customer, reply, "iam").list_users()
    with refused("ExpiredTradeInTokenException"):
        trade(sides, token)


@pytest.mark.parametrize("is_traded_before", [False, True])
def test_ending_all_of_the_approver_s_sessions_ends_the_token(
    sides: Sides, ana: User, server: Server, is_traded_before: bool
) -> None:
    token = approved(sides, asked(sides), ana, server)
    issued = [trade(sides, token) for _ in range(is_traded_before)]

    sides.customer.admin("bailiwick").end_sessions(PrincipalArn=ana.arn)

    for reply in issued:
        with refused("InvalidClientTokenId"):
            using(sides.customer, reply, "iam").list_users()
    with refused("ExpiredTradeInTokenException"):
        trade(sides, token)
    ana.client("iam").list_users()


def test_ending_what_came_from_a_delegated_session_leaves_the_token(sides: Sides, ana: User, server: Server) -> None:
    token = approved(sides, asked(sides), ana, server)
    narrowed = using(sides.customer, trade(sides, token), "sts").get_scoped_credentials(DurationSeconds=60)
    own = sides.customer.admin("bailiwick")
    sessions = {each["AccessKeyId"]: each["SessionId"] for each in own.list_sessions()["Sessions"]}

    own.end_session(SessionId=sessions[narrowed["Credentials"]["AccessKeyId"]])

    using(sides.customer, trade(sides, token), "iam").list_users()


def test_it_does_not_outlive_the_approver(sides: Sides, ana: User, server: Server) -> None:
    token = approved(sides, asked(sides), ana, server)
    iam = using(sides.customer, trade(sides, token), "iam")
    iam.list_users()

    sides.admin.delete_access_key(UserName="ana", AccessKeyId=ana.access_key_id)
    sides.admin.delete_user_policy(UserName="ana", PolicyName="given-0")
    sides.admin.delete_user(UserName="ana")
    sides.customer.user("ana", allow=["*"])

    with refused("InvalidClientTokenId"):
        iam.list_users()
    with refused("ExpiredTradeInTokenException"):
        trade(sides, token)


def test_it_carries_no_mfa_and_can_be_narrowed(sides: Sides, ana: User, server: Server) -> None:
    sides.admin.put_user_policy(
        UserName="ana",
        PolicyName="mfa",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Deny",
                        "Action": "iam:GetUser",
                        "Resource": "*",
                        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
                    }
                ],
            }
        ),
    )
    reply = trade(sides, approved(sides, asked(sides), ana, server))

    with refused("AccessDenied", having="explicit deny"):
        using(sides.customer, reply, "iam").get_user(UserName="ana")
    narrowed = using(sides.customer, reply, "sts").get_scoped_credentials(Policy=allowing("iam:GetUser"))
    with refused("AccessDenied"):
        using(sides.customer, narrowed, "iam").list_users()


def test_no_event_holds_the_token_or_the_credentials(sides: Sides, ana: User, server: Server) -> None:
    token = approved(sides, asked(sides), ana, server)
    reply = trade(sides, token)

    events = Events(server.database_url)
    try:
        text = events.text_of(reply["ResponseMetadata"]["RequestId"])
    finally:
        events.close()

    assert token not in text
    assert reply["Credentials"]["SecretAccessKey"] not in text
    assert reply["Credentials"]["SessionToken"] not in text
    assert reply["AssumedPrincipal"] in text
