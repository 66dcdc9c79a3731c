"""The words of a denial: who may not do what on which resource, and because of which kind of policy.

Source: IAM User Guide, "Troubleshoot access denied error messages"; AWS Security Blog on the ARNs of policies in them.
"""

from typing import Final, NamedTuple

from bailiwick.policy import Decision, Layer, Reason


class _Words(NamedTuple):
    """How the policies of a layer are called, and whether a denial names the one that denies by its ARN."""

    missing: str
    denying: str
    has_arn: bool


_WORDS: Final[dict[Layer, _Words]] = {
    Layer.IDENTITY: _Words("identity-based policy", "an identity-based policy", True),
    Layer.RESOURCE: _Words("resource-based policy", "a resource-based policy", False),
    Layer.TRUST: _Words("role trust policy", "the role trust policy", False),
    Layer.BOUNDARY: _Words("permissions boundary", "a permissions boundary", True),
    Layer.SESSION: _Words("session policy", "a session policy", True),
    Layer.SCOPE_DOWN: _Words("session policy", "a session policy", True),
    Layer.SCP: _Words("service control policy", "a service control policy", True),
    Layer.RCP: _Words("resource control policy", "a resource control policy", True),
    Layer.VPC_ENDPOINT: _Words("VPC endpoint policy", "a VPC endpoint policy", False),
}

_ENCODING: Final = frozenset({"bailiwick"})
"""The services whose denials carry an encoded message. IAM and STS are not among them, as in AWS."""

_BEFORE: Final = "You are not authorized to perform this operation. "
_AFTER: Final = ". Encoded authorization failure message: "


def denial(caller_arn: str, action: str, resource: str | None, decision: Decision | None) -> str:
    """What a caller is told that may not do something.

    Args:
        caller_arn: who asked; empty for the anonymous.
        action: as policies name it (`iam:GetUser`).
        resource: how the message names the resource; None leaves it out, and so does a role's trust policy.
        decision: why; None leaves the reason out, as AWS does between accounts.
    """
    is_named = resource is not None and (decision is None or decision.layer is not Layer.TRUST)
    where = f" on resource: {resource}" if is_named else ""
    why = "" if decision is None else _reason(action, decision)
    return f"User: {caller_arn or 'anonymous'} is not authorized to perform: {action}{where}{why}"


def has_encoded_message(action: str) -> bool:
    """Whether a denial of this action carries an encoded message beside its words."""
    return action.partition(":")[0] in _ENCODING


def with_encoded_message(words: str, encoded: str) -> str:
    """The words of a service that encodes its messages, as Amazon EC2 says them."""
    return f"{_BEFORE}{words}{_AFTER}{encoded}"


def without_encoded_message(words: str) -> str:
    """What people read of such words; other words stay as they are."""
    return words.partition(_AFTER)[0].removeprefix(_BEFORE)


def _reason(action: str, decision: Decision) -> str:
    # Root has no policy that could be named, and is denied as an identity that none allows.
    words = _WORDS.get(decision.layer or Layer.IDENTITY, _WORDS[Layer.IDENTITY])
    if decision.reason is not Reason.EXPLICIT_DENY:
        return f" because no {words.missing} allows the {action} action"
    arn = None if decision.statement is None or not words.has_arn else decision.statement.source.arn
    return f" with an explicit deny in {words.denying}" + (f": {arn}" if arn else "")
