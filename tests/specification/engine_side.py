"""The same case as the engine takes it, and what it answers in the specification's terms."""

from typing import Any

from bailiwick.policy import (
    Layers,
    PolicySet,
    PolicySource,
    PolicyType,
    Principal,
    PrincipalKind,
    RequestContext,
    compile_policy,
    evaluate,
)
from tests.specification.decision import NAMES, Place, Verdict
from tests.specification.world import Request, World

TYPES = {
    "identity": PolicyType.INLINE,
    "boundary": PolicyType.MANAGED,
    "session": PolicyType.SESSION,
    "scope_downs": PolicyType.SESSION,
    "resource": PolicyType.RESOURCE,
    "trust": PolicyType.TRUST,
    "scps": PolicyType.SERVICE_CONTROL,
    "rcps": PolicyType.RESOURCE_CONTROL,
    "vpc_endpoint": PolicyType.VPC_ENDPOINT,
}
LEVELLED = ("scps", "rcps", "scope_downs")


def layers(world: World) -> Layers:
    """The policies, compiled; each named by its place."""

    def one(layer: str, level: int, texts: list[str]) -> PolicySet:
        name = NAMES.get(layer, layer)
        return PolicySet.of(
            compile_policy(text, PolicySource(TYPES[layer], f"{name}/{level}/{index}"))
            for index, text in enumerate(texts)
        )

    found: dict[str, Any] = {"resource_must_allow": world["resource_must_allow"]}
    for layer in TYPES:
        content: Any = world[layer]  # type: ignore[literal-required]
        if layer in LEVELLED:
            found[layer] = tuple(one(layer, level, texts) for level, texts in enumerate(content))
        else:
            found[layer] = None if content is None else one(layer, 0, content)
    return Layers(**found)


def request_context(request: Request) -> RequestContext:
    """The request, as the engine takes it."""
    caller = request["caller"]
    principal = Principal(
        PrincipalKind(caller["kind"]),
        caller["account"],
        caller["arn"] or "",
        caller["id"],
        caller["parent_arn"],
        frozenset(caller["names"]),
    )
    return RequestContext(
        request["action"], request["resource"], principal, request["resource_account"], request["keys"]
    )


def answer(of: Layers, request: Request) -> Verdict:
    """What the engine decides."""
    decision = evaluate(of, request_context(request))
    place: Place | None = None
    if decision.statement is not None:
        layer, level, policy = decision.statement.source.name.split("/")
        place = layer, int(level), int(policy), decision.statement.index
    return Verdict(
        decision.effect.value,
        decision.reason.value,
        "" if decision.layer is None else decision.layer.value,
        place,
        decision.missing_keys,
    )
