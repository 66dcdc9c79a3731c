"""Errors of the operations on sessions, by the codes of the service's own model."""

from collections.abc import Sequence
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

    @classmethod
    def holder(cls, named: str) -> Self:
        """No such user, role or provider, whose sessions were to be ended."""
        return cls(f"{named} cannot be found.")


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

    @classmethod
    def provider(cls, arn: str) -> Self:
        """Not the ARN of an identity provider of the caller's account."""
        return cls(f"{arn} is not the ARN of an OpenID Connect or SAML provider of this account.")

    @classmethod
    def several_filters(cls, given: Sequence[str]) -> Self:
        """More than one of those that say whose sessions."""
        return cls(f"Only one of these may be given: {', '.join(given)}.")

    @classmethod
    def role_or_user(cls) -> Self:
        """Not exactly one of RoleName and UserName."""
        return cls("Exactly one of RoleName and UserName must be given.")

    @classmethod
    def which_sessions(cls) -> Self:
        """Neither a filter nor All, or both."""
        return cls(
            "Either All must be true, or exactly one of PrincipalArn, RoleName, ProviderArn and SourceIdentity given."
        )
