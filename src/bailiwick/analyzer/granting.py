"""Which services and actions policies could allow: whatever their resources and conditions, and whatever else denies.

Source: IAM User Guide, "Refine permissions in AWS using last accessed information"; IAM API Reference,
ListPoliciesGrantingServiceAccess.
"""

from collections.abc import Iterable, Sequence

from bailiwick.analyzer import services
from bailiwick.policy import CompiledPolicy, CompiledStatement, Effect


def grants(policies: Iterable[CompiledPolicy], namespace: str) -> bool:
    """Whether any of the policies allows any action of the service (in lower case)."""
    return any(_allows_some(statement, namespace) for statement in _allows(policies))


def granted_services(policies: Sequence[CompiledPolicy], also: Iterable[str] = ()) -> Sequence[str]:
    """The services of which the policies allow an action, in ascending order.

    Of all that are known, those that a policy names, and `also` others.
    """
    named = {
        service
        for statement in _allows(policies)
        for service, colon, _ in (action.partition(":") for action in statement.actions)
        if colon and not statement.is_not_action
    }
    return [each for each in sorted({*services.namespaces(), *named, *also}) if grants(policies, each)]


def granted_actions(policies: Iterable[CompiledPolicy], namespace: str) -> Sequence[str]:
    """The service's actions that any of the policies allows, in ascending order."""
    tests = [statement.action_test for statement in _allows(policies)]
    return [
        action
        for action in services.actions_of(namespace)
        if any(test(f"{namespace}:{action}".lower()) for test in tests)
    ]


def _allows(policies: Iterable[CompiledPolicy]) -> Iterable[CompiledStatement]:
    return (each for policy in policies for each in policy.statements if each.effect is Effect.ALLOW)


def _allows_some(statement: CompiledStatement, namespace: str) -> bool:
    prefixes = {action.partition(":")[0] for action in statement.actions}  # which hold no wildcards but `*` alone
    if not statement.is_not_action and prefixes.isdisjoint(("*", namespace)):
        return False
    actions = services.actions_of(namespace)
    if not actions:  # a service of somebody's own, whose actions are not known: what names it is of it
        return not statement.is_not_action or statement.action_test(f"{namespace}:*")
    return any(statement.action_test(f"{namespace}:{action}".lower()) for action in actions)
