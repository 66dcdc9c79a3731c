"""Which condition keys a simulated request lacks.

AWS's simulator leaves out those that only service control policies ask for; here they are found as all others, since
without them the answer is no less uncertain.
"""

from bailiwick.policy import CompiledStatement, Grant, Layers, RequestContext, stacked


def missing_keys(layers: Layers, request: RequestContext) -> frozenset[str]:
    """The keys (lower case) that the request does not have and a statement needs that could apply to it.

    A statement counts if it covers the action, reaches the principal, and its Resource matches, or would if it knew
    the values of its variables.
    """
    bounded = layers.boundary is not None
    missing: set[str] = set()
    for _, policies in stacked(layers):
        for statement in policies.candidates(request.action.lower()).statements:
            absent = statement.keys.difference(request.keys)
            if not absent <= missing and _could_apply(statement, request, absent, bounded=bounded):
                missing |= absent
    return frozenset(missing)


def _could_apply(
    statement: CompiledStatement, request: RequestContext, absent: frozenset[str], *, bounded: bool
) -> bool:
    matcher = statement.principal
    if matcher is not None and matcher.reach(request.principal, bounded=bounded) is Grant.NONE:
        return False
    matches = statement.resource_test
    if matches is None or matches(request.resource, request.keys):
        return True
    in_conditions = frozenset[str]().union(*(condition.keys for condition in statement.conditions))
    return not absent <= in_conditions
