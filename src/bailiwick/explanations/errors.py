"""Errors of the operations that explain, by the codes of the service's own model."""

from typing import Self

from bailiwick.policy import PolicySyntaxError
from bailiwick.sts.sessions import errors


class NoSuchEntity(errors.NoSuchEntity):
    """The named thing does not exist in the caller's account."""

    @classmethod
    def request(cls, request_id: str) -> Self:
        """No event of it: mistyped, of another account, or of a caller who could not be proven."""
        return cls(
            f"The request with id {request_id} cannot be found. Requests are kept in the account of their caller; one "
            "whose caller could not be proven is in none, and a refused one may take a second to be found."
        )

    @classmethod
    def principal(cls, arn: str) -> Self:
        """No such user or role."""
        return cls(f"The principal {arn} cannot be found.")

    @classmethod
    def federated_user(cls, arn: str) -> Self:
        """A federated user has no record but its sessions, which tell whose permissions it has."""
        return cls(f"The federated user {arn} cannot be found: none of its sessions is on record.")


class InvalidInput(errors.InvalidInput):
    """A parameter's value is refused for a reason that its model does not state."""

    @classmethod
    def principal_form(cls, arn: str) -> Self:
        """Not an ARN of the forms that principals of this account have."""
        return cls(
            f"{arn} is not the ARN of a user, a role, a role's session, a federated user or the root user of this "
            "account."
        )

    @classmethod
    def action(cls, action: str) -> Self:
        """Not one action."""
        return cls(f"{action} is not an action: it needs a service, a colon and a name, without wildcards.")

    @classmethod
    def resource(cls, arn: str) -> Self:
        """Neither an ARN nor `*`."""
        return cls(f"{arn} is not a resource: it needs to be an ARN, or * for an action without resources.")

    @classmethod
    def policy(cls, parameter: str, error: PolicySyntaxError) -> Self:
        """A policy passed is not well-formed."""
        return cls(f"{parameter}: {error.message}")

    @classmethod
    def repeated_key(cls, key: str) -> Self:
        """The same condition key twice."""
        return cls(f"ContextEntries has the key {key} twice. Keys are compared without regard to case.")

    @classmethod
    def long_context(cls, limit: int) -> Self:
        """More context than any request has."""
        return cls(f"ContextEntries has more than {limit} characters.")
