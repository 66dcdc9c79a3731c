"""Session policies: the ceilings that a caller sets on the session it asks for.

Source: STS API Reference, Policy and PolicyArns; IAM User Guide, "IAM and AWS STS quotas" (the inline document and the
characters of the ARNs passed count together, not the documents that the ARNs name).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bailiwick import policy
from bailiwick.access.call import Call
from bailiwick.iam.documents import place_details
from bailiwick.policy import PolicySyntaxError, PolicyType
from bailiwick.store.transaction import Transaction
from bailiwick.sts.errors import MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError

MAX_ARNS: Final = 10
MAX_PLAIN_TEXT: Final = 2048


@dataclass(frozen=True, slots=True)
class SessionPolicies:
    """The session policies of one call. With none, a role session has all that its role has.

    Attributes:
        document: the inline policy's text, None when none was passed.
        arns: managed policies; they are kept by reference, so what they say is what they say at use.
    """

    document: str | None = None
    arns: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.document is not None or bool(self.arns)


NO_POLICIES: Final = SessionPolicies()


def read(call: Call) -> SessionPolicies:
    """The call's Policy and PolicyArns, as far as they can be checked without the store; raises as `passed` does."""
    return passed(call.get("Policy"), [descriptor.get("arn") for descriptor in call.structures("PolicyArns")])


def passed(document: str | None, arns: Sequence[object]) -> SessionPolicies:
    """The session policies of one call, checked.

    Args:
        document: the inline policy, None when there is none.
        arns: the ARN of each entry of PolicyArns; not a text where the entry has none.

    Raises:
        ValidationError: too long an inline policy, too many ARNs, an entry without an ARN.
        MalformedPolicyDocument: the inline policy is not one that may limit a session.
        PackedPolicyTooLarge: the policy and the ARNs are too long together.
    """
    named = _named(arns)
    if document is not None:
        _check(document)
    size = len(document or "") + sum(map(len, named))
    if size > MAX_PLAIN_TEXT:
        raise PackedPolicyTooLarge.plain_text(size, MAX_PLAIN_TEXT)
    return SessionPolicies(document, tuple(dict.fromkeys(named)))


async def require_existing(call: Call, tx: Transaction, account: str, policies: SessionPolicies) -> None:
    """Make sure that the managed policies are there: of the account of the session's principal, or of AWS.

    Raises:
        ValidationError: one is not; the same for a policy of another account.
    """
    if missing := await call.access.missing_policies(tx, account, policies.arns):
        raise ValidationError.session_policy_arn(missing[0])


def _named(arns: Sequence[object]) -> list[str]:
    named = []
    for position, arn in enumerate(arns, start=1):
        if not isinstance(arn, str):
            raise ValidationError.constraint("null", f"policyArns.{position}.member.arn", "Member must not be null")
        named.append(arn)
    if len(named) > MAX_ARNS:
        shown = f"'[{', '.join(named)}]'"
        raise ValidationError.constraint(
            shown, "policyArns", f"Member must have length less than or equal to {MAX_ARNS}"
        )
    return named


def _check(document: str) -> None:
    if len(document) > MAX_PLAIN_TEXT:
        raise ValidationError.constraint(
            f"'{document}'", "policy", f"Member must have length less than or equal to {MAX_PLAIN_TEXT}"
        )
    try:
        policy.check(document, PolicyType.SESSION)
    except PolicySyntaxError as malformed:
        where = place_details(document, malformed.place, malformed.position)
        raise MalformedPolicyDocument(malformed.message, where) from malformed
