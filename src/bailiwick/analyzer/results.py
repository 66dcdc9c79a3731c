"""What a simulation answers: the verdicts on resources, and on all of an action's resources together.

Source: IAM API Reference, EvaluationResult and ResourceSpecificResult.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bailiwick.analyzer.resource_templates import resource_template
from bailiwick.analyzer.simulated_policies import StatementReference
from bailiwick.policy import Decision, Reason


class Verdict(enum.StrEnum):
    """The model's `PolicyEvaluationDecisionType`, the least restrictive first."""

    ALLOWED = "allowed"
    IMPLICIT_DENY = "implicitDeny"
    EXPLICIT_DENY = "explicitDeny"

    @classmethod
    def of(cls, decision: Decision) -> "Verdict":
        """The engine's decision in the model's words."""
        return _VERDICTS[decision.reason]

    @classmethod
    def strictest(cls, verdicts: Iterable["Verdict"]) -> "Verdict":
        """The most restrictive of these; allowed when there is none."""
        return max(verdicts, key=list(cls).index, default=cls.ALLOWED)


_VERDICTS: Final[Mapping[Reason, Verdict]] = {
    Reason.ALLOWED: Verdict.ALLOWED,
    Reason.IMPLICIT_DENY: Verdict.IMPLICIT_DENY,
    Reason.EXPLICIT_DENY: Verdict.EXPLICIT_DENY,
}


class DetailSource(enum.StrEnum):
    """The keys of `EvalDecisionDetails`: the types of policies that are reported apart."""

    IDENTITY = "IAM Policy"
    RESOURCE = "Resource Policy"
    TRUST = "Role Trust Policy"
    BOUNDARY = "Permissions Boundary Policy"


@dataclass(frozen=True, slots=True)
class ResourceResult:
    """One action on one resource.

    `allowed_by_boundary`, `allowed_by_organizations`: None without a boundary, without an organization.
    `details`: each type of policy apart, where a request between accounts or a role's trust policy was decided; empty
    within one account; None when the resource is `*`, and when an SCP has ended the matter.
    """

    resource: str
    verdict: Verdict
    matched: tuple[StatementReference, ...]
    missing: tuple[str, ...]
    allowed_by_boundary: bool | None
    allowed_by_organizations: bool | None
    details: Mapping[DetailSource, Verdict] | None


@dataclass(frozen=True, slots=True)
class ActionResult:
    """One action on all the resources: the strictest verdict, and what led to it; the resources each for itself.

    `template`: the ARN template of the type of the (first) resource.
    """

    action: str
    template: str
    verdict: Verdict
    matched: tuple[StatementReference, ...]
    missing: tuple[str, ...]
    allowed_by_boundary: bool | None
    allowed_by_organizations: bool | None
    details: Mapping[DetailSource, Verdict] | None
    resources: tuple[ResourceResult, ...]

    @property
    def entries(self) -> int:
        """How much there is to tell: the resources, and the statements and missing keys of each and of all."""
        told: list[ActionResult | ResourceResult] = [self, *self.resources]
        return len(self.resources) + sum(len(each.matched) + len(each.missing) for each in told)


def summed_up(action: str, results: Sequence[ResourceResult]) -> ActionResult:
    """The results of one action on its resources (at least one) together."""
    verdict = Verdict.strictest(result.verdict for result in results)
    deciding = (result for result in results if result.verdict is verdict)
    return ActionResult(
        action=action,
        template=resource_template(action, results[0].resource),
        verdict=verdict,
        matched=tuple(dict.fromkeys(matched for result in deciding for matched in result.matched)),
        missing=tuple(dict.fromkeys(name for result in results for name in result.missing)),
        allowed_by_boundary=_all(result.allowed_by_boundary for result in results),
        allowed_by_organizations=_all(result.allowed_by_organizations for result in results),
        details=_strictest_details([result.details for result in results if result.details is not None]),
        resources=tuple(results),
    )


def _all(allowed: Iterable[bool | None]) -> bool | None:
    known = [each for each in allowed if each is not None]
    return all(known) if known else None


def _strictest_details(
    details: Sequence[Mapping[DetailSource, Verdict]],
) -> Mapping[DetailSource, Verdict] | None:
    if not details:
        return None
    return {
        source: Verdict.strictest(each[source] for each in details if source in each)
        for source in DetailSource
        if any(source in each for each in details)
    }
