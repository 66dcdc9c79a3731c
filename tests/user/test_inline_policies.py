"""Inline policies of users, groups and roles, as boto3 sees it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.user.client import Aws
from tests.user.refusals import refused

KINDS = ["user", "group", "role"]


def allowing(*actions: str, resource: str = "*") -> str:
    """The text of a policy with one statement."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Owner:
    """A user, group or role named ana, and the calls about its inline policies."""

    def __init__(self, iam: Any, kind: str) -> None:
        self.iam = iam
        self.kind = kind
        self.name = {f"{kind.capitalize()}Name": "ana"}
        trust = {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        }
        more = {"AssumeRolePolicyDocument": json.dumps(trust)} if kind == "role" else {}
        getattr(iam, f"create_{kind}")(**self.name, **more)

    def put(self, name: str, text: str) -> None:
        getattr(self.iam, f"put_{self.kind}_policy")(**self.name, PolicyName=name, PolicyDocument=text)

    def get(self, name: str) -> Any:
        return getattr(self.iam, f"get_{self.kind}_policy")(**self.name, PolicyName=name)

    def listed(self, **parameters: object) -> Any:
        return getattr(self.iam, f"list_{self.kind}_policies")(**self.name, **parameters)

    def remove(self, name: str) -> None:
        getattr(self.iam, f"delete_{self.kind}_policy")(**self.name, PolicyName=name)


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


@pytest.fixture(params=KINDS)
def owner(request: pytest.FixtureRequest, iam: Any) -> Owner:
    """A user, then a group, then a role."""
    return Owner(iam, request.param)


def test_a_policy_is_put_shown_replaced_listed_and_deleted(owner: Owner) -> None:
    owner.put("two", allowing("s3:Get*"))
    owner.put("one", allowing("s3:Put*"))
    owner.put("one", allowing("s3:Put*"))

    shown = owner.get("two")
    assert shown["PolicyDocument"] == json.loads(allowing("s3:Get*"))
    assert (shown["PolicyName"], shown[f"{owner.kind.capitalize()}Name"]) == ("two", "ana")
    assert owner.listed()["PolicyNames"] == ["one", "two"]

    owner.put("two", allowing("s3:List*"))
    assert owner.get("two")["PolicyDocument"] == json.loads(allowing("s3:List*"))

    owner.remove("one")
    assert owner.listed()["PolicyNames"] == ["two"]
    with refused("NoSuchEntity", having=f"The {owner.kind} policy with name one cannot be found."):
        owner.get("one")
    with refused("NoSuchEntity", having=f"The {owner.kind} policy with name one cannot be found."):
        owner.remove("one")


def test_the_document_comes_back_byte_for_byte(iam: Any, owner: Owner) -> None:
    text = (
        '{ "Statement":[{"Effect":"Allow",\n\t"Action":"s3:*" ,"Resource":"arn:aws:s3:::caf\u00e9/${aws:username}"}]}'
    )
    sent: list[str] = []
    operation = f"Get{owner.kind.capitalize()}Policy"
    iam.meta.events.register_first(
        f"after-call.iam.{operation}", lambda http_response, **_: sent.append(http_response.text)
    )
    owner.put("p", text)

    assert owner.get("p")["PolicyDocument"] == json.loads(text)
    assert "%7B%20%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%0A%09%22Action%22" in sent[0]


def test_names_are_listed_over_pages(owner: Owner) -> None:
    for name in ("c", "a", "b"):
        owner.put(name, allowing("s3:*"))

    first = owner.listed(MaxItems=2)
    second = owner.listed(MaxItems=2, Marker=first["Marker"])

    assert (first["PolicyNames"], first["IsTruncated"]) == (["a", "b"], True)
    assert (second["PolicyNames"], second["IsTruncated"]) == (["c"], False)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "Syntax errors in policy."),
        ('{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Effect":"Deny"}}', "Syntax errors in policy."),
        (
            '{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}',
            "Policy document should not specify a principal.",
        ),
        ('{"Statement":{"Effect":"Allow","Resource":"*"}}', "Policy statement must contain actions."),
        ('{"Statement":{"Effect":"Allow","Action":"s3:*"}}', "Policy statement must contain resources."),
    ],
)
def test_what_is_no_permissions_policy_is_refused(owner: Owner, document: str, words: str) -> None:
    with refused("MalformedPolicyDocument", having=words):
        owner.put("bad", document)

    assert owner.listed()["PolicyNames"] == []


@pytest.mark.parametrize(("kind", "limit"), [("user", 2048), ("group", 5120), ("role", 10240)])
def test_the_sum_of_an_owners_policies_is_bounded_without_white_space(iam: Any, kind: str, limit: int) -> None:
    owner = Owner(iam, kind)

    def sized(length: int) -> str:
        fixed = len("".join(allowing("s3:*", resource="arn:aws:s3:::").split()))
        return allowing("s3:*", resource="arn:aws:s3:::" + "b" * (length - fixed)) + "\n" * 100

    owner.put("first", sized(1000))
    owner.put("second", sized(limit - 1000))
    owner.put("first", sized(1000))  # the same again takes no more room

    with refused("LimitExceeded", having=f"Maximum policy size of {limit} bytes exceeded for {kind} ana"):
        owner.put("first", sized(1001))
    with refused("LimitExceeded"):
        owner.put("third", allowing("s3:*"))
    owner.remove("first")
    owner.put("third", allowing("s3:*"))


@pytest.mark.parametrize("kind", KINDS)
def test_an_owner_that_does_not_exist_cannot_be_found(iam: Any, kind: str) -> None:
    name = {f"{kind.capitalize()}Name": "ghost"}

    with refused("NoSuchEntity", having=f"The {kind} with name ghost cannot be found."):
        getattr(iam, f"put_{kind}_policy")(**name, PolicyName="p", PolicyDocument=allowing("s3:*"))
    with refused("NoSuchEntity", having=f"The {kind} with name ghost cannot be found."):
        getattr(iam, f"list_{kind}_policies")(**name)


def test_a_users_own_policy_grants_on_the_very_next_call_until_it_is_deleted(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana").client("iam")
    with refused("AccessDenied"):
        ana.list_users()

    iam.put_user_policy(UserName="ana", PolicyName="p", PolicyDocument=allowing("iam:ListUsers"))
    ana.list_users()

    iam.delete_user_policy(UserName="ana", PolicyName="p")
    with refused("AccessDenied"):
        ana.list_users()


def test_a_groups_policy_grants_to_its_members(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana")
    aws.group("staff", members=[ana])

    iam.put_group_policy(GroupName="staff", PolicyName="p", PolicyDocument=allowing("iam:ListUsers"))

    ana.client("iam").list_users()


def test_a_policy_belongs_to_one_owner_only(iam: Any) -> None:
    user, group = Owner(iam, "user"), Owner(iam, "group")
    user.put("p", allowing("s3:Get*"))
    group.put("p", allowing("s3:Put*"))

    user.remove("p")

    assert group.listed()["PolicyNames"] == ["p"]
    assert user.listed()["PolicyNames"] == []


def revoke_sessions_issued_before(iam: Any, role_name: str, moment: datetime) -> None:
    """As the console's "Revoke sessions" does."""
    statement = {
        "Effect": "Deny",
        "Action": ["*"],
        "Resource": ["*"],
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")}},
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_role_policy(RoleName=role_name, PolicyName="AWSRevokeOlderSessions", PolicyDocument=json.dumps(document))


def role_session(aws: Aws) -> Any:
    """IAM as a session of the role `deploy`, which may list users."""
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana)
    aws.admin("iam").put_role_policy(RoleName="deploy", PolicyName="p", PolicyDocument=allowing("iam:ListUsers"))
    return aws.client("iam", aws.assume(ana, role))


def test_older_sessions_of_a_role_are_revoked_by_its_inline_policy(aws: Aws, iam: Any) -> None:
    session = role_session(aws)
    revoke_sessions_issued_before(iam, "deploy", datetime.now(UTC) - timedelta(hours=1))
    session.list_users()  # issued after that

    revoke_sessions_issued_before(iam, "deploy", datetime.now(UTC) + timedelta(minutes=1))

    with refused("AccessDenied", having="explicit deny"):
        session.list_users()


def test_a_roles_policy_holds_for_the_very_next_call_of_its_sessions(aws: Aws, iam: Any) -> None:
    session = role_session(aws)
    session.list_users()

    iam.delete_role_policy(RoleName="deploy", PolicyName="p")

    with refused("AccessDenied"):
        session.list_users()
