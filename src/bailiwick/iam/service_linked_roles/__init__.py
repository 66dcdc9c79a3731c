"""Service-linked roles: the roles that services of AWS have in an account, and the tasks by which they are deleted.

The operations are in `service_linked_roles.operations`; what is exported here is what housekeeping does.
"""

from bailiwick.iam.service_linked_roles.deletion import forget, settle, unfinished

__all__ = ["forget", "settle", "unfinished"]
