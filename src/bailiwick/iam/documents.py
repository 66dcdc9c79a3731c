"""Policy documents as IAM takes and gives them: checked, kept byte for byte, percent-encoded in replies.

Source: IAM API Reference, parameter PolicyDocument; IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from collections.abc import Mapping
from urllib.parse import quote

from bailiwick import policy
from bailiwick.iam.errors import MalformedPolicyDocument


def encoded(text: str) -> str:
    """A document as replies hold it: percent-encoded as RFC 3986 says, white space and all."""
    return quote(text, safe="")


def check(text: str, policy_type: policy.PolicyType) -> policy.PolicyDocument:
    """Make sure that a document is one that AWS would store as this type of policy.

    Raises:
        MalformedPolicyDocument: it is not; the message is AWS's, and its details are the place of the first fault.
    """
    try:
        return policy.check(text, policy_type)
    except policy.PolicySyntaxError as malformed:
        raise MalformedPolicyDocument(
            malformed.message, place_details(text, malformed.place, malformed.position)
        ) from malformed


def place_details(text: str, place: policy.Steps, position: policy.Position | None = None) -> Mapping[str, str | int]:
    """A place in a document, as the members that error replies have beside AWS's own.

    `Path` is as people write it (`Statement[0].Action[1]`), and missing for the document as a whole; `Line` and
    `Column` count from 1, and are those of the place unless a position is given.
    """
    position = position or policy.locate(text, place)
    path = {"Path": policy.path_text(place)} if place else {}
    return {**path, "Line": position.line, "Column": position.column}
