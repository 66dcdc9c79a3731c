"""The words of a denial: who may not do what on which resource, and because of which kind of policy.

Source: IAM User Guide, "Troubleshoot access denied error messages".
"""

from bailiwick.access.call import Caller
from bailiwick.errors import AccessDenied
from bailiwick.policy import Decision, Layer, Reason

_KINDS: dict[Layer, tuple[str, str]] = {
    Layer.IDENTITY: ("identity-based policy", "an identity-based policy"),
    Layer.RESOURCE: ("resource-based policy", "a resource-based policy"),
    Layer.TRUST: ("role trust policy", "the role trust policy"),
    Layer.BOUNDARY: ("permissions boundary", "a permissions boundary"),
    Layer.SESSION: ("session policy", "a session policy"),
    Layer.SCOPE_DOWN: ("session policy", "a session policy"),
    Layer.SCP: ("service control policy", "a service control policy"),
    Layer.RCP: ("resource control policy", "a resource control policy"),
    Layer.VPC_ENDPOINT: ("VPC endpoint policy", "a VPC endpoint policy"),
}


def denied(caller: Caller, action: str, resource: str | None, decision: Decision | None) -> AccessDenied:
    """The error for a caller's denied action.

    Args:
        caller: who asked.
        action: as policies name it (`iam:GetUser`).
        resource: how the message names the resource; None leaves it out.
        decision: why; None leaves the reason out, as AWS does between accounts.
    """
    who = caller.arn or "anonymous"
    where = "" if resource is None else f" on resource: {resource}"
    why = "" if decision is None else _reason(action, decision)
    return AccessDenied(f"User: {who} is not authorized to perform: {action}{where}{why}")


def _reason(action: str, decision: Decision) -> str:
    layer = decision.layer if decision.layer in _KINDS else Layer.IDENTITY
    assert layer is not None, "the fallback is a layer"
    implicit, explicit = _KINDS[layer]
    if decision.reason is not Reason.EXPLICIT_DENY:
        return f" because no {implicit} allows the {action} action"
    arn = None if decision.statement is None else decision.statement.source.arn
    return f" with an explicit deny in {explicit}" + (f": {arn}" if arn else "")
