"""AWS's own managed policies that people use first: the same for every account, data of the program and not rows.

Look one up by ARN with `find`, walk them in name order with `all_sorted`. The texts are composed here from what each
policy is documented to grant (AWS Managed Policy Reference Guide).
"""

from bailiwick.access.managed_policies.catalogue import ARN_PREFIX, ManagedPolicy, all_sorted, find, is_root_task

__all__ = ["ARN_PREFIX", "ManagedPolicy", "all_sorted", "find", "is_root_task"]
