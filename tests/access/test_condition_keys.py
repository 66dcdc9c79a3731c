"""Condition keys are shown as AWS spells them."""

import pytest

from bailiwick.access.condition_keys import spelled


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("aws:username", "aws:username"),
        ("aws:principalarn", "aws:PrincipalArn"),
        ("iam:policyarn", "iam:PolicyARN"),
        ("aws:principaltag/cost-center", "aws:PrincipalTag/cost-center"),
        ("aws:principaltag/a/b", "aws:PrincipalTag/a/b"),
        ("aws:principaltag", "aws:principaltag"),  # no key without a tag
        ("accounts.example.com:aud", "accounts.example.com:aud"),
        ("odd/key", "odd/key"),
    ],
)
def test_a_key_is_shown_as_aws_spells_it(key: str, shown: str) -> None:
    assert spelled(key) == shown
