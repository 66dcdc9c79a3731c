"""What a refusal looks like to boto3."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Denial:
    """A denial as boto3 has it.

    Attributes:
        message: the whole message.
        request_id: as in the reply.
    """

    message: str
    request_id: str

    @property
    def encoded_message(self) -> str:
        """The encoded message at the message's end."""
        found = re.search(r" Encoded authorization failure message: ([\w-]+)\Z", self.message, re.ASCII)
        assert found is not None, self.message
        return found[1]


def denial_of(call: Callable[..., Any], **parameters: Any) -> Denial:
    """Make a call, expect it to be denied, and return how."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    assert response["Error"]["Code"].removesuffix("Exception") == "AccessDenied", response["Error"]
    return Denial(response["Error"]["Message"], response["ResponseMetadata"]["RequestId"])
