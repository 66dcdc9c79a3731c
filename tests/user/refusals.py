"""What a refusal looks like to boto3."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError


@contextmanager
def refused(code: str, message: str | None = None, *, having: str = "") -> Iterator[None]:
    """Expect AWS's error of a code, with `message` as its whole message or `having` in it."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] == code
    assert having in error["Message"]
    if message is not None:
        assert error["Message"] == message
