"""What a policy means: AWS's policy language read, checked, compiled and evaluated, and the ARNs it speaks of.

Pure: no I/O, no clock, no store, nothing else of this project; the same call decides for enforcement and explanation.
"""

from bailiwick.policy import scalars
from bailiwick.policy.arn import Arn, ArnSyntaxError, parse_arn
from bailiwick.policy.asking import KeyValue, policies_of, principal_of, request_of
from bailiwick.policy.ceilings import (
    FULL_AWS_ACCESS,
    RCP_FULL_AWS_ACCESS,
    RCP_SERVICES,
    Ceilings,
    OrganizationNode,
    Place,
    ceilings,
    is_service_linked,
)
from bailiwick.policy.compiled import CompiledPolicy, CompiledStatement, compile_policy
from bailiwick.policy.conditions import CompiledCondition
from bailiwick.policy.decision import Decision, Layer, PolicySource, Reason, StatementId
from bailiwick.policy.document import (
    ConditionBlock,
    Effect,
    NotJsonError,
    PolicyDocument,
    PolicySyntaxError,
    PolicyType,
    PrincipalBlock,
    Statement,
    parse,
    render,
    size,
)
from bailiwick.policy.element_strings import TRUST_ACTIONS
from bailiwick.policy.evaluation import Layers, RequestContext, applies, evaluate, stacked
from bailiwick.policy.explanation import (
    ElementTrace,
    Explanation,
    LayerTrace,
    Outcome,
    PolicyTrace,
    StatementTrace,
    explain,
    explanation_as_json,
)
from bailiwick.policy.patterns import compile_glob
from bailiwick.policy.policy_set import EMPTY_SET, Candidates, PolicySet
from bailiwick.policy.positions import Position, Span, Steps, locate, path_text, simulator_spans, statement_spans
from bailiwick.policy.principals import (
    ANONYMOUS,
    Grant,
    Principal,
    PrincipalElement,
    PrincipalKind,
    map_aws_principals,
    principals,
)
from bailiwick.policy.remedies import Change, ChangeKind, Remedy, remedies, remedies_as_json
from bailiwick.policy.request_keys import RequestKeys
from bailiwick.policy.validation import check, faults, validate, warnings
from bailiwick.policy.variables import ContextKeys, ContextValue

__all__ = [
    "ANONYMOUS",
    "EMPTY_SET",
    "FULL_AWS_ACCESS",
    "RCP_FULL_AWS_ACCESS",
    "RCP_SERVICES",
    "TRUST_ACTIONS",
    "Arn",
    "ArnSyntaxError",
    "Candidates",
    "Ceilings",
    "Change",
    "ChangeKind",
    "CompiledCondition",
    "CompiledPolicy",
    "CompiledStatement",
    "ConditionBlock",
    "ContextKeys",
    "ContextValue",
    "Decision",
    "Effect",
    "ElementTrace",
    "Explanation",
    "Grant",
    "KeyValue",
    "Layer",
    "LayerTrace",
    "Layers",
    "NotJsonError",
    "OrganizationNode",
    "Outcome",
    "Place",
    "PolicyDocument",
    "PolicySet",
    "PolicySource",
    "PolicySyntaxError",
    "PolicyTrace",
    "PolicyType",
    "Position",
    "Principal",
    "PrincipalBlock",
    "PrincipalElement",
    "PrincipalKind",
    "Reason",
    "Remedy",
    "RequestContext",
    "RequestKeys",
    "Span",
    "Statement",
    "StatementId",
    "StatementTrace",
    "Steps",
    "applies",
    "ceilings",
    "check",
    "compile_glob",
    "compile_policy",
    "evaluate",
    "explain",
    "explanation_as_json",
    "faults",
    "is_service_linked",
    "locate",
    "map_aws_principals",
    "parse",
    "parse_arn",
    "path_text",
    "policies_of",
    "principal_of",
    "principals",
    "remedies",
    "remedies_as_json",
    "render",
    "request_of",
    "scalars",
    "simulator_spans",
    "size",
    "stacked",
    "statement_spans",
    "validate",
    "warnings",
]
