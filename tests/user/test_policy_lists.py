"""Lists of managed policies and of what holds them, as boto3 sees them."""

from typing import Any

import pytest

from tests.user.client import Aws
from tests.user.policy_builders import make_owner, make_policy

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
VIEW_ONLY = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


def names_in(answer: Any) -> list[str]:
    return [policy["PolicyName"] for policy in answer["Policies"]]


def test_own_policies_and_those_of_aws_are_listed_together_by_name(iam: Any) -> None:
    make_policy(iam, "administratoraccess")  # the name of one of AWS's, in another case
    make_policy(iam, "zulu")
    make_policy(iam, "bravo", Path="/team/")

    everything = names_in(iam.list_policies(MaxItems=1000))

    assert everything == sorted(everything, key=str.lower)
    assert everything[:2] == ["administratoraccess", "AdministratorAccess"]
    assert {"bravo", "zulu", "ReadOnlyAccess"} <= set(everything)
    assert names_in(iam.list_policies(Scope="Local")) == ["administratoraccess", "bravo", "zulu"]
    assert "bravo" not in names_in(iam.list_policies(Scope="AWS"))
    assert names_in(iam.list_policies(PathPrefix="/team/")) == ["bravo"]
    assert names_in(iam.list_policies(PathPrefix="/job-function/")) == ["ViewOnlyAccess"]


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("filters", [{}, {"Scope": "AWS"}, {"Scope": "Local"}, {"OnlyAttached": True}])
def test_pages_put_together_are_the_whole_list(iam: Any, size: int, filters: dict[str, object]) -> None:
    iam.create_user(UserName="ana")
    for name in ("administratoraccess", "Bravo", "charlie", "zulu"):
        iam.attach_user_policy(UserName="ana", PolicyArn=make_policy(iam, name))
    iam.attach_user_policy(UserName="ana", PolicyArn=READ_ONLY)

    pages = iam.get_paginator("list_policies").paginate(**filters, PaginationConfig={"PageSize": size})
    paged = [policy for page in pages for policy in page["Policies"]]

    assert paged == iam.list_policies(MaxItems=1000, **filters)["Policies"]


def test_the_list_can_be_narrowed_to_what_is_in_use(iam: Any) -> None:
    iam.create_user(UserName="ana", PermissionsBoundary=make_policy(iam, "boundary", Path="/team/"))
    iam.attach_user_policy(UserName="ana", PolicyArn=make_policy(iam, "attached", Path="/team/"))
    iam.attach_user_policy(UserName="ana", PolicyArn=VIEW_ONLY)
    make_policy(iam, "unused", Path="/team/")

    attached = iam.list_policies(OnlyAttached=True)
    assert {"attached", "ViewOnlyAccess"} <= set(names_in(attached))
    assert not {"boundary", "unused"} & set(names_in(attached))
    assert names_in(iam.list_policies(OnlyAttached=True, Scope="Local")) == ["attached"]
    assert names_in(iam.list_policies(OnlyAttached=True, PathPrefix="/team/")) == ["attached"]
    assert names_in(iam.list_policies(PolicyUsageFilter="PermissionsPolicy", Scope="Local")) == ["attached"]
    bounding = iam.list_policies(PolicyUsageFilter="PermissionsBoundary")["Policies"]
    assert [(each["PolicyName"], each["PermissionsBoundaryUsageCount"]) for each in bounding] == [("boundary", 1)]
    assert not {"Tags", "Description"} & bounding[0].keys()


def test_what_holds_a_policy_is_listed_by_kind_and_use(iam: Any) -> None:
    arn = make_policy(iam)
    for kind in ("user", "group", "role"):
        getattr(iam, f"attach_{kind}_policy")(**make_owner(iam, kind), PolicyArn=arn)
    iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=arn)
    iam.create_user(UserName="bound", Path="/team/", PermissionsBoundary=arn)
    iam.create_user(UserName="free")

    def holders(**parameters: object) -> tuple[list[str], list[str], list[str]]:
        answer = iam.list_entities_for_policy(PolicyArn=arn, **parameters)
        return (
            [each["GroupName"] for each in answer["PolicyGroups"]],
            [each["RoleName"] for each in answer["PolicyRoles"]],
            sorted(each["UserName"] for each in answer["PolicyUsers"]),
        )

    assert holders() == (["ana"], ["ana"], ["ana", "bound"])
    assert holders(EntityFilter="User") == ([], [], ["ana", "bound"])
    assert holders(EntityFilter="Group") == (["ana"], [], [])
    assert holders(PolicyUsageFilter="PermissionsPolicy") == (["ana"], ["ana"], ["ana"])
    assert holders(PolicyUsageFilter="PermissionsBoundary") == ([], [], ["ana", "bound"])
    assert holders(PathPrefix="/team/") == ([], [], ["bound"])


def test_one_marker_runs_over_groups_roles_and_users(iam: Any) -> None:
    arn = make_policy(iam)
    for kind in ("user", "group", "role"):
        getattr(iam, f"attach_{kind}_policy")(**make_owner(iam, kind), PolicyArn=arn)
    iam.create_user(UserName="bound", PermissionsBoundary=arn)

    pages = list(
        iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn, PaginationConfig={"PageSize": 1})
    )

    assert [(len(p["PolicyGroups"]), len(p["PolicyRoles"]), len(p["PolicyUsers"])) for p in pages] == [
        (1, 0, 0),
        (0, 1, 0),
        (0, 0, 1),
        (0, 0, 1),
    ]
    ids = {user["UserId"] for p in pages for user in p["PolicyUsers"]}
    assert ids == {iam.get_user(UserName=name)["User"]["UserId"] for name in ("ana", "bound")}
