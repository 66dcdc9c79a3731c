"""Sets of policies that are evaluated together, with their statements indexed by action.

A request costs what the statements for its action cost; how many others are attached makes no difference.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bailiwick.policy.compiled import CompiledPolicy, CompiledStatement, PolicySource
from bailiwick.policy.document import Effect

_REMEMBERED_ACTIONS: Final = 128
"""Candidate lists that a set keeps. Past it the set starts anew: the names of actions are the caller's to choose."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The statements of a set that cover one action, in the order of the policies, and the condition keys they need."""

    denies: tuple[CompiledStatement, ...]
    allows: tuple[CompiledStatement, ...]
    keys: frozenset[str]


class PolicySet:
    """Policies that count together: an identity's and its groups', the session policies, one level of SCPs."""

    __slots__ = ("_by_action", "_by_service", "_elsewhere", "_remembered", "_sorted_keys", "condition_keys", "sources")

    sources: tuple[PolicySource, ...]
    condition_keys: frozenset[str]
    """The condition keys that any statement asks for, in conditions or variables, in lower case."""

    def __init__(self, policies: Iterable[CompiledPolicy]) -> None:
        policies = tuple(policies)
        self.sources = tuple(policy.source for policy in policies)
        self.condition_keys = frozenset[str]().union(*(policy.condition_keys for policy in policies))
        self._sorted_keys = sorted(self.condition_keys)
        self._by_action: dict[str, list[tuple[int, CompiledStatement]]] = {}
        self._by_service: dict[str, list[tuple[int, CompiledStatement]]] = {}
        self._elsewhere: list[tuple[int, CompiledStatement]] = []
        self._remembered: dict[str, Candidates] = {}
        statements = (statement for policy in policies for statement in policy.statements)
        for position, statement in enumerate(statements):
            self._index(position, statement)

    @classmethod
    def of(cls, policies: Iterable[CompiledPolicy]) -> "PolicySet":
        """The set of these policies; of several statements that deny, the first in their order is named."""
        return cls(policies)

    def asks_for(self, prefix: str) -> bool:
        """Whether any statement asks for a condition key with this lower-case prefix."""
        found = bisect_left(self._sorted_keys, prefix)
        return found < len(self._sorted_keys) and self._sorted_keys[found].startswith(prefix)

    def candidates(self, action: str) -> Candidates:
        """The statements whose Action covers an action (lower case)."""
        return self._remembered.get(action) or self._find(action)

    def _index(self, position: int, statement: CompiledStatement) -> None:
        entry = (position, statement)
        if statement.is_not_action:
            self._elsewhere.append(entry)
            return
        for action in statement.actions:
            service, colon, _ = action.partition(":")
            if not _has_wildcard(action):
                self._by_action.setdefault(action, []).append(entry)
            elif colon and not _has_wildcard(service):
                self._by_service.setdefault(service, []).append(entry)
            else:
                self._elsewhere.append(entry)

    def _find(self, action: str) -> Candidates:
        # By position: a statement that is listed under several of its actions counts once, and order is kept.
        found = dict(self._by_action.get(action, ()))
        service = action.partition(":")[0]
        for entries in (self._by_service.get(service, ()), self._elsewhere):
            found.update((position, statement) for position, statement in entries if statement.action_test(action))
        ordered = [statement for _, statement in sorted(found.items(), key=lambda entry: entry[0])]
        candidates = Candidates(
            tuple(statement for statement in ordered if statement.effect is Effect.DENY),
            tuple(statement for statement in ordered if statement.effect is Effect.ALLOW),
            frozenset[str]().union(*(statement.keys for statement in ordered)),
        )
        if len(self._remembered) >= _REMEMBERED_ACTIONS:
            self._remembered.clear()
        self._remembered[action] = candidates
        return candidates


def _has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


EMPTY_SET: Final = PolicySet(())
"""No policy at all: allows nothing and denies nothing."""
