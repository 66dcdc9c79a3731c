"""A decision is a value: what was decided, by which layer and statement, and what the request lacked."""

import enum
from dataclasses import dataclass

from bailiwick.policy.document import Effect, PolicyType


class Layer(enum.Enum):
    """A place where policies stand; `ROOT` stands for the account root's default allow."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    TRUST = "trust"
    BOUNDARY = "boundary"
    SESSION = "session"
    SCOPE_DOWN = "scope-down"
    SCP = "SCP"
    RCP = "RCP"
    VPC_ENDPOINT = "VPC endpoint"
    ROOT = "root"


class Reason(enum.Enum):
    """Why: a statement denied, nothing allowed where something must, or every layer that must allow did."""

    EXPLICIT_DENY = "explicit deny"
    IMPLICIT_DENY = "implicit deny"
    ALLOWED = "allowed"


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


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome for one action on one resource.

    `layer`: the one that settled it; for an allow across accounts, the resource's. `statement`: the statement that
    did; None for implicit denials and for the account root's default. `missing_keys`: for denials, the condition keys
    that statements on this action ask for and the request does not have.
    """

    effect: Effect
    reason: Reason
    layer: Layer | None
    statement: StatementId | None
    missing_keys: frozenset[str] = frozenset()

    @property
    def is_allowed(self) -> bool:
        """Whether the request may go on."""
        return self.effect is Effect.ALLOW
