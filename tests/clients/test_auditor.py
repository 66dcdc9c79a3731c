"""cloudsplaining, an auditor of policies: it downloads the account's details, and finds what allows too much."""

import json
import subprocess
import sys
from pathlib import Path

from tests.user.aws_cli import variables
from tests.user.client import REGION, Aws
from tests.user.server import clean_environment
from tests.user.sessions import allowing


def run(aws: Aws, folder: Path, *arguments: str) -> None:
    environment = {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_DEFAULT_REGION": REGION, "HOME": str(folder)}
    done = subprocess.run(
        [Path(sys.executable).with_name("cloudsplaining"), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
        env=clean_environment({**environment, **variables(aws.administrator)}),
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_auditor_finds_who_may_make_itself_an_administrator(aws: Aws, tmp_path: Path) -> None:
    iam = aws.admin("iam")
    escalating = allowing("iam:CreatePolicyVersion", "s3:GetObject")
    arn = iam.create_policy(PolicyName="too-much", PolicyDocument=escalating)["Policy"]["Arn"]
    little = iam.create_policy(PolicyName="little", PolicyDocument=allowing("iam:GetUser"))["Policy"]["Arn"]
    aws.user("eve")
    for each in (arn, little):
        iam.attach_user_policy(UserName="eve", PolicyArn=each)

    run(aws, tmp_path, "download", "--output", ".")
    run(aws, tmp_path, "scan", "--input-file", "default.json", "--output", ".", "--skip-open-report")

    results = json.loads((tmp_path / "iam-results-default.json").read_text())
    by_name = {each["PolicyName"]: each for each in results["customer_managed_policies"].values()}
    assert [each["type"] for each in findings(by_name["too-much"], "PrivilegeEscalation")] == ["CreateNewPolicyVersion"]
    assert findings(by_name["little"], "PrivilegeEscalation") == []
    assert "eve" in {each["name"] for each in results["users"].values()}


def findings(policy: dict[str, object], kind: str) -> list[dict[str, str]]:
    told = policy[kind]
    assert isinstance(told, dict)
    found: list[dict[str, str]] = told["findings"]
    return found
