"""An explanation for programs."""

from bailiwick.policy.decision import Decision, PolicySource, StatementId
from bailiwick.policy.explanation.trace import ElementTrace, Explanation, LayerTrace, StatementTrace
from bailiwick.policy.variables import ContextValue


def explanation_as_json(explanation: Explanation) -> dict[str, object]:
    """The explanation as a tree that `json.dumps` takes; member names are stable, all are always there.

    ```
    decision: {effect: "Allow" | "Deny", reason, layer | null, statement: STATEMENT | null, missingKeys: [key]}
    request:  {action, resource, resourceAccount | null, keys: {key: value | [value]},
               principal: {kind, account | null, arn, uniqueId | null, parentArn | null}}
    note:     text | null
    layers:   [{layer, level: number | null, outcome: "allows" | "denies" | "silent",
                grant: "direct" | "inherited" | "delegated" | null, mustAllow: boolean,
                policies: [{policy: POLICY, fault: text | null,
                            statements: [{index, sid | null, effect, applies: boolean,
                                          elements: [{element, matched: boolean, expected: [text],
                                                      actual: [text] | null, operator | null, key | null,
                                                      note: text | null}]}]}]}]
    POLICY = {type, name, arn | null}; STATEMENT = {policy: POLICY, index: from 0, sid | null}
    ```
    Layers are named as in `Layer`, reasons as in `Reason`, policy types as in `PolicyType`.
    """
    request = explanation.request
    principal = request.principal
    return {
        "decision": _decision(explanation.decision),
        "request": {
            "action": request.action,
            "resource": request.resource,
            "resourceAccount": request.resource_account,
            "principal": {
                "kind": principal.kind.value,
                "account": principal.account,
                "arn": principal.arn,
                "uniqueId": principal.unique_id,
                "parentArn": principal.parent_arn,
            },
            "keys": {key: _value(value) for key, value in sorted(request.keys.items())},
        },
        "note": explanation.note,
        "layers": [_layer(layer) for layer in explanation.layers],
    }


def statement_id_as_json(statement: StatementId) -> dict[str, object]:
    """A statement's policy and its place there."""
    return {"policy": _source(statement.source), "index": statement.index, "sid": statement.sid}


def _decision(decision: Decision) -> dict[str, object]:
    return {
        "effect": decision.effect.value,
        "reason": decision.reason.value,
        "layer": None if decision.layer is None else decision.layer.value,
        "statement": None if decision.statement is None else statement_id_as_json(decision.statement),
        "missingKeys": sorted(decision.missing_keys),
    }


def _value(value: ContextValue) -> str | list[str]:
    return value if isinstance(value, str) else list(value)


def _source(source: PolicySource) -> dict[str, object]:
    return {"type": source.policy_type.value, "name": source.name, "arn": source.arn}


def _layer(trace: LayerTrace) -> dict[str, object]:
    return {
        "layer": trace.layer.value,
        "level": trace.level,
        "outcome": trace.outcome.value,
        "grant": None if trace.grant is None else trace.grant.name.lower(),
        "mustAllow": trace.must_allow,
        "policies": [
            {
                "policy": _source(policy.source),
                "fault": policy.fault,
                "statements": [_statement(statement) for statement in policy.statements],
            }
            for policy in trace.policies
        ],
    }


def _statement(trace: StatementTrace) -> dict[str, object]:
    return {
        "index": trace.id.index,
        "sid": trace.id.sid,
        "effect": trace.effect.value,
        "applies": trace.applies,
        "elements": [_element(element) for element in trace.elements],
    }


def _element(trace: ElementTrace) -> dict[str, object]:
    return {
        "element": trace.element,
        "matched": trace.matched,
        "expected": list(trace.expected),
        "actual": None if trace.actual is None else list(trace.actual),
        "operator": trace.operator,
        "key": trace.key,
        "note": trace.note,
    }
