"""What an explanation consists of, from the whole down to one element of one statement."""

import enum
from dataclasses import dataclass

from bailiwick.policy.decision import Decision, Layer, PolicySource, StatementId
from bailiwick.policy.document import Effect
from bailiwick.policy.evaluation import RequestContext
from bailiwick.policy.principals import Grant


class Outcome(enum.Enum):
    """What the policies of one layer say together: a Deny applies, else an Allow applies, else no statement does."""

    DENIES = "denies"
    ALLOWS = "allows"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class ElementTrace:
    """One element of a statement held against the request; each operator and key of Condition is one of its own.

    `element`: as the policy names it, `Principal` to `Condition`. `matched`: whether it lets the statement apply, so
    a NotAction that lists the action has not matched. `expected`: the values as the policy has them; principals with
    their type before them (`AWS: 123456789012`), or `*` alone. `actual`: what the request has: its action, its
    resource, every name of the caller, the values of the key; None if the request does not have the key.
    `operator` and `key`: as the policy has them; None but for conditions. `note`: why, in plain words, where the
    values alone do not tell.
    """

    element: str
    matched: bool
    expected: tuple[str, ...]
    actual: tuple[str, ...] | None
    operator: str | None = None
    key: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class StatementTrace:
    """One statement: it applies if all its elements match. `elements`: in the order they are tested, every one.

    What stands in for an unreadable policy has no elements, denies and applies.
    """

    id: StatementId
    effect: Effect
    applies: bool
    elements: tuple[ElementTrace, ...]


@dataclass(frozen=True, slots=True)
class PolicyTrace:
    """One policy; `fault`: why it could not be understood, None for a sound one."""

    source: PolicySource
    fault: str | None
    statements: tuple[StatementTrace, ...]


@dataclass(frozen=True, slots=True)
class LayerTrace:
    """The policies of one layer, or of one level of it.

    `level`: of SCPs and RCPs, the organization's root first, and of scope-downs, the first made first; from 0; None
    for layers of one level. `grant`: how the Allow of a resource or trust policy reached the caller; None in other
    layers and without such an Allow. `must_allow`: whether this layer's own Allow is needed for the request to be
    allowed: not the identity policies' when a resource policy grants in their place, and not the resource policy's
    when those allow by themselves.
    """

    layer: Layer
    level: int | None
    outcome: Outcome
    grant: Grant | None
    must_allow: bool
    policies: tuple[PolicyTrace, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision and all that led to it. The decision is the one that `evaluate` makes.

    `layers`: those that are there, in the order in which a denial is looked for. `note`: what no policy shows, in
    plain words: a layer that had to allow and is not there, or a rule that no policy can change.
    """

    decision: Decision
    request: RequestContext
    layers: tuple[LayerTrace, ...]
    note: str | None
