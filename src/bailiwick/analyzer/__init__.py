"""What policies would allow: the policy simulator, on the engine that enforces, and which services they speak of.

Knows nothing of the store or of requests; whoever asks brings the policies and the facts.
"""

from bailiwick.analyzer.applicability import can_be_of
from bailiwick.analyzer.context_entries import ContextEntry, ContextEntryError, context_keys
from bailiwick.analyzer.context_key_names import names_of
from bailiwick.analyzer.exclusions import ExclusionError, HeldPolicy, PolicyIdentifier, exclusion
from bailiwick.analyzer.granting import Granting
from bailiwick.analyzer.handling_options import RESOURCES_NEEDED, missing_kinds
from bailiwick.analyzer.resource_templates import ANYTHING
from bailiwick.analyzer.results import ActionResult, DetailSource, ResourceResult, Verdict, summed_up
from bailiwick.analyzer.services import name_of
from bailiwick.analyzer.simulated_policies import SimulatedPolicies, SourceType, StatementReference
from bailiwick.analyzer.simulation import Scenario, simulate

__all__ = [
    "ANYTHING",
    "RESOURCES_NEEDED",
    "ActionResult",
    "ContextEntry",
    "ContextEntryError",
    "DetailSource",
    "ExclusionError",
    "Granting",
    "HeldPolicy",
    "PolicyIdentifier",
    "ResourceResult",
    "Scenario",
    "SimulatedPolicies",
    "SourceType",
    "StatementReference",
    "Verdict",
    "can_be_of",
    "context_keys",
    "exclusion",
    "missing_kinds",
    "name_of",
    "names_of",
    "simulate",
    "summed_up",
]
