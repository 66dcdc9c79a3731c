"""The policy simulator's operations.

Policies are read and requests decided after the snapshot, beside the event loop: a request may bring many and large
policies.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

import msgspec

from bailiwick.access.call import Call
from bailiwick.access.pagination import Page, page
from bailiwick.analyzer import Scenario, SimulatedPolicies, simulate, summed_up
from bailiwick.iam.errors import InvalidInput
from bailiwick.iam.identities import Identity
from bailiwick.iam.registry import iam
from bailiwick.iam.simulation import output, parameters, scenarios, sources
from bailiwick.iam.simulation.parameters import Asked
from bailiwick.iam.simulation.sources import source_target
from bailiwick.operations import Deferred, operation
from bailiwick.policy import TRUST_ACTIONS, PolicyType
from bailiwick.store.transaction import Transaction

_WORK_AT_ONCE = 20_000_000
_WORK_FOR_ONE_ACTION = 50_000_000
"""How much a reply may cost: characters of policies times decisions. A page ends with the action that reaches the one;
an action that would need more than the other is refused."""

_ENTRIES_AT_ONCE = 5_000
_MOST_ENTRIES = 10_000
"""How much a reply may hold: resources, statements and keys. Again, where a page ends, and what none may pass."""


@operation(iam, "SimulateCustomPolicy", reads=True)
async def simulate_custom_policy(call: Call, tx: Transaction) -> Deferred:
    """Simulate policies that come with the request; nothing else is looked at.

    Raises:
        InvalidInput: a parameter or policy cannot be used, or it is too much at once.

    Source: IAM API Reference, SimulateCustomPolicy.
    """
    asked = parameters.read(call)
    return await _simulated(call, asked, asked.texts, lambda: scenarios.of_documents(asked))


@operation(iam, "SimulatePrincipalPolicy", resource=source_target, reads=True)
async def simulate_principal_policy(call: Call, tx: Transaction) -> Deferred:
    """Simulate the policies of a user, group or role as they are now, and others that come with the request.

    Where it is asked whether roles of the account can be assumed, their trust policies count, unless another was
    given; for that the caller must be allowed to read them.

    Raises:
        InvalidInput: a parameter or policy cannot be used, or it is too much at once.
        NoSuchEntity: there is no such user, group or role.
        AccessDenied: the caller may not read a role's trust policy (`iam:GetRole`).

    Source: IAM API Reference, SimulatePrincipalPolicy.
    """
    asked = parameters.read(call)
    source = await sources.require(call, tx)
    trusts = await sources.trust_policies(call, tx, _roles_to_assume(call, asked))
    texts = [*asked.texts, *(held.text for held in (*source.policies, *(source.boundary or ())))]
    return await _simulated(call, asked, texts, lambda: scenarios.of_principal(asked, source, trusts, call.now))


@operation(iam, "GetContextKeysForCustomPolicy", reads=True)
async def get_context_keys_for_custom_policy(call: Call, tx: Transaction) -> Deferred:
    """The condition keys that policies ask for.

    Raises:
        InvalidInput: a policy cannot be read.

    Source: IAM API Reference, GetContextKeysForCustomPolicy.
    """
    texts = call.texts("PolicyInputList")
    parameters.check_size(texts)
    return Deferred(lambda: _key_names(SimulatedPolicies(), texts))


@operation(iam, "GetContextKeysForPrincipalPolicy", resource=source_target, reads=True)
async def get_context_keys_for_principal_policy(call: Call, tx: Transaction) -> Deferred:
    """The condition keys that the identity policies of a user (with its groups), group or role ask for, and others.

    Raises:
        InvalidInput: a policy cannot be read, or it is not the ARN of a user, group or role of the account.
        NoSuchEntity: there is no such user, group or role.

    Source: IAM API Reference, GetContextKeysForPrincipalPolicy.
    """
    texts, source = call.texts("PolicyInputList"), await sources.require(call, tx)
    parameters.check_size(texts)

    def work() -> dict[str, object]:
        policies = SimulatedPolicies()
        for held in source.policies:
            policies.stored(held.text, PolicyType.INLINE, held.policy_id, held.source_type)
        return _key_names(policies, texts)

    return Deferred(work)


def _key_names(policies: SimulatedPolicies, texts: Iterable[str]) -> dict[str, object]:
    scenarios.given(policies, "PolicyInputList", texts)
    names = list(policies.key_names.values())
    if len(names) > _MOST_ENTRIES:
        raise InvalidInput(f"The policies ask for more than {_MOST_ENTRIES} context keys: ask about fewer at once.")
    return {"ContextKeyNames": names}


def _roles_to_assume(call: Call, asked: Asked) -> list[Identity]:
    """The roles of the account whose trust policies count; a pattern of several is none of them."""
    if asked.resource_policy is not None or not any(action.lower() in TRUST_ACTIONS for action in asked.actions):
        return []
    found = filter(None, map(Identity.find, asked.resources))
    return [identity for identity in found if identity.kind == "role" and identity.account == call.account]


async def _simulated(call: Call, asked: Asked, texts: Iterable[str], scenario: Callable[[], Scenario]) -> Deferred:
    """The reply, to be worked out; `texts` are all the policies that the scenario will read."""
    work_for_one = len(asked.resources) * sum(map(len, texts))
    if work_for_one > _WORK_FOR_ONE_ACTION:
        raise InvalidInput("These are too many resources for policies of this size: ask about fewer at once.")
    found = await _page(call, asked)

    def work() -> dict[str, object]:
        ready, results, entries = scenario(), list[dict[str, object]](), 0
        for _, action in found.items:
            result = summed_up(action, [simulate(ready, action, resource) for resource in asked.resources])
            if result.entries > _MOST_ENTRIES:
                raise InvalidInput(f"Too much is to be told of {action}: ask about fewer resources at once.")
            results.append(output.of_action(result))
            entries += result.entries
            if entries >= _ENTRIES_AT_ONCE or len(results) * work_for_one >= _WORK_AT_ONCE:
                break
        shown = found.output if len(results) == len(found.items) else found.output_after(len(results))
        return {"EvaluationResults": results, **shown}

    return Deferred(work)


async def _page(call: Call, asked: Asked) -> Page[tuple[int, str]]:
    """The actions that this reply tells of, each with its place."""

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[tuple[int, str]]:
        start = 0 if after is None else int(after[0]) + 1
        return list(enumerate(asked.actions))[start : start + limit]

    return await page(call, fetch, lambda item: (str(item[0]),), filter_by=[_digest(call)])


def _digest(call: Call) -> str:
    """What a marker is bound to: all that was asked, but for the page itself."""
    asked = {name: value for name, value in call.parameters.items() if name not in ("Marker", "MaxItems")}
    return hashlib.sha256(msgspec.json.encode(asked, order="sorted")).hexdigest()
