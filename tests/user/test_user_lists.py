"""Listing users: order, pages, path prefixes and markers, as boto3 sees them."""

from typing import Any

import pytest

from tests.user.client import Aws
from tests.user.refusals import refused


@pytest.fixture
def iam(aws: Aws) -> Any:
    return aws.admin("iam")


# Listing


def names(page: Any) -> list[str]:
    return [user["UserName"] for user in page["Users"]]


def test_users_are_listed_in_the_order_of_their_names_without_regard_to_case(iam: Any) -> None:
    for name in ["delta", "Bravo", "alpha", "Charlie"]:
        iam.create_user(UserName=name, Path="/test/")

    assert names(iam.list_users(PathPrefix="/test/")) == ["alpha", "Bravo", "Charlie", "delta"]
    everyone = names(iam.list_users())
    assert everyone == sorted(everyone, key=str.lower)
    assert {"alpha", "Bravo", "Charlie", "delta"} <= set(everyone)


def test_pages_together_hold_every_user_once(iam: Any) -> None:
    for number in range(7):
        iam.create_user(UserName=f"user-{number}")
    whole = names(iam.list_users())

    pages = list(iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 3}))

    assert [name for page in pages for name in names(page)] == whole
    assert [len(page["Users"]) for page in pages[:-1]] == [3] * (len(pages) - 1)
    assert [page["IsTruncated"] for page in pages] == [True] * (len(pages) - 1) + [False]
    assert "Marker" not in pages[-1]


def test_a_path_prefix_narrows_the_list_and_pages_within_it(iam: Any) -> None:
    for name, path in [
        ("a", "/ops/"),
        ("b", "/ops/eu/"),
        ("c", "/ops/us/"),
        ("d", "/opsx/"),
        ("e", "/dev/"),
        ("f", "/"),
    ]:
        iam.create_user(UserName=name, Path=path)

    def under(prefix: str) -> list[str]:
        pages = iam.get_paginator("list_users").paginate(PathPrefix=prefix, PaginationConfig={"PageSize": 1})
        return [name for page in pages for name in names(page)]

    assert under("/ops/") == ["a", "b", "c"]
    assert under("/ops") == ["a", "b", "c", "d"]
    assert under("/ops/eu/") == ["b"]
    assert under("/none/") == []


def test_a_marker_serves_only_the_caller_the_operation_and_the_filter_it_was_given_for(aws: Aws, iam: Any) -> None:
    for name in ["a", "b", "c"]:
        iam.create_user(UserName=name)
    marker = iam.list_users(MaxItems=1)["Marker"]
    ana = aws.user("ana", allow=["iam:List*"]).client("iam")

    with refused("ValidationError", having="Invalid Marker."):
        ana.list_users(Marker=marker)
    with refused("ValidationError", having="Invalid Marker."):
        iam.list_groups(Marker=marker)
    with refused("ValidationError", having="Invalid Marker."):
        iam.list_users(Marker=marker, PathPrefix="/ops/")
    with refused("ValidationError", having="Invalid Marker."):
        iam.list_users(Marker=marker[:-2] + ("AA" if marker[-2:] != "AA" else "BB"))
    assert names(iam.list_users(MaxItems=1, Marker=marker)) != names(iam.list_users(MaxItems=1))


def test_pages_go_on_behind_the_longest_paths_and_names(iam: Any) -> None:
    path = f"/{'p' * 510}/"
    for name in ["a" * 64, "b" * 64, "c" * 64]:
        iam.create_user(UserName=name, Path=path)

    pages = iam.get_paginator("list_users").paginate(PathPrefix=path, PaginationConfig={"PageSize": 1})

    assert [name for page in pages for name in names(page)] == ["a" * 64, "b" * 64, "c" * 64]


def test_users_made_between_two_pages_neither_repeat_nor_hide_others(iam: Any) -> None:
    for name in ["b", "d", "f"]:
        iam.create_user(UserName=name, Path="/t/")
    first = iam.list_users(PathPrefix="/t/", MaxItems=2)

    iam.create_user(UserName="a", Path="/t/")
    iam.create_user(UserName="e", Path="/t/")

    assert names(first) == ["b", "d"]
    assert names(iam.list_users(PathPrefix="/t/", Marker=first["Marker"])) == ["e", "f"]


def test_a_denied_list_names_the_accounts_users(aws: Aws) -> None:
    eve = aws.user("eve").client("iam")

    with refused(
        "AccessDenied",
        having=f"is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::{aws.account_id}:user/ because",
    ):
        eve.list_users()
