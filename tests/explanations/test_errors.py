"""The errors of the operations that explain, against the service's own model."""

import inspect
import json
from importlib.resources import files

import pytest

from bailiwick.errors import AwsError
from bailiwick.explanations import errors

CLASSES = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, AwsError) and value.__module__ == errors.__name__
]


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_code_and_status_are_those_of_our_own_model(error: type[AwsError]) -> None:
    model = json.loads((files("bailiwick") / "models/bailiwick/2026-11-24/service-2.json").read_text("utf-8"))

    modelled = {
        shape["error"]["code"]: shape["error"]["httpStatusCode"]
        for shape in model["shapes"].values()
        if "error" in shape
    }

    assert modelled[error.code] == error.status
