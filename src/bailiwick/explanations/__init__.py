"""Explaining decisions: of requests that were made, and of any that could be.

Importing the package declares its operations, of the service `bailiwick`. It stands above IAM and STS because it asks
who and what exists there, and above the trail because it reads what was decided.
"""

from bailiwick.explanations import operations
from bailiwick.sts import bailiwick

__all__ = ["bailiwick", "operations"]
