"""IAM's error classes against botocore's model of IAM."""

import inspect

import pytest
from botocore.session import Session

from bailiwick.errors import AwsError
from bailiwick.iam import errors

CLASSES = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, AwsError) and value is not AwsError
]


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_code_and_status_are_those_of_the_model(error: type[AwsError]) -> None:
    model = Session().get_service_model("iam")

    # A shape without the trait has its own name for its code, and the status of a wrong request.
    statuses = {
        shape.error_code: shape.metadata.get("error", {}).get("httpStatusCode", 400) for shape in model.error_shapes
    }

    assert statuses[error.code] == error.status


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (errors.NoSuchEntity.user("ana"), "The user with name ana cannot be found."),
        (errors.NoSuchEntity.group("ops"), "The group with name ops cannot be found."),
        (errors.NoSuchEntity.role("deploy"), "The role with name deploy cannot be found."),
        (errors.NoSuchEntity.inline_policy("role", "p"), "The role policy with name p cannot be found."),
        (errors.EntityAlreadyExists.user("ana"), "User with name ana already exists."),
        (errors.EntityAlreadyExists.role("deploy"), "Role with name deploy already exists."),
        (errors.EntityAlreadyExists.policy("p"), "A policy called p already exists. Duplicate names are not allowed."),
        (errors.EntityAlreadyExists.account_alias("acme"), "The account alias acme already exists."),
        (errors.LimitExceeded.quota("AccessKeysPerUser", 2), "Cannot exceed quota for AccessKeysPerUser: 2"),
        (
            errors.LimitExceeded.inline_policy_size("user", "ana", 2048),
            "Maximum policy size of 2048 bytes exceeded for user ana",
        ),
        (
            errors.LimitExceeded.policy_versions(5),
            (
                "A managed policy can have up to 5 versions. Before you create a new version, you must delete an"
                " existing version."
            ),
        ),
        (errors.DeleteConflict.first("delete policies"), "Cannot delete entity, must delete policies first."),
        (errors.DeleteConflict.attached_policy(), "Cannot delete a policy attached to entities."),
        (errors.DeleteConflict.default_version(), "Cannot delete the default version of a policy."),
        (errors.InvalidInput.arn("x"), "ARN x is not valid."),
        (
            errors.InvalidInput.duplicate_tags(case_sensitive=False),
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ),
        (
            errors.MalformedPolicyDocument.invalid_principal("AWS", "arn:aws:iam::123456789012:user/x"),
            'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/x"',
        ),
        (
            errors.PolicyNotAttachable.service_role_policy(),
            "Cannot attach a Service Role Policy to a Customer Role.",
        ),
        (
            errors.UnmodifiableEntity.protected_role("R"),
            "Cannot perform the operation on the protected role 'R' - this role is only modifiable by AWS",
        ),
    ],
    ids=lambda value: value.code if isinstance(value, AwsError) else "",
)
def test_the_words_are_those_that_aws_answers_with(error: AwsError, text: str) -> None:
    assert error.message == text
