"""How a response is refused.

Source: IAM User Guide, "Troubleshoot SAML federation with IAM", for the texts; what AWS has no words for begins as its
sign-in page does.
"""

from typing import Self

from bailiwick.sts.errors import ExpiredIdentityToken, InvalidIdentityToken


class InvalidResponse(InvalidIdentityToken):
    """A response is not one that an identity provider made for here, or cannot be read as one."""

    @classmethod
    def unknown_provider(cls) -> Self:
        """The account has no SAML provider of that name."""
        return cls("Specified provider doesn't exist.")

    @classmethod
    def encoding(cls) -> Self:
        """The assertion is not base64."""
        return cls("Invalid base64 SAMLResponse")

    @classmethod
    def because(cls, what: str) -> Self:
        """It is not what it must be; a sentence says why, and nothing of a secret."""
        return cls(f"Your request included an invalid SAML response. {what}")

    @classmethod
    def signature(cls) -> Self:
        """It is not signed as it must be, by whom it must be, or cannot be decrypted: not told which."""
        return cls("Response signature invalid")

    @classmethod
    def issuer(cls) -> Self:
        """The issuer is not in the provider's metadata."""
        return cls("Issuer not present in specified provider")

    @classmethod
    def audience(cls) -> Self:
        """The assertion is for somebody else."""
        return cls("Response does not contain the required audience.")

    @classmethod
    def no_session_name(cls) -> Self:
        """The assertion does not name the session."""
        return cls("RoleSessionName is required in AuthnResponse")

    @classmethod
    def session_name(cls) -> Self:
        """The assertion names the session as none can be named."""
        return cls("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")

    @classmethod
    def source_identity(cls) -> Self:
        """The assertion has a source identity that none can be."""
        return cls('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,256} and not begin with "aws:"')


class ExpiredResponse(ExpiredIdentityToken):
    """A response is out of date."""

    @classmethod
    def too_long_ago(cls) -> Self:
        """The assertion was issued too long ago."""
        return cls("Token must be redeemed within 5 minutes of issuance")

    @classmethod
    def ended(cls) -> Self:
        """The assertion, or the session that it tells of, has come to its end."""
        return cls("The SAML response has expired.")
