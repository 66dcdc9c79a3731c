"""The policies of one simulation: each compiled, and remembered with what a reply says of its statements."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from bailiwick.analyzer.context_key_names import names_of
from bailiwick.policy import (
    CompiledPolicy,
    PolicyDocument,
    PolicySource,
    PolicyType,
    Span,
    StatementId,
    check,
    compile_policy,
    simulator_spans,
)


class SourceType(enum.StrEnum):
    """The model's `PolicySourceType`: what a policy belongs to."""

    USER = "user"
    GROUP = "group"
    ROLE = "role"
    AWS_MANAGED = "aws-managed"
    USER_MANAGED = "user-managed"
    RESOURCE = "resource"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class StatementReference:
    """The model's `Statement`: which statement of which policy counted.

    `policy_id`: `PolicyInputList.1`, a managed policy's name, `user_NAME_POLICY` for an inline one. `span` is None
    for a policy that cannot be read.
    """

    policy_id: str
    source_type: SourceType
    index: int
    span: Span | None


@dataclass(frozen=True, slots=True)
class _Known:
    policy_id: str
    source_type: SourceType
    spans: tuple[Span, ...]


@dataclass(slots=True)
class SimulatedPolicies:
    """Reads the policies of one simulation, and tells afterwards where a statement stands.

    `key_names` are the condition keys that the policies ask for, lower case → as first written.
    """

    _known: list[_Known] = field(default_factory=list)
    _key_names: dict[str, str] = field(default_factory=dict)

    @property
    def key_names(self) -> Mapping[str, str]:
        """See the class."""
        return self._key_names

    def given(self, text: str, policy_type: PolicyType, policy_id: str, source_type: SourceType) -> CompiledPolicy:
        """A policy that came with the request.

        Raises:
            PolicySyntaxError: AWS would not store it as this type of policy.
        """
        return self._add(text, check(text, policy_type), policy_type, policy_id, source_type)

    def stored(self, text: str, policy_type: PolicyType, policy_id: str, source_type: SourceType) -> CompiledPolicy:
        """A policy as the store has it; one that cannot be read denies everything, as in enforcement."""
        return self._add(text, text, policy_type, policy_id, source_type)

    def reference(self, statement: StatementId) -> StatementReference:
        """What a reply says of a statement of one of these policies."""
        known = self._known[int(statement.source.name)]
        span = known.spans[statement.index] if known.spans else None
        return StatementReference(known.policy_id, known.source_type, statement.index, span)

    def _add(
        self,
        text: str,
        policy: str | PolicyDocument,
        policy_type: PolicyType,
        policy_id: str,
        source_type: SourceType,
    ) -> CompiledPolicy:
        # By number: ids may coincide, as those of groups `a` and `a_b` with policies `b_c` and `c`.
        compiled = compile_policy(policy, PolicySource(policy_type, str(len(self._known))))
        spans = () if compiled.fault else simulator_spans(text)
        self._known.append(_Known(policy_id, source_type, spans))
        for name in names_of(compiled):
            self._key_names.setdefault(name.lower(), name)
        return compiled
