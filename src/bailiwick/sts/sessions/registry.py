"""The declared operations of the service `bailiwick`: what is offered beside AWS's services."""

from bailiwick.access.call import Call
from bailiwick.operations import Operations
from bailiwick.store.transaction import Transaction

bailiwick: Operations[Call, Transaction] = Operations("bailiwick")
