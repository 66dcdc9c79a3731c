"""IAM: users, groups, roles, policies and credentials, one module per kind of thing, each with its operations.

What others may use is `iam`, the registry of the declared operations; importing this package declares them.
"""

from bailiwick.iam import group_members, groups
from bailiwick.iam.registry import iam

__all__ = ["group_members", "groups", "iam"]
