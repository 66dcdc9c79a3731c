"""IAM: users, groups, roles, policies and credentials, one module per kind of thing, each with its operations.

What others may use is `iam`, the registry of the declared operations; importing this package declares them.
"""

from bailiwick.iam import access_keys, account, group_members, groups
from bailiwick.iam.registry import iam
from bailiwick.iam.users import operations as user_operations

__all__ = ["access_keys", "account", "group_members", "groups", "iam", "user_operations"]
