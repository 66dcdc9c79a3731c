"""The AWS SDK for JavaScript v3 against the running server: calls, pages, waiters, sessions, exceptions, the clock."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.user.client import Aws
from tests.user.javascript import FOLDER, JavaScript, JavaScriptError, Node
from tests.user.operation_answers import REFUSED
from tests.user.operation_calls import CALLS, Scene
from tests.user.test_every_cli_command import READS
from tests.user.test_every_operation import call, scene

__all__ = ["scene"]

READ_USERS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["iam:GetUser", "iam:ListUsers"], "Resource": "*"}],
}

HOUR_MS = 60 * 60 * 1000


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """A Node.js process with the SDK in it."""
    if not (FOLDER / "node_modules" / ".installed").exists():
        pytest.fail("the AWS SDK for JavaScript is not installed in tests/js; `make test` installs it", pytrace=False)
    started = Node()
    try:
        yield started
    finally:
        started.close()


@pytest.fixture
def javascript(node: Node, aws: Aws) -> JavaScript:
    """The SDK's clients for a fresh account."""
    return JavaScript(node, aws)


def test_it_learns_who_it_is(javascript: JavaScript, aws: Aws) -> None:
    ana = aws.user("ana", path="/ops/")

    identity = javascript.client("sts", ana).send("GetCallerIdentity")

    assert (identity["UserId"], identity["Account"], identity["Arn"]) == (ana.user_id, aws.account_id, ana.arn)
    assert identity["$metadata"]["httpStatusCode"] == 200
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", identity["$metadata"]["requestId"])


def test_it_makes_and_reads_a_user_with_everything_a_user_has(javascript: JavaScript, aws: Aws) -> None:
    iam = javascript.client("iam")
    tags = [{"Key": "empty", "Value": ""}, {"Key": "team", "Value": "ops/ü @+=:_-."}]

    made = iam.send("CreateUser", UserName="ana", Path="/ops/", Tags=tags)["User"]
    read = iam.send("GetUser", UserName="ana")["User"]

    assert made == read
    assert read["Arn"] == f"arn:aws:iam::{aws.account_id}:user/ops/ana"
    assert sorted(read["Tags"], key=lambda tag: str(tag["Key"])) == tags
    datetime.fromisoformat(read["CreateDate"])


def test_it_reads_text_that_xml_must_escape(javascript: JavaScript, aws: Aws) -> None:
    iam = javascript.client("iam")
    aws.role("deploy", trust=aws.account_id)
    description = """<b> & "quoted" 'so' ü\ttab\nline"""

    iam.send("UpdateRole", RoleName="deploy", Description=description)

    assert iam.send("GetRole", RoleName="deploy")["Role"]["Description"] == description


def test_it_gives_a_group_its_members_and_its_policies(javascript: JavaScript, aws: Aws) -> None:
    iam = javascript.client("iam")
    ana = aws.user("ana")

    iam.send("CreateGroup", GroupName="developers")
    iam.send("AddUserToGroup", GroupName="developers", UserName="ana")
    iam.send("PutGroupPolicy", GroupName="developers", PolicyName="read", PolicyDocument=json.dumps(READ_USERS))
    managed = iam.send("CreatePolicy", PolicyName="read-too", PolicyDocument=json.dumps(READ_USERS))["Policy"]
    iam.send("AttachGroupPolicy", GroupName="developers", PolicyArn=managed["Arn"])

    assert [user["UserName"] for user in iam.send("GetGroup", GroupName="developers")["Users"]] == ["ana"]
    assert iam.send("ListGroupPolicies", GroupName="developers")["PolicyNames"] == ["read"]
    assert iam.send("ListAttachedGroupPolicies", GroupName="developers")["AttachedPolicies"] == [
        {"PolicyName": "read-too", "PolicyArn": managed["Arn"]}
    ]
    assert javascript.client("iam", ana).send("GetUser")["User"]["UserName"] == "ana"


def test_it_makes_an_access_key_that_works(javascript: JavaScript, aws: Aws) -> None:
    aws.user("ana")

    key = javascript.client("iam").send("CreateAccessKey", UserName="ana")["AccessKey"]

    assert key["Status"] == "Active"
    assert javascript.client("sts", key).send("GetCallerIdentity")["Arn"].endswith(":user/ana")


def test_an_empty_list_is_an_empty_array(javascript: JavaScript) -> None:
    assert javascript.client("iam").send("ListRoles", PathPrefix="/nothing/")["Roles"] == []


def test_its_paginators_give_every_item_once(javascript: JavaScript, aws: Aws) -> None:
    admin = aws.admin("iam")
    for number in range(7):
        admin.create_user(UserName=f"user-{number}", Path="/paged/")
        admin.create_group(GroupName=f"group-{number}", Path="/paged/")
    iam = javascript.client("iam")

    for command, member, name in (("ListUsers", "Users", "UserName"), ("ListGroups", "Groups", "GroupName")):
        pages = iam.pages(command, 3, PathPrefix="/paged/")

        assert [len(page[member]) for page in pages] == [3, 3, 1]
        names = [item[name] for page in pages for item in page[member]]
        assert names == [f"{name[:-4].lower()}-{number}" for number in range(7)]


def test_its_paginator_goes_through_the_authorization_details(javascript: JavaScript, aws: Aws) -> None:
    for number in range(4):
        aws.admin("iam").create_user(UserName=f"user-{number}")

    pages = javascript.client("iam").pages("GetAccountAuthorizationDetails", 2, Filter=["User"])

    assert sorted(user["UserName"] for page in pages for user in page["UserDetailList"]) == sorted(
        ["admin", "user-0", "user-1", "user-2", "user-3"]
    )


def test_its_waiters_end_when_the_thing_is_there(javascript: JavaScript, aws: Aws) -> None:
    iam = javascript.client("iam")
    ana = aws.user("ana")
    aws.role("deploy", trust=ana.arn)

    assert iam.wait("UserExists", UserName="ana") == "SUCCESS"
    assert iam.wait("RoleExists", RoleName="deploy") == "SUCCESS"
    admin = aws.admin("iam")
    admin.create_instance_profile(InstanceProfileName="machine")
    document = json.dumps(READ_USERS)
    arn = admin.create_policy(PolicyName="read", PolicyDocument=document)["Policy"]["Arn"]
    assert iam.wait("InstanceProfileExists", InstanceProfileName="machine") == "SUCCESS"
    assert iam.wait("PolicyExists", PolicyArn=arn) == "SUCCESS"


def test_it_becomes_a_role_and_stays_within_its_rights(javascript: JavaScript, aws: Aws) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    role = aws.role("auditor", trust=ana.arn, allow=["iam:ListUsers"], path="/ci/")

    assumed = javascript.client("sts", ana).send(
        "AssumeRole", RoleArn=role.arn, RoleSessionName="first", DurationSeconds=900
    )

    assert assumed["AssumedRoleUser"] == {
        "AssumedRoleId": f"{role.role_id}:first",
        "Arn": f"arn:aws:sts::{aws.account_id}:assumed-role/auditor/first",
    }
    credentials = assumed["Credentials"]
    session = javascript.client("iam", credentials)
    assert [user["UserName"] for user in session.send("ListUsers")["Users"]] == ["admin", "ana"]
    with pytest.raises(JavaScriptError) as denied:
        session.send("ListRoles")
    assert denied.value.name == "AccessDenied"
    lifetime = datetime.fromisoformat(credentials["Expiration"]) - datetime.now().astimezone()
    assert timedelta(minutes=14) < lifetime <= timedelta(minutes=15)


def test_a_denial_is_an_exception_with_aws_words_and_a_request_id(javascript: JavaScript, aws: Aws) -> None:
    ana = aws.user("ana")

    with pytest.raises(JavaScriptError) as denied:
        javascript.client("iam", ana).send("ListUsers")

    thrown = denied.value
    assert (thrown.name, thrown.fault) == ("AccessDenied", "client")
    assert thrown.message == (
        f"User: {ana.arn} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::{aws.account_id}:user/"
        " because no identity-based policy allows the iam:ListUsers action"
    )
    assert thrown.types[-1] == "IAMServiceException"
    assert thrown.metadata["httpStatusCode"] == 403
    assert thrown.metadata["requestId"]
    assert thrown.metadata["attempts"] == 1


@pytest.mark.parametrize(
    ("service", "command", "parameters", "type_", "status"),
    [
        ("iam", "GetUser", {"UserName": "nobody"}, "NoSuchEntityException", 404),
        ("iam", "CreateUser", {"UserName": "admin"}, "EntityAlreadyExistsException", 409),
        ("iam", "DeleteUser", {"UserName": "admin"}, "DeleteConflictException", 409),
        (
            "iam",
            "CreatePolicy",
            {"PolicyName": "bad", "PolicyDocument": "{}"},
            "MalformedPolicyDocumentException",
            400,
        ),
        (
            "sts",
            "GetFederationToken",
            {"Name": "ana", "Policy": "{}"},
            "MalformedPolicyDocumentException",
            400,
        ),
    ],
)
def test_modelled_errors_are_the_sdks_own_exceptions(
    javascript: JavaScript, service: str, command: str, parameters: dict[str, str], type_: str, status: int
) -> None:
    with pytest.raises(JavaScriptError) as refused:
        javascript.client(service).send(command, **parameters)

    assert refused.value.types[0] == type_
    assert refused.value.name == type_
    assert refused.value.metadata["httpStatusCode"] == status
    assert refused.value.metadata["requestId"]


def test_a_wrong_secret_is_told_as_such(javascript: JavaScript, aws: Aws) -> None:
    key = {"AccessKeyId": aws.administrator.access_key_id, "SecretAccessKey": "wrong"}

    with pytest.raises(JavaScriptError) as refused:
        javascript.client("sts", key).send("GetCallerIdentity")

    assert refused.value.name == "SignatureDoesNotMatch"
    assert refused.value.metadata["httpStatusCode"] == 403


@pytest.mark.parametrize("offset", [-HOUR_MS, HOUR_MS], ids=["behind", "ahead"])
def test_it_learns_the_time_from_the_answer_to_a_call_made_with_a_wrong_clock(
    javascript: JavaScript, offset: int
) -> None:
    with pytest.raises(JavaScriptError) as refused:
        javascript.client("sts", clock_offset_ms=offset).send("GetCallerIdentity")
    assert refused.value.name == "SignatureDoesNotMatch"
    assert refused.value.metadata["clockSkewCorrected"] is True

    told = javascript.client("sts", clock_offset_ms=offset, attempts=2).send("GetCallerIdentity")
    assert told["$metadata"]["attempts"] == 2


def members(value: object) -> object:
    """The names in a reply, however deep, and how many each list has; not what stands for itself anew each time."""
    if isinstance(value, dict) and "0" in value:  # bytes, as this SDK has them
        return None
    if isinstance(value, dict):
        left_out = ("$metadata", "ResponseMetadata")
        return {key: members(each) for key, each in value.items() if key not in left_out and each is not None}
    return [members(each) for each in value] if isinstance(value, list) else None


@pytest.fixture(scope="module")
def everywhere(scene: Scene, node: Node) -> JavaScript:
    """The SDK's clients for the account of the scene."""
    return JavaScript(node, scene.aws)


@pytest.mark.parametrize("action", [action for action in READS if action not in REFUSED])
def test_whatever_reads_gives_it_what_boto3_gets(scene: Scene, everywhere: JavaScript, action: str) -> None:
    parameters = CALLS[action](scene)

    ours = everywhere.client("iam").send(action.partition(":")[2], **parameters)

    theirs = json.loads(json.dumps(call(scene, scene.aws.administrator, action, parameters), default=str))
    # boto3 gives policies as documents, empty maps and lists where this SDK gives none, and knows a newer model.
    apart = {"PolicyDocument", "AssumeRolePolicyDocument", "Document"}
    apart |= {"IsTrustedIdentityPropagationEnabled", "SAMLKeyHashes"}
    assert without(members(ours), apart) == without(members(theirs), apart)


def without(value: object, names: set[str]) -> object:
    if isinstance(value, dict):
        return {key: without(each, names) for key, each in value.items() if key not in names and each not in ({}, [])}
    return [without(each, names) for each in value] if isinstance(value, list) else value
