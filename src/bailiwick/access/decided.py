"""One decision of a call, as its event and its explanations keep it."""

from collections.abc import Mapping
from typing import NamedTuple

from bailiwick.operations import ContextValue
from bailiwick.policy import Decision, RequestContext


class Decided(NamedTuple):
    """What was decided for one action on one resource.

    Attributes:
        action: as policies name it.
        resource: its ARN, or `*`.
        decision: the outcome.
        request: of a denial, what it was decided on; None for what was allowed.
    """

    action: str
    resource: str
    decision: Decision
    request: RequestContext | None = None


def is_across(request: RequestContext) -> bool:
    """Whether the resource is of another account, whose policies and tags are not the caller's to see."""
    return request.resource_account != request.principal.account


def keys_to_tell(request: RequestContext) -> Mapping[str, ContextValue]:
    """The condition keys that the caller's account may see of a request: the tags of another's resource are not."""
    if not is_across(request):
        return request.keys
    return {name: value for name, value in request.keys.items() if ":resourcetag/" not in name}
