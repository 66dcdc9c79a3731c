"""`examples/catalogue.py`: credentials of a role, narrowed to one prefix of an S3-style store."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from examples.catalogue import Table, lend, session_policy
from tests.user.client import Aws, Role, User
from tests.user.refusals import refused
from tests.user.sessions import SESSION_RIGHTS, trusting

PROGRAM = Path(__file__).parents[2] / "examples" / "catalogue.py"
SALES = Table("warehouse", "sales/2026")
WAREHOUSE = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::warehouse", "arn:aws:s3:::warehouse/*"],
        },
        {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"},
    ],
}


@pytest.fixture
def catalogue(aws: Aws) -> User:
    """The program that lends. It may do nothing itself but assume the role."""
    return aws.user("catalogue")


@pytest.fixture
def warehouse(aws: Aws, catalogue: User) -> Role:
    """The role, which trusts the catalogue alone."""
    role = aws.role("warehouse", trust=trusting(catalogue.arn, actions=list(SESSION_RIGHTS)))
    aws.admin("iam").put_role_policy(RoleName="warehouse", PolicyName="all", PolicyDocument=json.dumps(WAREHOUSE))
    return role


def may(aws: Aws, action: str, resource: str, *, writes: bool = False, prefix: str | None = None) -> bool:
    """Whether the session that is lent may do something, as the engine decides it."""
    entries = [] if prefix is None else [{"Key": "s3:prefix", "Values": [prefix]}]
    reply = aws.admin("bailiwick").explain_access(
        PrincipalArn=f"arn:aws:sts::{aws.account_id}:assumed-role/warehouse/nina",
        Action=action,
        ResourceArn=resource,
        SessionPolicy=session_policy(SALES, writes=writes),
        ContextEntries=entries,
    )
    return bool(reply["Answer"]["Effect"] == "Allow")


def test_what_is_lent_reaches_one_prefix(aws: Aws, warehouse: Role) -> None:
    inside, beside = "arn:aws:s3:::warehouse/sales/2026/a.parquet", "arn:aws:s3:::warehouse/sales/2025/a.parquet"

    assert may(aws, "s3:GetObject", inside)
    assert not may(aws, "s3:GetObject", beside)
    assert not may(aws, "s3:GetObject", "arn:aws:s3:::warehouse/sales/2026")
    assert not may(aws, "s3:GetObject", "arn:aws:s3:::warehouse/sales/20260/a.parquet")
    assert not may(aws, "s3:GetObject", "arn:aws:s3:::other/sales/2026/a.parquet")
    assert not may(aws, "s3:PutObject", inside)
    assert may(aws, "s3:PutObject", inside, writes=True)
    assert not may(aws, "s3:PutObject", beside, writes=True)
    assert may(aws, "s3:ListBucket", "arn:aws:s3:::warehouse", prefix="sales/2026/")
    assert not may(aws, "s3:ListBucket", "arn:aws:s3:::warehouse", prefix="sales/")
    assert not may(aws, "s3:ListBucket", "arn:aws:s3:::warehouse")


def test_the_session_has_nothing_else_of_its_role_and_names_its_reader(
    aws: Aws, catalogue: User, warehouse: Role
) -> None:
    lent = lend(catalogue.client("sts"), warehouse.arn, SALES, "nina")

    identity = aws.client("sts", lent).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{aws.account_id}:assumed-role/warehouse/nina"
    with refused("AccessDenied", having="because no session policy allows the iam:ListUsers action"):
        aws.client("iam", lent).list_users()
    listed = aws.admin("bailiwick").list_sessions(PrincipalArn=identity["Arn"])["Sessions"]
    assert [each["SourceIdentity"] for each in listed] == ["nina"]


def test_nobody_else_can_lend(aws: Aws, warehouse: Role) -> None:
    with refused("AccessDenied"):
        lend(aws.user("eve").client("sts"), warehouse.arn, SALES, "nina")


@pytest.mark.parametrize(
    ("bucket", "prefix"),
    [
        ("warehouse", "*"),
        ("warehouse", "sales/*"),
        ("warehouse", "sales/${aws:username}"),
        ("warehouse", ""),
        ("warehouse", "/sales"),
        ("warehouse", "sales/"),
        ("warehouse", "sales/../hr"),
        ("warehouse", "sales//2026"),
        ("ware*house", "sales"),
        ("warehouse/hr", "sales"),
    ],
)
def test_a_place_that_a_policy_would_read_as_more_is_refused(bucket: str, prefix: str) -> None:
    with pytest.raises(ValueError, match="is not the place of a table"):
        Table(bucket, prefix)


def test_an_aws_profile_gets_its_credentials_from_it(
    aws: Aws, catalogue: User, warehouse: Role, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(
        f"[profile sales]\nregion = us-east-1\ncredential_process = {sys.executable} {PROGRAM} {warehouse.arn} "
        "warehouse sales/2026 --reader nina\n"
    )
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_CONFIG_FILE": str(config),
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_SHARED_CREDENTIALS_FILE": str(_profile(tmp_path, catalogue)),
    }
    asked = [str(Path(sys.executable).parent / "aws"), "sts", "get-caller-identity", "--profile", "sales"]

    answer: dict[str, Any] = json.loads(subprocess.run(asked, env=environment, capture_output=True, check=True).stdout)

    assert answer["Arn"].endswith(":assumed-role/warehouse/nina")


def _profile(folder: Path, catalogue: User) -> Path:
    """The catalogue's own credentials, as its default profile."""
    file = folder / "credentials"
    file.write_text(
        f"[default]\naws_access_key_id = {catalogue.access_key_id}\n"
        f"aws_secret_access_key = {catalogue.secret_access_key}\n"
    )
    return file
