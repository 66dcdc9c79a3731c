"""Access Advisor: reports of which services and actions were last tried, and by which policies they are granted."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.user.client import Aws, User
from tests.user.refusals import refused
from tests.user.sessions import allowing, assume, root_of, trusting, using

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
PATIENCE_SECONDS = 20


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


def services(iam: Any, arn: str, granularity: str = "SERVICE_LEVEL") -> dict[str, dict[str, Any]]:
    """A new report's services by namespace."""
    job = iam.generate_service_last_accessed_details(Arn=arn, Granularity=granularity)["JobId"]
    pages = paged(iam.get_service_last_accessed_details, JobId=job)
    listed = [each for page in pages for each in page["ServicesLastAccessed"]]
    assert [each["ServiceNamespace"] for each in listed] == sorted(each["ServiceNamespace"] for each in listed)
    return {each["ServiceNamespace"]: each for each in listed}


def paged(operation: Callable[..., Any], **parameters: object) -> list[dict[str, Any]]:
    pages = [operation(**parameters)]
    while pages[-1]["IsTruncated"]:
        pages.append(operation(**parameters, Marker=pages[-1]["Marker"]))
    return pages


def until(found: Callable[[], Any]) -> Any:
    """What a report tells as soon as it does: uses are written within a second."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (told := found()):
        assert time.monotonic() < deadline, "it was never told"
        time.sleep(0.05)
    return told


def is_now(moment: datetime) -> bool:
    return abs(datetime.now(UTC) - moment) < timedelta(minutes=1)


def entities(iam: Any, arn: str, service: str) -> list[dict[str, Any]]:
    job = iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
    operation = iam.get_service_last_accessed_details_with_entities
    pages = paged(operation, JobId=job, ServiceNamespace=service, MaxItems=1)
    return [each for page in pages for each in page["EntityDetailsList"]]


# Reports


def test_a_report_lists_what_the_policies_allow_and_what_was_tried(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["iam:Get*", "iam:List*", "s3:GetObject", "own:Thing"], deny=["sts:*"])
    ana.client("iam").list_users()

    told = until(lambda: (found := services(iam, ana.arn)) and "LastAuthenticated" in found["iam"] and found)

    assert list(told) == ["iam", "own", "s3"]
    used = told["iam"]
    assert is_now(used.pop("LastAuthenticated"))
    assert used == {
        "ServiceName": "AWS Identity and Access Management (IAM)",
        "ServiceNamespace": "iam",
        "LastAuthenticatedEntity": ana.arn,
        "LastAuthenticatedRegion": "us-east-1",
        "TotalAuthenticatedEntities": 1,
    }
    assert told["s3"] == {"ServiceName": "Amazon S3", "ServiceNamespace": "s3", "TotalAuthenticatedEntities": 0}
    assert told["own"]["ServiceName"] == "own"


def test_a_report_tells_of_itself(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["iam:ListUsers"])

    job = iam.generate_service_last_accessed_details(Arn=ana.arn)["JobId"]
    report = iam.get_service_last_accessed_details(JobId=job)

    assert len(job) == 36
    assert (report["JobStatus"], report["JobType"]) == ("COMPLETED", "SERVICE_LEVEL")
    assert is_now(report["JobCreationDate"])
    assert report["JobCreationDate"] <= report["JobCompletionDate"]
    assert not report["IsTruncated"]
    assert "Marker" not in report
    assert "Error" not in report


def test_who_has_no_policies_has_an_empty_report(aws: Aws, iam: Any) -> None:
    assert services(iam, aws.user("ana").arn) == {}


def test_an_attempt_that_is_denied_counts(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["iam:GetUser"])
    with refused("AccessDenied"):
        ana.client("iam").list_roles()

    told = until(lambda: [each for each in services(iam, ana.arn).values() if "LastAuthenticated" in each])

    assert [each["ServiceNamespace"] for each in told] == ["iam"]


def test_a_boundary_and_a_deny_take_no_service_away(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["s3:GetObject"], deny=["s3:*"])
    iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=READ_ONLY)

    assert list(services(iam, ana.arn)) == ["s3"]


def test_everything_is_every_service_page_by_page(aws: Aws, iam: Any) -> None:
    told = services(iam, aws.user("ana", allow=["*"]).arn)

    assert len(told) > 300
    assert {"iam", "s3", "sts", "ec2"} <= set(told)


def test_actions_are_told_where_they_are_asked_for(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["iam:GetUser", "iam:ListUsers", "s3:ListBucket"])
    ana.client("iam").list_users()

    def found() -> Any:
        told = services(iam, ana.arn, "ACTION_LEVEL")
        return "LastAuthenticated" in told["iam"] and told

    told = until(found)

    never, used = told["iam"]["TrackedActionsLastAccessed"]
    assert never == {"ActionName": "GetUser"}
    assert is_now(used.pop("LastAccessedTime"))
    assert used == {"ActionName": "ListUsers", "LastAccessedEntity": ana.arn, "LastAccessedRegion": "us-east-1"}
    assert told["s3"]["TrackedActionsLastAccessed"] == [{"ActionName": "ListBucket"}]
    assert "TrackedActionsLastAccessed" not in services(iam, ana.arn)["iam"]


def test_a_roles_sessions_count_for_the_role(aws: Aws, iam: Any) -> None:
    role = aws.role("auditor", trust=trusting(root_of(aws)), allow=["iam:ListRoles"])
    using(aws, assume(aws.admin("sts"), role.arn), "iam").list_roles()

    told = until(lambda: "LastAuthenticated" in (found := services(iam, role.arn)["iam"]) and found)

    assert told["LastAuthenticatedEntity"] == role.arn


def test_a_group_is_told_of_by_its_members(aws: Aws, iam: Any) -> None:
    ana, eve, zoe = (aws.user(name) for name in ("ana", "eve", "zoe"))
    group = aws.group("developers", members=[ana, eve, zoe], allow=["iam:GetUser"])
    eve.client("iam").get_user()
    until(lambda: services(iam, group.arn)["iam"]["TotalAuthenticatedEntities"] == 1)
    time.sleep(0.01)  # a later millisecond
    ana.client("iam").get_user()

    told = until(lambda: (found := services(iam, group.arn)["iam"])["TotalAuthenticatedEntities"] == 2 and found)

    assert told["LastAuthenticatedEntity"] == ana.arn
    first, second, third = entities(iam, group.arn, "iam")
    assert is_now(first.pop("LastAuthenticated"))
    assert first == {"EntityInfo": info(ana)}
    assert (second["EntityInfo"], third) == (info(eve), {"EntityInfo": info(zoe)})
    assert entities(iam, group.arn, "s3") == []


def info(user: User) -> dict[str, str]:
    return {"Arn": user.arn, "Name": user.name, "Type": "USER", "Id": user.user_id, "Path": "/"}


def test_a_policy_is_told_of_by_whoever_holds_it_itself_or_through_a_group(aws: Aws, iam: Any) -> None:
    ana, eve = aws.user("ana"), aws.user("eve")
    aws.group("developers", members=[ana])
    role = aws.role("auditor", trust=trusting(root_of(aws)))
    document = allowing("iam:ListRoles")
    arn = iam.create_policy(PolicyName="roles", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="developers", PolicyArn=arn)
    iam.attach_role_policy(RoleName="auditor", PolicyArn=arn)
    ana.client("iam").list_roles()
    with refused("AccessDenied"):
        eve.client("iam").list_roles()

    told = until(lambda: "LastAuthenticated" in (found := services(iam, arn)["iam"]) and found)

    assert (told["LastAuthenticatedEntity"], told["TotalAuthenticatedEntities"]) == (ana.arn, 1)
    assert [each["EntityInfo"]["Arn"] for each in entities(iam, arn, "iam")] == [ana.arn, role.arn]
    assert "iam" in services(iam, READ_ONLY)


def test_whose_name_is_given_again_has_used_nothing(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["iam:GetUser"])
    ana.client("iam").get_user()
    until(lambda: "LastAuthenticated" in services(iam, ana.arn)["iam"])
    iam.delete_user_policy(UserName="ana", PolicyName="given-0")
    iam.delete_access_key(UserName="ana", AccessKeyId=ana.access_key_id)
    iam.delete_user(UserName="ana")

    again = aws.user("ana", allow=["iam:GetUser"])

    assert "LastAuthenticated" not in services(iam, again.arn)["iam"]


def test_a_report_is_its_askers_alone(aws: Aws, iam: Any) -> None:
    eve = aws.user("eve", allow=["iam:*"])
    role = aws.role("auditor", trust=trusting(root_of(aws)), allow=["iam:*"])
    first, second = (using(aws, assume(aws.admin("sts"), role.arn), "iam") for _ in range(2))
    own = iam.generate_service_last_accessed_details(Arn=role.arn)["JobId"]
    of_session = first.generate_service_last_accessed_details(Arn=role.arn)["JobId"]

    first.get_service_last_accessed_details(JobId=of_session)
    for stranger, job in ((eve.client("iam"), own), (second, of_session), (iam, of_session)):
        with refused("NoSuchEntity"):
            stranger.get_service_last_accessed_details(JobId=job)
        with refused("NoSuchEntity"):
            stranger.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="iam")


@pytest.mark.parametrize("path", ["user/none", "group/none", "role/none", "policy/none"])
def test_what_does_not_exist_has_no_report(aws: Aws, iam: Any, path: str) -> None:
    with refused("NoSuchEntity"):
        iam.generate_service_last_accessed_details(Arn=f"arn:aws:iam::{aws.account_id}:{path}")


@pytest.mark.parametrize("arn", ["arn:aws:s3:::some-bucket-of-ours", "arn:aws:iam::111122223333:mfa/device"])
def test_what_is_no_identity_has_no_report(iam: Any, arn: str) -> None:
    with refused("InvalidInput"):
        iam.generate_service_last_accessed_details(Arn=arn)


def test_a_report_is_of_ones_own_account(aws: Aws, iam: Any) -> None:
    with refused("NoSuchEntity"):
        iam.generate_service_last_accessed_details(Arn="arn:aws:iam::111122223333:user/ana")
    with refused("NoSuchEntity"):
        iam.list_policies_granting_service_access(Arn="arn:aws:iam::111122223333:user/ana", ServiceNamespaces=["s3"])


def test_outside_an_organization_there_are_no_reports_on_one(iam: Any) -> None:
    with refused("OrganizationNotFoundException"):
        iam.generate_organizations_access_report(EntityPath="o-a1b2c3d4e5/r-f6g7/ou-f6g7-12345678")
    with refused("NoSuchEntity"):
        iam.get_organizations_access_report(JobId="a" * 36)


# By which policies


def granting(iam: Any, arn: str, *namespaces: str) -> dict[str, list[dict[str, str]]]:
    pages = paged(iam.list_policies_granting_service_access, Arn=arn, ServiceNamespaces=list(namespaces))
    return {
        each["ServiceNamespace"]: each["Policies"] for page in pages for each in page["PoliciesGrantingServiceAccess"]
    }


def test_a_users_own_and_its_groups_policies_grant(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["s3:GetObject"], deny=["iam:*"])
    aws.group("developers", members=[ana], allow=["s3:*"])
    iam.attach_user_policy(UserName="ana", PolicyArn=READ_ONLY)

    found = granting(iam, ana.arn, "s3", "iam", "ec2", "unknown")

    assert list(found) == ["s3", "iam", "ec2", "unknown"]
    assert found["s3"] == [
        {"PolicyName": "given-0", "PolicyType": "INLINE", "EntityType": "USER", "EntityName": "ana"},
        {"PolicyName": "given-0", "PolicyType": "INLINE", "EntityType": "GROUP", "EntityName": "developers"},
    ]
    assert found["iam"] == [{"PolicyName": "IAMReadOnlyAccess", "PolicyType": "MANAGED", "PolicyArn": READ_ONLY}]
    assert found["ec2"] == found["unknown"] == []


@pytest.mark.parametrize(
    ("element", "granted"),
    [
        ({"Action": "*"}, ["ec2", "own", "s3"]),
        ({"Action": "s3:*"}, ["s3"]),
        ({"Action": "S3:getobject"}, ["s3"]),
        ({"Action": "s3:NoSuchAction"}, []),
        ({"Action": "own:Thing"}, ["own"]),
        ({"NotAction": "s3:*"}, ["ec2", "own"]),
        ({"NotAction": "s3:Get*"}, ["ec2", "own", "s3"]),
        ({"NotAction": "*"}, []),
    ],
)
def test_what_covers_any_action_of_a_service_grants_it(
    aws: Aws, iam: Any, element: dict[str, str], granted: list[str]
) -> None:
    aws.group("developers")
    document = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*", **element}})
    iam.put_group_policy(GroupName="developers", PolicyName="p", PolicyDocument=document)

    found = granting(iam, f"arn:aws:iam::{aws.account_id}:group/developers", "ec2", "own", "s3")

    assert [each for each, policies in found.items() if policies] == granted


def test_many_services_come_page_by_page(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["*"])
    namespaces = [f"service-{number}" for number in range(200)]

    assert list(granting(iam, ana.arn, *namespaces)) == namespaces
