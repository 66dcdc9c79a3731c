"""Permissions boundaries of users and roles: which policies can be one, and the operations that set and remove them.

The operations are in `boundaries.operations`; what is exported here is what the other operations on principals need.
"""

from bailiwick.iam.boundaries.rules import HELD, SET, as_output, count_use, require_usable

__all__ = ["HELD", "SET", "as_output", "count_use", "require_usable"]
