"""Policies as clients write them: what AWS refuses and in which words, the place of the fault, and the sizes."""

import configparser
import json
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.user.aws_cli import AwsCli, Refused, variables
from tests.user.client import Aws
from tests.user.policy_builders import TRUST, allowing
from tests.user.refusals import refused
from tests.user.role_builders import trusting
from tests.user.server import Server

A = "111111111111"
LEGACY = "The policy failed legacy parsing"
MISSING_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
SOUND = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
EC2 = {"Service": "ec2.amazonaws.com"}

Write = Callable[[Aws, str], object]
"""One way of writing a policy: given the account and the text."""


def create_policy(aws: Aws, text: str) -> object:
    """A managed policy."""
    return aws.admin("iam").create_policy(PolicyName="p", PolicyDocument=text)


def create_policy_version(aws: Aws, text: str) -> object:
    """Another version of a managed policy."""
    iam = aws.admin("iam")
    made = iam.create_policy(PolicyName="versions", PolicyDocument=json.dumps(allowing("s3:*")))
    return iam.create_policy_version(PolicyArn=made["Policy"]["Arn"], PolicyDocument=text)


def put_user_policy(aws: Aws, text: str) -> object:
    """An inline policy of a user."""
    return aws.admin("iam").put_user_policy(UserName="admin", PolicyName="p", PolicyDocument=text)


def put_role_policy(aws: Aws, text: str) -> object:
    """An inline policy of a role."""
    iam = aws.admin("iam")
    iam.create_role(RoleName="holder", AssumeRolePolicyDocument=TRUST)
    return iam.put_role_policy(RoleName="holder", PolicyName="p", PolicyDocument=text)


def put_group_policy(aws: Aws, text: str) -> object:
    """An inline policy of a group."""
    iam = aws.admin("iam")
    iam.create_group(GroupName="g")
    return iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=text)


def assume_role(aws: Aws, text: str) -> object:
    """A session policy of a role's session."""
    ana = aws.user("ana")
    role = aws.role("r", trust=ana)
    return ana.client("sts").assume_role(RoleArn=role.arn, RoleSessionName="work", Policy=text)


def get_federation_token(aws: Aws, text: str) -> object:
    """A session policy of a federated user."""
    ana = aws.user("ana", allow=["sts:GetFederationToken"])
    return ana.client("sts").get_federation_token(Name="bob", Policy=text)


def create_role(aws: Aws, text: str) -> object:
    """The trust policy of a new role."""
    return aws.admin("iam").create_role(RoleName="new", AssumeRolePolicyDocument=text)


def update_assume_role_policy(aws: Aws, text: str) -> object:
    """The trust policy of a role that is there."""
    iam = aws.admin("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    return iam.update_assume_role_policy(RoleName="r", PolicyDocument=text)


MANAGED = (create_policy, create_policy_version)
INLINE = (put_user_policy, put_role_policy, put_group_policy)
SESSION = (assume_role, get_federation_token)
TRUSTING = (create_role, update_assume_role_policy)


def policy(*without: str, **changes: object) -> str:
    """A policy of one statement, in which some elements are other or absent."""
    statement = {name: value for name, value in (SOUND | changes).items() if name not in without}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize("write", [*MANAGED, *INLINE, *SESSION])
@pytest.mark.parametrize(
    ("text", "words", "path"),
    [
        ("{", "Syntax errors in policy.", None),
        (policy(Principal="*"), "Policy document should not specify a principal.", "Statement[0].Principal"),
        (policy(Effect="allow"), LEGACY, "Statement[0].Effect"),
        (policy(Action="GetObject"), MISSING_VENDOR, "Statement[0].Action[0]"),
        (policy(Resource=["*", "b"]), 'Resource b must be in ARN format or "*".', "Statement[0].Resource[1]"),
    ],
    ids=["no JSON", "principal", "effect", "action", "resource"],
)
def test_a_permissions_policy_is_refused_wherever_it_is_written(
    aws: Aws, write: Write, text: str, words: str, path: str | None
) -> None:
    with pytest.raises(ClientError) as caught:
        write(aws, text)

    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("MalformedPolicyDocument", words)
    assert error.get("Path") == path
    assert (error["Line"], int(error["Column"]) >= 1) == ("1", True)


@pytest.mark.parametrize("write", TRUSTING)
@pytest.mark.parametrize(
    ("text", "words", "path"),
    [
        ("{", "This policy contains invalid Json", None),
        (json.dumps(trusting(EC2, Resource="*")), "Has prohibited field Resource", "Statement[0].Resource"),
        (
            json.dumps(trusting("*")),
            'AssumeRolepolicy contained an invalid principal: "STAR":"*".',
            "Statement[0].Principal",
        ),
        (
            json.dumps(trusting(EC2, Action="sts:TagSessions")),
            "AssumeRole policy may only specify STS AssumeRole actions.",
            "Statement[0].Action[0]",
        ),
        (
            json.dumps(trusting({"AWS": [f"arn:aws:iam::{A}:role/ghost"]})),
            f'Invalid principal in policy: "AWS":"arn:aws:iam::{A}:role/ghost"',
            "Statement[0].Principal.AWS[0]",
        ),
    ],
    ids=["no JSON", "resource", "star", "action", "unknown principal"],
)
def test_a_trust_policy_is_refused_wherever_it_is_written(
    aws: Aws, write: Write, text: str, words: str, path: str | None
) -> None:
    with pytest.raises(ClientError) as caught:
        write(aws, text)

    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"], error.get("Path")) == ("MalformedPolicyDocument", words, path)


def test_only_managed_policies_need_the_new_version(aws: Aws) -> None:
    old = policy().replace("2012-10-17", "2008-10-17")

    with refused("MalformedPolicyDocument", "Policy document must be version 2012-10-17 or greater."):
        create_policy(aws, old)
    for write in (*INLINE, assume_role):
        write(aws, old)


def test_a_boundary_is_a_managed_policy(aws: Aws) -> None:
    iam = aws.admin("iam")
    made = iam.create_policy(PolicyName="boundary", PolicyDocument=policy())

    iam.put_user_permissions_boundary(UserName="admin", PermissionsBoundary=made["Policy"]["Arn"])


def test_the_fault_is_shown_at_its_line_and_column(aws: Aws) -> None:
    text = json.dumps(allowing("s3:GetObject", "s3:Get:Object"), indent=2)
    line = next(number for number, line in enumerate(text.split("\n"), start=1) if "s3:Get:Object" in line)

    with pytest.raises(ClientError) as caught:
        create_policy(aws, text)

    error = caught.value.response["Error"]
    assert error["Message"] == "Actions/Condition can contain only one colon."
    assert (error["Path"], error["Line"], error["Column"]) == ("Statement[0].Action[1]", str(line), "9")
    assert text.split("\n")[line - 1][8:] == '"s3:Get:Object"'


def test_a_text_that_is_no_json_is_refused_at_the_character_where_reading_stopped(aws: Aws) -> None:
    with pytest.raises(ClientError) as caught:
        put_user_policy(aws, '{\n  "Statement": [\n    {"Sid": "é",}\n  ]\n}')

    error = caught.value.response["Error"]
    assert (error["Line"], error["Column"]) == ("3", "17")
    assert "Path" not in error


def test_the_aws_command_is_not_disturbed_by_the_place(aws: Aws, tmp_path: Path) -> None:
    cli = AwsCli(
        tmp_path,
        {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_DEFAULT_REGION": "us-east-1", **variables(aws.administrator)},
    )
    document = cli.write("bad.json", allowing("GetObject"))

    with pytest.raises(Refused) as caught:
        cli.run("iam", "create-policy", "--policy-name", "p", "--policy-document", document)

    assert caught.value.words.split("\n")[0] == (
        "An error occurred (MalformedPolicyDocument) when calling the CreatePolicy operation: " + MISSING_VENDOR
    )


def sized(length: int, *, fill: str = "b") -> str:
    """A policy whose characters that are not white space number `length`."""
    fixed = len(policy(Resource="arn:aws:s3:::").replace(" ", ""))
    return policy(Resource="arn:aws:s3:::" + "@" * (length - fixed)).replace("@", fill)


@pytest.mark.parametrize("fill", ["b", "é"])
def test_a_managed_policy_has_6144_characters_whatever_their_bytes(aws: Aws, fill: str) -> None:
    create_policy(aws, sized(6144, fill=fill) + " \t\r\n" * 1000)

    with refused("LimitExceeded", "Cannot exceed quota for PolicySize: 6144"):
        create_policy_version(aws, sized(6145, fill=fill))


@pytest.mark.parametrize("write", [create_policy, put_user_policy, create_role])
def test_no_document_may_hold_characters_beyond_latin_1(aws: Aws, write: Write) -> None:
    text = (TRUST if write is create_role else policy()).replace('"Statement"', '"Id": "\u0100", "Statement"')

    with refused("ValidationError", having="failed to satisfy constraint: Member must satisfy regular expression"):
        write(aws, text)


def test_a_parameter_has_131072_characters_white_space_and_all(aws: Aws) -> None:
    create_policy(aws, policy().ljust(131_072))

    with refused("ValidationError", having="Member must have length less than or equal to 131072"):
        create_policy_version(aws, policy().ljust(131_073))


def test_the_size_of_trust_policies_can_be_raised_to_8192(start_server: Callable[..., Server]) -> None:
    server = start_server("--quota", "ACLSizePerRole=8192")
    found = configparser.ConfigParser()
    found.read(server.data / "credentials")
    keys = {name: value for name, value in found["default"].items() if name.startswith("aws_")}
    iam = boto3.client("iam", endpoint_url=server.url, region_name="us-east-1", **keys)

    def trust(length: int) -> str:
        text = json.dumps(trusting(EC2, Condition={"StringEquals": {"a:b": "@"}})).replace(" ", "")
        return text.replace("@", "x" * (length - len(text) + 1))

    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(8192))

    with refused("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 8192"):
        iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust(8193))
    iam.close()
