"""Our replies beside those that AWS documents: the same members, of the same types and forms.

`tests/vectors/aws_replies` holds AWS's. A documented reply shows what happened to be there when it was made, so the
account of these tests has some of everything, and each difference that is left stands below with its reason.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from botocore import xform_name

from tests.user.accounts import Accounts
from tests.user.client import Aws, Keys, User, new_name
from tests.user.server import Server
from tests.user.sessions import SESSION_RIGHTS, trusting

VECTORS = Path(__file__).parents[1] / "vectors" / "aws_replies"
DOCUMENTED = sorted(path.name for path in VECTORS.glob("*-*.json"))

DOCUMENT = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}]}
)
TAGS = [{"Key": "team", "Value": "ops"}]


@dataclass(frozen=True, slots=True)
class World:
    """An account with some of everything."""

    aws: Aws
    ana: User
    policy: str
    role: str


@pytest.fixture(scope="module")
def world(server: Server, accounts: Accounts) -> Iterator[World]:
    """The account, made once; what the tests add has names of its own."""
    account_id, access_key_id, secret_access_key = accounts.create()
    aws = Aws(server.url, account_id, Keys(access_key_id, secret_access_key), accounts)
    iam = aws.admin("iam")
    ana = aws.user("ana", allow=["iam:*", "sts:*"], tags={"team": "ops"}, path="/ops/")
    policy = iam.create_policy(PolicyName="read", PolicyDocument=DOCUMENT, Description="reads", Tags=TAGS)["Policy"]
    arn = policy["Arn"]
    role = iam.create_role(
        RoleName="auditor",
        AssumeRolePolicyDocument=json.dumps(trusting(account_id, actions=SESSION_RIGHTS)),
        Description="audits",
        PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess",
        Tags=TAGS,
    )["Role"]
    iam.create_group(GroupName="developers")
    iam.add_user_to_group(GroupName="developers", UserName="ana")
    iam.put_group_policy(GroupName="developers", PolicyName="inline", PolicyDocument=DOCUMENT)
    iam.put_role_policy(RoleName="auditor", PolicyName="inline", PolicyDocument=DOCUMENT)
    iam.attach_group_policy(GroupName="developers", PolicyArn=arn)
    iam.attach_role_policy(RoleName="auditor", PolicyArn=arn)
    iam.attach_user_policy(UserName="ana", PolicyArn=arn)
    iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess")
    session = aws.client("sts", ana).assume_role(RoleArn=role["Arn"], RoleSessionName="first")["Credentials"]
    aws.client("iam", session).get_user(UserName="ana")
    wait_for(lambda: iam.get_role(RoleName="auditor")["Role"]["RoleLastUsed"])
    wait_for(lambda: "LastUsedDate" in last_used(iam, ana))
    yield World(aws, ana, arn, role["Arn"])
    for client in aws.clients:
        client.close()


def make_alias(world: World) -> str:
    alias = new_name("alias")
    world.aws.admin("iam").create_account_alias(AccountAlias=alias)
    return alias


def after_making_an_alias(world: World) -> Mapping[str, Any]:
    make_alias(world)
    return {}


def last_used(iam: Any, user: User) -> Mapping[str, object]:
    answer: Mapping[str, object] = iam.get_access_key_last_used(AccessKeyId=user.access_key_id)["AccessKeyLastUsed"]
    return answer


def wait_for(condition: Callable[[], object]) -> None:
    """Ask until it holds: last use is written within a second of the call."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "the use is not shown"


CALLS: Mapping[str, Callable[[World], Mapping[str, Any]]] = {
    "AssumeRole": lambda world: {
        "RoleArn": world.role,
        "RoleSessionName": "work",
        "Policy": DOCUMENT,
        "SourceIdentity": "Ana",
        "Tags": TAGS,
    },
    "CreateAccessKey": lambda world: {"UserName": world.aws.user(new_name("user")).name},
    "CreateGroup": lambda world: {"GroupName": new_name("group")},
    "CreatePolicy": lambda world: {"PolicyName": new_name("policy"), "PolicyDocument": DOCUMENT, "Tags": TAGS},
    "CreatePolicyVersion": lambda world: {"PolicyArn": world.policy, "PolicyDocument": DOCUMENT, "SetAsDefault": True},
    "CreateRole": lambda world: {
        "RoleName": new_name("role"),
        "AssumeRolePolicyDocument": json.dumps(trusting(world.aws.account_id)),
        "Description": "does",
        "PermissionsBoundary": world.policy,
        "Tags": TAGS,
    },
    "CreateUser": lambda world: {"UserName": new_name("user"), "PermissionsBoundary": world.policy, "Tags": TAGS},
    "GetAccessKeyLastUsed": lambda world: {"AccessKeyId": world.ana.access_key_id},
    "GetAccountAuthorizationDetails": lambda world: {},
    "GetAccountSummary": lambda world: {},
    "GetCallerIdentity": lambda world: {},
    "GetFederationToken": lambda world: {"Name": "fed", "Policy": DOCUMENT, "Tags": TAGS},
    "GetGroup": lambda world: {"GroupName": "developers"},
    "GetGroupPolicy": lambda world: {"GroupName": "developers", "PolicyName": "inline"},
    "GetPolicy": lambda world: {"PolicyArn": world.policy},
    "GetPolicyVersion": lambda world: {"PolicyArn": world.policy, "VersionId": "v1"},
    "GetRole": lambda world: {"RoleName": "auditor"},
    "GetRolePolicy": lambda world: {"RoleName": "auditor", "PolicyName": "inline"},
    "GetSessionToken": lambda world: {},
    "GetUser": lambda world: {"UserName": "ana"},
    "GetUserPolicy": lambda world: {"UserName": "ana", "PolicyName": "given-0"},
    "ListAccessKeys": lambda world: {"UserName": "ana"},
    "ListAccountAliases": after_making_an_alias,
    "ListAttachedGroupPolicies": lambda world: {"GroupName": "developers"},
    "ListAttachedRolePolicies": lambda world: {"RoleName": "auditor"},
    "ListAttachedUserPolicies": lambda world: {"UserName": "ana"},
    "ListEntitiesForPolicy": lambda world: {"PolicyArn": world.policy},
    "ListGroupPolicies": lambda world: {"GroupName": "developers"},
    "ListGroups": lambda world: {},
    "ListGroupsForUser": lambda world: {"UserName": "ana"},
    "ListPolicies": lambda world: {},
    "ListPolicyTags": lambda world: {"PolicyArn": world.policy},
    "ListPolicyVersions": lambda world: {"PolicyArn": world.policy},
    "ListRolePolicies": lambda world: {"RoleName": "auditor"},
    "ListRoleTags": lambda world: {"RoleName": "auditor"},
    "ListRoles": lambda world: {},
    "ListUserPolicies": lambda world: {"UserName": "ana"},
    "ListUserTags": lambda world: {"UserName": "ana"},
    "ListUsers": lambda world: {},
    "UpdateRoleDescription": lambda world: {"RoleName": "auditor", "Description": "audits"},
}
"""The call whose reply is compared, for each operation with a documented reply."""

DOCUMENTS = frozenset({"PolicyDocument", "AssumeRolePolicyDocument", "Document"})
"""Members whose value is a policy, of any form."""

_PROFILES = "RoleDetailList.InstanceProfileList"
NOT_HERE: Mapping[str, str] = {
    "ListUsers.Users.PasswordLastUsed": "passwords are not implemented yet",
    "GetUser.User.PasswordLastUsed": "passwords are not implemented yet",
    "GetAccountAuthorizationDetails.Marker": "all fits into one page",
    **{
        f"GetAccountAuthorizationDetails.{_PROFILES}.{member}": "instance profiles are not implemented yet"
        for member in (
            *("Arn", "CreateDate", "InstanceProfileId", "InstanceProfileName", "Path"),
            *(f"Roles.{each}" for each in ("Arn", "CreateDate", "Path", "RoleId", "RoleName")),
            "Roles.AssumeRolePolicyDocument",
        )
    },
}
"""What AWS's replies show and ours cannot: `OPERATION.MEMBER`, and why."""

_OLD = "older than the member"
_NONE = "what it shows had none"
NOT_THERE: Mapping[str, str] = {
    "AssumeRole.SessionTokenSize": _OLD,
    "AssumeRole.SessionTokenUtilization": _OLD,
    "AssumeRole.SourceIdentity": _NONE,
    "CreatePolicy.Policy.Tags": _NONE,
    "CreateRole.Role.PermissionsBoundary": _NONE,
    "GetAccountAuthorizationDetails.Policies.PermissionsBoundaryUsageCount": _OLD,
    "GetAccountAuthorizationDetails.RoleDetailList.PermissionsBoundary": _OLD,
    "GetAccountAuthorizationDetails.RoleDetailList.RolePolicyList": _NONE,
    "GetAccountAuthorizationDetails.RoleDetailList.Tags": _OLD,
    "GetAccountAuthorizationDetails.UserDetailList.AttachedManagedPolicies": _NONE,
    "GetAccountAuthorizationDetails.UserDetailList.PermissionsBoundary": _OLD,
    "GetAccountAuthorizationDetails.UserDetailList.Tags": _OLD,
    "GetAccountSummary.SummaryMap.AccountPasswordPresent": _OLD,
    "GetFederationToken.SessionTokenSize": _OLD,
    "GetFederationToken.SessionTokenUtilization": _OLD,
    "GetGroup.Users": _NONE,
    "GetPolicy.Policy.Description": _NONE,
    "GetPolicy.Policy.PermissionsBoundaryUsageCount": _OLD,
    "GetPolicy.Policy.Tags": _OLD,
    "GetRole.Role.PermissionsBoundary": _NONE,
    "GetRole.Role.Tags": _NONE,
    "GetSessionToken.SessionTokenSize": _OLD,
    "GetSessionToken.SessionTokenUtilization": _OLD,
    "GetUser.User.PermissionsBoundary": _NONE,
    "GetUser.User.Tags": _NONE,
    "ListRoles.Roles.Description": _NONE,
    "UpdateRoleDescription.Role.MaxSessionDuration": _OLD,
}
"""What our replies show and none of AWS's does: `OPERATION.MEMBER`, members below it included, and why."""

_ARN = r"arn:aws:(iam|sts)::(aws|\d{12}):(root$|(user|group|role|policy|assumed-role|federated-user)/[!-~]+)"
FORMS: Mapping[str, str] = {
    "AccessKeyId": "(AKIA|ASIA)[A-Z0-9]{16}",
    "Account": r"\d{12}",
    "Arn": _ARN,
    "AssumedRoleId": r"AROA[A-Z0-9]{17}:[\w+=,.@-]+",
    "CreateDate": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "DefaultVersionId": r"v\d+",
    "Expiration": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "FederatedUserId": r"\d{12}:[\w+=,.@-]+",
    "GroupId": "AGPA[A-Z0-9]{17}",
    "LastUsedDate": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "PermissionsBoundaryArn": _ARN,
    "PermissionsBoundaryType": "Policy",
    "PolicyArn": _ARN,
    "PolicyId": "ANPA[A-Z0-9]{17}",
    "RoleId": "AROA[A-Z0-9]{17}",
    "SecretAccessKey": "[A-Za-z0-9+/]{40}",
    "ServiceName": "[a-z0-9]+",
    "UpdateDate": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "UserId": r"AIDA[A-Z0-9]{17}|AROA[A-Z0-9]{17}:[\w+=,.@-]+|\d{12}(:[\w+=,.@-]+)?",
    "VersionId": r"v\d+",
}
"""The whole text of members, by their name. Examples in references are often of other lengths; ours never are."""


def members(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every member of an output by its path, with its value; items of a list share a path."""
    match value:
        case dict() if path.rpartition(".")[2] not in DOCUMENTS:
            for name, member in value.items():
                yield from members(member, f"{path}.{name}" if path else name)
        case list() if path.rpartition(".")[2] not in DOCUMENTS:
            for item in value:
                yield from members(item, path)
        case datetime():
            yield path, value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case _:
            yield path, value


def answer(world: World, service: str, operation: str) -> dict[str, Any]:
    """What this server answers to the operation's call."""
    client = world.aws.client(service, world.ana)
    output: dict[str, Any] = getattr(client, xform_name(operation))(**CALLS[operation](world))
    del output["ResponseMetadata"]
    return output


def told(replies: list[Any]) -> dict[str, object]:
    """The members of all replies that AWS documents for one operation."""
    return dict(member for reply in replies for member in members(reply["output"]))


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_reply_has_the_members_that_aws_documents_and_no_others(world: World, name: str) -> None:
    vector = json.loads((VECTORS / name).read_text())
    operation = vector["operation"]
    theirs = told(vector["replies"])

    ours = dict(members(answer(world, vector["service"], operation)))

    assert {f"{operation}.{path}" for path in theirs if path not in ours} <= NOT_HERE.keys()
    for path in ours:
        if path not in theirs and path != "IsTruncated":  # the command line leaves it out
            parents = {f"{operation}.{path}".rsplit(".", depth)[0] for depth in range(path.count(".") + 1)}
            assert parents & NOT_THERE.keys(), f"{operation} answers {path}"
    for path in ours.keys() & theirs.keys():
        if path.rpartition(".")[2] not in DOCUMENTS:
            assert type(ours[path]) is type(theirs[path]), path


@pytest.mark.parametrize("name", DOCUMENTED)
def test_ids_arns_and_times_have_aws_forms(world: World, name: str) -> None:
    vector = json.loads((VECTORS / name).read_text())

    for path, value in members(answer(world, vector["service"], vector["operation"])):
        form = FORMS.get(path.rpartition(".")[2])
        if form is not None:
            assert re.fullmatch(form, str(value)), path


def test_every_difference_with_a_reason_is_one() -> None:
    vectors = [json.loads((VECTORS / name).read_text()) for name in DOCUMENTED]
    theirs = {f"{vector['operation']}.{path}" for vector in vectors for path in told(vector["replies"])}

    assert NOT_HERE.keys() <= theirs | {"GetUser.User.PasswordLastUsed"}  # that one is in a reply's XML
    assert not [path for path in NOT_THERE if path in theirs]


# The XML itself


@pytest.mark.parametrize(
    "form", json.loads((VECTORS / "wire_forms.json").read_text()), ids=lambda form: str(form["operation"])
)
def test_the_xml_has_the_elements_that_aws_answers(world: World, form: Mapping[str, Any]) -> None:
    service, operation = form["service"], form["operation"]
    parameters = {**CALLS, **WIRE_CALLS}[operation](world)

    reply = world.aws.raw(body=query(service, operation, parameters), signer=world.aws.administrator, service=service)

    assert (reply.status, reply.headers["content-type"]) == (200, "text/xml")
    root = ElementTree.fromstring(reply.body)
    namespace = form["namespace"] or NAMESPACES[service]
    assert root.tag == f"{{{namespace}}}{operation}Response"
    elements = set(leaves(root, namespace))
    left_out = {path for path in form["elements"] if path not in elements}
    assert {f"{operation}.{in_output(path)}" for path in left_out} <= NOT_HERE.keys()
    assert {path.partition("/")[0] for path in elements} == {path.partition("/")[0] for path in form["elements"]}
    request_id = root.findtext(f"{{{namespace}}}ResponseMetadata/{{{namespace}}}RequestId")
    assert request_id == reply.headers["x-amzn-requestid"]


NAMESPACES = {
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}

WIRE_CALLS: Mapping[str, Callable[[World], Mapping[str, Any]]] = {
    "AddUserToGroup": lambda world: {"GroupName": "developers", "UserName": "ana"},
    "AssumeRole": lambda world: {"RoleArn": world.role, "RoleSessionName": "work", "Policy": DOCUMENT},
    "CreateAccountAlias": lambda world: {"AccountAlias": new_name("alias")},
    "CreateUser": lambda world: {"UserName": new_name("user")},
    "DeleteAccountAlias": lambda world: {"AccountAlias": make_alias(world)},
    "GetUserPolicy": lambda world: {"UserName": "ana", "PolicyName": "given-0"},
}


def query(service: str, operation: str, parameters: Mapping[str, Any]) -> str:
    """The form of a call whose parameters are all plain text."""
    version = NAMESPACES[service].rstrip("/").rpartition("/")[2]
    return urlencode({"Action": operation, "Version": version, **parameters})


def leaves(element: ElementTree.Element, namespace: str, path: str = "") -> Iterator[str]:
    """The paths of all elements below one that have none below them."""
    for child in element:
        assert child.tag.startswith(f"{{{namespace}}}")
        below = f"{path}/{child.tag.partition('}')[2]}".lstrip("/")
        if len(child):
            yield from leaves(child, namespace, below)
        else:
            yield below


def in_output(path: str) -> str:
    """How an element's path is written as that of an output's member."""
    return path.partition("/")[2].replace("/member", "").replace("/", ".")
