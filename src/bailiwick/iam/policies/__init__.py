"""Managed policies: those of customers, which are rows, and AWS's own, which are data of the program.

The operations are in `policies.operations`, `.versions`, `.listing` and `.entities`; what is exported here is the
record, its queries, its target and how often each policy is used.
"""

from bailiwick.iam.policies.record import Policy, find, policy_target, require, require_attachable
from bailiwick.iam.policies.usage import Usage, count

__all__ = ["Policy", "Usage", "count", "find", "policy_target", "require", "require_attachable"]
