"""Policy documents as IAM takes and gives them: checked, kept byte for byte, percent-encoded in replies.

Source: IAM API Reference, parameter PolicyDocument; IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from urllib.parse import quote

from bailiwick import policy
from bailiwick.iam.errors import MalformedPolicyDocument


def encoded(text: str) -> str:
    """A document as replies hold it: percent-encoded as RFC 3986 says, white space and all."""
    return quote(text, safe="")


def check(text: str, policy_type: policy.PolicyType) -> policy.PolicyDocument:
    """Make sure that a document is one that AWS would store as this type of policy.

    Raises:
        MalformedPolicyDocument: it is not; the message is AWS's.
    """
    try:
        return policy.check(text, policy_type)
    except policy.PolicySyntaxError as malformed:
        raise MalformedPolicyDocument(malformed.message) from malformed
