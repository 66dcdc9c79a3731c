"""The declared operations of IAM. Each module of `iam` adds its own."""

from bailiwick.access.call import Call
from bailiwick.operations import Operations
from bailiwick.store.transaction import Transaction

iam: Operations[Call, Transaction] = Operations("iam")
