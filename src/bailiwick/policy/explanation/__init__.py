"""The whole trace of a decision: each layer, policy, statement and element, what it asks for and whether it matched.

Made by the very matchers that `evaluate` uses, so that an explanation and a decision cannot disagree.
"""

from bailiwick.policy.explanation.as_json import explanation_as_json
from bailiwick.policy.explanation.explaining import explain
from bailiwick.policy.explanation.trace import (
    ElementTrace,
    Explanation,
    LayerTrace,
    Outcome,
    PolicyTrace,
    StatementTrace,
)

__all__ = [
    "ElementTrace",
    "Explanation",
    "LayerTrace",
    "Outcome",
    "PolicyTrace",
    "StatementTrace",
    "explain",
    "explanation_as_json",
]
