"""What tests of explanations act with."""

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tests.user.client import Aws, Signer
from tests.user.refusals import Denial, denial_of


def explained(client: Any, request_id: str) -> Any:
    """ExplainRequest's reply once the event is there: those of refusals follow within a second."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return client.explain_request(RequestId=request_id)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchEntity" or time.monotonic() > deadline:
                raise
        time.sleep(0.05)


def explained_denial(aws: Aws, call: Callable[..., Any], **parameters: Any) -> tuple[Denial, Any]:
    """Make a call, expect it to be denied, and have the administrator explain it: the denial and its one decision."""
    denial = denial_of(call, **parameters)
    reply = explained(aws.admin("bailiwick"), denial.request_id)
    return denial, reply["Decisions"][-1]


def can(aws: Aws, principal: str, action: str, resource: str, *, signer: Signer | None = None, **more: Any) -> Any:
    """ExplainAccess's Answer; `context` is key → value or list of values."""
    context = more.pop("context", {})
    entries = [{"Key": key, "Values": [value] if isinstance(value, str) else value} for key, value in context.items()]
    client = aws.client("bailiwick", signer or aws.administrator)
    reply = client.explain_access(
        PrincipalArn=principal, Action=action, ResourceArn=resource, ContextEntries=entries, **more
    )
    return reply["Answer"]


def layer_of(answer: Any, name: str) -> Any:
    """The one layer of that name in an answer's explanation, or None."""
    return next((layer for layer in answer["Explanation"]["layers"] if layer["layer"] == name), None)
