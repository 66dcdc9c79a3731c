"""Sets of policies that are evaluated together, with their statements indexed by action.

A request costs what the statements for its action cost; how many others are attached makes no difference.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from bailiwick.policy.compiled import CompiledPolicy, CompiledStatement
from bailiwick.policy.decision import PolicySource
from bailiwick.policy.document import Effect

_REMEMBERED_ACTIONS: Final = 128
_REMEMBERED_STATEMENTS: Final = 8_192
"""Candidate lists that a set keeps, and the statements in all of them. Past either it starts anew: the names of actions
are the caller's to choose."""

_FEW: Final = 8
"""Up to so many statements on one action are tried one after another."""


class ByResource:
    """Many statements on one action, found by the text that their resources start with."""

    __slots__ = ("_by_head", "_lengths")

    def __init__(self, statements: Sequence[CompiledStatement]) -> None:
        self._by_head: dict[str, list[tuple[int, CompiledStatement]]] = {}
        for entry in enumerate(statements):
            for head in entry[1].resource_heads:
                self._by_head.setdefault(head, []).append(entry)
        self._lengths = sorted(set(map(len, self._by_head)))

    def __call__(self, resource: str) -> Iterable[CompiledStatement]:
        """The statements that can match the resource, in their order."""
        found: list[tuple[int, CompiledStatement]] = []
        for length in self._lengths:
            found += self._by_head.get(resource[:length], ())
        if len(found) < 2:
            return [statement for _, statement in found]
        return _in_order(found)


StatementsFor: TypeAlias = Callable[[str], Iterable[CompiledStatement]]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The statements of a set that cover one action, in the order of the policies, and the condition keys they need.

    `denies` and `allows` give, for a resource, the statements that may match it; their other elements are still to
    be tested.
    """

    denies: StatementsFor
    allows: StatementsFor
    keys: frozenset[str]
    statements: tuple[CompiledStatement, ...]


class PolicySet:
    """Policies that count together: an identity's and its groups', the session policies, one level of SCPs."""

    __slots__ = (
        "_by_action",
        "_by_service",
        "_elsewhere",
        "_remembered",
        "_room",
        "_sorted_keys",
        "condition_keys",
        "policies",
    )

    policies: tuple[CompiledPolicy, ...]
    condition_keys: frozenset[str]
    """The condition keys that any statement asks for, in conditions or variables, in lower case."""

    def __init__(self, policies: Iterable[CompiledPolicy]) -> None:
        self.policies = policies = tuple(policies)
        self.condition_keys = frozenset[str]().union(*(policy.condition_keys for policy in policies))
        self._sorted_keys = sorted(self.condition_keys)
        self._by_action: dict[str, list[tuple[int, CompiledStatement]]] = {}
        self._by_service: dict[str, list[tuple[int, CompiledStatement]]] = {}
        self._elsewhere: list[tuple[int, CompiledStatement]] = []
        self._remembered: dict[str, Candidates] = {}
        self._room = _REMEMBERED_STATEMENTS
        statements = (statement for policy in policies for statement in policy.statements)
        for position, statement in enumerate(statements):
            self._index(position, statement)

    @classmethod
    def of(cls, policies: Iterable[CompiledPolicy]) -> "PolicySet":
        """The set of these policies; of several statements that deny, the first in their order is named."""
        return cls(policies)

    @property
    def sources(self) -> tuple[PolicySource, ...]:
        """Where its policies come from, in their order."""
        return tuple(policy.source for policy in self.policies)

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
                listed = self._by_action.setdefault(action, [])
            elif colon and not _has_wildcard(service):
                listed = self._by_service.setdefault(service, [])
            else:
                listed = self._elsewhere
            # Once, however many of its actions belong here: all of them are tested together.
            if not listed or listed[-1] is not entry:
                listed.append(entry)

    def _find(self, action: str) -> Candidates:
        found = list(self._by_action.get(action, ()))
        service = action.partition(":")[0]
        for entries in (self._by_service.get(service, ()), self._elsewhere):
            found += [entry for entry in entries if entry[1].action_test(action)]
        ordered = tuple(_in_order(found))
        candidates = Candidates(
            _by_resource(ordered, Effect.DENY),
            _by_resource(ordered, Effect.ALLOW),
            frozenset[str]().union(*(statement.keys for statement in ordered)),
            ordered,
        )
        self._room -= 1 + len(ordered)
        if self._room < 0 or len(self._remembered) >= _REMEMBERED_ACTIONS:
            self._remembered.clear()
            self._room = _REMEMBERED_STATEMENTS - len(ordered)
        self._remembered[action] = candidates
        return candidates


def _by_resource(statements: Iterable[CompiledStatement], effect: Effect) -> StatementsFor:
    ordered = tuple(statement for statement in statements if statement.effect is effect)
    if len(ordered) > _FEW:
        return ByResource(ordered)
    return lambda resource: ordered


def _in_order(found: Iterable[tuple[int, CompiledStatement]]) -> list[CompiledStatement]:
    """By position: a statement found through several of its actions or resources counts once."""
    statements = dict(found)
    return [statements[position] for position in sorted(statements)]


def _has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


EMPTY_SET: Final = PolicySet(())
"""No policy at all: allows nothing and denies nothing."""
