"""The unmodified `aws` CLI with nothing but AWS_ENDPOINT_URL and AWS_SHARED_CREDENTIALS_FILE set."""

import base64
import configparser
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from tests.user.aws_cli import AwsCli, Refused, variables
from tests.user.client import MODELS, Aws, User, send
from tests.user.sessions import trusting


@pytest.fixture
def cli(aws: Aws, tmp_path: Path) -> AwsCli:
    """The CLI as the account's administrator, by a credentials file of the form that the first run writes."""
    credentials = tmp_path / "credentials"
    profile = {
        "aws_access_key_id": aws.administrator.access_key_id,
        "aws_secret_access_key": aws.administrator.secret_access_key,
        "region": "us-east-1",
    }
    write_profile(credentials, "default", profile)
    return AwsCli(tmp_path, {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_SHARED_CREDENTIALS_FILE": str(credentials)})


def write_profile(path: Path, name: str, values: dict[str, str]) -> None:
    parser = configparser.RawConfigParser()
    parser.read(path)
    parser[name] = values
    with path.open("w") as file:
        parser.write(file)


def allow(*actions: str) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


def test_the_story_of_a_user_a_group_a_role_and_its_revoked_session(cli: AwsCli, aws: Aws) -> None:
    account = aws.account_id
    assert cli.ask("sts", "get-caller-identity")["Arn"] == f"arn:aws:iam::{account}:user/admin"

    # A user who may what its group may.
    made = cli.ask("iam", "create-user", "--user-name", "ana", "--tags", "Key=team,Value=ops")["User"]
    assert made["Arn"] == f"arn:aws:iam::{account}:user/ana"
    cli.ask("iam", "create-group", "--group-name", "developers")
    document = cli.write("group.json", allow("iam:ListUsers", "sts:AssumeRole"))
    put = ("iam", "put-group-policy", "--group-name", "developers", "--policy-name", "read")
    assert cli.run(*put, "--policy-document", document) == ""
    assert cli.run("iam", "add-user-to-group", "--group-name", "developers", "--user-name", "ana") == ""
    ana = variables(cli.ask("iam", "create-access-key", "--user-name", "ana")["AccessKey"])
    assert cli.run("iam", "list-users", "--query", "Users[].UserName", "--output", "text", **ana) == "admin\tana\n"

    # A role that she may become, and its session, which may what the role may and no more.
    trust = cli.write("trust.json", trusting(account))
    create = ("iam", "create-role", "--role-name", "auditor", "--assume-role-policy-document", trust)
    role_arn = cli.ask(*create)["Role"]["Arn"]
    read_only = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    cli.run("iam", "attach-role-policy", "--role-name", "auditor", "--policy-arn", read_only)
    assume = ("sts", "assume-role", "--role-arn", role_arn, "--role-session-name")
    first = variables(cli.ask(*assume, "first", **ana)["Credentials"])
    assert [user["UserName"] for user in cli.ask("iam", "list-users", **first)["Users"]] == ["admin", "ana"]
    with pytest.raises(Refused) as refused:
        cli.run("iam", "delete-user", "--user-name", "ana", **first)
    assert refused.value.words == (
        "An error occurred (AccessDenied) when calling the DeleteUser operation:"
        f" User: arn:aws:sts::{account}:assumed-role/auditor/first is not authorized to perform: iam:DeleteUser"
        " on resource: user ana because no identity-based policy allows the iam:DeleteUser action"
    )

    # Every session issued until now is revoked: refused on its next call, while a new one works.
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    older = {"DateLessThan": {"aws:TokenIssueTime": now}}
    deny = {"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": older}
    revoke = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    put = ("iam", "put-role-policy", "--role-name", "auditor", "--policy-name", "AWSRevokeOlderSessions")
    cli.run(*put, "--policy-document", revoke)
    with pytest.raises(Refused, match="with an explicit deny in an identity-based policy"):
        cli.run("iam", "list-users", **first)
    second = variables(cli.ask(*assume, "second", **ana)["Credentials"])
    assert len(cli.ask("iam", "list-users", **second)["Users"]) == 2


def test_a_user_of_whom_nothing_is_said_may_nothing(cli: AwsCli, aws: Aws) -> None:
    ben = aws.user("ben")

    with pytest.raises(Refused) as refused:
        cli.run("iam", "list-users", **variables(ben))

    assert refused.value.words.endswith("because no identity-based policy allows the iam:ListUsers action")


def test_what_is_not_there_is_told_as_aws_tells_it(cli: AwsCli) -> None:
    with pytest.raises(Refused) as refused:
        cli.run("iam", "get-user", "--user-name", "nobody")

    assert refused.value.words == (
        "An error occurred (NoSuchEntity) when calling the GetUser operation:"
        " The user with name nobody cannot be found."
    )


def test_lists_are_taken_in_pieces_by_starting_tokens(cli: AwsCli, aws: Aws) -> None:
    for number in range(5):
        aws.admin("iam").create_user(UserName=f"user-{number}", Path="/paged/")
    paged = ("iam", "list-users", "--path-prefix", "/paged/", "--page-size", "2", "--max-items", "3")

    first = cli.ask(*paged)
    rest = cli.ask(*paged, "--starting-token", first["NextToken"])

    assert [user["UserName"] for user in first["Users"]] == ["user-0", "user-1", "user-2"]
    assert [user["UserName"] for user in rest["Users"]] == ["user-3", "user-4"]
    assert "NextToken" not in rest


def test_waiting_for_a_user_ends_when_it_is_there(cli: AwsCli, aws: Aws) -> None:
    aws.user("ana")

    assert cli.run("iam", "wait", "user-exists", "--user-name", "ana") == ""


def test_a_profile_with_a_role_becomes_it_by_itself(cli: AwsCli, aws: Aws) -> None:
    role = aws.role("auditor", trust=aws.account_id, allow=["iam:GetUser"], path="/ci/")
    profile = {"role_arn": role.arn, "source_profile": "default", "role_session_name": "mine", "region": "us-east-1"}
    (cli.home / ".aws").mkdir()
    write_profile(cli.home / ".aws" / "config", "profile auditor", profile)

    identity = cli.ask("sts", "get-caller-identity", "--profile", "auditor")

    assert identity["Arn"] == f"arn:aws:sts::{aws.account_id}:assumed-role/auditor/mine"
    assert cli.ask("iam", "get-user", "--user-name", "admin", "--profile", "auditor")["User"]["UserName"] == "admin"
    with pytest.raises(Refused, match="iam:ListUsers"):
        cli.run("iam", "list-users", "--profile", "auditor")


def test_a_session_token_makes_calls_as_the_user(cli: AwsCli, aws: Aws) -> None:
    ana = aws.user("ana")

    issued = cli.ask("sts", "get-session-token", "--duration-seconds", "900", **variables(ana))["Credentials"]

    assert cli.ask("sts", "get-caller-identity", **variables(issued))["Arn"] == ana.arn


@pytest.fixture
def kubernetes_token(cli: AwsCli, aws: Aws) -> tuple[User, str]:
    """A user, and the token that `aws eks get-token` makes for it: a presigned GetCallerIdentity, not sent."""
    ana = aws.user("ana")
    asked = cli.ask("eks", "get-token", "--cluster-name", "main", "--region", "eu-west-1", **variables(ana))
    return ana, asked["status"]["token"]


def test_a_presigned_identity_as_kubernetes_clusters_use_it_tells_who_made_it(
    kubernetes_token: tuple[User, str], aws: Aws
) -> None:
    ana, token = kubernetes_token
    prefix, _, encoded = token.partition(".")
    assert prefix == "k8s-aws-v1"
    url = urlsplit(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode())

    reply = send(aws.endpoint, "GET", f"{url.path or '/'}?{url.query}", {"Host": url.netloc, "x-k8s-aws-id": "main"})
    for_another = send(
        aws.endpoint, "GET", f"{url.path or '/'}?{url.query}", {"Host": url.netloc, "x-k8s-aws-id": "other"}
    )

    assert reply.status == 200
    arn = ElementTree.fromstring(reply.text).findtext(".//{https://sts.amazonaws.com/doc/2011-06-15/}Arn")
    assert arn == ana.arn
    assert for_another.status == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in for_another.text


def test_our_own_service_is_a_command_too(cli: AwsCli, aws: Aws) -> None:
    ana = aws.user("ana", allow=["iam:GetUser"])
    role = aws.role("auditor", trust=ana.arn, allow=["iam:ListUsers"])
    session = aws.assume(ana, role)
    model = {"AWS_DATA_PATH": str(MODELS)}

    (listed,) = cli.ask("bailiwick", "list-sessions", "--principal-arn", role.arn, **model)["Sessions"]
    ended = cli.ask("bailiwick", "end-session", "--session-id", listed["SessionId"], **model)["Session"]

    assert listed["AccessKeyId"] == session.access_key_id
    assert ended["SessionId"] == listed["SessionId"]
    assert "EndedAt" not in listed
    assert "EndedAt" in ended
    with pytest.raises(Refused, match=r"\((InvalidClientTokenId)\)"):
        cli.run("iam", "list-users", **variables(session))
