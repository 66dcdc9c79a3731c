"""Which services and actions policies could allow: whatever their resources and conditions, and whatever else denies.

Source: IAM User Guide, "Refine permissions in AWS using last accessed information"; IAM API Reference,
ListPoliciesGrantingServiceAccess.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from bailiwick.analyzer import services
from bailiwick.policy import CompiledPolicy, CompiledStatement, Effect

_MOST_TESTS: Final = 200_000
"""How many patterns times actions are tried for a service; beyond it everything of it counts as allowed."""


class Granting:
    """What any of some policies allows. Services are named by their namespaces, in lower case."""

    def __init__(self, policies: Iterable[CompiledPolicy]) -> None:
        self._everywhere: list[CompiledStatement] = []
        self._by_service: dict[str, list[CompiledStatement]] = {}
        self._patterns: Counter[str] = Counter()  # of each service, and "" of all
        for statement in (each for policy in policies for each in policy.statements if each.effect is Effect.ALLOW):
            self._add(statement)

    def services(self, also: Iterable[str] = ()) -> Sequence[str]:
        """The services of which an action is allowed, in ascending order.

        Of all that are known, those that a policy names, and `also` others.
        """
        return [each for each in sorted({*services.namespaces(), *self._by_service, *also}) if self.allows_some(each)]

    def allows_some(self, namespace: str) -> bool:
        """Whether any action of the service is allowed."""
        statements = self._of(namespace)
        actions = services.actions_of(namespace)
        if not actions:  # a service of somebody's own, whose actions are not known: what names it is of it
            return any(not each.is_not_action or each.action_test(f"{namespace}:*") for each in statements)
        return self._is_too_much(namespace, actions) or any(
            statement.action_test(f"{namespace}:{action}".lower()) for statement in statements for action in actions
        )

    def actions(self, namespace: str) -> Sequence[str]:
        """The service's actions that are allowed, in ascending order."""
        statements = self._of(namespace)
        actions = services.actions_of(namespace)
        if self._is_too_much(namespace, actions):
            return actions
        return [
            action
            for action in actions
            if any(statement.action_test(f"{namespace}:{action}".lower()) for statement in statements)
        ]

    def _add(self, statement: CompiledStatement) -> None:
        # Before the colon stands no wildcard; the pattern `*` alone has no colon.
        prefixes = {action.partition(":")[0] for action in statement.actions}
        patterns = 1 + sum("*" in action or "?" in action for action in statement.actions)
        if statement.is_not_action and "*" in prefixes:
            return  # it allows nothing
        if statement.is_not_action or "*" in prefixes:
            self._everywhere.append(statement)
            self._patterns[""] += patterns
            return
        for prefix in prefixes:
            self._by_service.setdefault(prefix, []).append(statement)
            self._patterns[prefix] += patterns

    def _of(self, namespace: str) -> list[CompiledStatement]:
        """The statements that can allow an action of the service."""
        return [*self._everywhere, *self._by_service.get(namespace, ())]

    def _is_too_much(self, namespace: str, actions: Sequence[str]) -> bool:
        """Whether only somebody who wishes us harm would ask for it."""
        return (self._patterns[""] + self._patterns[namespace]) * len(actions) > _MOST_TESTS
