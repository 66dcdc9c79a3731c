"""Permissions boundaries of users and roles: which policies can be one, and the operations that set and remove them.

The operations are in `boundaries.operations`; what is exported here is what creating and showing a principal needs.
"""

from bailiwick.iam.boundaries.rules import as_output, count_use, require_usable

__all__ = ["as_output", "count_use", "require_usable"]
