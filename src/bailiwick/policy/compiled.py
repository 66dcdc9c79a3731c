"""Policies ready to be evaluated: every statement as functions of the request.

What cannot be understood in a stored policy denies everything: it may have been meant as a Deny.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from bailiwick.policy.arn_patterns import completed, resource_parts
from bailiwick.policy.conditions import CompiledCondition, UnknownOperatorError, compile_block
from bailiwick.policy.decision import Decision, Layer, PolicySource, Reason, StatementId
from bailiwick.policy.document import (
    Effect,
    PolicyDocument,
    PolicySyntaxError,
    PolicyType,
    Statement,
    parse,
)
from bailiwick.policy.glob_lists import glob_test
from bailiwick.policy.patterns import Matcher, compile_glob
from bailiwick.policy.principals import PrincipalMatcher, UnreadablePrincipalError
from bailiwick.policy.variables import ContextKeys, leading_text, variable_keys

ResourceTest: TypeAlias = Callable[[str, ContextKeys], bool]

WITH_PRINCIPAL: Final = frozenset(
    {PolicyType.TRUST, PolicyType.RESOURCE, PolicyType.RESOURCE_CONTROL, PolicyType.VPC_ENDPOINT}
)
"""The policy types whose statements name principals; in all others they may not."""

COMPLETING: Final = frozenset(
    {PolicyType.INLINE, PolicyType.MANAGED, PolicyType.SERVICE_CONTROL, PolicyType.RESOURCE_CONTROL}
)
"""The policy types in which an incomplete ARN is completed with `*`."""

_GRANTING_LAYER: Final = {PolicyType.RESOURCE: Layer.RESOURCE, PolicyType.TRUST: Layer.TRUST}
_ANY_HEAD: Final = ("",)
_NO_KEYS: Final = frozenset[str]()


class _UnreadableError(Exception):
    """A statement cannot be understood."""


class _Resources(NamedTuple):
    """A test of resources, the keys that its variables ask for, and the texts that a resource may start with."""

    test: ResourceTest
    keys: frozenset[str]
    heads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    """One statement as tests; a test that is None always holds.

    `resource_heads`: a resource that does not start with one of these texts cannot match. `allowed`: the decision if
    this statement is what allows, made beforehand. `written`: the statement as the policy has it, for explanations;
    None for what stands in for an unreadable policy. `conditions` are its conditions in their order.
    """

    id: StatementId
    effect: Effect
    principal: PrincipalMatcher | None
    actions: tuple[str, ...]
    action_test: Matcher
    is_not_action: bool
    resource_test: ResourceTest | None
    conditions: tuple[CompiledCondition, ...]
    keys: frozenset[str]
    tests: tuple[Callable[[ContextKeys], bool], ...]
    resource_heads: tuple[str, ...]
    allowed: Decision
    written: Statement | None

    def covers(self, resource: str, keys: ContextKeys) -> bool:
        """Whether Resource and all Conditions match; Action and Principal are the caller's to match."""
        resource_test = self.resource_test
        if resource_test is not None and not resource_test(resource, keys):
            return False
        for test in self.tests:  # noqa: SIM110  # `all` of a generator takes three times as long, on the hottest path
            if not test(keys):
                return False
        return True


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """A policy ready to be evaluated.

    `fault` says why the document could not be understood, in which case its one statement denies everything; it is
    None for a sound policy. `condition_keys` are the keys that conditions and variables ask for, in lower case.
    `has_variables`: its version is one in which `${...}` is a variable.
    """

    source: PolicySource
    statements: tuple[CompiledStatement, ...]
    condition_keys: frozenset[str]
    fault: str | None = None
    has_variables: bool = False


def compile_policy(policy: str | PolicyDocument, source: PolicySource) -> CompiledPolicy:
    """Prepare a policy for evaluation. Never raises: what cannot be understood becomes a Deny of everything."""
    try:
        document = parse(policy) if isinstance(policy, str) else policy
        variables = document.version == "2012-10-17"
        statements = tuple(
            _statement(statement, StatementId(source, index, statement.sid), variables=variables)
            for index, statement in enumerate(document.statements)
        )
    except PolicySyntaxError as error:
        return _unreadable(source, f"{error.path}: {error.message}" if error.path else error.message)
    except (_UnreadableError, UnknownOperatorError, UnreadablePrincipalError) as error:
        return _unreadable(source, str(error))
    keys = _NO_KEYS.union(*(statement.keys for statement in statements))
    return CompiledPolicy(source, statements, keys, has_variables=variables)


def _unreadable(source: PolicySource, fault: str) -> CompiledPolicy:
    statement_id = StatementId(source, 0, None)
    statement = CompiledStatement(
        id=statement_id,
        effect=Effect.DENY,
        principal=None,
        actions=("*",),
        action_test=_always,
        is_not_action=False,
        resource_test=None,
        conditions=(),
        keys=frozenset(),
        tests=(),
        resource_heads=_ANY_HEAD,
        allowed=_allowed(statement_id),
        written=None,
    )
    return CompiledPolicy(source, (statement,), frozenset(), fault)


def _allowed(statement_id: StatementId) -> Decision:
    layer = _GRANTING_LAYER.get(statement_id.source.policy_type, Layer.IDENTITY)
    return Decision(Effect.ALLOW, Reason.ALLOWED, layer, statement_id)


def _always(text: str) -> bool:
    return True


def _statement(statement: Statement, statement_id: StatementId, *, variables: bool) -> CompiledStatement:
    policy_type = statement_id.source.policy_type
    if statement.effect is None:
        raise _UnreadableError("a statement has no Effect")
    actions = statement.action if statement.not_action is None else statement.not_action
    if not actions or (statement.action is not None and statement.not_action is not None):
        raise _UnreadableError("a statement must have actions, in one of Action and NotAction")
    lowered = tuple(action.lower() for action in actions)
    is_not_action = statement.not_action is not None
    resource = _resource(statement, policy_type, variables=variables)
    conditions = tuple(
        condition for block in statement.conditions or () for condition in compile_block(block, variables=variables)
    )
    return CompiledStatement(
        id=statement_id,
        effect=statement.effect,
        principal=_principal(statement, statement.effect, policy_type),
        actions=lowered,
        action_test=_action_test(lowered, negated=is_not_action),
        is_not_action=is_not_action,
        resource_test=None if resource is None else resource.test,
        conditions=conditions,
        keys=_NO_KEYS.union(() if resource is None else resource.keys, *(condition.keys for condition in conditions)),
        tests=tuple(condition.holds for condition in conditions),
        resource_heads=_ANY_HEAD if resource is None else resource.heads,
        allowed=_allowed(statement_id),
        written=statement,
    )


def _action_test(actions: Sequence[str], *, negated: bool) -> Matcher:
    globs = tuple(map(compile_glob, actions))
    if negated:
        return lambda action: not any(glob(action) for glob in globs)
    return lambda action: any(glob(action) for glob in globs)


def _principal(statement: Statement, effect: Effect, policy_type: PolicyType) -> PrincipalMatcher | None:
    named, spared = statement.principal, statement.not_principal
    if policy_type not in WITH_PRINCIPAL:
        if named is not None or spared is not None:
            raise _UnreadableError("a statement names a principal, which this type of policy cannot")
        return None
    if named is not None and spared is None:
        return PrincipalMatcher(named, effect, negated=False)
    if spared is not None and named is None and policy_type in (PolicyType.RESOURCE, PolicyType.VPC_ENDPOINT):
        return PrincipalMatcher(spared, effect, negated=True)
    raise _UnreadableError("a statement must have one of Principal and NotPrincipal, as its type of policy allows")


def _resource(statement: Statement, policy_type: PolicyType, *, variables: bool) -> _Resources | None:
    """The test of Resource or NotResource; None if every resource matches."""
    included, excluded = statement.resource, statement.not_resource
    if policy_type is PolicyType.TRUST:
        if included is not None or excluded is not None:
            raise _UnreadableError("a role trust policy cannot name resources")
        return None
    patterns = included if excluded is None else excluded
    if not patterns or (included is not None and excluded is not None):
        raise _UnreadableError("a statement must have resources, in one of Resource and NotResource")
    if policy_type in COMPLETING:
        patterns = tuple(map(completed, patterns))
    if excluded is None:
        return None if "*" in patterns else _matching(patterns, variables=variables)
    matching = _matching(patterns, variables=variables)
    return _Resources(lambda resource, keys: not matching.test(resource, keys), matching.keys, _ANY_HEAD)


def _matching(patterns: Sequence[str], *, variables: bool) -> _Resources:
    """A test for any of the patterns."""
    parted = [resource_parts(pattern, variables=variables) for pattern in patterns]
    keys = _NO_KEYS.union(*map(variable_keys, parted))
    heads = tuple(set(map(leading_text, parted)))
    return _Resources(glob_test(parted).matches, keys, heads)
