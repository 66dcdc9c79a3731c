"""Instance profiles: what hands a role to a machine. AWS allows one role in each.

The operations are in `instance_profiles.operations` and `instance_profiles.roles`; what is exported here is what
deleting and describing a role asks for.
"""

from bailiwick.iam.instance_profiles.holding import of_roles, require_in_no_profile

__all__ = ["of_roles", "require_in_no_profile"]
