"""Our refusals beside those of AWS that users quote: code, status, who is at fault, and every word.

`tests/vectors/aws_replies/errors.json` holds AWS's, each with the thread or page that quotes it.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from botocore.exceptions import ClientError

from tests.user.client import Aws, Keys, RawReply
from tests.user.sessions import trusting

ERRORS = json.loads((Path(__file__).parents[1] / "vectors" / "aws_replies" / "errors.json").read_text())
BY_SITUATION = {error["situation"]: error for error in ERRORS}

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15"}

Names = dict[str, str]
"""What stands in AWS's words where the situation has a name of its own."""


class Refused(Exception):
    """Carries the reply of a call made by hand, which boto3 would not make."""

    def __init__(self, reply: RawReply) -> None:
        super().__init__(reply.text)
        self.reply = reply


def document(**changes: object) -> str:
    """A policy of one statement; None takes an element away."""
    statement: dict[str, object] = {"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*", **changes}
    kept = {element: value for element, value in statement.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [kept]})


def trust_of(aws: Aws, **changes: object) -> str:
    policy: Any = trusting(aws.account_id)
    policy["Statement"][0].update(changes)
    return json.dumps(policy)


def make_policy(aws: Aws, name: str, versions: int = 1) -> str:
    iam = aws.admin("iam")
    arn = str(iam.create_policy(PolicyName=name, PolicyDocument=document())["Policy"]["Arn"])
    for _ in range(versions - 1):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document())
    return arn


def put(aws: Aws, **changes: object) -> None:
    """Give a new user `ana` an inline policy."""
    aws.admin("iam").create_user(UserName="ana")
    aws.admin("iam").put_user_policy(UserName="ana", PolicyName="p", PolicyDocument=document(**changes))


def by_hand(aws: Aws, service: str, signer: Keys, **parameters: str) -> None:
    body = urlencode({"Version": VERSIONS[service], **parameters})
    raise Refused(aws.raw(body=body, signer=signer, service=service))


# IAM


def missing_user(aws: Aws, names: Names) -> None:
    aws.admin("iam").get_user(UserName=names.setdefault("name", "nobody"))


def missing_role(aws: Aws, names: Names) -> None:
    aws.admin("iam").get_role(RoleName=names.setdefault("name", "nobody"))


def missing_group(aws: Aws, names: Names) -> None:
    aws.admin("iam").get_group(GroupName=names.setdefault("name", "nobody"))


def missing_role_policy(aws: Aws, names: Names) -> None:
    aws.role("auditor", trust=aws.account_id)
    aws.admin("iam").get_role_policy(RoleName="auditor", PolicyName=names.setdefault("name", "nothing"))


def attaching_a_missing_policy(aws: Aws, names: Names) -> None:
    aws.user("ana")
    arn = names.setdefault("arn", f"arn:aws:iam::{aws.account_id}:policy/nothing")
    aws.admin("iam").attach_user_policy(UserName="ana", PolicyArn=arn)


def user_again(aws: Aws, names: Names) -> None:
    for _ in range(2):
        aws.admin("iam").create_user(UserName=names.setdefault("name", "ana"))


def role_again(aws: Aws, names: Names) -> None:
    for _ in range(2):
        aws.role(names.setdefault("name", "auditor"), trust=aws.account_id)


def policy_again(aws: Aws, names: Names) -> None:
    for _ in range(2):
        make_policy(aws, names.setdefault("name", "read"))


def alias_of_another(aws: Aws, names: Names) -> None:
    alias = names.setdefault("name", f"alias-{aws.account_id}")
    aws.other().admin("iam").create_account_alias(AccountAlias=alias)
    aws.admin("iam").create_account_alias(AccountAlias=alias)


def deleting_a_role_with_inline_policy(aws: Aws, names: Names) -> None:
    aws.role("auditor", trust=aws.account_id, allow=["iam:GetUser"])
    aws.admin("iam").delete_role(RoleName="auditor")


def deleting_a_role_with_attached_policy(aws: Aws, names: Names) -> None:
    aws.role("auditor", trust=aws.account_id)
    aws.admin("iam").attach_role_policy(RoleName="auditor", PolicyArn=READ_ONLY)
    aws.admin("iam").delete_role(RoleName="auditor")


def deleting_a_user_with_key(aws: Aws, names: Names) -> None:
    aws.user("ana")
    aws.admin("iam").delete_user(UserName="ana")


def deleting_a_member(aws: Aws, names: Names) -> None:
    aws.admin("iam").create_user(UserName="ana")
    aws.group("developers")
    aws.admin("iam").add_user_to_group(GroupName="developers", UserName="ana")
    aws.admin("iam").delete_user(UserName="ana")


def deleting_an_attached_policy(aws: Aws, names: Names) -> None:
    aws.user("ana")
    arn = make_policy(aws, "read")
    aws.admin("iam").attach_user_policy(UserName="ana", PolicyArn=arn)
    aws.admin("iam").delete_policy(PolicyArn=arn)


def deleting_a_policy_with_versions(aws: Aws, names: Names) -> None:
    aws.admin("iam").delete_policy(PolicyArn=make_policy(aws, "read", versions=2))


def deleting_the_default_version(aws: Aws, names: Names) -> None:
    aws.admin("iam").delete_policy_version(PolicyArn=make_policy(aws, "read", versions=2), VersionId="v1")


def tags_of_one_key(aws: Aws, names: Names) -> None:
    tags = [{"Key": "Team", "Value": "a"}, {"Key": "team", "Value": "b"}]
    aws.admin("iam").create_user(UserName="ana", Tags=tags)


def arn_of_the_wrong_kind(aws: Aws, names: Names) -> None:
    role = aws.role("auditor", trust=aws.account_id)
    aws.admin("iam").detach_role_policy(RoleName="auditor", PolicyArn=names.setdefault("arn", role.arn))


def third_key(aws: Aws, names: Names) -> None:
    aws.user("ana")
    for _ in range(2):
        aws.admin("iam").create_access_key(UserName="ana")


def sixth_version(aws: Aws, names: Names) -> None:
    make_policy(aws, "read", versions=6)


def too_much_inline(aws: Aws, names: Names) -> None:
    names["name"] = "ana"
    put(aws, Resource=[f"arn:aws:s3:::{number:040}" for number in range(60)])


def managed_policy_too_large(aws: Aws, names: Names) -> None:
    resources = [f"arn:aws:s3:::{number:040}" for number in range(150)]
    aws.admin("iam").create_policy(PolicyName="large", PolicyDocument=document(Resource=resources))


def trust_policy_too_large(aws: Aws, names: Names) -> None:
    condition = {"StringEquals": {"aws:username": [f"{number:040}" for number in range(60)]}}
    aws.admin("iam").create_role(RoleName="large", AssumeRolePolicyDocument=trust_of(aws, Condition=condition))


def not_json(aws: Aws, names: Names) -> None:
    aws.admin("iam").create_policy(PolicyName="p", PolicyDocument='{"Version": "2012-10-17", ')


def trust_that_is_not_json(aws: Aws, names: Names) -> None:
    aws.admin("iam").create_role(RoleName="r", AssumeRolePolicyDocument='{"Version": "2012-10-17", ')


def resource_in_trust(aws: Aws, names: Names) -> None:
    aws.admin("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust_of(aws, Resource="*"))


def principal_in_policy(aws: Aws, names: Names) -> None:
    put(aws, Principal={"AWS": aws.account_id})


def missing_principal(aws: Aws, names: Names) -> None:
    arn = names.setdefault("arn", f"arn:aws:iam::{aws.account_id}:user/nobody")
    aws.admin("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust_of(aws, Principal={"AWS": arn}))


def one_sid_twice(aws: Aws, names: Names) -> None:
    statement = {"Sid": "One", "Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement, statement]})
    aws.admin("iam").create_policy(PolicyName="p", PolicyDocument=text)


def sid_with_a_blank(aws: Aws, names: Names) -> None:
    put(aws, Sid="not one word")


def resource_without_arn(aws: Aws, names: Names) -> None:
    put(aws, Resource=names.setdefault("resource", "my-bucket/*"))


def no_resource(aws: Aws, names: Names) -> None:
    put(aws, Resource=None)


def two_colons(aws: Aws, names: Names) -> None:
    put(aws, Action="iam:Get:User")


def region_in_iam_arn(aws: Aws, names: Names) -> None:
    put(aws, Resource=names.setdefault("arn", f"arn:aws:iam:us-east-1:{aws.account_id}:user/ana"))


def user_name_with_a_blank(aws: Aws, names: Names) -> None:
    aws.admin("iam").create_user(UserName="ana maria")


def role_name_with_a_slash(aws: Aws, names: Names) -> None:
    aws.role("ci/deploy", trust=aws.account_id)


def long_role_name(aws: Aws, names: Names) -> None:
    aws.role(names.setdefault("name", "r" * 65), trust=aws.account_id)


def short_arn(aws: Aws, names: Names) -> None:
    by_hand(aws, "iam", aws.administrator, Action="GetPolicy", PolicyArn=names.setdefault("arn", "read"))


def asterisk_in_tag(aws: Aws, names: Names) -> None:
    tags = [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "*"}]
    aws.admin("iam").create_user(UserName="ana", Tags=tags)


def role_without_user_name(aws: Aws, names: Names) -> None:
    ana = aws.user("ana")
    role = aws.role("auditor", trust=ana, allow=["iam:*"])
    aws.client("iam", aws.assume(ana, role)).get_user()


def unknown_operation(aws: Aws, names: Names) -> None:
    by_hand(aws, "iam", aws.administrator, Action=names.setdefault("name", "ListEverything"))


def without_the_right(aws: Aws, names: Names) -> None:
    ana = aws.user("ana")
    names |= {"arn": ana.arn, "account": aws.account_id}
    ana.client("iam").list_users()


def session_without_mfa(aws: Aws, names: Names) -> None:
    ana = aws.user("ana", allow=["iam:*"])
    aws.client("iam", ana.client("sts").get_session_token()["Credentials"]).list_users()


# STS


def longer_than_the_role(aws: Aws, names: Names) -> None:
    ana = aws.user("ana")
    aws.assume(ana, aws.role("auditor", trust=ana), DurationSeconds=3601)


def longer_than_a_chain(aws: Aws, names: Names) -> None:
    ana = aws.user("ana")
    first = aws.role("first", trust=ana, allow=["sts:AssumeRole"])
    second = aws.role("second", trust=aws.account_id, max_session=7200)
    aws.assume(aws.assume(ana, first), second, DurationSeconds=3601)


def session_for_a_session(aws: Aws, names: Names) -> None:
    ana = aws.user("ana")
    aws.client("sts", aws.assume(ana, aws.role("auditor", trust=ana, allow=["sts:*"]))).get_session_token()


def federation_for_a_session(aws: Aws, names: Names) -> None:
    ana = aws.user("ana")
    aws.client("sts", aws.assume(ana, aws.role("auditor", trust=ana, allow=["sts:*"]))).get_federation_token(Name="fed")


def untrusted(aws: Aws, names: Names) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    role = aws.role("auditor", trust=aws.user("ben"))
    names |= {"arn": ana.arn, "role": role.arn}
    aws.assume(ana, role)


def source_identity(aws: Aws, names: Names) -> None:
    ana = aws.user("ana")
    role = aws.role("auditor", trust=ana)
    names |= {"arn": ana.arn, "role": role.arn}
    aws.assume(ana, role, SourceIdentity="Ana")


def federated_user(aws: Aws, names: Names) -> None:
    ana = aws.user("ana")
    names |= {"arn": ana.arn, "account": aws.account_id, "name": "fed"}
    ana.client("sts").get_federation_token(Name="fed")


def unknown_key(aws: Aws, names: Names) -> None:
    aws.client("sts", Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")).get_caller_identity()


def session_name_with_a_slash(aws: Aws, names: Names) -> None:
    aws.assume(aws.administrator, aws.role("r", trust=aws.account_id), names.setdefault("name", "power/ana"))


def long_session_name(aws: Aws, names: Names) -> None:
    aws.assume(aws.administrator, aws.role("r", trust=aws.account_id), names.setdefault("name", "s" * 65))


def no_session_name(aws: Aws, names: Names) -> None:
    role = aws.role("r", trust=aws.account_id)
    by_hand(aws, "sts", aws.administrator, Action="AssumeRole", RoleArn=role.arn)


def empty_role_arn(aws: Aws, names: Names) -> None:
    by_hand(aws, "sts", aws.administrator, Action="AssumeRole", RoleArn="", RoleSessionName="work")


CALLS: Mapping[str, Callable[[Aws, Names], None]] = {
    "a user that is not there": missing_user,
    "a role that is not there": missing_role,
    "a group that is not there": missing_group,
    "a role policy that is not there": missing_role_policy,
    "attaching a policy that is not there": attaching_a_missing_policy,
    "a user made again": user_again,
    "a role made again": role_again,
    "a policy made again": policy_again,
    "an alias of another account": alias_of_another,
    "deleting a role with an inline policy": deleting_a_role_with_inline_policy,
    "deleting a role with an attached policy": deleting_a_role_with_attached_policy,
    "deleting a user with an access key": deleting_a_user_with_key,
    "deleting a user in a group": deleting_a_member,
    "deleting an attached policy": deleting_an_attached_policy,
    "deleting a policy with versions": deleting_a_policy_with_versions,
    "deleting the default version": deleting_the_default_version,
    "tags that differ in case only": tags_of_one_key,
    "an ARN of the wrong kind": arn_of_the_wrong_kind,
    "a third access key": third_key,
    "a sixth version": sixth_version,
    "too much inline policy": too_much_inline,
    "a managed policy too large": managed_policy_too_large,
    "a trust policy too large": trust_policy_too_large,
    "a trust policy that is not JSON": trust_that_is_not_json,
    "a policy that is not JSON": not_json,
    "a resource in a trust policy": resource_in_trust,
    "a principal in a policy": principal_in_policy,
    "a principal that is not there": missing_principal,
    "statement ids that are not unique": one_sid_twice,
    "a statement id with a blank": sid_with_a_blank,
    "a resource that is no ARN": resource_without_arn,
    "a statement without resources": no_resource,
    "an action with two colons": two_colons,
    "an ARN of IAM with a region": region_in_iam_arn,
    "a user name with a blank": user_name_with_a_blank,
    "a role name with a slash": role_name_with_a_slash,
    "a role name of 65 characters": long_role_name,
    "a policy's ARN that is too short": short_arn,
    "a tag's value with an asterisk": asterisk_in_tag,
    "a role that asks who it is as a user": role_without_user_name,
    "an operation that is not there": unknown_operation,
    "a user without the right": without_the_right,
    "a session without MFA that calls IAM": session_without_mfa,
    "longer than the role allows": longer_than_the_role,
    "longer than a chained session may be": longer_than_a_chain,
    "a session token for a session": session_for_a_session,
    "a federation token for a session": federation_for_a_session,
    "a role that does not trust the caller": untrusted,
    "a source identity that is not allowed": source_identity,
    "a federated user that is not allowed": federated_user,
    "an access key that is not there": unknown_key,
    "a session name with a slash": session_name_with_a_slash,
    "a session name of 65 characters": long_session_name,
    "no session name": no_session_name,
    "a role's ARN that is empty": empty_role_arn,
}


@pytest.mark.parametrize("situation", BY_SITUATION)
def test_it_is_refused_in_aws_words(aws: Aws, situation: str) -> None:
    theirs = BY_SITUATION[situation]
    names: Names = {}

    with pytest.raises((ClientError, Refused)) as refused:
        CALLS[situation](aws, names)

    status, type_, code, message = told(refused.value)
    assert (status, type_, code) == (theirs["status"], "Sender", theirs["code"])
    expected = theirs["message"]
    for name, value in names.items():
        expected = expected.replace(f"{{{name}}}", value)
    assert message == expected


def told(refused: ClientError | Refused) -> tuple[int, str, str, str]:
    """Status, type, code and message of a refusal."""
    if isinstance(refused, ClientError):
        error = refused.response["Error"]
        return refused.response["ResponseMetadata"]["HTTPStatusCode"], error["Type"], error["Code"], error["Message"]
    root = ElementTree.fromstring(refused.reply.body)
    namespace = root.tag.partition("}")[0] + "}"
    assert root.tag == f"{namespace}ErrorResponse"
    assert root.findtext(f"{namespace}RequestId") == refused.reply.headers["x-amzn-requestid"]
    type_, code, message = (
        root.findtext(f"{namespace}Error/{namespace}{element}") or "" for element in ("Type", "Code", "Message")
    )
    return refused.reply.status, type_, code, message
