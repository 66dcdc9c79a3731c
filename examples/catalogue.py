"""Lends credentials for one table of a warehouse on an S3-style store: a role's, narrowed to the table's prefix.

This is how table catalogues, notebooks and upload services give access without giving out keys: the catalogue alone
may assume the warehouse's role, and whoever asks it gets a session that reaches one prefix, for a quarter of an hour.

    python examples/catalogue.py arn:aws:iam::ACCOUNT:role/warehouse warehouse sales/2026 --reader nina

prints what an AWS profile's `credential_process` is to print, so that any AWS client can use it as it is:

    [profile sales]
    credential_process = python examples/catalogue.py ROLE_ARN warehouse sales/2026 --reader nina

The catalogue's own credentials are found as every AWS SDK finds them.
"""

import argparse
import json
import re
from dataclasses import dataclass
from typing import Any

import boto3

SECONDS = 900

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.=-]*(?:/[A-Za-z0-9][A-Za-z0-9_.=-]*)*")


@dataclass(frozen=True, slots=True)
class Table:
    """Where a table's files are: a bucket, and a prefix without slashes at its ends.

    Both go into a policy, so nothing is taken that a policy would read as a pattern or a variable.
    """

    bucket: str
    prefix: str

    def __post_init__(self) -> None:
        if not _BUCKET.fullmatch(self.bucket) or not _PREFIX.fullmatch(self.prefix):
            raise ValueError(f"{self.bucket}/{self.prefix} is not the place of a table")


def session_policy(table: Table, *, writes: bool) -> str:
    """What the session may do at most. What the role may not do, it may not do either."""
    objects = ["s3:GetObject", *(["s3:PutObject", "s3:DeleteObject"] if writes else [])]
    files = f"{table.prefix}/*"
    statements = [
        {"Effect": "Allow", "Action": objects, "Resource": f"arn:aws:s3:::{table.bucket}/{files}"},
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": f"arn:aws:s3:::{table.bucket}",
            "Condition": {"StringLike": {"s3:prefix": files}},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def lend(sts: Any, role_arn: str, table: Table, reader: str, *, writes: bool = False) -> dict[str, Any]:
    """Credentials for one table, as AssumeRole's reply has them.

    Args:
        sts: a boto3 client of STS with the catalogue's own credentials.
        role_arn: the warehouse's role, which trusts the catalogue.
        table: what to reach.
        reader: who asked. It becomes the session's name and its source identity, which no session of its own can
            change, so that audit events name the person and `bailiwick sessions` finds the session.
        writes: whether files may be written and removed as well.
    """
    reply = sts.assume_role(
        RoleArn=role_arn,
        RoleSessionName=reader,
        SourceIdentity=reader,
        DurationSeconds=SECONDS,
        Policy=session_policy(table, writes=writes),
    )
    credentials: dict[str, Any] = reply["Credentials"]
    return credentials


def main() -> None:
    """Print credentials for one table, for `credential_process`."""
    parser = argparse.ArgumentParser(description="Lend credentials for one table of a warehouse.")
    parser.add_argument("role", help="the ARN of the warehouse's role")
    parser.add_argument("bucket")
    parser.add_argument("prefix", help="of the table, such as sales/2026")
    parser.add_argument("--reader", required=True, help="who asks")
    parser.add_argument("--writes", action="store_true", help="lend the right to write, too")
    asked = parser.parse_args()
    try:
        table = Table(asked.bucket, asked.prefix)
    except ValueError as error:
        parser.error(str(error))
    lent = lend(boto3.client("sts"), asked.role, table, asked.reader, writes=asked.writes)
    given = {name: lent[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")}
    print(json.dumps({"Version": 1, **given, "Expiration": lent["Expiration"].isoformat()}))


if __name__ == "__main__":
    main()
