"""Access Advisor: which services and actions an identity's policies allow, and when each was last tried.

What is recorded here is within a second of now, names every action, and leaves no service out; AWS's reports are hours
behind and track some actions only (IAM User Guide, "Refine permissions in AWS using last accessed information").
"""

from bailiwick.iam.last_accessed.reports import forget

__all__ = ["forget"]
