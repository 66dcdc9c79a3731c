"""AWS's wording of what is wrong with a parameter."""

from typing import Any

import pytest

from bailiwick.errors import ValidationError
from bailiwick.wire import Operation, Service, load_service

NAME_MESSAGE = (
    "The specified value for {name} is invalid. "
    "It must contain only alphanumeric characters and/or the following: +=,.@_-"
)


@pytest.fixture(scope="module")
def iam() -> Service:
    return load_service("iam", pattern_messages={"userNameType": NAME_MESSAGE, "roleNameType": NAME_MESSAGE})


@pytest.fixture(scope="module")
def sts() -> Service:
    return load_service("sts")


def operation(service: Service, name: str) -> Operation:
    found = service.operation(name)
    assert found is not None
    return found


def refusal(service: Service, name: str, **parameters: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        operation(service, name).validate(parameters)
    assert refused.value.status == 400
    return refused.value.message


def test_a_missing_member_must_not_be_null(iam: Service) -> None:
    assert refusal(iam, "CreateUser") == (
        "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null"
    )


def test_a_value_that_is_too_long_is_shown_with_the_limit(sts: Service) -> None:
    name = "n" * 65
    assert refusal(sts, "AssumeRole", RoleArn="arn:aws:iam::123456789012:role/demo", RoleSessionName=name) == (
        f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: "
        "Member must have length less than or equal to 64"
    )


def test_a_value_that_is_too_short_is_shown_with_the_limit(iam: Service) -> None:
    assert refusal(iam, "GetPolicy", PolicyArn="arn:aws:iam::1") == (
        "1 validation error detected: Value 'arn:aws:iam::1' at 'policyArn' failed to satisfy constraint: "
        "Member must have length greater than or equal to 20"
    )


def test_a_pattern_is_quoted_as_in_the_model(sts: Service) -> None:
    assert refusal(
        sts, "AssumeRole", RoleArn="arn:aws:iam::123456789012:role/demo", RoleSessionName="PowerUser/hjacobs"
    ) == (
        "1 validation error detected: Value 'PowerUser/hjacobs' at 'roleSessionName' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w+=,.@-]*"
    )


def test_a_tag_is_named_by_its_place_counted_from_one(iam: Service) -> None:
    tags = [{"Key": "k", "Value": "v"}, {"Key": "stage", "Value": "*"}]
    assert refusal(iam, "CreateUser", UserName="ana", Tags=tags) == (
        "1 validation error detected: Value '*' at 'tags.2.member.value' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*"
    )


def test_a_member_missing_in_a_list_element_is_named_by_its_place(iam: Service) -> None:
    assert refusal(iam, "CreateUser", UserName="ana", Tags=[{"Value": "v"}]) == (
        "1 validation error detected: Value null at 'tags.1.member.key' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_a_value_outside_an_enumeration_is_answered_with_the_set(iam: Service) -> None:
    parameters = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Asleep"}
    message = refusal(iam, "UpdateAccessKey", **parameters)
    assert message.startswith(
        "1 validation error detected: Value 'Asleep' at 'status' failed to satisfy constraint: "
        "Member must satisfy enum value set: [Active, Inactive"
    )


@pytest.mark.parametrize(
    ("seconds", "limit"), [(899, "greater than or equal to 900"), (43201, "less than or equal to 43200")]
)
def test_a_number_out_of_range_is_answered_with_the_bound(sts: Service, seconds: int, limit: str) -> None:
    parameters = {"RoleArn": "arn:aws:iam::123456789012:role/demo", "RoleSessionName": "ana"}
    assert refusal(sts, "AssumeRole", **parameters, DurationSeconds=seconds) == (
        f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: "
        f"Member must have value {limit}"
    )


def test_several_violations_are_counted_in_the_models_order_pattern_before_length(sts: Service) -> None:
    message = refusal(sts, "AssumeRoleWithSAML", RoleArn="", PrincipalArn="", SAMLAssertion="QUJDRA==")
    pattern = r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"
    each = [
        f"Value '' at '{name}' failed to satisfy constraint: {constraint}"
        for name in ("roleArn", "principalArn")
        for constraint in (
            f"Member must satisfy regular expression pattern: {pattern}",
            "Member must have length greater than or equal to 20",
        )
    ]
    assert message == f"4 validation errors detected: {'; '.join(each)}"


def test_a_secret_value_is_left_out(iam: Service) -> None:
    message = refusal(iam, "ChangePassword", OldPassword="o" * 200, NewPassword="\u20ac")
    assert message == (
        "2 validation errors detected: "
        "Value at 'oldPassword' failed to satisfy constraint: Member must have length less than or equal to 128; "
        "Value at 'newPassword' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+"
    )


def test_a_list_that_is_too_long_is_refused_without_looking_into_it(iam: Service) -> None:
    tags = [{"Key": "*", "Value": "v"}] * 51
    assert refusal(iam, "TagUser", UserName="ana", Tags=tags) == (
        "1 validation error detected: Value at 'tags' failed to satisfy constraint: "
        "Member must have length less than or equal to 50"
    )


def test_a_bad_element_of_a_plain_list_is_answered_with_every_constraint_of_elements(iam: Service) -> None:
    assert refusal(iam, "UntagUser", UserName="ana", TagKeys=["fine", ""]) == (
        "1 validation error detected: Value '[fine, ]' at 'tagKeys' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must have length less than or equal to 128, "
        "Member must have length greater than or equal to 1, "
        r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+]"
    )


def test_a_name_with_a_bad_character_gets_the_services_own_text(iam: Service) -> None:
    assert refusal(iam, "CreateRole", RoleName="a b", AssumeRolePolicyDocument="{}") == (
        "The specified value for roleName is invalid. "
        "It must contain only alphanumeric characters and/or the following: +=,.@_-"
    )


def test_the_services_own_text_waits_until_nothing_else_is_wrong(iam: Service) -> None:
    assert refusal(iam, "CreateUser", UserName="a b" * 30).startswith("1 validation error detected: Value 'a ba b")


def test_a_long_document_is_not_sent_back(iam: Service) -> None:
    message = refusal(iam, "PutUserPolicy", UserName="ana", PolicyName="p", PolicyDocument="\u20ac" * 5000)
    assert "\u20ac" not in message
    assert message.startswith("1 validation error detected: Value at 'policyDocument' failed")


def test_many_violations_are_counted_but_not_all_listed() -> None:
    organizations = load_service("organizations")
    tags = [{"Key": "k", "Value": "v" * 300}] * 200
    message = refusal(organizations, "TagResource", ResourceId="123456789012", Tags=tags)
    assert message.startswith("200 validation errors detected: ")
    assert message.count("; ") == 49


def test_good_values_pass(sts: Service) -> None:
    operation(sts, "AssumeRole").validate(
        {
            "RoleArn": "arn:aws:iam::123456789012:role/demo",
            "RoleSessionName": "ana@example.com",
            "DurationSeconds": 900,
            "Tags": [{"Key": "Größe", "Value": ""}],
            "PolicyArns": [],
        }
    )
