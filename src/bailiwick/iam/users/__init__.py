"""IAM users: who they are and how the rest of IAM finds them.

The operations on users are in `users.operations`; what is exported here is the record, its queries and its target.
"""

from bailiwick.iam.users.record import User, find, find_by_id, require, user_target
from bailiwick.iam.users.signer import named_or_signer, named_or_signer_target, root_details

__all__ = [
    "User",
    "find",
    "find_by_id",
    "named_or_signer",
    "named_or_signer_target",
    "require",
    "root_details",
    "user_target",
]
