"""Errors of the operations on sessions, by the codes of the service's own model."""

from typing import Self

from bailiwick.errors import AwsError


class NoSuchEntity(AwsError):
    """The named thing does not exist in the caller's account."""

    code = "NoSuchEntity"
    status = 404

    @classmethod
    def session(cls, session_id: str) -> Self:
        """No such session, or its record is no longer kept."""
        return cls(f"The session with id {session_id} cannot be found.")


class InvalidInput(AwsError):
    """A parameter's value is refused for a reason that its model does not state."""

    code = "InvalidInput"
    status = 400

    @classmethod
    def principal(cls, arn: str) -> Self:
        """Not the ARN of something that sessions belong to, in the caller's account."""
        return cls(
            f"{arn} is not the ARN of a user, a role, a role's session, a federated user or the root user of this "
            "account."
        )
