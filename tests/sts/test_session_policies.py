"""Session policies, as far as they are checked without the store."""

import json

import pytest

from bailiwick.sts.errors import MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError
from bailiwick.sts.session_policies import NO_POLICIES, SessionPolicies, passed

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def document(size: int = 0) -> str:
    """A session policy of that many characters at least, exactly that many when it is large enough."""
    text = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})
    return text + " " * (size - len(text))


def test_no_policies_are_false() -> None:
    assert passed(None, []) == NO_POLICIES
    assert not NO_POLICIES


@pytest.mark.parametrize("policies", [SessionPolicies(document()), SessionPolicies(None, (READ_ONLY,))])
def test_policies_of_either_kind_are_true(policies: SessionPolicies) -> None:
    assert policies


def test_the_document_is_kept_as_it_was_sent_and_arns_once_each() -> None:
    policies = passed(document(500), [READ_ONLY, READ_ONLY])

    assert policies == SessionPolicies(document(500), (READ_ONLY,))


def test_an_inline_policy_has_at_most_2048_characters() -> None:
    assert passed(document(2048), []).document == document(2048)
    with pytest.raises(ValidationError) as refused:
        passed(document(2049), [])

    assert refused.value.message.endswith(
        "at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048"
    )


def test_the_inline_policy_and_the_characters_of_the_arns_count_together() -> None:
    passed(document(2048 - len(READ_ONLY)), [READ_ONLY])
    with pytest.raises(PackedPolicyTooLarge) as refused:
        passed(document(2049 - len(READ_ONLY)), [READ_ONLY])

    assert "2049 characters" in refused.value.message


def test_at_most_ten_managed_policies_are_passed() -> None:
    arns = [f"arn:aws:iam::123456789012:policy/p{number}" for number in range(11)]

    assert len(passed(None, arns[:10]).arns) == 10
    with pytest.raises(ValidationError) as refused:
        passed(None, arns)

    assert "at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10" in (
        refused.value.message
    )


def test_an_entry_without_an_arn_is_named() -> None:
    with pytest.raises(ValidationError) as refused:
        passed(None, [READ_ONLY, None])

    assert refused.value.message == (
        "1 validation error detected: Value null at 'policyArns.2.member.arn' failed to satisfy constraint: "
        "Member must not be null"
    )


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        '{"Version": "2012-10-17", "Statement": []}',
        '{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"}}',
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3"}}',
    ],
)
def test_a_document_that_cannot_limit_a_session_is_malformed(text: str) -> None:
    with pytest.raises(MalformedPolicyDocument):
        passed(text, [])
