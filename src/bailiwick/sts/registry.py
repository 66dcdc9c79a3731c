"""The declared operations of STS. Each module of `sts` adds its own."""

from bailiwick.access.call import Call
from bailiwick.operations import Operations
from bailiwick.store.transaction import Transaction

sts: Operations[Call, Transaction] = Operations("sts")
