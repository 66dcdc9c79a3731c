"""Every worked example of AWS's evaluation rules: by the specification, by the engine, or where its behaviour lives."""

import json
import re
from pathlib import Path

import pytest

from bailiwick.policy import PolicySyntaxError, PolicyType, check
from tests.specification import decide, engine_side, prepare
from tests.specification.examples import EXAMPLES, Example
from tests.specification.reading import DENY_ALL

TESTS = Path(__file__).parents[1]
HOW_MANY = 150
ELSEWHERE = {
    14: ("specification/test_worked_examples.py", "test_an_incomplete_arn_is_refused_in_a_session_policy"),
    99: ("policy/test_ceilings.py", "test_scps_do_not_limit_the_management_account"),
    100: ("policy/test_ceilings.py", "test_a_service_linked_role_is_under_neither"),
    118: ("user/test_caller_identity.py", "test_no_policy_can_deny_it"),
    119: ("user/test_session_token.py", "test_iam_is_closed_to_it_without_mfa"),
    142: ("user/test_session_token.py", "test_no_policy_allows_or_denies_it"),
    150: ("user/test_session_tags.py", "test_a_transitive_tag_cannot_be_changed_on_the_way"),
}
"""Examples that no decision alone settles, with the tests of what does."""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.number}")
def test_a_worked_example_comes_out_as_aws_says(example: Example) -> None:
    specified = decide(prepare(example.world), example.request)

    answer = engine_side.answer(engine_side.layers(example.world), example.request)

    assert specified.effect == example.expected
    assert answer == specified


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.number}")
def test_the_policies_of_an_example_are_understood(example: Example) -> None:
    policies = [policy for levels in prepare(example.world).layers.values() for level in levels for policy in level]

    assert [DENY_ALL] not in policies


def test_an_incomplete_arn_is_refused_in_a_session_policy() -> None:
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs"}}
    )

    with pytest.raises(PolicySyntaxError):
        check(document, PolicyType.SESSION)


def test_no_example_is_missing() -> None:
    numbers = sorted([*(example.number for example in EXAMPLES), *ELSEWHERE])

    assert numbers == list(range(1, HOW_MANY + 1))


@pytest.mark.parametrize(("file", "test"), ELSEWHERE.values(), ids=map(str, ELSEWHERE))
def test_the_examples_that_are_elsewhere_are_there(file: str, test: str) -> None:
    assert re.search(rf"def {test}\(", (TESTS / file).read_text())
