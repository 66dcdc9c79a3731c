"""SimulateCustomPolicy: how much can be asked at once, and the pages of its answers."""

from typing import Any

import pytest

from tests.user.client import Aws
from tests.user.refusals import refused
from tests.user.simulated import ALLOW, EVERYTHING, document, simulate, statement


@pytest.fixture
def iam(aws: Aws) -> Any:
    return aws.admin("iam")


def test_a_policy_of_the_largest_size_can_be_simulated(iam: Any) -> None:
    largest = ALLOW + " " * (131_072 - len(ALLOW))

    (result,) = simulate(iam, largest)

    assert result["EvalDecision"] == "allowed"
    with refused("ValidationError"):
        simulate(iam, largest + " ")


def test_policies_that_are_too_much_together_are_refused(iam: Any) -> None:
    largest = ALLOW + " " * (131_072 - len(ALLOW))

    with refused("InvalidInput", having="no more than 2097152 characters together"):
        simulate(iam, *[largest] * 16, ALLOW)


def test_too_many_resources_for_large_policies_are_refused(iam: Any) -> None:
    large = ALLOW + " " * 100_000

    with refused("InvalidInput", having="too many resources for policies of this size"):
        simulate(iam, large, ResourceArns=[f"arn:aws:s3:::b/{n}" for n in range(500)])


# --- pages


def test_pages_hold_as_many_actions_as_were_asked_for(iam: Any) -> None:
    names = [f"s3:Action{number}" for number in range(25)]
    pages = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[document(statement(action="s3:Action?"))], ActionNames=names, PaginationConfig={"PageSize": 10}
    )

    found = [[result["EvalActionName"] for result in page["EvaluationResults"]] for page in pages]

    assert found == [names[:10], names[10:20], names[20:]]


def test_a_page_holds_fewer_actions_where_each_is_much_work(iam: Any) -> None:
    resources = [f"arn:aws:s3:::b/{number}" for number in range(1000)]
    pages = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[ALLOW], ActionNames=[f"s3:Action{number}" for number in range(15)], ResourceArns=resources
    )

    found = [len(page["EvaluationResults"]) for page in pages]

    assert found == [5, 5, 5]


def test_a_page_ends_where_large_policies_have_been_read_often_enough(iam: Any) -> None:
    large = ALLOW + " " * 100_000
    actions = [f"s3:Action{number}" for number in range(300)]
    pages = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[large], ActionNames=actions, PaginationConfig={"PageSize": 1000}
    )

    found = [[result["EvalActionName"] for result in page["EvaluationResults"]] for page in pages]

    assert len(found) == 2
    assert found[0] + found[1] == actions


def test_more_statements_than_a_reply_can_hold_are_refused(iam: Any) -> None:
    many = document(*[statement(action="*")] * 1000)
    resources = [f"arn:aws:s3:::b/{number}" for number in range(20)]

    (some,) = simulate(iam, many, ResourceArns=resources[:5])

    assert len(some["MatchedStatements"]) == 1000
    with refused("InvalidInput", having="Too much is to be told of s3:GetObject: ask about fewer resources at once."):
        simulate(iam, many, ResourceArns=resources)


def test_more_context_keys_than_a_reply_can_hold_are_refused(iam: Any) -> None:
    asking = [
        document(statement(Condition={"Null": {f"aws:k{number}": "true" for number in range(start, start + 4000)}}))
        for start in (0, 4000, 8000)
    ]

    assert len(iam.get_context_keys_for_custom_policy(PolicyInputList=asking[:2])["ContextKeyNames"]) == 8000
    with refused("InvalidInput", having="more than 10000 context keys"):
        iam.get_context_keys_for_custom_policy(PolicyInputList=asking)


def test_a_marker_serves_only_what_it_was_given_for(iam: Any) -> None:
    asked = {"PolicyInputList": [ALLOW], "ActionNames": ["s3:GetObject", "s3:PutObject"], "MaxItems": 1}
    marker = iam.simulate_custom_policy(**asked)["Marker"]

    (second,) = iam.simulate_custom_policy(**asked, Marker=marker)["EvaluationResults"]

    assert second["EvalActionName"] == "s3:PutObject"
    with refused("ValidationError", "Invalid Marker."):
        iam.simulate_custom_policy(**{**asked, "PolicyInputList": [EVERYTHING]}, Marker=marker)
    with refused("ValidationError", "Invalid Marker."):
        iam.simulate_custom_policy(**asked, Marker="x" + marker)
