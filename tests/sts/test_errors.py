"""STS's error classes against botocore's model of STS, and those on sessions against our own model."""

import inspect
import json
from importlib.resources import files
from types import ModuleType

import pytest
from botocore.session import Session

from bailiwick.errors import AwsError
from bailiwick.sts import errors
from bailiwick.sts.sessions import errors as session_errors

COMMON = {"AccessDenied": 403, "ValidationError": 400, "InvalidParameterValue": 400}
"""Of the API Reference's common errors, which no model lists."""


def classes(module: ModuleType) -> list[type[AwsError]]:
    return [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, AwsError) and value.__module__ == module.__name__
    ]


@pytest.mark.parametrize("error", classes(errors), ids=lambda error: error.__name__)
def test_code_and_status_are_those_of_the_model(error: type[AwsError]) -> None:
    shapes = Session().get_service_model("sts").error_shapes

    modelled = {shape.metadata["error"]["code"]: shape.metadata["error"]["httpStatusCode"] for shape in shapes}

    assert {**modelled, **COMMON}[error.code] == error.status


@pytest.mark.parametrize("error", classes(session_errors), ids=lambda error: error.__name__)
def test_code_and_status_are_those_of_our_own_model(error: type[AwsError]) -> None:
    model = json.loads((files("bailiwick") / "models/bailiwick/2026-11-24/service-2.json").read_text("utf-8"))

    modelled = {
        shape["error"]["code"]: shape["error"]["httpStatusCode"]
        for shape in model["shapes"].values()
        if "error" in shape
    }

    assert modelled[error.code] == error.status


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            errors.AccessDenied.not_authorized("arn:aws:iam::123456789012:user/ana", "sts:AssumeRole", "arn:r"),
            "User: arn:aws:iam::123456789012:user/ana is not authorized to perform: sts:AssumeRole on resource: arn:r",
        ),
        (errors.AccessDenied.root_may_not_assume(), "Roles may not be assumed by root accounts."),
        (
            errors.AccessDenied.session_credentials("GetSessionToken"),
            "Cannot call GetSessionToken with session credentials",
        ),
        (
            errors.AccessDenied.unknown_mfa_device(),
            (
                "MultiFactorAuthentication failed, unable to validate MFA code.  "
                "Please verify your MFA serial number is valid and associated with this user."
            ),
        ),
        (
            errors.AccessDenied.incomplete_mfa(),
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
        ),
    ],
)
def test_texts_are_those_of_aws(error: AwsError, text: str) -> None:
    assert error.message == text
