"""Many changes of an account at once: operations of IAM performed in one transaction, all of them or none.

Importing the package declares its operation, of the service `bailiwick`.
"""

from bailiwick.changes import operations
from bailiwick.explanations import bailiwick

__all__ = ["bailiwick", "operations"]
