"""Statements to propose: exactly this action on exactly this resource, for exactly this caller."""

import re
from collections.abc import Iterator
from typing import Final

from bailiwick.policy.arn import FIELDS
from bailiwick.policy.compiled import CompiledPolicy, compile_policy
from bailiwick.policy.decision import Layer, PolicySource
from bailiwick.policy.document import EVERYONE, Effect, PolicyDocument, PolicyType, PrincipalBlock, Statement
from bailiwick.policy.evaluation import RequestContext
from bailiwick.policy.principals import Principal, PrincipalKind

_TYPES: Final = {
    Layer.IDENTITY: PolicyType.INLINE,
    Layer.RESOURCE: PolicyType.RESOURCE,
    Layer.TRUST: PolicyType.TRUST,
    Layer.BOUNDARY: PolicyType.MANAGED,
    Layer.SESSION: PolicyType.SESSION,
    Layer.SCOPE_DOWN: PolicyType.SESSION,
    Layer.SCP: PolicyType.SERVICE_CONTROL,
    Layer.RCP: PolicyType.RESOURCE_CONTROL,
    Layer.VPC_ENDPOINT: PolicyType.VPC_ENDPOINT,
}
_EVERYONE: Final = PrincipalBlock(((EVERYONE, (EVERYONE,)),))
_NAMING: Final = frozenset({Layer.RESOURCE, Layer.TRUST, Layer.VPC_ENDPOINT, Layer.RCP})
_PATTERN: Final = re.compile(r"\$(?=\{)|[*?]")


def proposed(layer: Layer, request: RequestContext, principal: PrincipalBlock | None = None) -> Statement:
    """The Allow that a layer lacks for a request; `principal`: whom to name, the caller if not given."""
    if principal is None and layer in _NAMING:
        principal = _EVERYONE if layer is Layer.RCP else next(naming(request.principal))
    return Statement(
        effect=Effect.ALLOW,
        principal=principal,
        action=(request.action,),
        resource=None if layer is Layer.TRUST else (literal(request.resource),),
    )


def compiled(layer: Layer, statement: Statement) -> CompiledPolicy:
    """The statement as a policy of its own, in the version that suggestions are written for."""
    document = PolicyDocument("2012-10-17", None, (statement,))
    return compile_policy(document, PolicySource(_TYPES[layer], "proposed"))


def naming(principal: Principal) -> Iterator[PrincipalBlock]:
    """The ways to name a caller in a Principal, the one that is best kept in a policy first.

    A role session is best named by its role: its own ARN holds a name that another session need not have.
    """
    if principal.kind is PrincipalKind.ANONYMOUS:
        yield _EVERYONE
    elif principal.kind is PrincipalKind.SERVICE:
        yield PrincipalBlock((("Service", (principal.arn,)),))
    elif principal.kind is PrincipalKind.FEDERATED:
        yield PrincipalBlock((("Federated", (principal.arn,)),))
    else:
        if principal.kind is PrincipalKind.ROLE_SESSION and principal.parent_arn is not None:
            yield PrincipalBlock((("AWS", (principal.parent_arn,)),))
        yield PrincipalBlock((("AWS", (principal.arn,)),))


def literal(resource: str) -> str:
    """A pattern that matches the resource alone; `*` stays what it is, the resource of actions without a level.

    A wildcard before the fifth colon, where nothing can be escaped, stays a wildcard.
    """
    fields = resource.split(":", FIELDS - 1)
    if len(fields) < FIELDS:
        return resource
    return ":".join((*fields[:-1], _PATTERN.sub(lambda found: f"${{{found[0]}}}", fields[-1])))
