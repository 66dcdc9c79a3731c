"""Roles: who they are, whom they trust, and how the rest of IAM finds them.

The operations are in `roles.operations` and `roles.update`; what is exported here is the record, its queries and its
target.
"""

from bailiwick.iam.roles.record import Role, find, require, require_changeable, role_target

__all__ = ["Role", "find", "require", "require_changeable", "role_target"]
