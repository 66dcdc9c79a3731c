"""The condition keys that tell of what was asked for."""

from bailiwick.access.context import request_keys
from bailiwick.operations import TAG_KEYS_PASSED, TAGS_PASSED


def test_policies_see_the_tags_passed_and_the_parameters_that_the_operation_declares() -> None:
    parameters = {
        "Tags": [{"Key": "Team", "Value": "blue"}, {"Key": "Stage", "Value": ""}],
        "TransitiveTagKeys": ["Team"],
        "ExternalId": "a1",
        "RoleArn": "not declared",
    }

    keys = request_keys(
        parameters,
        {"sts:ExternalId": "ExternalId", "sts:TransitiveTagKeys": "TransitiveTagKeys", **TAGS_PASSED},
    )

    assert keys == {
        "aws:requesttag/team": "blue",
        "aws:requesttag/stage": "",
        "aws:tagkeys": ("Team", "Stage"),
        "sts:transitivetagkeys": ("Team",),
        "sts:externalid": "a1",
    }


def test_policies_see_nothing_of_what_was_not_passed() -> None:
    assert request_keys({}, {"sts:ExternalId": "ExternalId", **TAGS_PASSED}) == {}


def test_an_empty_list_counts_as_not_passed() -> None:
    declared = {"sts:TransitiveTagKeys": "TransitiveTagKeys", **TAGS_PASSED}

    assert request_keys({"Tags": [], "TransitiveTagKeys": []}, declared) == {}


def test_policies_see_no_tags_of_an_operation_that_takes_none() -> None:
    assert request_keys({"Tags": [{"Key": "Team", "Value": "blue"}]}, {}) == {}


def test_policies_see_the_keys_of_the_tags_to_be_taken_away() -> None:
    assert request_keys({"TagKeys": ["Team"]}, TAG_KEYS_PASSED) == {"aws:tagkeys": ("Team",)}
