"""Results of a simulation as the model's EvaluationResult."""

from collections.abc import Iterable, Mapping

from bailiwick.analyzer import ANYTHING, ActionResult, DetailSource, ResourceResult, StatementReference, Verdict
from bailiwick.policy import Position


def of_action(result: ActionResult) -> dict[str, object]:
    """The model's EvaluationResult; the resources are told of one by one where they were given by their ARNs."""
    output: dict[str, object] = {
        "EvalActionName": result.action,
        "EvalResourceName": result.template,
        "EvalDecision": result.verdict.value,
        "MatchedStatements": _statements(result.matched),
        "MissingContextValues": list(result.missing),
        **_boundary(result.allowed_by_boundary),
        **_details(result.details),
    }
    if result.allowed_by_organizations is not None:
        output["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": result.allowed_by_organizations}
    if any(each.resource != ANYTHING for each in result.resources):
        output["ResourceSpecificResults"] = list(map(_of_resource, result.resources))
    return output


def _of_resource(result: ResourceResult) -> dict[str, object]:
    return {
        "EvalResourceName": result.resource,
        "EvalResourceDecision": result.verdict.value,
        "MatchedStatements": _statements(result.matched),
        "MissingContextValues": list(result.missing),
        **_boundary(result.allowed_by_boundary),
        **_details(result.details or None),
    }


def _statements(references: Iterable[StatementReference]) -> list[dict[str, object]]:
    return list(map(_statement, references))


def _statement(reference: StatementReference) -> dict[str, object]:
    output: dict[str, object] = {
        "SourcePolicyId": reference.policy_id,
        "SourcePolicyType": reference.source_type.value,
    }
    if reference.span is not None:
        output["StartPosition"] = _position(reference.span.start)
        output["EndPosition"] = _position(reference.span.end)
    return output


def _position(position: Position) -> dict[str, object]:
    return {"Line": position.line, "Column": position.column}


def _boundary(allowed: bool | None) -> dict[str, object]:
    return {} if allowed is None else {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": allowed}}


def _details(details: Mapping[DetailSource, Verdict] | None) -> dict[str, object]:
    if details is None:
        return {}
    return {"EvalDecisionDetails": {source.value: verdict.value for source, verdict in details.items()}}
