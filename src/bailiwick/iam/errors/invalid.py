"""Errors of what is asked for and cannot be."""

from collections.abc import Mapping, Sequence
from typing import Self

from bailiwick.errors import AwsError


class InvalidInput(AwsError):
    """A parameter's value is refused for a reason that its model does not state."""

    code = "InvalidInput"
    status = 400

    @classmethod
    def arn(cls, arn: str) -> Self:
        """The text is not an ARN of the kind asked for."""
        return cls(f"ARN {arn} is not valid.")

    @classmethod
    def unsettable_status(cls, status: str) -> Self:
        """A credential's status that cannot be set, only come about."""
        return cls(f"The status {status} cannot be set; it must be Active or Inactive.")

    @classmethod
    def session_duration_set_and_reset(cls) -> Self:
        """A longest sign-in session was given, and asked to be taken away."""
        return cls("MaxSigninSessionDuration cannot be given when ResetMaxSigninSessionDuration is true.")

    @classmethod
    def duplicate_tags(cls, *, case_sensitive: bool) -> Self:
        """A tag key occurs twice in one request."""
        if case_sensitive:
            return cls("Duplicate tag keys found.")
        return cls("Duplicate tag keys found. Please note that Tag keys are case insensitive.")

    @classmethod
    def reserved_tag(cls, text: str) -> Self:
        """A tag key or value begins with AWS's own prefix."""
        return cls(f"Tag keys and values must not begin with the reserved prefix aws: ({text}).")


class MalformedPolicyDocument(AwsError):
    """The policy document is not one that AWS would store."""

    code = "MalformedPolicyDocument"
    status = 400

    @classmethod
    def invalid_principal(cls, kind: str, value: str, details: Mapping[str, str | int] | None = None) -> Self:
        """A principal (`kind` is AWS, Federated, Service …) that does not exist or cannot be one, and its place."""
        return cls(f'Invalid principal in policy: "{kind}":"{value}"', details)


class PasswordPolicyViolation(AwsError):
    """The new password is not one that the account's password policy allows."""

    code = "PasswordPolicyViolation"
    status = 400

    @classmethod
    def of_requirements(cls, unmet: Sequence[str]) -> Self:
        """The requirements that are not met, each in AWS's words."""
        return cls(", ".join(unmet))

    @classmethod
    def reuse(cls) -> Self:
        """The user had the password before."""
        return cls("Policy constraint violation with password reuse prevention during password change")


class InvalidUserType(AwsError):
    """The caller is not of the kind that the operation is for."""

    code = "InvalidUserType"
    status = 400

    @classmethod
    def not_a_user(cls) -> Self:
        """Root, or a session of a role."""
        return cls("Only IAM Users can change their own password")


class NotSupportedService(AwsError):
    """The service takes no service-specific credentials."""

    code = "NotSupportedService"
    status = 404

    @classmethod
    def named(cls, service: str) -> Self:
        """The service as it was named."""
        return cls(f"The service {service} does not support service-specific credentials.")


class OpenIdIdpCommunicationError(AwsError):
    """The OpenID Connect provider cannot be asked."""

    code = "OpenIdIdpCommunicationError"
    status = 400

    @classmethod
    def of_provider(cls, url: str) -> Self:
        """The provider with that URL, scheme included; why is not told."""
        return cls(f"Please check .well-known/openid-configuration of provider: {url} is valid")
