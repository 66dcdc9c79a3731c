"""Importing an account's users, groups, roles and policies into another one, and exporting them, from a terminal."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.attack.events import events
from tests.user.client import Aws, Signer
from tests.user.server import Server
from tests.user.sessions import allowing, trusting
from tests.user.test_can_and_explain import Terminal

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"


def furnish(aws: Aws) -> None:
    """Put one of each kind into an account, with all that an export tells of it."""
    iam = aws.admin("iam")
    tags = [{"Key": "team", "Value": "red"}]
    arn = f"arn:aws:iam::{aws.account_id}"
    own = iam.create_policy(PolicyName="notes", Path="/shared/", PolicyDocument=on(f"{arn}:user/ana"))["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=own, PolicyDocument=allowing("s3:PutObject"), SetAsDefault=True)
    iam.create_policy_version(PolicyArn=own, PolicyDocument=allowing("s3:DeleteObject"))
    aws.group("developers", allow=["s3:ListBucket"], path="/dev/")
    iam.attach_group_policy(GroupName="developers", PolicyArn=own)
    iam.create_user(UserName="ana", Path="/staff/", PermissionsBoundary=own, Tags=tags)
    iam.put_user_policy(UserName="ana", PolicyName="inline", PolicyDocument=allowing("s3:GetObject"))
    iam.attach_user_policy(UserName="ana", PolicyArn=READ_ONLY)
    iam.add_user_to_group(UserName="ana", GroupName="developers")
    # Each trusts one that is imported after it, and itself.
    iam.create_role(RoleName="first", AssumeRolePolicyDocument=json.dumps(trusting(aws.account_id)), Tags=tags)
    second = trusting(f"{arn}:role/first", f"{arn}:user/staff/ana")
    iam.create_role(
        RoleName="second", Path="/ci/", AssumeRolePolicyDocument=json.dumps(second), PermissionsBoundary=own
    )
    trust = trusting(f"{arn}:role/first", f"{arn}:role/ci/second")
    iam.update_assume_role_policy(RoleName="first", PolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName="first", PolicyName="inline", PolicyDocument=allowing("s3:GetObject"))
    iam.attach_role_policy(RoleName="second", PolicyArn=own)
    iam.create_instance_profile(InstanceProfileName="machine", Path="/web/")
    iam.add_role_to_instance_profile(InstanceProfileName="machine", RoleName="first")


def on(resource: str) -> str:
    statement = {"Effect": "Allow", "Action": "iam:GetUser", "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def exported(aws: Aws, home: Path) -> dict[str, Any]:
    done = Terminal(aws, home).run("export")
    assert (done.returncode, done.stderr) == (0, "")
    details: dict[str, Any] = json.loads(done.stdout)
    return details


def imported(aws: Aws, home: Path, details: object, *flags: str, signer: Signer | None = None) -> Any:
    """What importing says, as JSON."""
    done = importing(aws, home, details, "--json", *flags, signer=signer)
    assert done.stderr == ""
    return json.loads(done.stdout)


def importing(
    aws: Aws, home: Path, details: object, *flags: str, signer: Signer | None = None
) -> subprocess.CompletedProcess[str]:
    file = home / "details.json"
    file.write_text(json.dumps(details))
    return Terminal(aws, home, signer).run("import", "--from-authorization-details", str(file), *flags)


def plain(details: dict[str, Any], account_id: str) -> dict[str, Any]:
    """The details without the administrator, and without what each account and time makes new."""
    text = json.dumps(details).replace(account_id, "ACCOUNT")
    kept: dict[str, Any] = json.loads(text, object_hook=without_new)
    kept["Policies"] = [each for each in kept["Policies"] if not each["Arn"].startswith("arn:aws:iam::aws:")]
    return without_administrator(kept)


def without_new(value: dict[str, Any]) -> dict[str, Any]:
    new = ("CreateDate", "UpdateDate", "UserId", "GroupId", "RoleId", "PolicyId", "InstanceProfileId", "RoleLastUsed")
    return {key: each for key, each in value.items() if key not in new}


def without_administrator(details: dict[str, Any]) -> dict[str, Any]:
    """The details without what every account is made with."""
    users = [each for each in details["UserDetailList"] if each["UserName"] != "admin"]
    groups = [each for each in details["GroupDetailList"] if each["GroupName"] != "Administrators"]
    return {**details, "UserDetailList": users, "GroupDetailList": groups}


def outcomes(plan: dict[str, Any]) -> dict[str, str]:
    return {f"{each['kind']} {each['name']}": each["outcome"] for each in plan["entries"]}


EVERYTHING = ["policy notes", "group developers", "user ana", "role first", "role second"]


def test_what_is_exported_and_imported_is_the_same(aws: Aws, other: Aws, tmp_path: Path) -> None:
    furnish(aws)
    details = without_administrator(exported(aws, tmp_path))

    planned = imported(other, tmp_path, details)
    assert plain(exported(other, tmp_path), other.account_id)["RoleDetailList"] == []
    done = imported(other, tmp_path, details, "--apply")
    again = imported(other, tmp_path, details, "--apply")

    assert (planned["sourceAccount"], planned["account"]) == (aws.account_id, other.account_id)
    assert (planned["applied"], done["applied"], again["applied"]) == (False, True, False)
    assert outcomes(planned) == outcomes(done) == dict.fromkeys(EVERYTHING, "create")
    assert outcomes(again) == dict.fromkeys(EVERYTHING, "same")
    assert plain(exported(other, tmp_path), other.account_id) == plain(details, aws.account_id)


def test_the_output_of_the_aws_cli_and_of_the_api_are_taken(aws: Aws, other: Aws, tmp_path: Path) -> None:
    furnish(aws)
    details = without_administrator(exported(aws, tmp_path))
    for role in details["RoleDetailList"]:
        role["AssumeRolePolicyDocument"] = "".join(
            f"%{each:02x}" for each in json.dumps(role["AssumeRolePolicyDocument"]).encode()
        )

    assert outcomes(imported(other, tmp_path, details)) == dict.fromkeys(EVERYTHING, "create")


def test_what_differs_is_changed_and_nothing_is_taken_away(aws: Aws, other: Aws, tmp_path: Path) -> None:
    furnish(aws)
    details = without_administrator(exported(aws, tmp_path))
    imported(other, tmp_path, details, "--apply")
    iam = other.admin("iam")
    iam.put_user_policy(UserName="ana", PolicyName="more", PolicyDocument=allowing("s3:*"))
    iam.remove_user_from_group(UserName="ana", GroupName="developers")
    iam.put_role_policy(RoleName="first", PolicyName="inline", PolicyDocument=allowing("s3:*"))
    iam.tag_role(RoleName="first", Tags=[{"Key": "team", "Value": "blue"}, {"Key": "own", "Value": "1"}])
    iam.update_assume_role_policy(RoleName="second", PolicyDocument=json.dumps(trusting(other.account_id)))
    arn = f"arn:aws:iam::{other.account_id}:policy/shared/notes"
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_user_permissions_boundary(UserName="ana")

    done = imported(other, tmp_path, details, "--apply")

    operations = {each["name"]: [step["operation"] for step in each["operations"]] for each in done["entries"]}
    assert operations == {
        "notes": ["CreatePolicyVersion"],
        "developers": [],
        "ana": ["PutUserPermissionsBoundary", "AddUserToGroup"],
        "first": ["TagRole", "PutRolePolicy"],
        "second": ["UpdateAssumeRolePolicy"],
    }
    assert iam.list_user_policies(UserName="ana")["PolicyNames"] == ["inline", "more"]
    tags = {each["Key"]: each["Value"] for each in iam.list_role_tags(RoleName="first")["Tags"]}
    assert tags == {"own": "1", "team": "red"}
    assert outcomes(imported(other, tmp_path, details)) == dict.fromkeys(EVERYTHING, "same")


def test_account_ids_in_policies_are_kept_where_that_is_asked_for(aws: Aws, other: Aws, tmp_path: Path) -> None:
    furnish(aws)
    details = {"Policies": exported(aws, tmp_path)["Policies"]}

    imported(other, tmp_path, details, "--apply", "--keep-account-ids")

    arn = f"arn:aws:iam::{other.account_id}:policy/shared/notes"
    version = other.admin("iam").get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(on(f"arn:aws:iam::{aws.account_id}:user/ana"))


def test_each_step_needs_its_own_permission_and_one_refusal_undoes_all(aws: Aws, other: Aws, tmp_path: Path) -> None:
    furnish(aws)
    details = without_administrator(exported(aws, tmp_path))
    rights = ["bailiwick:ApplyChanges", "iam:GetAccountAuthorizationDetails", "iam:Create*", "iam:Put*", "iam:Attach*"]
    rights += ["iam:Tag*", "iam:AddRoleToInstanceProfile", "iam:UpdateAssumeRolePolicy", "iam:AddUserToGroup"]
    importer = other.user("importer", allow=rights)

    plan = imported(other, tmp_path, details, "--apply", signer=importer)

    assert plan["applied"] is False
    assert outcomes(plan) == dict.fromkeys(EVERYTHING, "create") | {"role first": "refuse"}
    [reason] = [each["reason"] for each in plan["entries"] if each["outcome"] == "refuse"]
    assert reason.startswith("AddRoleToInstanceProfile: AccessDenied: ")
    assert "iam:PassRole" in reason
    assert outcomes(imported(other, tmp_path, details)) == dict.fromkeys(EVERYTHING, "create")

    other.admin("iam").put_user_policy(UserName="importer", PolicyName="pass", PolicyDocument=allowing("iam:PassRole"))
    assert imported(other, tmp_path, details, "--apply", signer=importer)["applied"] is True


def test_each_step_leaves_its_event(aws: Aws, server: Server, tmp_path: Path) -> None:
    details = {"GroupDetailList": [{"GroupName": "developers", "Arn": "arn:aws:iam::111122223333:group/developers"}]}

    imported(aws, tmp_path, details)
    imported(aws, tmp_path, details, "--apply")

    deadline = time.monotonic() + 20
    told: list[dict[str, Any]] = []
    while len(told) < 3:
        assert time.monotonic() < deadline, "an event is missing"
        told = [
            each
            for each in events(server.database_url)
            if each.get("recipientAccountId") == aws.account_id
            and each["eventName"] in ("CreateGroup", "ApplyChanges")
            and "Administrators" not in json.dumps(each["requestParameters"])
        ]
    dry, made, whole = told
    assert (dry["eventName"], dry["responseElements"]["applied"]) == ("ApplyChanges", False)
    assert (made["eventName"], made["eventSource"]) == ("CreateGroup", "iam.amazonaws.com")
    assert made["requestParameters"] == {"groupName": "developers", "path": "/"}
    assert made["userIdentity"]["userName"] == "admin"
    assert {each["action"] for each in made["bailiwick"]["decisions"]} == {"iam:CreateGroup"}
    assert (whole["eventName"], whole["responseElements"]["applied"]) == ("ApplyChanges", True)
    assert [each["action"] for each in whole["bailiwick"]["decisions"]] == ["bailiwick:ApplyChanges"]
    assert len({each["requestID"] for each in told}) == 3


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        (
            {"Policies": [{"PolicyName": "p", "Arn": "arn:aws:iam::111122223333:policy/p", "PolicyVersionList": [
                {"Document": {"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]}, "IsDefaultVersion": True}
            ]}]},
            "CreatePolicy: MalformedPolicyDocument: ",
        ),
        (
            {"UserDetailList": [{"UserName": "u", "Arn": "arn:aws:iam::111122223333:user/u", "GroupList": ["none"]}]},
            "AddUserToGroup: NoSuchEntity: ",
        ),
        (
            {"UserDetailList": [{"UserName": "u u", "Arn": "arn:aws:iam::111122223333:user/u"}]},
            "CreateUser: ValidationError: ",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_reason(aws: Aws, tmp_path: Path, details: object, reason: str) -> None:
    plan = imported(aws, tmp_path, details, "--apply")

    assert plan["applied"] is False
    assert [each["outcome"] for each in plan["entries"]] == ["refuse"]
    assert plan["entries"][0]["reason"].startswith(reason)


def test_roles_of_services_are_left_out(aws: Aws, other: Aws, tmp_path: Path) -> None:
    aws.admin("iam").create_service_linked_role(AWSServiceName="ecs.amazonaws.com")

    plan = imported(other, tmp_path, {"RoleDetailList": exported(aws, tmp_path)["RoleDetailList"]}, "--apply")

    assert [each["outcome"] for each in plan["entries"]] == ["skip"]


def test_a_folder_of_policies_becomes_managed_ones(aws: Aws, tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "read.json").write_text(allowing("s3:Get*"))
    (folder / "notes.txt").write_text("none of them")

    done = Terminal(aws, tmp_path).run("import", "--policies", str(folder), "--apply")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-2:] == [f"Into account {aws.account_id}: 1 to create.", "All of it was done."]
    arn = f"arn:aws:iam::{aws.account_id}:policy/read"
    version = aws.admin("iam").get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(allowing("s3:Get*"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{}},"Condition":{}}]}',
            "an object has a member twice: Condition",
        ),
        ('{"Version":' * 100_000 + "1" + "}" * 100_000, "it nests too deeply"),
        ("[]", "Expected `object`, got `array`"),
    ],
    ids=["twins", "deep", "array"],
)
def test_a_document_that_iam_would_refuse_is_not_repaired(aws: Aws, tmp_path: Path, text: str, message: str) -> None:
    """With the last of two conditions taken, the policy would allow what nobody wrote."""
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "narrow.json").write_text(text)
    whole = tmp_path / "account.json"
    arn = "arn:aws:iam::111122223333:policy/narrow"
    version = f'{{"IsDefaultVersion": true, "Document": {text}}}'
    whole.write_text(f'{{"Policies": [{{"PolicyName": "narrow", "Arn": "{arn}", "PolicyVersionList": [{version}]}}]}}')
    terminal = Terminal(aws, tmp_path)

    of_folder = terminal.run("import", "--policies", str(folder), "--apply")
    of_file = terminal.run("import", "--from-authorization-details", str(whole), "--apply")

    assert (of_folder.returncode, of_folder.stdout) == (2, "")
    assert message in of_folder.stderr
    assert (of_file.returncode != 0, "All of it was done" in of_file.stdout) == (True, False)
    assert aws.admin("iam").list_policies(Scope="Local")["Policies"] == []


def test_a_document_as_the_api_writes_it_may_have_no_member_twice(aws: Aws, tmp_path: Path) -> None:
    text = quote(
        '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}]}'
    )
    user = {"UserName": "u", "Arn": "arn:aws:iam::111122223333:user/u"}
    policies = [{"PolicyName": "own", "PolicyDocument": text}]

    plan = imported(aws, tmp_path, {"UserDetailList": [{**user, "UserPolicyList": policies}]}, "--apply")

    assert plan["applied"] is False
    [entry] = plan["entries"]
    assert entry["reason"] == "a policy document cannot be read: an object has a member twice: Effect"


def test_characters_beyond_ascii_are_written_as_they_are(aws: Aws, other: Aws, tmp_path: Path) -> None:
    """A policy is as long as it was; what documents may hold only as an escape stays one."""
    iam = aws.admin("iam")
    iam.create_user(UserName="u")
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::" + "\u00e9" * 1_900}
    long = json.dumps({"Version": "2012-10-17", "Statement": statement}, ensure_ascii=False)
    escaped = json.dumps({"Version": "2012-10-17", "Statement": {**statement, "Resource": "arn:aws:s3:::\u20ac"}})
    iam.put_user_policy(UserName="u", PolicyName="long", PolicyDocument=long)
    iam.create_policy(PolicyName="escaped", PolicyDocument=escaped)
    details = without_administrator(exported(aws, tmp_path))

    assert imported(other, tmp_path, details, "--apply")["applied"] is True
    assert plain(exported(other, tmp_path), other.account_id) == plain(details, aws.account_id)


def test_the_plan_is_readable(aws: Aws, other: Aws, tmp_path: Path) -> None:
    furnish(aws)
    done = importing(other, tmp_path, without_administrator(exported(aws, tmp_path)))

    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["WHAT", "NAME", "BY"]
    assert lines[1].split(maxsplit=3) == [
        "create",
        "policy",
        "notes",
        "CreatePolicy; CreatePolicyVersion v2; CreatePolicyVersion v3",
    ]
    assert lines[-2:] == [
        f"From account {aws.account_id} into {other.account_id}: 5 to create.",
        "Nothing was changed. To do all of this: --apply",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "it is not what get-account-authorization-details prints: "),
        ("[]", "it has none of UserDetailList, "),
        ('{"UserDetailList": [{"Arn": "x"}]}', "missing required field `UserName`"),
    ],
)
def test_what_is_no_export_is_told_so(aws: Aws, tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "details.json"
    file.write_text(text)

    done = Terminal(aws, tmp_path).run("import", "--from-authorization-details", str(file))

    assert done.returncode in (1, 2)
    assert message in done.stderr
    assert done.stdout == ""


def test_an_export_is_written_for_nobody_else_to_read(aws: Aws, tmp_path: Path) -> None:
    file = tmp_path / "account.json"

    assert Terminal(aws, tmp_path).run("export", "--output", str(file)).returncode == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert "UserDetailList" in json.loads(file.read_text())
    again = Terminal(aws, tmp_path).run("export", "--output", str(file))
    assert (again.returncode, again.stdout) == (2, "")


def test_thousands_at_once(aws: Aws, tmp_path: Path) -> None:
    users = [
        {
            "UserName": f"user-{number}",
            "Arn": f"arn:aws:iam::111122223333:user/user-{number}",
            "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": json.loads(allowing("s3:GetObject"))}],
        }
        for number in range(2000)
    ]

    assert imported(aws, tmp_path, {"UserDetailList": users}, "--apply")["applied"] is True
    assert imported(aws, tmp_path, {"UserDetailList": users})["entries"][1999]["outcome"] == "same"
