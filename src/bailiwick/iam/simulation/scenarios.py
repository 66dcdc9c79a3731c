"""From what was asked and what the store holds to a scenario that can be simulated: here policies are read."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from bailiwick.analyzer import (
    ExclusionError,
    HeldPolicy,
    Scenario,
    SimulatedPolicies,
    SourceType,
    can_be_of,
    exclusion,
)
from bailiwick.iam.documents import place_details
from bailiwick.iam.errors import InvalidInput
from bailiwick.iam.identities import Identity
from bailiwick.iam.simulation.parameters import Asked, is_role
from bailiwick.iam.simulation.sources import Source
from bailiwick.operations import ContextValue
from bailiwick.policy import (
    EMPTY_SET,
    CompiledPolicy,
    PolicySet,
    PolicySyntaxError,
    PolicyType,
    Principal,
    PrincipalKind,
)

_NOBODY = Principal(PrincipalKind.USER, None, "")
"""Who asks where no caller is given: somebody whom no policy names."""


def of_documents(asked: Asked) -> Scenario:
    """The scenario of SimulateCustomPolicy, of nothing but what came with the request.

    Raises:
        InvalidInput: a policy cannot be read, or there is a resource policy but no caller.
    """
    if asked.resource_policy is not None and asked.caller is None:
        raise InvalidInput("CallerArn is required when ResourcePolicy is specified.")
    policies = SimulatedPolicies()
    keys = {} if asked.caller is None else asked.caller.keys
    identity = given(policies, "PolicyInputList", asked.policies)
    return _scenario(asked, policies, identity, asked.caller, keys, _given_trusts(asked, policies))


def of_principal(asked: Asked, source: Source, trust_policies: Mapping[str, str | None], now: datetime) -> Scenario:
    """The scenario of SimulatePrincipalPolicy, as if asked now.

    Another caller than the principal itself is known by nothing but its ARN: what the store tells of it is not for
    whoever may simulate the principal.

    Raises:
        InvalidInput: a policy that came with the request cannot be read, or an exclusion cannot be one.
    """
    try:
        is_excluded = exclusion(asked.exclusions)
    except ExclusionError as error:
        raise InvalidInput(str(error)) from error
    policies = SimulatedPolicies()
    identity = [*_held(policies, source.policies, is_excluded), *given(policies, "PolicyInputList", asked.policies)]
    caller = asked.caller or source.identity
    keys = {**_time_keys(now), **caller.keys, **(source.keys if caller == source.identity else {})}
    boundary = None
    if source.boundary is not None and not any(map(is_excluded, source.boundary)):
        boundary = PolicySet.of(_held(policies, source.boundary, is_excluded))
    trusts = _given_trusts(asked, policies) or {
        arn: _trust(policies, arn, text) for arn, text in trust_policies.items()
    }
    return _scenario(asked, policies, identity, caller, keys, trusts, boundary)


def given(policies: SimulatedPolicies, place: str, texts: Iterable[str]) -> list[CompiledPolicy]:
    """The identity policies that came with the request in the parameter of that name.

    Raises:
        InvalidInput: one of them cannot be read.
    """
    return [
        _given(policies, text, PolicyType.INLINE, f"{place}.{number}", SourceType.NONE)
        for number, text in enumerate(texts, start=1)
    ]


def _scenario(
    asked: Asked,
    policies: SimulatedPolicies,
    identity: Iterable[CompiledPolicy],
    caller: Identity | None,
    keys: Mapping[str, ContextValue],
    trusts: Mapping[str, PolicySet],
    boundary: PolicySet | None = None,
) -> Scenario:
    if asked.boundary is not None:
        boundary = PolicySet.of(given(policies, "PermissionsBoundaryPolicyInputList", [asked.boundary]))
    return Scenario(
        policies=policies,
        principal=_NOBODY if caller is None else caller.principal,
        identity=PolicySet.of(identity),
        boundary=boundary,
        scps=_levels(asked, policies),
        resource=None if trusts else _resource_policy(asked, policies),
        trusts=trusts,
        owner=asked.owner,
        keys={**keys, **asked.keys},
    )


def _levels(asked: Asked, policies: SimulatedPolicies) -> tuple[PolicySet, ...]:
    return tuple(
        PolicySet.of(
            _given(policies, text, PolicyType.SERVICE_CONTROL, _place_of_scp(level, number), SourceType.NONE)
            for number, text in enumerate(texts, start=1)
        )
        for level, texts in enumerate(asked.levels, start=1)
    )


def _place_of_scp(level: int, number: int) -> str:
    return f"OrderedOrganizationPolicyInputList.{level}.ServiceControlPolicyInputList.{number}"


def _resource_policy(asked: Asked, policies: SimulatedPolicies) -> PolicySet | None:
    if asked.resource_policy is None:
        return None
    policy = _given(policies, asked.resource_policy, PolicyType.RESOURCE, "ResourcePolicy", SourceType.RESOURCE)
    for resource in asked.resources:
        if not can_be_of(policy, resource):
            raise InvalidInput(
                f"The ResourcePolicy must be applicable to all of the resources: {resource} is of another service."
            )
    return PolicySet.of([policy])


def _given_trusts(asked: Asked, policies: SimulatedPolicies) -> Mapping[str, PolicySet]:
    """The resource policy as the trust policy that it is where the resources are roles."""
    if asked.resource_policy is None or not all(map(is_role, asked.resources)):
        return {}
    policy = _given(policies, asked.resource_policy, PolicyType.TRUST, "ResourcePolicy", SourceType.RESOURCE)
    return dict.fromkeys(asked.resources, PolicySet.of([policy]))


def _trust(policies: SimulatedPolicies, arn: str, text: str | None) -> PolicySet:
    if text is None:
        return EMPTY_SET
    policy_id = f"role_{arn.rpartition('/')[2]}_AssumeRolePolicyDocument"
    return PolicySet.of([policies.stored(text, PolicyType.TRUST, policy_id, SourceType.RESOURCE)])


def _held(
    policies: SimulatedPolicies, held: Iterable[HeldPolicy], is_excluded: Callable[[HeldPolicy], bool]
) -> list[CompiledPolicy]:
    return [
        policies.stored(
            policy.text,
            PolicyType.INLINE if policy.arn is None else PolicyType.MANAGED,
            policy.policy_id,
            policy.source_type,
        )
        for policy in held
        if not is_excluded(policy)
    ]


def _given(
    policies: SimulatedPolicies, text: str, policy_type: PolicyType, place: str, source_type: SourceType
) -> CompiledPolicy:
    try:
        return policies.given(text, policy_type, place, source_type)
    except PolicySyntaxError as malformed:
        details = place_details(text, malformed.place, malformed.position)
        raise InvalidInput(f"{place}: {malformed.message}", details) from malformed


def _time_keys(now: datetime) -> dict[str, ContextValue]:
    return {
        "aws:currenttime": f"{now.isoformat(timespec='milliseconds')[:23]}Z",
        "aws:epochtime": str(int(now.timestamp())),
    }
