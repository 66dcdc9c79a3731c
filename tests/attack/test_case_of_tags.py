"""Two tags whose keys differ by case alone: as a condition key they are one, and neither may pass for both.

IAM keeps them apart on managed policies, instance profiles and the like, and condition keys have no case.
"""

import json

import pytest
from botocore.exceptions import ClientError

from tests.user.client import Aws, User

DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
SPELLINGS = ["team", "TEAM"]
"""What comes after `Team` in the order of keys, and what before."""


def on_own_team(aws: Aws, key: str, *actions: str, operator: str = "StringEquals") -> User:
    """A user of the team red who may do something where a tag says so."""
    condition = {operator: {f"aws:{key}/Team": "${aws:PrincipalTag/Team}"}}
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*", "Condition": condition}
    return aws.user("red", policy={"Version": "2012-10-17", "Statement": statement}, tags={"Team": "red"})


@pytest.mark.parametrize("operator", ["StringEquals", "StringEqualsIfExists", "StringLike"])
@pytest.mark.parametrize("added", SPELLINGS)
def test_a_tag_of_other_case_takes_over_no_resource(aws: Aws, added: str, operator: str) -> None:
    red = on_own_team(aws, "ResourceTag", "iam:GetPolicy", operator=operator)
    iam = aws.admin("iam")
    arn = iam.create_policy(
        PolicyName="of-blue",
        PolicyDocument=DOCUMENT,
        Tags=[{"Key": "Team", "Value": "blue"}, {"Key": added, "Value": "red"}],
    )["Policy"]["Arn"]

    with pytest.raises(ClientError) as refusal:
        red.client("iam").get_policy(PolicyArn=arn)
    assert refusal.value.response["Error"]["Code"] == "AccessDenied"

    iam.untag_policy(PolicyArn=arn, TagKeys=["Team"])
    red.client("iam").get_policy(PolicyArn=arn)


@pytest.mark.parametrize("other", SPELLINGS)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_tag_of_other_case_covers_no_request(aws: Aws, other: str, is_first: bool) -> None:
    red = on_own_team(aws, "RequestTag", "iam:CreatePolicy", "iam:TagPolicy").client("iam")
    own, foreign = {"Key": "Team", "Value": "red"}, {"Key": other, "Value": "blue"}

    with pytest.raises(ClientError) as refusal:
        red.create_policy(
            PolicyName="mine", PolicyDocument=DOCUMENT, Tags=[foreign, own] if is_first else [own, foreign]
        )
    assert refusal.value.response["Error"]["Code"] == "AccessDenied"

    red.create_policy(PolicyName="mine", PolicyDocument=DOCUMENT, Tags=[own])
