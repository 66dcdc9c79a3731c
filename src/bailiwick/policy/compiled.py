"""Policies ready to be evaluated: every statement as functions of the request.

What cannot be understood in a stored policy denies everything: it may have been meant as a Deny.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from bailiwick.policy.arn_patterns import completed, resource_parts
from bailiwick.policy.conditions import CompiledCondition, UnknownOperatorError, compile_condition
from bailiwick.policy.document import (
    Effect,
    PolicyDocument,
    PolicySyntaxError,
    PolicyType,
    Statement,
    parse,
)
from bailiwick.policy.patterns import Matcher, compile_glob
from bailiwick.policy.principals import PrincipalMatcher, UnreadablePrincipalError
from bailiwick.policy.variables import ContextKeys, Template, variable_keys, without_variables

ResourceTest: TypeAlias = Callable[[str, ContextKeys], bool]

WITH_PRINCIPAL: Final = frozenset(
    {PolicyType.TRUST, PolicyType.RESOURCE, PolicyType.RESOURCE_CONTROL, PolicyType.VPC_ENDPOINT}
)
"""The policy types whose statements name principals; in all others they may not."""

_COMPLETING: Final = frozenset(
    {PolicyType.INLINE, PolicyType.MANAGED, PolicyType.SERVICE_CONTROL, PolicyType.RESOURCE_CONTROL}
)
"""The policy types in which an incomplete ARN is completed with `*`."""


@dataclass(frozen=True, slots=True)
class PolicySource:
    """Where a policy comes from: its type, its name, and its ARN if it has one of its own (managed policies)."""

    policy_type: PolicyType
    name: str
    arn: str | None = None


@dataclass(frozen=True, slots=True)
class StatementId:
    """A statement: its policy and its position there, from 0."""

    source: PolicySource
    index: int
    sid: str | None


class _UnreadableError(Exception):
    """A statement cannot be understood."""


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    """One statement as tests; a test that is None always holds."""

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
    """

    source: PolicySource
    statements: tuple[CompiledStatement, ...]
    condition_keys: frozenset[str]
    fault: str | None = None


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
    keys = frozenset[str]().union(*(statement.keys for statement in statements))
    return CompiledPolicy(source, statements, keys)


def _unreadable(source: PolicySource, fault: str) -> CompiledPolicy:
    statement = CompiledStatement(
        id=StatementId(source, 0, None),
        effect=Effect.DENY,
        principal=None,
        actions=("*",),
        action_test=_always,
        is_not_action=False,
        resource_test=None,
        conditions=(),
        keys=frozenset(),
        tests=(),
    )
    return CompiledPolicy(source, (statement,), frozenset(), fault)


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
    resource_test, resource_keys = _resource(statement, policy_type, variables=variables)
    conditions = tuple(
        compile_condition(block.operator, key, values, variables=variables)
        for block in statement.conditions or ()
        for key, values in block.tests
    )
    _refuse_empty_unknown_operators(statement)
    return CompiledStatement(
        id=statement_id,
        effect=statement.effect,
        principal=_principal(statement, statement.effect, policy_type),
        actions=lowered,
        action_test=_action_test(lowered, negated=is_not_action),
        is_not_action=is_not_action,
        resource_test=resource_test,
        conditions=conditions,
        keys=resource_keys.union(*(condition.keys for condition in conditions)),
        tests=tuple(condition.holds for condition in conditions),
    )


def _refuse_empty_unknown_operators(statement: Statement) -> None:
    for block in statement.conditions or ():
        if not block.tests:
            compile_condition(block.operator, "", (), variables=False)


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


def _resource(
    statement: Statement, policy_type: PolicyType, *, variables: bool
) -> tuple[ResourceTest | None, frozenset[str]]:
    included, excluded = statement.resource, statement.not_resource
    if policy_type is PolicyType.TRUST:
        if included is not None or excluded is not None:
            raise _UnreadableError("a role trust policy cannot name resources")
        return None, frozenset()
    patterns = included if excluded is None else excluded
    if not patterns or (included is not None and excluded is not None):
        raise _UnreadableError("a statement must have resources, in one of Resource and NotResource")
    if policy_type in _COMPLETING:
        patterns = tuple(map(completed, patterns))
    test, keys = _any_pattern(patterns, variables=variables)
    if excluded is None:
        return test, keys
    if test is None:
        return (lambda resource, request_keys: False), keys
    return (lambda resource, request_keys: not test(resource, request_keys)), keys


def _any_pattern(patterns: Sequence[str], *, variables: bool) -> tuple[ResourceTest | None, frozenset[str]]:
    """A test for any of the patterns (None: every resource matches), and the keys that their variables ask for."""
    parted = [resource_parts(pattern, variables=variables) for pattern in patterns]
    keys = frozenset[str]().union(*map(variable_keys, parted))
    if "*" in patterns:
        return None, keys
    globs = tuple(compile_glob(without_variables(parts)) for parts in parted if not variable_keys(parts))
    templates = tuple(Template(parts) for parts in parted if variable_keys(parts))
    if len(globs) == 1 and not templates:
        only = globs[0]
        return (lambda resource, request_keys: only(resource)), keys

    def test(resource: str, request_keys: ContextKeys) -> bool:
        for glob in globs:
            if glob(resource):
                return True
        return any(template.matches(resource, request_keys) for template in templates)

    return test, keys
