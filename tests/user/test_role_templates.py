"""Role templates as boto3 sees them: there are none, and nothing tells otherwise."""

from typing import Any

import pytest

from tests.user.client import Aws
from tests.user.refusals import denial_of, refused

TEMPLATE = "arn:aws:iam::aws:role-template/lambda.amazonaws.com/Basic:1"
OPERATIONS = ("acquire_role", "get_role_template_version")


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_template_is_known(iam: Any, operation: str) -> None:
    with refused("NoSuchEntity", f"The role template {TEMPLATE} cannot be found."):
        getattr(iam, operation)(TemplateArn=TEMPLATE)

    assert iam.list_roles()["Roles"] == []


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::123456789012:role-template/lambda.amazonaws.com/Basic:1",
        "arn:aws:iam::aws:role-template/lambda.amazonaws.com/Basic",
        "arn:aws:iam::aws:policy/AdministratorAccess",
        f"{TEMPLATE}0:1",
    ],
)
def test_another_arn_is_none_of_a_template(iam: Any, operation: str, arn: str) -> None:
    with refused("InvalidInput", f"ARN {arn} is not valid."):
        getattr(iam, operation)(TemplateArn=arn)


def test_values_for_a_template_are_read_by_the_model(aws: Aws) -> None:
    iam = aws.client("iam", aws.administrator, validates=False)

    with refused("NoSuchEntity"):
        iam.acquire_role(TemplateArn=TEMPLATE, TemplateMinorVersion=2, ReplacementValues={"name": {"Values": ["x"]}})
    with refused("ValidationError"):
        iam.acquire_role(
            TemplateArn=TEMPLATE, ReplacementValues={f"name{number}": {"Values": ["x"]} for number in range(31)}
        )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_templates_are_a_right_of_their_own(aws: Aws, operation: str) -> None:
    denial = denial_of(getattr(aws.user("ana").client("iam"), operation), TemplateArn=TEMPLATE)

    assert f"on resource: {TEMPLATE} because" in denial.message
