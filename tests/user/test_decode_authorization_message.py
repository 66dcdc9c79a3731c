"""DecodeAuthorizationMessage: what a denial of our own service was decided on, for those who may know."""

import configparser
import json
from typing import Any

import pytest

from tests.user.aws_cli import AwsCli, variables
from tests.user.client import REGION, Aws, Keys, Signer
from tests.user.refusals import Denial, denial_of, refused
from tests.user.server import Server

INVALID = "InvalidAuthorizationMessageException"


def decoded(aws: Aws, denial: Denial, signer: Signer | None = None) -> dict[str, Any]:
    """What the message of a denial says."""
    sts = aws.client("sts", signer or aws.administrator)
    reply = sts.decode_authorization_message(EncodedMessage=denial.encoded_message)
    found: dict[str, Any] = json.loads(reply["DecodedMessage"])
    return found


def conditions(message: dict[str, Any]) -> dict[str, list[str]]:
    """The condition keys of a message and their values."""
    return {
        item["key"]: [value["value"] for value in item["values"]["items"]]
        for item in message["context"]["conditions"]["items"]
    }


def test_an_implicit_denial_can_be_decoded(aws: Aws) -> None:
    ana = aws.user("ana", tags={"team": "ops"})

    denial = denial_of(ana.client("bailiwick").list_sessions)

    assert denial.message.startswith(
        f"You are not authorized to perform this operation. User: {ana.arn} is not authorized to perform: "
        f"bailiwick:ListSessions on resource: arn:aws:bailiwick::{aws.account_id}:session/ because no identity-based "
        "policy allows the bailiwick:ListSessions action. Encoded authorization failure message: "
    )
    message = decoded(aws, denial)
    assert (message["allowed"], message["explicitDeny"]) == (False, False)
    assert message["matchedStatements"] == {"items": []}
    assert message["failures"] == {"items": []}
    assert message["requestId"] == denial.request_id
    context = message["context"]
    assert context["principal"] == {"id": ana.user_id, "name": "ana", "arn": ana.arn}
    assert (context["action"], context["resource"]) == ("bailiwick:ListSessions", "*")
    told = conditions(message)
    assert told["aws:username"] == ["ana"]
    assert told["aws:PrincipalTag/team"] == ["ops"]
    assert told["aws:PrincipalArn"] == [ana.arn]


def test_an_explicit_denial_shows_the_statement_that_denies(aws: Aws) -> None:
    statement = {"Sid": "NotThese", "Effect": "Deny", "Action": ["bailiwick:List*"], "Resource": "*"}
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": [statement]})

    message = decoded(aws, denial_of(ana.client("bailiwick").list_sessions))

    assert message["explicitDeny"] is True
    (shown,) = message["matchedStatements"]["items"]
    assert (shown["statementId"], shown["effect"]) == ("NotThese", "DENY")
    assert shown["actions"] == {"items": [{"value": "bailiwick:List*"}]}


def test_a_role_sessions_denial_tells_its_session(aws: Aws) -> None:
    role = aws.role("deploy", trust=aws.account_id)
    session = aws.assume(aws.administrator, role, "work")

    message = decoded(aws, denial_of(aws.client("bailiwick", session).list_sessions))

    assert message["context"]["principal"] == {
        "id": f"{role.role_id}:work",
        "arn": f"arn:aws:sts::{aws.account_id}:assumed-role/deploy/work",
    }
    assert conditions(message)["aws:PrincipalArn"] == [role.arn]


def test_the_aws_command_decodes_it(aws: Aws, tmp_path: Any) -> None:
    denial = denial_of(aws.user("ana").client("bailiwick").list_sessions)
    cli = AwsCli(
        tmp_path, {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_DEFAULT_REGION": REGION, **variables(aws.administrator)}
    )

    reply = cli.ask("sts", "decode-authorization-message", "--encoded-message", denial.encoded_message)

    assert json.loads(reply["DecodedMessage"])["requestId"] == denial.request_id


def test_who_was_denied_cannot_decode_it_without_being_allowed(aws: Aws) -> None:
    ana = aws.user("ana")
    denial = denial_of(ana.client("bailiwick").list_sessions)

    words = denial_of(ana.client("sts").decode_authorization_message, EncodedMessage=denial.encoded_message).message

    assert words == (
        f"User: {ana.arn} is not authorized to perform: sts:DecodeAuthorizationMessage because no identity-based "
        "policy allows the sts:DecodeAuthorizationMessage action"
    )


def test_who_is_allowed_decodes_it(aws: Aws) -> None:
    denial = denial_of(aws.user("ana").client("bailiwick").list_sessions)
    helpdesk = aws.user("helpdesk", allow=["sts:DecodeAuthorizationMessage"])

    assert decoded(aws, denial, helpdesk)["requestId"] == denial.request_id


def test_it_is_asked_whether_one_may_before_the_message_is_looked_at(aws: Aws) -> None:
    ana = aws.user("ana")

    denial_of(ana.client("sts").decode_authorization_message, EncodedMessage="nothing")


@pytest.mark.parametrize("kind", ["session token", "federated user"])
def test_sessions_of_users_cannot_decode(aws: Aws, kind: str) -> None:
    sts = aws.admin("sts")
    reply = sts.get_session_token() if kind == "session token" else sts.get_federation_token(Name="fed")

    denial_of(aws.client("sts", reply["Credentials"]).decode_authorization_message, EncodedMessage="nothing")


def test_a_message_of_another_account_is_no_message(aws: Aws) -> None:
    theirs = aws.other()
    denial = denial_of(theirs.user("ana").client("bailiwick").list_sessions)

    with refused(INVALID, "The message is not an encoded authorization message of this account."):
        decoded(aws, denial)
    assert decoded(theirs, denial)["requestId"] == denial.request_id


def test_a_message_of_another_installation_is_no_message(aws: Aws, start_server: Any) -> None:
    other: Server = start_server("--account-id", aws.account_id)
    profiles = configparser.ConfigParser()
    profiles.read(other.data / "credentials")
    keys = Keys(profiles["admin"]["aws_access_key_id"], profiles["admin"]["aws_secret_access_key"])
    theirs = Aws(other.url, aws.account_id, keys, aws.accounts, aws.clients)
    denial = denial_of(theirs.user("ana").client("bailiwick").list_sessions)

    with refused(INVALID):
        decoded(aws, denial)
    assert decoded(theirs, denial)["requestId"] == denial.request_id


@pytest.mark.parametrize("message", ["x", "nothing", "A" * 10_240, "é", "line\nbreak", "-" * 100])
def test_what_is_no_message_is_told_so(aws: Aws, message: str) -> None:
    with refused(INVALID):
        aws.admin("sts").decode_authorization_message(EncodedMessage=message)


def test_an_edited_message_is_told_so(aws: Aws) -> None:
    denial = denial_of(aws.user("ana").client("bailiwick").list_sessions)
    text = denial.encoded_message

    for edited in (text[:-1], text + "A", text[:50] + ("A" if text[50] != "A" else "B") + text[51:], text + "\n"):
        with refused(INVALID):
            aws.admin("sts").decode_authorization_message(EncodedMessage=edited)


def test_messages_of_denials_with_very_long_requests_can_be_sent_back(aws: Aws) -> None:
    ana = aws.user("ana", tags={f"tag-{number}": chr(0x4E00 + number) * 200 for number in range(50)})

    denial = denial_of(ana.client("bailiwick").list_sessions)

    assert len(denial.encoded_message) == 4096
    assert decoded(aws, denial)["requestId"] == denial.request_id


def test_a_messages_length_does_not_tell_what_there_is(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=aws.account_id)
    aws.assume(aws.administrator, role, "s" * 64)
    (session,) = aws.admin("bailiwick").list_sessions()["Sessions"]
    client = ana.client("bailiwick")

    there, missing = (
        denial_of(client.end_session, SessionId=session_id) for session_id in (session["SessionId"], "0" * 32)
    )

    assert len(there.message) == len(missing.message)
    assert "bailiwick:PrincipalArn" in conditions(decoded(aws, there))
    assert "bailiwick:PrincipalArn" not in conditions(decoded(aws, missing))


def test_denials_of_iam_and_sts_carry_no_message(aws: Aws) -> None:
    ana = aws.user("ana")

    for denial in (
        denial_of(ana.client("iam").list_users),
        denial_of(ana.client("sts").get_access_key_info, AccessKeyId=ana.access_key_id),
    ):
        assert denial.message.startswith("User: ")
        assert "Encoded" not in denial.message
